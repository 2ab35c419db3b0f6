/* SPDX-License-Identifier: Apache-2.0 */
/* FLOP and bytes of a load, from the facts alone. Layer: model. */
#ifndef EL_MODEL_LOAD_WORK_H
#define EL_MODEL_LOAD_WORK_H
#include "energylens/form.h"

/* Of B requests, whatever number of GPUs shares them. */
typedef struct el_load_work {
    double prefill_flop, prefill_bytes;
    double step_flop, step_bytes; /* one of O decode steps, mean context */
} el_load_work;

/*
 * prefill: 2 N B I + 4 layers hidden B I^2 / 2 FLOP, the weights once;
 * a step: 2 N B + 4 layers hidden B L FLOP, streamed weights and B caches of
 * L = I + O/2. An unknown prompt counts as none.
 */
el_load_work el_load_work_of(const el_facts *facts, const el_point *point);

#endif
