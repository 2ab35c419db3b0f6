/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Least squares with few terms, chosen from a dictionary of columns.
 * Layer: num. No threads, no randomness: same input, same bits.
 */
#ifndef EL_NUM_SPARSE_LS_H
#define EL_NUM_SPARSE_LS_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/error.h"

#define EL_SPARSE_MAX_TERMS 12u

/* Column j is column[j * n_row ...]; all finite. A column of zeros is never
   chosen. Borrowed. */
typedef struct el_dictionary {
    const double *column;
    size_t n_row, n_column;
} el_dictionary;

/* h ~ sum_k coef[k] column[index[k]] */
typedef struct el_sparse_fit {
    size_t n_term;
    size_t index[EL_SPARSE_MAX_TERMS];
    double coef[EL_SPARSE_MAX_TERMS];
    double rss; /* |h - fit|^2 */
} el_sparse_fit;

/*
 * For each of n_target targets h (target[t * n_row ...]): the fewest columns
 * that leave |residual|^2 <= tol |h|^2, if the whole dictionary does so.
 *
 * out[t].n_term = 0 where it does not, or where more than max_terms are needed
 * (<= EL_SPARSE_MAX_TERMS). Needs n_row > n_column.
 *
 * Method   one QR for all targets; then columns by falling |coefficient| until
 *          they suffice, again from what was kept until nothing falls out.
 *          For data without noise: there the coefficients of columns that do
 *          not belong are rounding.
 * Cost     2 n_row n_column^2 flop, (n_row + n_target)(n_column + n_target)
 *          doubles of scratch
 * EL_E_ARG, EL_E_NOMEM
 */
EL_NODISCARD el_status el_sparse_exact(const el_dictionary *dictionary,
                                       const double *target, size_t n_target,
                                       double tol, size_t max_terms,
                                       el_sparse_fit *out, el_error *err);

typedef struct el_sparse_options {
    size_t max_terms;  /* 1..EL_SPARSE_MAX_TERMS */
    size_t n_always;   /* the first columns are in every fit, not counted as
                          chosen; with max_terms <= EL_SPARSE_MAX_TERMS */
    bool non_negative; /* coefficients of chosen columns > 0 */
    double stop;       /* no more terms once rss <= stop |h|^2 */
} el_sparse_options;

/*
 * Best fits found of each size: path[k] has up to n_always + k + 1 terms, the
 * last ones written may repeat the best smaller fit. *n_path <= max_terms -
 * n_always. Forward selection by the fall in rss; after each step every chosen
 * column is offered in exchange for the best other one until none gains.
 *
 * Cost  about 2 k n_row n_column flop a step, k times that for exchanges
 * EL_E_ARG, EL_E_NOMEM
 */
EL_NODISCARD el_status el_sparse_path(const el_dictionary *dictionary,
                                      const double *target,
                                      const el_sparse_options *options,
                                      el_sparse_fit *path, size_t *n_path,
                                      el_error *err);

/* Fit of given columns: coef and rss of *fit from its index and n_term, by QR.
   false when they are collinear. scratch: (n_term + 1) n_row doubles. */
bool el_sparse_refit(const el_dictionary *dictionary, const double *target,
                     el_sparse_fit *fit, double *scratch);

#endif
