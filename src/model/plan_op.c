/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes at run time: asked millions of times, so no branch it can do without.
 */
#include <math.h>

#include "model/plan.h"

/* Products of the run-time letters in the order of the masks. */
static void powers(double b, double s, double t, double *out)
{
    out[0] = 1;
    out[EL_IN_B] = b;
    out[EL_IN_S] = s;
    out[EL_IN_B | EL_IN_S] = b * s;
    out[EL_IN_T] = t;
    out[EL_IN_B | EL_IN_T] = b * t;
    out[EL_IN_S | EL_IN_T] = s * t;
    out[EL_IN_B | EL_IN_S | EL_IN_T] = b * s * t;
}

static double total(const double *c, const double *power)
{
    double sum = 0;

    for (int i = 0; i < EL_MASKS; i++)
        sum += c[i] * power[i];
    return sum;
}

static double at(el_mono x, const double *power)
{
    return x.c * power[x.mask];
}

/*
 * Mean over the queries at positions t - s + 1 .. t of min(position, limit);
 * with no mask every query sees min(t, limit). limit 0: none.
 */
static double mean_seen(double s, double t, double limit, bool causal)
{
    double first = t - s + 1, below;

    if (!causal)
        return limit > 0 && limit < t ? limit : t;
    if (limit <= 0 || t <= limit)
        return (first + t) / 2;
    if (first >= limit)
        return limit;
    below = limit - first + 1; /* positions first .. limit */
    return ((first + limit) / 2 * below + (s - below) * limit) / s;
}

/* Tokens of context that a query attends, on average. */
static double seen(const el_step *p, double s, double t)
{
    double limit = p->sparse > 0 ? p->sparse : p->window;

    if (p->ratio > 1)
        return mean_seen(s, t, 0, p->causal) / p->ratio +
               (p->window > 0 ? mean_seen(s, t, p->window, p->causal) : 0);
    return mean_seen(s, t, limit, p->causal);
}

/* Entries of the cache that some query reads. */
static double read_by(const el_step *p, double s, double t)
{
    double near = p->window > 0 ? fmin(t, p->window + s - 1) : t;

    if (p->ratio > 1)
        return t / p->ratio + (p->window > 0 ? near : 0);
    return p->sparse > 0 ? fmin(near, p->sparse * s) : near;
}

static bool is_in_phase(const el_step *p, double s)
{
    return p->when == EL_WHEN_ALWAYS || (p->when == EL_WHEN_DECODE) == (s <= 1);
}

void el_plan_op(const el_plan *plan, size_t i, double b, double s, double t,
                el_op *out)
{
    const el_step *p = &plan->step[i];
    /* groups without a request of their own still run, on a dummy */
    double here = p->wide ? b : fmax(b / plan->groups, fmin(b, 1));
    double power[EL_MASKS], cache[EL_MASKS];

    t = t < s ? s : t;
    if (p->ranged) {
        powers(here, s, seen(p, s, t), power);
        powers(here, s, read_by(p, s, t), cache);
    } else {
        powers(here, s, t, power);
    }
    *out = p->op;
    if (!is_in_phase(p, s))
        out->count = out->total = 0;
    out->batch = at(p->batch, power);
    out->m = at(p->m, power);
    out->n = at(p->n, power);
    out->k = at(p->k, power);
    out->context = at(p->context, power);
    out->weight_bytes = at(p->weight, power);
    out->comm_bytes = at(p->comm, power);
    out->flop = total(p->flop, power);
    out->act_bytes = total(p->act, power);
    out->kv_bytes = total(p->kv, p->ranged ? cache : power);
    out->tokens = p->op.top_k > 0 ? b * s : 0;
}

double el_plan_cache_bytes(const el_plan *plan, double t)
{
    double sum = 0;

    for (size_t i = 0; i < plan->n_step; i++) {
        el_step p = plan->step[i];
        double power[EL_MASKS];

        p.sparse = 0; /* kept whole, read in part */
        powers(1, 1, read_by(&p, 1, t), power);
        if (p.when != EL_WHEN_PREFILL)
            sum += p.op.count * p.held * total(p.kv, power);
    }
    return sum / plan->groups;
}
