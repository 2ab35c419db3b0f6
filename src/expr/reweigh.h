/* SPDX-License-Identifier: Apache-2.0 */
/* What each row counts for, once a law is known. Layer: expr. */
#ifndef EL_EXPR_REWEIGH_H
#define EL_EXPR_REWEIGH_H
#include "expr/select.h"

/*
 * Weights for el_expr_fit() with the relative loss that take its bias away.
 *
 * The mean of (f/y - 1)^2 is least where f is 1.5 to 2 sd^2 below the rows:
 * those that noise makes small count more. With a first law f0 at hand, and
 * r = y/f0, so that rows count by what they should have been:
 *
 *     w = r^2               sum w (f/y - 1)^2 = sum ((f - y) / f0)^2
 *     w = r^2 ln r/(r - 1)  at f0 the slope of sum (ln f - ln y)^2
 *
 * The first where noise is even in y/f, so that f is the mean of y, the second
 * where it is even in ln y; which of the two, their likelihoods say. r is held
 * within 1/2..2: a row farther off says nothing about noise. A factor common
 * to f0, its bias above all, changes nothing, so one pass is enough.
 *
 * weight  n_row, out; all 1 where the law leaves nothing to weigh by
 * EL_E_NOMEM
 * Source  R. W. M. Wedderburn, Biometrika 61, 1974, 439-447 (quasi-likelihood),
 *         doi:10.1093/biomet/61.3.439
 */
EL_NODISCARD el_status el_reweigh(const el_expr *law,
                                  const el_evidence *evidence, double *weight,
                                  el_error *err);

#endif
