/* SPDX-License-Identifier: Apache-2.0 */
#include "model/linear.h"

#include <string.h>

#include "base/mem.h"
#include "num/lsq.h"

#define RIDGE 1e-6  /* of a column's length: only breaks exact ties */
#define FLOOR 1e-12 /* J or s: keeps ln(prediction) finite */

typedef struct linear_ctx {
    const double *a; /* m x k: features / y, ridge rows below */
    const double *b; /* m: 1, ridge rows 0 */
    size_t m, k;
} linear_ctx;

static bool linear_residual(const double *p, double *r, double *jac, void *ctx)
{
    const linear_ctx *c = ctx;

    for (size_t i = 0; i < c->m; i++) {
        const double *row = c->a + i * c->k;
        r[i] = -c->b[i];
        for (size_t j = 0; j < c->k; j++)
            r[i] += row[j] * p[j];
        if (!isfinite(r[i]))
            return false;
    }
    if (jac)
        memcpy(jac, c->a, c->m * c->k * sizeof *jac);
    return true;
}

/* Columns scaled to length 1 (scale[j] undoes it), ridge below. */
static void fill_system(const el_form *form, const el_fit_data *data, size_t k,
                        double *a, double *b, double *scale)
{
    size_t n = data->n;

    for (size_t i = 0; i < n; i++) {
        double w = data->weight ? sqrt(data->weight[i]) : 1.0;
        form->features(data->facts, &data->point[i], a + i * k);
        for (size_t j = 0; j < k; j++)
            a[i * k + j] *= w / data->y[i];
        b[i] = w;
    }
    for (size_t j = 0; j < k; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++)
            sum += a[i * k + j] * a[i * k + j];
        scale[j] = sum > 0.0 ? 1.0 / sqrt(sum) : 1.0;
        for (size_t i = 0; i < n; i++)
            a[i * k + j] *= scale[j];
        a[(n + j) * k + j] = RIDGE;
    }
}

/* Back to the units of the features; residual variance into cov. */
static void unscale(const linear_ctx *c, const double *scale, size_t n,
                    el_model *model)
{
    size_t k = c->k;
    double rss = 0.0, s2;

    for (size_t i = 0; i < n; i++) {
        double r = -c->b[i];
        for (size_t j = 0; j < k; j++)
            r += c->a[i * k + j] * model->param[j];
        rss += r * r;
    }
    s2 = rss / (double)(n > k ? n - k : 1);
    model->loss = rss;
    for (size_t j = 0; j < k; j++) {
        for (size_t l = 0; l < k; l++)
            model->cov[j * k + l] *= s2 * scale[j] * scale[l];
    }
    for (size_t j = 0; j < k; j++)
        model->param[j] *= scale[j];
}

el_status el_form_fit_linear(const el_fit_data *data, el_model *model,
                             el_error *err)
{
    const el_form *form = model->form;
    el_param_spec spec[EL_MAX_PARAMS];
    size_t k = form->specify(data, spec), m = data->n + k;
    double scale[EL_MAX_PARAMS] = {0}, p[EL_MAX_PARAMS];
    double lo[EL_MAX_PARAMS] = {0}, hi[EL_MAX_PARAMS];
    double *a = el_array(m * k, sizeof *a);
    double *b = el_array(m, sizeof *b);
    linear_ctx ctx = {a, b, m, k};
    el_lsq_problem problem = {
        .n_param = k, .n_resid = m, .residual = linear_residual, .ctx = &ctx};
    el_lsq_result result = {0};
    el_status st;

    if (!a || !b) {
        st = el_fail(err, EL_E_NOMEM, "%s: scratch for %zu rows", form->name,
                     data->n);
        goto done;
    }
    model->n_param = k;
    fill_system(form, data, k, a, b, scale);
    memset(p, 0, sizeof p);
    if (form->non_negative) {
        st = el_nnls(a, b, m, k, p, err);
        if (st != EL_OK)
            goto done;
        for (size_t j = 0; j < k; j++)
            hi[j] = INFINITY;
        problem.lo = lo;
        problem.hi = hi;
    }
    /* Stays at the NNLS optimum, or finds the free one; gives covariance. */
    st = el_lsq_solve(&problem, p, model->cov, &result, err);
    if (st != EL_OK)
        goto done;
    memcpy(model->param, p, k * sizeof *p);
    model->iterations = result.iterations;
    model->converged = result.converged;
    unscale(&ctx, scale, data->n, model);
done:
    el_free(b);
    el_free(a);
    return st;
}

void el_form_predict_linear(const el_model *model, const el_point *point,
                            size_t n, double *y, double *grad)
{
    size_t k = model->n_param;
    double f[EL_MAX_PARAMS];

    for (size_t i = 0; i < n; i++) {
        model->form->features(&model->facts, &point[i], f);
        y[i] = 0.0;
        for (size_t j = 0; j < k; j++)
            y[i] += f[j] * model->param[j];
        y[i] = fmax(y[i], FLOOR);
        for (size_t j = 0; grad && j < k; j++)
            grad[i * k + j] = y[i] > FLOOR ? f[j] / y[i] : 0.0;
    }
}
