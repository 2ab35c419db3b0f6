/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logarithms of rows against an orthonormal basis of what is fitted anyway:
 * how much would one more factor explain? Layer: expr.
 */
#ifndef EL_EXPR_RIDGE_ROWS_H
#define EL_EXPR_RIDGE_ROWS_H
#include <stdbool.h>
#include <stddef.h>

#include "expr/ridge_fn.h"

#define EL_RIDGE_BASIS (EL_POLY_MAX_VARS + 5u)

typedef struct el_ridge_rows {
    size_t n, n_var, n_basis;
    double *log_x; /* n_var * n */
    double *log_y; /* n: ln|y| */
    double *basis; /* EL_RIDGE_BASIS * n */
    double *r;     /* n: ln|y| less its part in the basis */
    double *q;     /* scratch of the smooth score */
    double *z, *f; /* n each: ln z, ln|f| */
    double rss;    /* |r|^2 */
} el_ridge_rows;

/* A factor f(c z)^b of a law; z = x^e. */
typedef struct el_ridge_factor {
    const el_ridge_fn *fn;
    el_poly_term z;
    double log_c; /* 0 where fn is not scaled */
    double rss;   /* with the factor in the basis */
} el_ridge_factor;

/* n rows out of n_all, evenly; log_x, log_y of all of them. */
EL_NODISCARD bool el_ridge_rows_init(el_ridge_rows *rows, size_t n,
                                     size_t n_var, size_t n_all,
                                     const double *log_x, const double *log_y);
void el_ridge_rows_clear(el_ridge_rows *rows);

/* Basis 1, ln x. */
void el_ridge_reset(el_ridge_rows *rows);
/* Add a factor to the basis, and how it changes with c. */
void el_ridge_fix(el_ridge_rows *rows, const el_ridge_factor *factor);

/* Share of the residual that no smooth function of ln z explains, 0..1. */
double el_ridge_smooth(el_ridge_rows *rows, const el_poly_term *z);
/* Best c on a grid (half octaves, and multiples of pi). */
void el_ridge_scan(el_ridge_rows *rows, el_ridge_factor *factor);
/* Best c near the one it has, by golden section; sets rss. */
void el_ridge_refine(el_ridge_rows *rows, el_ridge_factor *factor);
/* ln|f(c z)| on all rows into out[n]; false where one is not finite. */
bool el_ridge_values(const el_ridge_rows *rows, const el_ridge_factor *factor,
                     double *out);

#endif
