/* SPDX-License-Identifier: Apache-2.0 */
/* How sure the parameters are at the minimum. */
#include <lapacke.h>
#include <string.h>

#include "num/lsq_part.h"
#include "num/qr.h"

#define MAX             EL_LSQ_MAX_PARAM
#define UNBOUNDED_WIDTH 1e6 /* variance cap 1e12 */

/* R at the solution with the robust weights 1 / sqrt(1 + r^2) of the rows. */
static bool information(el_lsq_state *st)
{
    const el_lsq_problem *in = st->in;
    size_t n = st->n;
    double cost;

    if (!el_lsq_evaluate(st, st->p, &cost))
        return false;
    for (size_t i = 0; i < st->m; i++) {
        double r = st->resid[i], w = el_lsq_weight(in, i);

        w = sqrt(in->soft_l1 ? w / sqrt(1 + r * r) : w);
        for (size_t j = 0; j < n; j++)
            st->jac[i * n + j] *= w;
    }
    return el_lsq_factor(st, st->m);
}

/*
 * cov = C V diag(1 / max(sigma, 1)^2) V' C, where C holds the widths and
 * U sigma V' is the SVD of the rows times C: a direction known worse than the
 * box is as wide as the box.
 */
static el_status invert(const el_lsq_state *st, double *cov, el_error *err)
{
    size_t n = st->n;
    double a[2 * MAX * MAX], b[2 * MAX] = {0}, w[5 * MAX], sv[MAX], c[MAX];
    double v[MAX * MAX], none[1];
    lapack_int k = (lapack_int)n;

    memset(a, 0, 2 * n * n * sizeof *a);
    memcpy(a, st->r, n * n * sizeof *a);
    for (size_t j = 0; j < n; j++) {
        double d, width = el_lsq_upper(st->in, j) - el_lsq_lower(st->in, j);

        c[j] = fmin(width, UNBOUNDED_WIDTH);
        a[(n + j) * n + j] = el_lsq_prior(st->in, j, st->p[j], &d);
        for (size_t i = 0; i < 2 * n; i++)
            a[i * n + j] *= c[j];
    }
    el_qr_rows(a, b, 2 * n, n, w);
    for (size_t i = 1; i < n; i++)
        memset(a + i * n, 0, i * sizeof *a);
    /* read by columns, a is R', whose left vectors are V */
    if (LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, 'A', 'N', k, k, a, k, sv, v, k,
                            none, 1, w, 5 * k) != 0)
        return el_fail(err, EL_E_NUMERIC, "lsq: no singular values");
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;

            for (size_t q = 0; q < n; q++) {
                double s = fmax(sv[q], 1);

                sum += v[q * n + i] / s * (v[q * n + j] / s);
            }
            cov[i * n + j] = c[i] * c[j] * sum;
        }
    return EL_OK;
}

el_status el_lsq_covariance(el_lsq_state *st, double *cov, el_error *err)
{
    if (!information(st))
        return el_fail(err, EL_E_NUMERIC, "lsq: no covariance");
    return invert(st, cov, err);
}
