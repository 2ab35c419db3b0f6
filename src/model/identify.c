/* SPDX-License-Identifier: Apache-2.0 */
#include "model/identify.h"

#include <math.h>

#include "num/linalg.h"

/* The sign of an eigenvector means nothing: make its largest entry positive. */
static void take_direction(const double *v, size_t k, double value,
                           el_weak_direction *out)
{
    size_t largest = 0;

    for (size_t j = 1; j < k; j++)
        largest = fabs(v[j]) > fabs(v[largest]) ? j : largest;
    for (size_t j = 0; j < k; j++)
        out->loading[j] = v[largest] < 0.0 ? -v[j] : v[j];
    out->share = sqrt(value);
}

el_status el_identify(const el_model *model,
                      el_weak_direction direction[EL_MAX_PARAMS], size_t *n,
                      el_error *err)
{
    el_param_spec spec[EL_MAX_PARAMS];
    double a[EL_MAX_PARAMS * EL_MAX_PARAMS];
    double vec[EL_MAX_PARAMS * EL_MAX_PARAMS];
    double val[EL_MAX_PARAMS];
    size_t k = model->n_param, found = 0;
    el_status st;

    *n = 0;
    if (k == 0)
        return EL_OK;
    (void)el_model_specify(model, spec);
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) /* rounding must not break symmetry */
            a[i * k + j] = 0.5 *
                           (model->cov[i * k + j] + model->cov[j * k + i]) /
                           (spec[i].sd * spec[j].sd);
    }
    st = el_sym_eigen(a, k, val, vec, err);
    if (st != EL_OK)
        return st;
    for (size_t i = k; i-- > 0;) { /* ascending order: weakest last */
        if (!(val[i] >= EL_WEAK_SHARE * EL_WEAK_SHARE))
            break;
        take_direction(vec + i * k, k, val[i], &direction[found++]);
    }
    *n = found;
    return EL_OK;
}
