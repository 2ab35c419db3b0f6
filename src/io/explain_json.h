/* SPDX-License-Identifier: Apache-2.0 */
/* The result of explain as JSON. Layer: io. */
#ifndef EL_IO_EXPLAIN_JSON_H
#define EL_IO_EXPLAIN_JSON_H
#include <jansson.h>

#include "model/explain.h"

/*
 * New reference, NULL when out of memory:
 * {model gpu precision engine tp pp ep batch_size input_tokens output_tokens
 *  num_gpus source notes[] memory{...} phases[] what_if[]}, a phase with its
 * sums and operators[]. Its flop and bytes of all runs on one GPU, energies of
 * all GPUs, op_shape as {batch m n k} or {heads kv_heads head_dim context}.
 */
json_t *el_explain_json(const el_explanation *a);

#endif
