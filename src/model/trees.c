/* SPDX-License-Identifier: Apache-2.0 */
#include "model/trees.h"

#include "base/mem.h"
#include "model/load_features.h"

static void fill(const el_fit_data *data, const el_point *point, size_t n,
                 double *x)
{
    for (size_t i = 0; i < n; i++)
        el_load_features(data, &point[i], x + i * EL_N_FEATURES);
}

el_status el_trees_answer(const el_tree_plan *plan, const el_fit_data *data,
                          const el_points *asked, double *y, double *sd,
                          el_error *err)
{
    double *x = el_array(data->n + asked->n, EL_N_FEATURES * sizeof *x);
    double *ln_y = el_array(data->n, sizeof *ln_y);
    el_tree_rows train = {x, data->n, EL_N_FEATURES};
    el_tree_rows question = {NULL, asked->n, EL_N_FEATURES};
    el_status st;

    if (!x || !ln_y) {
        st = el_fail(err, EL_E_NOMEM, "trees: %zu rows", data->n + asked->n);
        goto done;
    }
    question.x = x + data->n * EL_N_FEATURES;
    fill(data, data->point, data->n, x);
    fill(data, asked->point, asked->n, x + data->n * EL_N_FEATURES);
    for (size_t i = 0; i < data->n; i++)
        ln_y[i] = log(data->y[i] / (data->point[i].batch * data->point[i].osl));
    st = el_xgboost_run(plan, &train, ln_y, &question, y, err);
    for (size_t i = 0; st == EL_OK && i < asked->n; i++) {
        y[i] = exp(y[i]) * asked->point[i].batch * asked->point[i].osl;
        sd[i] = EL_UNKNOWN;
    }
done:
    el_free(ln_y);
    el_free(x);
    return st;
}
