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
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "num/lsq_part.h"

#define MAX                EL_LSQ_MAX_PARAM
#define DEFAULT_ITERATIONS 200u
/* Cosine between the residual and a column; the minimum is then right to
   1e-10 sqrt(cost) of a standard deviation. */
#define GRADIENT_TOL 1e-10
/* A predicted gain below rounding of the cost cannot be seen. */
#define GAIN_TOL      (4 * DBL_EPSILON)
#define ACCEPT_RATIO  1e-4 /* More 1978 */
#define DAMPING_START 1e-3
#define DAMPING_MIN   1e-20 /* its root times a column stays above rounding */
#define DAMPING_MAX   1e30

static bool is_stationary(const el_lsq_state *st)
{
    double limit = GRADIENT_TOL * sqrt(st->cost);

    for (size_t j = 0; j < st->n; j++)
        if (!el_lsq_is_blocked(st, j) &&
            fabs(st->grad[j]) > limit * st->scale[j])
            return false;
    return true;
}

static void damp_more(el_lsq_state *st)
{
    st->damping *= st->growth;
    st->growth *= 2;
}

static void damp_less(el_lsq_state *st, double ratio)
{
    double t = 2 * ratio - 1;

    st->damping *= fmin(fmax(0.1, 1 - t * t * t), 2);
    st->damping = fmax(st->damping, DAMPING_MIN);
    st->growth = 2;
}

/* One trial; false when there is nothing more to do. */
static bool iterate(el_lsq_state *st)
{
    double step[MAX] = {0}, p[MAX] = {0}, cost = HUGE_VAL, gain, ratio;

    if (is_stationary(st)) {
        st->converged = true;
        return false;
    }
    if (st->damping > DAMPING_MAX)
        return false;
    st->iterations++;
    if (!el_lsq_find_step(st, step)) {
        damp_more(st);
        return true;
    }
    gain = el_lsq_gain(st, step);
    if (el_lsq_is_tiny(st, step) ||
        (st->damping <= 1 && fabs(gain) <= GAIN_TOL * st->cost)) {
        st->converged = !st->fell_off;
        return false;
    }
    el_lsq_move(st, step, p);
    st->fell_off = !el_lsq_evaluate(st, p, &cost);
    ratio = (st->cost - cost) / gain;
    if (st->fell_off || !(gain > 0) || !(ratio > ACCEPT_RATIO) ||
        !el_lsq_linearise(st, p, cost))
        damp_more(st);
    else
        damp_less(st, ratio);
    return true;
}

static el_status check_param(const el_lsq_problem *in, const double *p,
                             el_error *err)
{
    for (size_t j = 0; j < in->n_param; j++) {
        if (!isfinite(p[j]))
            return el_fail(err, EL_E_ARG, "lsq: start[%zu] is not finite", j);
        if (!(el_lsq_lower(in, j) < el_lsq_upper(in, j)))
            return el_fail(err, EL_E_ARG, "lsq: bounds[%zu]: %g to %g", j,
                           el_lsq_lower(in, j), el_lsq_upper(in, j));
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
static el_status minimise(el_lsq_state *st, const double *p, el_error *err)
{
    double start[MAX] = {0}, cost;

    for (size_t j = 0; j < st->n; j++)
        start[j] =
            fmin(fmax(p[j], el_lsq_lower(st->in, j)), el_lsq_upper(st->in, j));
    if (!el_lsq_evaluate(st, start, &cost) ||
        !el_lsq_linearise(st, start, cost))
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
    el_lsq_state st = {.in = problem};
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
    if (status == EL_OK && cov)
        status = el_lsq_covariance(&st, tmp, err);
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
