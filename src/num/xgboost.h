/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees by XGBoost's C library, loaded when first asked for. Layer: num.
 *
 * The library is no dependency of the build: prototypes of the few calls are
 * our own (docs/adr/0007-xgboost.md). Once loaded it stays loaded.
 */
#ifndef EL_NUM_XGBOOST_H
#define EL_NUM_XGBOOST_H
#include <stddef.h>

#include "energylens/error.h"

#define EL_XGBOOST_LIBRARY "libxgboost.so.0" /* Debian's libxgboost0, 1.7 */

typedef struct el_tree_setting {
    const char *name, *value; /* as in XGBoost's documentation */
} el_tree_setting;

/* What grows the trees. */
typedef struct el_tree_plan {
    const char *library; /* file to load, usually EL_XGBOOST_LIBRARY */
    const el_tree_setting *setting;
    size_t n_setting;
    int rounds; /* of boosting */
} el_tree_plan;

/* n rows of n_feature columns, row-major; NaN: missing. */
typedef struct el_tree_rows {
    const double *x;
    size_t n, n_feature;
} el_tree_rows;

/*
 * Grow trees on train and y[train->n] as planned (one thread and seed 0 are set
 * here, so that the same rows give the same bits), then predict asked, of as
 * many columns, into out[asked->n].
 *
 * Values pass through 32-bit floats, which the library works in.
 *
 * @retval EL_OK, EL_E_ARG (no row or column, or columns that differ),
 *         EL_E_DEVICE (the library or a function of it is missing: one line
 *         says which), EL_E_NUMERIC (it refused, in its own words), EL_E_NOMEM.
 *         out is written on EL_OK only.
 * Cost   50 rows, 300 trees: 5 ms
 * Source T. Chen, C. Guestrin, XGBoost, KDD 2016, doi:10.1145/2939672.2939785
 */
EL_NODISCARD el_status el_xgboost_run(const el_tree_plan *plan,
                                      const el_tree_rows *train,
                                      const double *y,
                                      const el_tree_rows *asked, double *out,
                                      el_error *err);

#endif
