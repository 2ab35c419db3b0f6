/* SPDX-License-Identifier: Apache-2.0 */
/* Which configurations there are to try. */
#include <math.h>
#include <stddef.h>

#include "model/candidate.h"

double el_config_gpus(const el_config *config)
{
    return config->pp * config->dp * fmax(config->tp, config->ep);
}

double el_config_most_requests(const el_optimize_query *query,
                               const el_config *config)
{
    double shards = fmax(config->tp, config->ep);
    double cap = el_facts_kv_capacity(&query->facts, shards, config->pp);
    double isl = el_is_known(query->isl) ? query->isl : 0.0;

    if (!el_is_known(cap) || isinf(cap))
        return INFINITY;
    return fmax(floor(cap / (isl + query->osl)), 1.0);
}

double el_config_usual_batch(const el_optimize_query *query,
                             const el_config *config)
{
    return fmin(el_config_most_requests(query, config), 256.0);
}

/* 1 2 3 4 6 8 12 16 ...: powers of two and their 3/2 */
double el_batch_next(double batch)
{
    if (batch < 2.0)
        return 2.0;
    /* the mantissa tells a power of two from its 3/2 */
    return frexp(batch, &(int){0}) == 0.5 ? batch * 1.5 : batch * 4.0 / 3.0;
}

/* Automatic values, in order: the one after *v (0: the first) for the axes set
 * so far, the others being 1. False: no more. */
static bool next_tp(const el_optimize_query *q, const el_config *c, double *v)
{
    (void)c;
    *v = *v > 0.0 ? 2.0 * *v : 1.0;
    return *v <= q->gpus;
}

static bool next_pp(const el_optimize_query *q, const el_config *c, double *v)
{
    (void)q;
    (void)c;
    *v += 1.0;
    return *v <= 1.0;
}

static bool next_ep(const el_optimize_query *q, const el_config *c, double *v)
{
    bool first = *v == 0.0;

    *v = q->ep_is_tp ? c->tp : 1.0;
    return first;
}

/* With a rate every number that there are GPUs for, else as many as there are.
 */
static bool next_dp(const el_optimize_query *q, const el_config *c, double *v)
{
    double fill = fmax(floor(q->gpus / el_config_gpus(c)), 1.0);
    bool offline = !el_is_known(q->request_rate_hz);

    *v = *v == 0.0 && offline ? fill : *v + 1.0;
    return *v <= fill;
}

static bool next_batch(const el_optimize_query *q, const el_config *c,
                       double *v)
{
    bool first = *v == 0.0;

    if (el_is_known(q->request_rate_hz)) {
        *v = EL_UNKNOWN; /* el_candidate_make finds it */
        return first;
    }
    *v = first ? 1.0 : el_batch_next(*v);
    return *v <= fmin(el_config_most_requests(q, c), EL_MAX_BATCH);
}

#define AXIS(name)                                                             \
    {                                                                          \
#name, offsetof(el_config, name), offsetof(el_optimize_query, name),   \
            next_##name                                                        \
    }

/* Outermost first: what an axis takes may depend on those above it. */
const el_grid_axis el_grid_axes[EL_N_GRID_AXES] = {AXIS(tp), AXIS(pp), AXIS(ep),
                                                   AXIS(dp), AXIS(batch)};

double *el_grid_value(const el_grid_axis *axis, el_config *config)
{
    return (double *)(void *)((char *)config + axis->value);
}

const el_values *el_grid_list(const el_grid_axis *axis,
                              const el_optimize_query *query)
{
    return (const el_values *)(const void *)((const char *)query + axis->list);
}

typedef struct walk {
    const el_optimize_query *query;
    el_config_fn fn;
    void *ctx;
    el_error *err;
    el_config config;
} walk;

/* A value named twice is one value. */
static bool is_repeat(const el_values *list, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (list->v[j] == list->v[i])
            return true;
    return false;
}

/* As deep as there are axes: NOLINTNEXTLINE(misc-no-recursion) */
static el_status walk_from(walk *w, size_t level)
{
    const el_grid_axis *axis = &el_grid_axes[level];
    const el_values *list;
    double *value, v = 0.0;
    el_status st = EL_OK;

    if (level == EL_N_GRID_AXES)
        return w->fn(w->ctx, &w->config, w->err);
    list = el_grid_list(axis, w->query);
    value = el_grid_value(axis, &w->config);
    for (size_t i = 0; st == EL_OK && i < list->n; i++) {
        *value = list->v[i];
        if (!is_repeat(list, i))
            st = walk_from(w, level + 1);
    }
    *value = 1.0; /* as the automatic values of this axis expect */
    while (!list->n && st == EL_OK && axis->next(w->query, &w->config, &v)) {
        *value = v;
        st = walk_from(w, level + 1);
        *value = 1.0;
    }
    return st;
}

el_status el_config_walk(const el_optimize_query *query, el_config_fn fn,
                         void *ctx, el_error *err)
{
    walk w = {query, fn, ctx, err, {1.0, 1.0, 1.0, 1.0, 1.0}};

    return walk_from(&w, 0);
}

typedef struct counter {
    size_t n, most;
} counter;

static el_status count_one(void *ctx, const el_config *config, el_error *err)
{
    counter *c = ctx;

    (void)config;
    if (++c->n <= c->most)
        return EL_OK;
    return el_fail(err, EL_E_ARG,
                   "too many configurations (the limit is %u): name fewer "
                   "values",
                   EL_MAX_CANDIDATES);
}

el_status el_config_count(const el_optimize_query *query, size_t already,
                          size_t *out, el_error *err)
{
    counter c = {0, EL_MAX_CANDIDATES - already};
    el_status st = el_config_walk(query, count_one, &c, err);

    *out = c.n;
    return st;
}
