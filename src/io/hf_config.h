/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Architectures from Hugging Face config.json. Layer: io.
 *
 * Known families are rows of the table in hf_config_family.c. Any other
 * network is estimated from the usual keys (hidden_size, num_hidden_layers,
 * num_attention_heads, vocab_size, ...): arch.generic is then set and
 * arch.note says so. Sizes that HF leaves out of a nested text_config are the
 * defaults of its configuration classes. Tokens of an image are those of one
 * tile; where any size is taken, of EL_ARCH_IMAGE_SIDE pixels a side.
 * Bare Infinity and NaN, which Python writes, are read as null and 0.
 *
 * Errors are one line, "path: key: what (value, limit)".
 */
#ifndef EL_IO_HF_CONFIG_H
#define EL_IO_HF_CONFIG_H
#include "energylens/arch.h"

#define EL_HF_MAX_FILE (4u << 20) /* bytes; the longest published is 40 kB */

/*
 * path: a config.json, a folder that holds one (and perhaps an
 * hf_quant_config.json), or ORG__MODEL.json with ORG__MODEL__hf_quant_config
 * .json beside it. Diffusion pipelines, encoder-decoders and towers alone are
 * EL_E_DATA, as are malformed files; EL_E_IO, EL_E_NOMEM; *out untouched.
 */
EL_NODISCARD el_status el_hf_config_read(const char *path, el_arch_desc *out,
                                         el_error *err);

/* The same from memory; quant_text (hf_quant_config.json) may be NULL. */
EL_NODISCARD el_status el_hf_config_parse(const char *text, size_t len,
                                          const char *name,
                                          const char *quant_text,
                                          size_t quant_len, el_arch_desc *out,
                                          el_error *err);

/* "ORG__MODEL", as files are called, to ORG/MODEL, in place. */
void el_hf_unfold(char *name);

#endif
