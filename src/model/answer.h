/* SPDX-License-Identifier: Apache-2.0 */
/* One row answered: what `predict` writes. Layer: model. */
#ifndef EL_MODEL_ANSWER_H
#define EL_MODEL_ANSWER_H
#include "energylens/fit.h"

/* Where ok is false every number is NaN and note says why. */
typedef struct el_answer {
    bool ok;
    el_prediction p;         /* in the scope asked for */
    char note[320];          /* one line; "" nothing to say */
    double idle_j;           /* of p, per request: idle GPUs of the node */
    double overhead_j;       /* of p, per request: what the PUE adds */
    double weight_bits;      /* el_facts_weight_bits of what was predicted */
    const el_group_key *fit; /* group that answered; NULL: the prior */
} el_answer;

/* Set extrapolated_axes, and say in the note, where a point leaves the range of
 * the rows (NaN: not known). */
void el_prediction_note_range(const double lo[EL_N_AXES],
                              const double hi[EL_N_AXES], const el_point *point,
                              el_prediction *p);

#endif
