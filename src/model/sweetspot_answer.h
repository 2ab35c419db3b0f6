/* SPDX-License-Identifier: Apache-2.0 */
/* What the verb sweetspot found. Layer: model. */
#ifndef EL_MODEL_SWEETSPOT_ANSWER_H
#define EL_MODEL_SWEETSPOT_ANSWER_H
#include "model/moves.h"

#define EL_MAX_SURFACES  32u
#define EL_SWEETSPOT_LEN 640u

/* Where the joules come from. */
typedef enum el_sweetspot_basis {
    EL_BASIS_SHAPE,   /* el_sweetspot_from_arch: one H100 */
    EL_BASIS_TABLE,   /* the form sweetspot, fitted per batch and degree */
    EL_BASIS_FIT,     /* a fit file */
    EL_BASIS_ANALYTIC /* the analytic model */
} el_sweetspot_basis;

/* "shape", "table", "fit", "analytic" */
const char *el_sweetspot_basis_name(el_sweetspot_basis basis);

typedef struct el_sweetspot_answer {
    el_sweetspot_basis basis;
    el_group_key key;
    el_length_grid grid; /* surfaces point here: the answer stays in place */
    size_t n;
    el_surface surface[EL_MAX_SURFACES];
    size_t now; /* the surface that moves start from */
    bool has_trace;
    el_lengths lengths;
    el_moves moves;
    char note[EL_SWEETSPOT_LEN]; /* "; "-separated; "" nothing to say */
} el_sweetspot_answer;

void el_sweetspot_answer_clear(el_sweetspot_answer *answer);
/* Append to answer->note; what does not fit is cut. */
void el_sweetspot_note(el_sweetspot_answer *answer, const char *text);

#endif
