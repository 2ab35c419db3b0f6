/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Levenberg-Marquardt in the constants that are not linear, the others solved
 * at every point: variable projection with Kaufman's Jacobian.
 *
 * One pass over the rows at (theta, c) gives [Phi D r]'[Phi D r] with Phi the
 * derivatives by the linear constants c, D those by the others and r = y - f.
 * From it follow, without another look at the rows, the best c at this theta,
 * the loss there, and the normal equations of D projected off Phi. Since r is
 * a true residual and c nearly right, the solution for c is one step of
 * iterative refinement (corrected semi-normal equations), which makes up for
 * the squared condition of a Gram matrix. No constant but its own coefficient
 * scales a column of D, so D need not be formed again at the new c.
 *
 * Sources: L. Kaufman, BIT 15, 1975, 49-57; A. Bjorck, Linear Algebra Appl.
 * 88/89, 1987, 31-48 (refinement); H. B. Nielsen, IMM-REP-1999-05 (damping);
 * J. J. More, LNM 630, 1978 (scaling).
 */
#include "expr/refit.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "expr/normal.h"
#include "expr/vmath.h"

#define MAX           EL_EXPR_MAX_CONSTS
#define GAIN_TOL      (4 * DBL_EPSILON) /* a smaller fall cannot be seen */
#define GAIN_NOISE    1e-10 /* nor, where a step fails, one like this */
#define EXACT         1e-30 /* of sum w y^2: rounding of f */
#define ACCEPT_RATIO  1e-4
#define LOG_STEP      20.0 /* a positive one moves by at most e^20 at once */
#define DAMPING_START 1e-3
#define DAMPING_MIN   1e-20
#define DAMPING_MAX   1e20
/* A loss this far below that at the old coefficients has lost its digits; where
   those explain the data this badly, the new coefficients have too. */
#define CANCELLED   1e-8
#define DROWNED     1e16
#define REFINEMENTS 3

/* What does not change while constants move. Index i: i-th fitted constant. */
typedef struct problem {
    el_tape *tape;
    const el_frame *frame;
    const el_response *response;
    el_expr expr;    /* constants of the last pass */
    uint32_t fitted; /* slots */
    unsigned n;
    uint8_t slot[MAX], kind[MAX], owner[MAX]; /* owner: an index, or MAX */
    uint32_t linear, curved, bounded;         /* indices; bounded: c >= 0 */
} problem;

/* A point and the quadratic model of the loss around it. */
typedef struct point {
    double value[MAX];
    double loss;             /* sum of squares */
    uint32_t passive;        /* linear ones that are not 0 */
    double curve[MAX * MAX]; /* of the curved ones, rows of n */
    double fall[MAX];        /* minus half the gradient */
    double drag[MAX * MAX];  /* [k n + j]: -d c_k / d u_j */
} point;

static bool has(uint32_t set, unsigned i)
{
    return set >> i & 1u;
}

/* Positive ones that are not linear move as exp(u). */
static bool is_log(const problem *p, unsigned i)
{
    return p->kind[i] == EL_CONST_POSITIVE && has(p->curved, i);
}

static void classify(problem *p, double *value)
{
    uint8_t owner[MAX], index[MAX + 1];
    uint32_t coefficients = el_expr_coefficients(&p->expr, owner);

    if (p->response->loss == EL_LOSS_LOG)
        coefficients = 0;
    memset(index, MAX, sizeof index);
    for (unsigned s = 0; s < p->expr.n_const; s++) {
        const unsigned i = p->n;
        if (p->expr.kind[s] == EL_CONST_FIXED)
            continue;
        index[s] = (uint8_t)i;
        p->fitted |= 1u << s;
        p->slot[i] = (uint8_t)s;
        p->kind[i] = p->expr.kind[s];
        if (has(coefficients, s))
            p->linear |= 1u << i;
        else
            p->curved |= 1u << i;
        if (has(coefficients, s) && p->kind[i] == EL_CONST_POSITIVE)
            p->bounded |= 1u << i;
        p->n++;
    }
    for (unsigned i = 0; i < p->n; i++) {
        value[i] = p->expr.value[p->slot[i]];
        p->owner[i] = coefficients ? index[owner[p->slot[i]]] : MAX;
        if (is_log(p, i) && !(value[i] > 0.0))
            value[i] = 1.0;
        if (p->kind[i] == EL_CONST_EXPONENT)
            value[i] = fmin(fmax(value[i], -EL_EXPONENT_MAX), EL_EXPONENT_MAX);
    }
}

/* a = [J r]'[J r] at the values, rows of n + 1. */
static bool pass(problem *p, const double *value, double *a)
{
    const unsigned ld = p->n + 1;

    for (unsigned i = 0; i < p->n; i++)
        p->expr.value[p->slot[i]] = value[i];
    if (!el_tape_normal(p->tape, &p->expr, p->fitted, p->frame, p->response, a))
        return false;
    for (unsigned i = 0; i < p->n; i++)
        for (unsigned j = 0; is_log(p, i) && j < ld; j++) {
            a[i * ld + j] *= value[i];
            a[j * ld + i] *= value[i];
        }
    return true;
}

/* The best linear constants at this theta: change[] to them. */
static uint32_t project(const problem *p, const double *a, const double *value,
                        el_factor *f, double *change)
{
    const unsigned n = p->n, ld = n + 1;
    double q[MAX + 1] = {0}, x[MAX + 1], rhs[MAX + 1] = {0};

    memset(change, 0, n * sizeof *change);
    for (unsigned k = 0; k < n; k++) {
        if (!has(p->linear, k))
            continue;
        q[k] = a[k * ld + n];
        for (unsigned i = 0; i < n; i++)
            q[k] += has(p->linear, i) ? a[k * ld + i] * value[i] : 0.0;
    }
    el_factor_make(f, a, ld,
                   el_normal_solve(a, ld, q, p->linear, p->bounded, x));
    for (unsigned k = 0; k < n; k++) /* those that go to 0 leave a residual */
        if (has(p->linear & ~f->set, k))
            change[k] = -value[k];
    for (unsigned k = 0; k < n; k++) {
        rhs[k] = a[k * ld + n];
        for (unsigned i = 0; i < n; i++)
            rhs[k] -=
                has(p->linear & ~f->set, i) ? a[k * ld + i] * change[i] : 0.0;
    }
    el_factor_solve(f, rhs, change);
    for (unsigned k = 0; k < n; k++) /* by rounding only */
        if (has(f->set & p->bounded, k) && !(value[k] + change[k] > 0.0))
            change[k] = -value[k];
    return f->set;
}

static double changed_loss(const problem *p, const double *a,
                           const double *change)
{
    const unsigned n = p->n, ld = n + 1;
    double loss = a[n * ld + n];

    for (unsigned k = 0; k < n; k++) {
        double s = 0.0;
        for (unsigned i = 0; i < n; i++)
            s += a[k * ld + i] * change[i];
        loss += change[k] * (s - 2.0 * a[k * ld + n]);
    }
    return fmax(loss, 0.0);
}

/* Columns of D at the new coefficients: each scales with its own. */
static void rescale(const problem *p, const double *value, const double *change,
                    double *a)
{
    const unsigned ld = p->n + 1;

    for (unsigned j = 0; j < p->n; j++) {
        const unsigned k = p->owner[j];
        double ratio;

        if (!has(p->curved, j) || k == MAX || !(fabs(value[k]) > 0.0))
            continue;
        ratio = (value[k] + change[k]) / value[k];
        for (unsigned i = 0; i < ld; i++) {
            a[i * ld + j] *= ratio;
            a[j * ld + i] *= ratio;
        }
    }
}

/* Normal equations of the curved constants, projected off the linear ones. */
static void reduce(const problem *p, const double *a, const el_factor *f,
                   const double *change, point *at)
{
    const unsigned n = p->n, ld = n + 1;

    for (unsigned j = 0; j < n; j++) {
        double column[MAX + 1], x[MAX + 1] = {0}, fall = a[j * ld + n];

        if (!has(p->curved, j))
            continue;
        for (unsigned k = 0; k < n; k++) {
            column[k] = a[k * ld + j];
            fall -= a[j * ld + k] * change[k];
        }
        el_factor_solve(f, column, x);
        at->fall[j] = fall;
        for (unsigned k = 0; k < n; k++)
            at->drag[k * n + j] = x[k];
        for (unsigned i = 0; i < n; i++) {
            double s = a[i * ld + j];
            for (unsigned k = 0; k < n; k++)
                s -= a[i * ld + k] * x[k];
            at->curve[i * n + j] = s;
        }
    }
    for (unsigned j = 0; j < n; j++) /* nothing is left of the column */
        if (has(p->curved, j) &&
            !(at->curve[j * n + j] > 1e-14 * a[j * ld + j]))
            at->curve[j * n + j] = 0.0;
}

/* Its derivatives by the other constants of a term say nothing while the
   coefficient is 0. */
static bool wakes(const problem *p, const double *value, const double *change)
{
    for (unsigned k = 0; k < p->n; k++)
        if (has(p->linear, k) && !(fabs(value[k]) > 0.0) &&
            fabs(change[k]) > 0.0)
            return p->curved != 0;
    return false;
}

/* Everything about a point whose coefficients are about value[]. */
static bool look(problem *p, const double *value, point *at)
{
    double a[EL_NORMAL_MAX * EL_NORMAL_MAX], change[MAX];
    const unsigned last = (p->n + 1) * (p->n + 1) - 1;
    const double exact = EXACT * p->response->sum_squares;
    el_factor f;

    memcpy(at->value, value, sizeof at->value);
    for (unsigned round = 0;; round++) {
        bool is_cancelled, is_drowned;

        if (!pass(p, at->value, a))
            return false;
        at->passive = project(p, a, at->value, &f, change);
        at->loss = changed_loss(p, a, change);
        is_cancelled = a[last] > exact && at->loss < CANCELLED * a[last];
        is_drowned =
            is_cancelled && a[last] > DROWNED * p->response->sum_squares;
        if (!is_cancelled && !wakes(p, at->value, change))
            break;
        if (round == REFINEMENTS && is_drowned)
            return false;
        if (round == REFINEMENTS)
            break;
        for (unsigned k = 0; k < p->n; k++)
            if (has(p->linear, k))
                at->value[k] = is_drowned ? 0.0 : at->value[k] + change[k];
    }
    rescale(p, at->value, change, a);
    reduce(p, a, &f, change, at);
    for (unsigned k = 0; k < p->n; k++)
        at->value[k] += change[k];
    return isfinite(at->loss);
}

static double limit(const problem *p, unsigned j, double u)
{
    if (p->kind[j] != EL_CONST_EXPONENT)
        return u;
    return fmin(fmax(u, -EL_EXPONENT_MAX), EL_EXPONENT_MAX);
}

/* Curved constants that may move: not held by a wall, and not without
   influence. */
static uint32_t movable(const problem *p, const point *at, const double *scale)
{
    uint32_t set = 0;

    for (unsigned j = 0; j < p->n; j++) {
        const double u = at->value[j];
        const bool is_held = p->kind[j] == EL_CONST_EXPONENT &&
                             fabs(u) >= EL_EXPONENT_MAX &&
                             u * at->fall[j] > 0.0;
        if (has(p->curved, j) && scale[j] > 0.0 && !is_held)
            set |= 1u << j;
    }
    return set;
}

/* value[]: the trial; returns the fall of the loss that the model promises, 0
   where there is no step. */
static double propose(const problem *p, const point *at, const double *scale,
                      double damping, double *value)
{
    const unsigned n = p->n;
    const uint32_t set = movable(p, at, scale);
    double h[MAX * MAX], step[MAX] = {0}, gain = 0.0;
    el_factor f;

    memcpy(h, at->curve, sizeof h);
    for (unsigned j = 0; j < n; j++)
        h[j * n + j] += damping * scale[j];
    el_factor_make(&f, h, n, set);
    el_factor_solve(&f, at->fall, step);
    memcpy(value, at->value, MAX * sizeof *value);
    for (unsigned j = 0; j < n; j++) {
        if (!has(f.set, j))
            continue;
        if (is_log(p, j)) {
            step[j] = fmin(fmax(step[j], -LOG_STEP), LOG_STEP);
            value[j] = fmax(value[j] * v_exp(step[j]), DBL_MIN);
        } else {
            value[j] = limit(p, j, value[j] + step[j]);
            step[j] = value[j] - at->value[j];
        }
    }
    for (unsigned j = 0; j < n; j++) {
        double s = 0.0, c = 0.0;
        for (unsigned i = 0; i < n; i++) {
            s += has(f.set, i) ? at->curve[j * n + i] * step[i] : 0.0;
            c += has(f.set, i) ? at->drag[j * n + i] * step[i] : 0.0;
        }
        gain += has(f.set, j) ? step[j] * (2.0 * at->fall[j] - s) : 0.0;
        if (has(at->passive, j) && (!has(p->bounded, j) || value[j] - c > 0.0))
            value[j] -= c;
    }
    return gain;
}

static void widen(const problem *p, const point *at, double *scale)
{
    for (unsigned j = 0; j < p->n; j++)
        if (has(p->curved, j))
            scale[j] = fmax(scale[j], at->curve[j * p->n + j]);
}

/* Steps from *at until they bring nothing; *at: the best point. */
static void descend(problem *p, point *at, unsigned iterations,
                    el_refit_result *result)
{
    double scale[MAX] = {0}, value[MAX], damping = DAMPING_START, growth = 2.0;
    const double exact = EXACT * p->response->sum_squares;
    point trial = {0};

    widen(p, at, scale);
    while (result->iterations < iterations && damping <= DAMPING_MAX) {
        const double gain = propose(p, at, scale, damping, value);
        double ratio;

        if (at->loss <= exact ||
            (damping <= 1.0 && fabs(gain) <= GAIN_TOL * at->loss)) {
            result->converged = true;
            return;
        }
        result->iterations++;
        ratio = look(p, value, &trial) ? (at->loss - trial.loss) / gain : -1.0;
        if (!(gain > 0.0) || !(ratio > ACCEPT_RATIO)) {
            if (damping <= 1.0 && gain <= GAIN_NOISE * at->loss) {
                result->converged = true;
                return;
            }
            damping *= growth;
            growth *= 2.0;
            continue;
        }
        *at = trial;
        widen(p, at, scale);
        ratio = 2.0 * ratio - 1.0;
        damping *= fmin(fmax(0.1, 1.0 - ratio * ratio * ratio), 2.0);
        damping = fmax(damping, DAMPING_MIN);
        growth = 2.0;
    }
}

bool el_refit(el_tape *tape, el_expr *expr, const el_frame *frame,
              const el_response *response, unsigned iterations,
              el_refit_result *result)
{
    problem p = {.tape = tape, .frame = frame, .response = response};
    double value[MAX] = {0};
    point at = {0};

    memset(result, 0, sizeof *result);
    p.expr = *expr;
    classify(&p, value);
    if (!look(&p, value, &at))
        return false;
    if (p.curved)
        descend(&p, &at, iterations, result);
    else
        result->converged = true;
    for (unsigned i = 0; i < p.n; i++) {
        expr->value[p.slot[i]] = at.value[i];
        if (has(p.bounded & ~at.passive, i))
            result->at_zero |= (uint16_t)(1u << p.slot[i]);
    }
    result->loss = at.loss / response->sum_weight;
    return true;
}
