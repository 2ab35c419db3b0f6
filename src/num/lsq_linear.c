/* SPDX-License-Identifier: Apache-2.0 */
/* A point and the linear model of the residuals around it. */
#include <string.h>

#include "num/lsq_part.h"
#include "num/qr.h"

#define MAX EL_LSQ_MAX_PARAM

static double prior_cost(const el_lsq_problem *in, const double *p)
{
    double sum = 0, d;

    for (size_t j = 0; j < in->n_param; j++) {
        (void)el_lsq_prior(in, j, p[j], &d);
        sum += d * d;
    }
    return sum;
}

bool el_lsq_evaluate(el_lsq_state *st, const double *p, double *cost)
{
    const el_lsq_problem *in = st->in;
    double sum = prior_cost(in, p);

    if (st->m > 0 && !in->residual(p, st->resid, st->jac, in->ctx))
        return false;
    for (size_t i = 0; i < st->m; i++) {
        double r2 = st->resid[i] * st->resid[i];

        if (in->soft_l1)
            r2 *= 2 / (1 + sqrt(1 + r2)); /* 2 (s - 1) without cancellation */
        sum += el_lsq_weight(in, i) * r2;
    }
    *cost = sum;
    return isfinite(sum);
}

/* Scale rows so that their squares sum to the cost; drop those of weight 0.
   Returns how many rows are left, at the front of resid and jac. */
static size_t scale_rows(el_lsq_state *st)
{
    const el_lsq_problem *in = st->in;
    size_t n = st->n, kept = 0;

    for (size_t i = 0; i < st->m; i++) {
        double w = el_lsq_weight(in, i), f, g, r = st->resid[i];

        if (!(w > 0))
            continue;
        f = g = sqrt(w);
        if (in->soft_l1) {
            double s = sqrt(1 + r * r), q = sqrt((1 + s) / 2);

            f = f / q;
            g = g * q / s; /* d(r / q) / dr */
        }
        st->resid[kept] = f * r;
        for (size_t j = 0; j < n; j++)
            st->jac[kept * n + j] = g * st->jac[i * n + j];
        kept++;
    }
    return kept;
}

bool el_lsq_factor(el_lsq_state *st, size_t m)
{
    size_t n = st->n, rows = m < n ? m : n;
    double w[MAX];

    el_qr_rows(st->jac, st->resid, m, n, w);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = i; j < n; j++)
            if (!isfinite(st->jac[i * n + j]))
                return false;
    memset(st->r, 0, n * n * sizeof *st->r);
    memset(st->qtr, 0, n * sizeof *st->qtr);
    for (size_t i = 0; i < rows; i++) {
        st->qtr[i] = st->resid[i];
        memcpy(st->r + i * n + i, st->jac + i * n + i, (n - i) * sizeof *st->r);
    }
    return true;
}

bool el_lsq_linearise(el_lsq_state *st, const double *p, double cost)
{
    size_t n = st->n;

    if (!el_lsq_factor(st, scale_rows(st)))
        return false;
    memcpy(st->p, p, n * sizeof *p);
    st->cost = cost;
    for (size_t j = 0; j < n; j++) {
        double d, s = el_lsq_prior(st->in, j, p[j], &d), g = s * d,
                  norm = s * s;

        for (size_t i = 0; i <= j; i++) {
            g += st->r[i * n + j] * st->qtr[i];
            norm += st->r[i * n + j] * st->r[i * n + j];
        }
        st->grad[j] = g;
        st->scale[j] = fmax(st->scale[j], sqrt(norm));
    }
    return true;
}

bool el_lsq_is_blocked(const el_lsq_state *st, size_t j)
{
    return (st->p[j] <= el_lsq_lower(st->in, j) && st->grad[j] >= 0) ||
           (st->p[j] >= el_lsq_upper(st->in, j) && st->grad[j] <= 0);
}
