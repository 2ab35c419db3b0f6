/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of one layer by kind of matrix. Layer: model. */
#ifndef EL_MODEL_ARCH_PARTS_H
#define EL_MODEL_ARCH_PARTS_H
#include "energylens/arch.h"

typedef struct el_arch_parts {
    double attn_in;  /* query, key, value (and MLA, indexer) projections */
    double attn_out; /* output projection */
    double ssm;      /* SSM and linear attention projections */
    double ffn;      /* dense FFN */
    double shared;   /* all shared experts */
    double expert;   /* one routed expert; 0 where the block has none */
    double rest;     /* norms, biases, routers, convolutions, decay */
} el_arch_parts;

/* Sizes of 0 in block are those of arch. Cost: a few dozen operations. */
el_arch_parts el_arch_parts_of(const el_arch_desc *arch,
                               const el_arch_block *block);

/* KV cache of one layer per cache entry, in values of kv_bits. */
double el_arch_kv_values(const el_arch_desc *arch, const el_arch_block *block);

/* Bits of a format name as el_arch_quantise takes it; NaN if unknown. */
double el_arch_format_bits(const char *name);

/* Are its 8-bit experts scaled by blocks of 128 x 128? */
bool el_arch_block_scaled(const el_arch_desc *arch);

/* The tower of a catalogue entry that has vision_params: what it does not say
 * is usual for its family. */
void el_tower_usual(const el_llm *llm, el_tower *out);

#endif
