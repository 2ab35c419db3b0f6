/* SPDX-License-Identifier: Apache-2.0 */
/* Inside el_lsq_solve(): the current point, the linear model around it, steps
 * in the box. Layer: num. */
#ifndef EL_NUM_LSQ_PART_H
#define EL_NUM_LSQ_PART_H
#include <math.h>

#include "num/lsq.h"

/* All that is kept of the current point: m rows live only inside linearise. */
typedef struct el_lsq_state {
    const el_lsq_problem *in;
    size_t n, m, max_iterations; /* m = in->n_resid */
    double *resid, *jac; /* n_resid, n_resid * n: of the last evaluation */
    double p[EL_LSQ_MAX_PARAM], cost;
    double r[EL_LSQ_MAX_PARAM *
             EL_LSQ_MAX_PARAM];   /* R of the scaled Jacobian, n x n */
    double qtr[EL_LSQ_MAX_PARAM]; /* Q' residual */
    double
        grad[EL_LSQ_MAX_PARAM]; /* half gradient of the cost, prior included */
    double scale[EL_LSQ_MAX_PARAM]; /* largest column norm seen: units of the
                                       damping */
    double damping, growth;
    size_t iterations;
    bool converged, fell_off; /* fell_off: last trial was not finite */
} el_lsq_state;

static inline double el_lsq_lower(const el_lsq_problem *in, size_t j)
{
    return in->lo ? in->lo[j] : -HUGE_VAL;
}

static inline double el_lsq_upper(const el_lsq_problem *in, size_t j)
{
    return in->hi ? in->hi[j] : HUGE_VAL;
}

/* 1/sd_j, 0 for a flat prior, and the distance from the centre in sd. */
static inline double el_lsq_prior(const el_lsq_problem *in, size_t j, double p,
                                  double *resid)
{
    double s = in->sd ? 1 / in->sd[j] : 0;

    *resid = s > 0 ? (p - in->centre[j]) * s : 0;
    return s;
}

static inline double el_lsq_weight(const el_lsq_problem *in, size_t i)
{
    return in->weight ? in->weight[i] : 1;
}

/* lsq_linear.c */

/* Evaluate at p; false where the function or the cost is not finite. */
bool el_lsq_evaluate(el_lsq_state *st, const double *p, double *cost);
/* QR of the first m rows, R and Q'r copied out; false, and nothing copied,
   when it overflows. */
bool el_lsq_factor(el_lsq_state *st, size_t m);
/* Take the evaluated point p as the current one; false as of the QR. */
bool el_lsq_linearise(el_lsq_state *st, const double *p, double cost);
/* On a bound with the descent direction pointing out of the box. */
bool el_lsq_is_blocked(const el_lsq_state *st, size_t j);

/* lsq_step.c */

/* Columns that would leave the box stop at its wall and the rest is solved
   again: the step uses the freedom that is left. At most n rounds. */
bool el_lsq_find_step(const el_lsq_state *st, double *step);
/* Fall of the cost that the linear model promises (damping not counted). */
double el_lsq_gain(const el_lsq_state *st, const double *step);
bool el_lsq_is_tiny(const el_lsq_state *st, const double *step);
/* p = current + step; a step cut at a wall lands on it to the last bit. */
void el_lsq_move(const el_lsq_state *st, const double *step, double *p);

/* lsq_covariance.c: as el_lsq_solve() has it, at the current point. */
EL_NODISCARD el_status el_lsq_covariance(el_lsq_state *st, double *cov,
                                         el_error *err);

#endif
