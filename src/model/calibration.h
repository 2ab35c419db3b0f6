/* SPDX-License-Identifier: Apache-2.0 */
/* A correction of the analytic model: what it holds, what it does to a
 * prediction. calibrate.c learns one. Layer: model. */
#ifndef EL_MODEL_CALIBRATION_H
#define EL_MODEL_CALIBRATION_H
#include "energylens/calibrate.h"
#include "model/site.h"
#include "num/posterior.h"

#define EL_N_CORRECTED 3u
extern const el_target el_corrected[EL_N_CORRECTED]; /* energy, TTFT, ITL */

/* One corrected quantity, conditioned on its rows. */
typedef struct el_correction {
    size_t n;
    size_t *at; /* sites of its rows */
    el_doubt *doubt;
    el_posterior posterior;
    double scale; /* of every SD, from the rows left out */
    double quantile;
    double left_out; /* mean |exp(error) - 1| of rows left out */
    size_t odd;      /* row farthest from the others, in SDs */
    double odd_ln, odd_z;
} el_correction;

typedef struct el_calibration {
    el_correction of[EL_N_CORRECTED];
    size_t n_workload;
    char (*workload)[EL_LABEL_LEN];
    size_t n_rows;
    el_site *site;                       /* of the rows */
    double lo[EL_N_AXES], hi[EL_N_AXES]; /* of the rows */
} el_calibration;

void el_calibration_free(el_calibration *calibration); /* NULL is fine */

/* Which of the rows' workloads a label is; -1: none of them. */
int el_calibration_workload(const el_calibration *calibration,
                            const char *label);

/* Variance of ln y of one run. */
double el_calibration_noise(const el_point *point, double latency_s);

/* Correct a prediction of this point in place. */
void el_calibration_apply(const el_calibration *calibration,
                          const el_point *point, const char *workload,
                          el_prediction *p);

/* Takes ownership of the new one (NULL: none), hands back the one before. */
el_calibration *el_analytic_swap_calibration(el_analytic *analytic,
                                             el_calibration *calibration);

#endif
