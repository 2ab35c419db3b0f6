/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Levenberg-Marquardt with projected steps.
 *
 * The soft-L1 loss is the square of s(r) = r sqrt(2 / (1 + sqrt(1 + r^2))), a
 * smooth function of r, so a robust fit is an ordinary one in s: no outer
 * reweighting loop, and a curvature between the reweighted one (too high) and
 * Newton's (indefinite).
 *
 * cminpack's lmder reaches the same minimum at the same speed but has no
 * bounds, and cannot be told of them from inside its callback (docs/adr).
 *
 * Sources: Levenberg 1944; Marquardt 1963; H. B. Nielsen, IMM-REP-1999-05
 * (damping update); J. J. More, LNM 630, 1978 (scaling, stop tests);
 * C. Kanzow, N. Yamashita & M. Fukushima, J. Comput. Appl. Math. 172, 2004
 * (projection).
 */
#include "num/lsq.h"

#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "num/qr.h"

#define MAX EL_LSQ_MAX_PARAM

#define DEFAULT_ITERATIONS 200u
/* Cosine between the residual and a column; the minimum is then right to
   1e-10 sqrt(cost) of a standard deviation. */
#define GRADIENT_TOL 1e-10
/* A predicted gain below rounding of the cost cannot be seen. */
#define GAIN_TOL        (4 * DBL_EPSILON)
#define STEP_TOL        (4 * DBL_EPSILON)
#define ACCEPT_RATIO    1e-4 /* More 1978 */
#define DAMPING_START   1e-3
#define DAMPING_MIN     1e-20 /* its root times a column stays above rounding */
#define DAMPING_MAX     1e30
#define UNBOUNDED_WIDTH 1e6 /* variance cap 1e12 */

/* All that is kept of the current point: m rows live only inside linearise. */
typedef struct state {
    const el_lsq_problem *in;
    size_t n, m, max_iterations; /* m = in->n_resid */
    double *resid, *jac; /* n_resid, n_resid * n: of the last evaluation */
    double p[MAX], cost;
    double r[MAX * MAX]; /* R of the scaled Jacobian, n x n */
    double qtr[MAX];     /* Q' residual */
    double grad[MAX];    /* half gradient of the cost, prior included */
    double scale[MAX];   /* largest column norm seen: units of the damping */
    double damping, growth;
    size_t iterations;
    bool converged, fell_off; /* fell_off: last trial was not finite */
} state;

static double lower(const el_lsq_problem *in, size_t j)
{
    return in->lo ? in->lo[j] : -HUGE_VAL;
}

static double upper(const el_lsq_problem *in, size_t j)
{
    return in->hi ? in->hi[j] : HUGE_VAL;
}

/* 1/sd_j, 0 for a flat prior, and the distance from the centre in sd. */
static double prior_row(const el_lsq_problem *in, size_t j, double p,
                        double *resid)
{
    double s = in->sd ? 1 / in->sd[j] : 0;

    *resid = s > 0 ? (p - in->centre[j]) * s : 0;
    return s;
}

static double prior_cost(const el_lsq_problem *in, const double *p)
{
    double sum = 0, d;

    for (size_t j = 0; j < in->n_param; j++) {
        (void)prior_row(in, j, p[j], &d);
        sum += d * d;
    }
    return sum;
}

static double row_weight(const el_lsq_problem *in, size_t i)
{
    return in->weight ? in->weight[i] : 1;
}

/* Evaluate at p; false where the function or the cost is not finite. */
static bool evaluate(state *st, const double *p, double *cost)
{
    const el_lsq_problem *in = st->in;
    double sum = prior_cost(in, p);

    if (st->m > 0 && !in->residual(p, st->resid, st->jac, in->ctx))
        return false;
    for (size_t i = 0; i < st->m; i++) {
        double r2 = st->resid[i] * st->resid[i];

        if (in->soft_l1)
            r2 *= 2 / (1 + sqrt(1 + r2)); /* 2 (s - 1) without cancellation */
        sum += row_weight(in, i) * r2;
    }
    *cost = sum;
    return isfinite(sum);
}

/* Scale rows so that their squares sum to the cost; drop those of weight 0.
   Returns how many rows are left, at the front of resid and jac. */
static size_t scale_rows(state *st)
{
    const el_lsq_problem *in = st->in;
    size_t n = st->n, kept = 0;

    for (size_t i = 0; i < st->m; i++) {
        double w = row_weight(in, i), f, g, r = st->resid[i];

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

/* QR of the first m rows, R and Q'r copied out; false, and nothing copied,
   when it overflows. */
static bool factor(state *st, size_t m)
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

/* Take the evaluated point p as the current one. */
static bool linearise(state *st, const double *p, double cost)
{
    size_t n = st->n;

    if (!factor(st, scale_rows(st)))
        return false;
    memcpy(st->p, p, n * sizeof *p);
    st->cost = cost;
    for (size_t j = 0; j < n; j++) {
        double d, s = prior_row(st->in, j, p[j], &d), g = s * d, norm = s * s;

        for (size_t i = 0; i <= j; i++) {
            g += st->r[i * n + j] * st->qtr[i];
            norm += st->r[i * n + j] * st->r[i * n + j];
        }
        st->grad[j] = g;
        st->scale[j] = fmax(st->scale[j], sqrt(norm));
    }
    return true;
}

/* On a bound with the descent direction pointing out of the box. */
static bool is_blocked(const state *st, size_t j)
{
    return (st->p[j] <= lower(st->in, j) && st->grad[j] >= 0) ||
           (st->p[j] >= upper(st->in, j) && st->grad[j] <= 0);
}

static bool is_stationary(const state *st)
{
    double limit = GRADIENT_TOL * sqrt(st->cost);

    for (size_t j = 0; j < st->n; j++)
        if (!is_blocked(st, j) && fabs(st->grad[j]) > limit * st->scale[j])
            return false;
    return true;
}

/*
 * Damped step of the free columns, the others moved by step[j] already:
 * min |R step + Q'r|^2 + sum_j (s_j (p_j + step_j - c_j))^2
 *     + damping sum_j (scale_j step_j)^2.
 * The two diagonal terms of a column make one row.
 */
static bool solve_free(const state *st, const size_t *idx, size_t k,
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
        double d, s = prior_row(st->in, j, st->p[j], &d);
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
static bool cut(const state *st, size_t j, double *step)
{
    double lo = lower(st->in, j) - st->p[j], hi = upper(st->in, j) - st->p[j];

    if (*step >= lo && *step <= hi)
        return false;
    *step = *step < lo ? lo : hi;
    return true;
}

/* Columns that would leave the box stop at its wall and the rest is solved
   again: the step uses the freedom that is left. At most n rounds. */
static bool find_step(const state *st, double *step)
{
    size_t idx[MAX], k = 0, left;

    for (size_t j = 0; j < st->n; j++) {
        step[j] = 0;
        if (!is_blocked(st, j) && st->scale[j] > 0)
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

/* Fall of the cost that the linear model promises (damping not counted). */
static double predicted_gain(const state *st, const double *step)
{
    size_t n = st->n;
    double gain = 0;

    for (size_t i = 0; i < n; i++) {
        double d, s = prior_row(st->in, i, st->p[i], &d) * step[i], t = 0;

        for (size_t j = i; j < n; j++)
            t += st->r[i * n + j] * step[j];
        gain -= 2 * st->grad[i] * step[i] + s * s + t * t;
    }
    return gain;
}

static bool is_tiny(const state *st, const double *step)
{
    double s = 0, p = 0;

    for (size_t j = 0; j < st->n; j++) {
        s = fmax(s, fabs(st->scale[j] * step[j]));
        p = fmax(p, fabs(st->scale[j] * st->p[j]));
    }
    return s <= STEP_TOL * p;
}

/* p = current + step; a step cut at a wall lands on it to the last bit. */
static void move(const state *st, const double *step, double *p)
{
    for (size_t j = 0; j < st->n; j++) {
        double lo = lower(st->in, j), hi = upper(st->in, j);

        p[j] = st->p[j] + step[j];
        if (p[j] >= hi || step[j] >= hi - st->p[j])
            p[j] = hi;
        else if (p[j] <= lo || step[j] <= lo - st->p[j])
            p[j] = lo;
    }
}

static void damp_more(state *st)
{
    st->damping *= st->growth;
    st->growth *= 2;
}

static void damp_less(state *st, double ratio)
{
    double t = 2 * ratio - 1;

    st->damping *= fmin(fmax(0.1, 1 - t * t * t), 2);
    st->damping = fmax(st->damping, DAMPING_MIN);
    st->growth = 2;
}

/* One trial; false when there is nothing more to do. */
static bool iterate(state *st)
{
    double step[MAX] = {0}, p[MAX] = {0}, cost = HUGE_VAL, gain, ratio;

    if (is_stationary(st)) {
        st->converged = true;
        return false;
    }
    if (st->damping > DAMPING_MAX)
        return false;
    st->iterations++;
    if (!find_step(st, step)) {
        damp_more(st);
        return true;
    }
    gain = predicted_gain(st, step);
    if (is_tiny(st, step) ||
        (st->damping <= 1 && fabs(gain) <= GAIN_TOL * st->cost)) {
        st->converged = !st->fell_off;
        return false;
    }
    move(st, step, p);
    st->fell_off = !evaluate(st, p, &cost);
    ratio = (st->cost - cost) / gain;
    if (st->fell_off || !(gain > 0) || !(ratio > ACCEPT_RATIO) ||
        !linearise(st, p, cost))
        damp_more(st);
    else
        damp_less(st, ratio);
    return true;
}

/*
 * cov = C V diag(1 / max(sigma, 1)^2) V' C, where C holds the widths and
 * U sigma V' is the SVD of the rows times C: a direction known worse than the
 * box is as wide as the box.
 */
static el_status covariance(state *st, double *cov, el_error *err)
{
    size_t n = st->n;
    double a[2 * MAX * MAX], b[2 * MAX] = {0}, w[5 * MAX], sv[MAX], c[MAX];
    double v[MAX * MAX], none[1];
    lapack_int k = (lapack_int)n;

    memset(a, 0, 2 * n * n * sizeof *a);
    memcpy(a, st->r, n * n * sizeof *a);
    for (size_t j = 0; j < n; j++) {
        double d, width = upper(st->in, j) - lower(st->in, j);

        c[j] = fmin(width, UNBOUNDED_WIDTH);
        a[(n + j) * n + j] = prior_row(st->in, j, st->p[j], &d);
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

/* R at the solution with the robust weights 1 / sqrt(1 + r^2) of the rows. */
static bool information(state *st)
{
    const el_lsq_problem *in = st->in;
    size_t n = st->n;
    double cost;

    if (!evaluate(st, st->p, &cost))
        return false;
    for (size_t i = 0; i < st->m; i++) {
        double r = st->resid[i], w = row_weight(in, i);

        w = sqrt(in->soft_l1 ? w / sqrt(1 + r * r) : w);
        for (size_t j = 0; j < n; j++)
            st->jac[i * n + j] *= w;
    }
    return factor(st, st->m);
}

static el_status check_param(const el_lsq_problem *in, const double *p,
                             el_error *err)
{
    for (size_t j = 0; j < in->n_param; j++) {
        if (!isfinite(p[j]))
            return el_fail(err, EL_E_ARG, "lsq: start[%zu] is not finite", j);
        if (!(lower(in, j) < upper(in, j)))
            return el_fail(err, EL_E_ARG, "lsq: bounds[%zu]: %g to %g", j,
                           lower(in, j), upper(in, j));
        if (in->sd && !(in->sd[j] > 0))
            return el_fail(err, EL_E_ARG, "lsq: prior sd[%zu] = %g", j,
                           in->sd[j]);
        if (in->sd && isfinite(in->sd[j]) && !isfinite(in->centre[j]))
            return el_fail(err, EL_E_ARG, "lsq: prior centre[%zu] = %g", j,
                           in->centre[j]);
    }
    return EL_OK;
}

static el_status check(const el_lsq_problem *in, const double *p, el_error *err)
{
    if (!in || !p)
        return el_fail(err, EL_E_ARG, "lsq: no problem or no start");
    if (in->n_param == 0 || in->n_param > MAX)
        return el_fail(err, EL_E_ARG, "lsq: %zu parameters (1 to %u)",
                       in->n_param, MAX);
    if (!in->sd != !in->centre || (in->n_resid > 0 && !in->residual))
        return el_fail(err, EL_E_ARG, "lsq: incomplete problem");
    if (in->n_resid == 0 && !in->sd)
        return el_fail(err, EL_E_ARG, "lsq: neither rows nor a prior");
    if (in->n_resid > SIZE_MAX / (MAX + 1) / sizeof(double))
        return el_fail(err, EL_E_ARG, "lsq: %zu rows", in->n_resid);
    for (size_t i = 0; in->weight && i < in->n_resid; i++)
        if (!(in->weight[i] >= 0) || !isfinite(in->weight[i]))
            return el_fail(err, EL_E_ARG, "lsq: weight[%zu] = %g", i,
                           in->weight[i]);
    return check_param(in, p, err);
}

/* From the start p inside the box to a minimum, all in *st. */
static el_status minimise(state *st, const double *p, el_error *err)
{
    double start[MAX] = {0}, cost;

    for (size_t j = 0; j < st->n; j++)
        start[j] = fmin(fmax(p[j], lower(st->in, j)), upper(st->in, j));
    if (!evaluate(st, start, &cost) || !linearise(st, start, cost))
        return el_fail(err, EL_E_NUMERIC,
                       "lsq: residuals are not finite at the start");
    st->damping = DAMPING_START;
    st->growth = 2;
    while (st->iterations < st->max_iterations && iterate(st))
        continue;
    return EL_OK;
}

el_status el_lsq_solve(const el_lsq_problem *problem, double *p, double *cov,
                       el_lsq_result *result, el_error *err)
{
    state st = {.in = problem};
    double tmp[MAX * MAX], *work = NULL;
    el_status status = check(problem, p, err);

    if (status != EL_OK)
        return status;
    st.n = problem->n_param;
    st.m = problem->n_resid;
    st.max_iterations =
        problem->max_iterations ? problem->max_iterations : DEFAULT_ITERATIONS;
    if (st.m > 0) {
        work = el_array(st.m * (st.n + 1), sizeof *work);
        if (!work)
            return el_fail(err, EL_E_NOMEM, "lsq: %zu rows", st.m);
        st.resid = work;
        st.jac = work + st.m;
    }
    status = minimise(&st, p, err);
    if (status == EL_OK && cov) {
        status = information(&st)
                     ? covariance(&st, tmp, err)
                     : el_fail(err, EL_E_NUMERIC, "lsq: no covariance");
    }
    if (status != EL_OK)
        goto done;
    memcpy(p, st.p, st.n * sizeof *p);
    if (cov)
        memcpy(cov, tmp, st.n * st.n * sizeof *cov);
    if (result)
        *result = (el_lsq_result){st.cost, st.iterations, st.converged};
done:
    el_free(work);
    return status;
}
