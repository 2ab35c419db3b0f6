/* SPDX-License-Identifier: Apache-2.0 */
/* What facts and the analytic model share. Layer: model. */
#ifndef EL_MODEL_FACTS_H
#define EL_MODEL_FACTS_H
#include "energylens/facts.h"

/* vLLM's --gpu-memory-utilization, of the 0.985 that is usable of the nominal
 * size. */
#define EL_ENGINE_MEMORY (0.9 * 0.985)
#define EL_RUNTIME_BYTES 1.2e9 /* activations, graphs, context, per GPU */

/* The members that a GPU sets (NULL: unknown), for weights of so many bits. */
void el_facts_take_gpu(const el_gpu *gpu, double bits, el_facts *f);

#endif
