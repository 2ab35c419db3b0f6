/* SPDX-License-Identifier: Apache-2.0 */
/* The sources of sweetspot's surfaces; sweetspot.c asks one. Layer: app. */
#ifndef EL_APP_SWEETSPOT_PART_H
#define EL_APP_SWEETSPOT_PART_H
#include "app/sweetspot.h"

/* Each fills out->key, grid, surfaces and note; what was made before a failure
 * is cleared by the caller. */
EL_NODISCARD el_status el_sweetspot_from_shape(const el_sweetspot_ask *ask,
                                               el_sweetspot_answer *out,
                                               el_error *err);
EL_NODISCARD el_status el_sweetspot_from_table(const el_sweetspot_ask *ask,
                                               const el_task *task,
                                               el_sweetspot_answer *out,
                                               el_error *err);
EL_NODISCARD el_status el_sweetspot_from_predictor(const el_sweetspot_ask *ask,
                                                   const el_task *task,
                                                   el_sweetspot_answer *out,
                                                   el_error *err);

/* The range of lengths that a source suggests. */
typedef struct el_length_range {
    double isl_lo, isl_hi, osl_lo, osl_hi;
} el_length_range;

/* out->grid: as asked, else of the trace, else as suggested. */
EL_NODISCARD el_status el_sweetspot_grid(const el_sweetspot_ask *ask,
                                         const el_length_range *suggested,
                                         el_sweetspot_answer *out,
                                         el_error *err);

/* Another surface of out; NULL with EL_E_ARG (too many) or EL_E_NOMEM. */
EL_NODISCARD el_status el_sweetspot_add(el_sweetspot_answer *out, double tp,
                                        double batch, el_surface **surface,
                                        el_error *err);

#endif
