/* SPDX-License-Identifier: Apache-2.0 */
/* Damped steps that stay in the box. */
#include <float.h>
#include <string.h>

#include "num/lsq_part.h"
#include "num/qr.h"

#define MAX      EL_LSQ_MAX_PARAM
#define STEP_TOL (4 * DBL_EPSILON)

/*
 * Damped step of the free columns, the others moved by step[j] already:
 * min |R step + Q'r|^2 + sum_j (s_j (p_j + step_j - c_j))^2
 *     + damping sum_j (scale_j step_j)^2.
 * The two diagonal terms of a column make one row.
 */
static bool solve_free(const el_lsq_state *st, const size_t *idx, size_t k,
                       double *step)
{
    size_t n = st->n;
    double a[2 * MAX * MAX], b[2 * MAX], w[MAX];
    bool is_free[MAX] = {false};

    memset(a + n * k, 0, k * k * sizeof *a);
    for (size_t c = 0; c < k; c++)
        is_free[idx[c]] = true;
    for (size_t i = 0; i < n; i++) {
        b[i] = -st->qtr[i];
        for (size_t j = i; j < n; j++)
            if (!is_free[j])
                b[i] -= st->r[i * n + j] * step[j];
        for (size_t c = 0; c < k; c++)
            a[i * k + c] = st->r[i * n + idx[c]];
    }
    for (size_t c = 0; c < k; c++) {
        size_t j = idx[c];
        double d, s = el_lsq_prior(st->in, j, st->p[j], &d);
        double e = sqrt(s * s + st->damping * st->scale[j] * st->scale[j]);

        a[(n + c) * k + c] = e;
        b[n + c] = -s * d / e;
    }
    el_qr_rows(a, b, n + k, k, w);
    if (!el_qr_back(a, b, k, b))
        return false;
    for (size_t c = 0; c < k; c++)
        step[idx[c]] = b[c];
    return true;
}

/* Cut a step at the box; true when it had to be cut. */
static bool cut(const el_lsq_state *st, size_t j, double *step)
{
    double lo = el_lsq_lower(st->in, j) - st->p[j],
           hi = el_lsq_upper(st->in, j) - st->p[j];

    if (*step >= lo && *step <= hi)
        return false;
    *step = *step < lo ? lo : hi;
    return true;
}

bool el_lsq_find_step(const el_lsq_state *st, double *step)
{
    size_t idx[MAX], k = 0, left;

    for (size_t j = 0; j < st->n; j++) {
        step[j] = 0;
        if (!el_lsq_is_blocked(st, j) && st->scale[j] > 0)
            idx[k++] = j;
    }
    while (k > 0) {
        if (!solve_free(st, idx, k, step))
            return false;
        left = 0;
        for (size_t c = 0; c < k; c++)
            if (!cut(st, idx[c], &step[idx[c]]))
                idx[left++] = idx[c];
        if (left == k)
            break;
        k = left;
    }
    return true;
}

double el_lsq_gain(const el_lsq_state *st, const double *step)
{
    size_t n = st->n;
    double gain = 0;

    for (size_t i = 0; i < n; i++) {
        double d, s = el_lsq_prior(st->in, i, st->p[i], &d) * step[i], t = 0;

        for (size_t j = i; j < n; j++)
            t += st->r[i * n + j] * step[j];
        gain -= 2 * st->grad[i] * step[i] + s * s + t * t;
    }
    return gain;
}

bool el_lsq_is_tiny(const el_lsq_state *st, const double *step)
{
    double s = 0, p = 0;

    for (size_t j = 0; j < st->n; j++) {
        s = fmax(s, fabs(st->scale[j] * step[j]));
        p = fmax(p, fabs(st->scale[j] * st->p[j]));
    }
    return s <= STEP_TOL * p;
}

void el_lsq_move(const el_lsq_state *st, const double *step, double *p)
{
    for (size_t j = 0; j < st->n; j++) {
        double lo = el_lsq_lower(st->in, j), hi = el_lsq_upper(st->in, j);

        p[j] = st->p[j] + step[j];
        if (p[j] >= hi || step[j] >= hi - st->p[j])
            p[j] = hi;
        else if (p[j] <= lo || step[j] <= lo - st->p[j])
            p[j] = lo;
    }
}
