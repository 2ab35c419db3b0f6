/* SPDX-License-Identifier: Apache-2.0 */
/* Weight formats told by names. Layer: model. */
#ifndef EL_MODEL_NAME_FORMAT_H
#define EL_MODEL_NAME_FORMAT_H

/*
 * The weight format that a model's name says ("Qwen/Qwen3-32B-FP8": "fp8",
 * "...-Q4_K_M.gguf": "q4_k"), as el_arch_quantise takes it; "" where it says
 * none, or 16 bits. Static storage. Of several the one with a number stands:
 * "GPTQ-Int8" is "int8".
 */
const char *el_name_format(const char *model);

/*
 * Bits of one weight of a GGUF block format, scales included ("Q4_K_M",
 * "q8_0", "IQ2_XXS"); NaN where the text is none. By the digit alone: what is
 * held at more bits beside it (K_M) is left out.
 */
double el_gguf_bits(const char *format);

#endif
