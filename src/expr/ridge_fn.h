/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of one monomial u = c z, z > 0, that laws are multiplied by.
 * Layer: expr. Adding one is one row of the table in ridge_fn.c.
 */
#ifndef EL_EXPR_RIDGE_FN_H
#define EL_EXPR_RIDGE_FN_H
#include <stdbool.h>
#include <stdint.h>

#include "expr/poly.h"

typedef struct el_ridge_fn {
    const char *name;
    double (*value)(double u);
    uint32_t ops; /* operators it needs */
    bool scaled;  /* false: ln value is linear in z, c is a coefficient */
    /* append its formula of c z, the monomial below; false: no room */
    bool (*push)(el_expr *out, const el_poly_term *cz, const size_t *column);
} el_ridge_fn;

extern const el_ridge_fn el_ridge_fns[];
extern const unsigned el_n_ridge_fns;

#endif
