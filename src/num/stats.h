/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics on small samples. Layer: num. All inputs finite, n > 0. */
#ifndef EL_NUM_STATS_H
#define EL_NUM_STATS_H
#include <stddef.h>

#include "base/rng.h"
#include "energylens/error.h"

double el_mean(const double *v, size_t n);
double el_variance(const double *v, size_t n);     /* n - 1; 0 for n = 1 */
void el_sort(double *v, size_t n);                 /* ascending */
double el_median(double *v, size_t n);             /* sorts v */
double el_quantile(double *v, size_t n, double q); /* type 7; sorts v */
double el_sorted_quantile(const double *v, size_t n, double q);
/* 1.4826 median |v - median|; reorders v */
double el_mad_sd(double *v, size_t n);

double el_normal_cdf(double z);
double el_normal_quantile(double q); /* 0 < q < 1, 1e-9 relative */
double el_student_t_quantile(double q, double df); /* df >= 1, 1e-6 relative */

/*
 * Percentile interval of a statistic under resampling of clusters: rows with
 * the same cluster[i] (0..n_cluster-1) are drawn together.
 * statistic(index, n_index, ctx) is called n_draw times; NaN draws are skipped.
 * lo, hi are the (1-level)/2 and (1+level)/2 quantiles, NaN if none is left.
 */
typedef double (*el_statistic_fn)(const size_t *index, size_t n_index,
                                  void *ctx);
EL_NODISCARD el_status el_bootstrap_clusters(const size_t *cluster, size_t n,
                                             size_t n_cluster,
                                             el_statistic_fn fn, void *ctx,
                                             size_t n_draw, double level,
                                             el_rng *rng, double *lo,
                                             double *hi, el_error *err);

/*
 * Latin hypercube: n points in [0,1)^d, point i at out[i*d]; each axis has one
 * point in each of n equal strata. Source: McKay, Beckman & Conover,
 * Technometrics 21(2), 1979, 239-245. EL_E_NOMEM, EL_E_ARG.
 */
EL_NODISCARD el_status el_latin_hypercube(size_t n, size_t d, el_rng *rng,
                                          double *out, el_error *err);

#endif
