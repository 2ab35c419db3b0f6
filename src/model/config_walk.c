/* SPDX-License-Identifier: Apache-2.0 */
/* Which configurations there are to try. */
#include <math.h>

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

/* 1 2 3 4 6 8 12 16 ...: powers of two and their 3/2 */
double el_batch_next(double batch)
{
    if (batch < 2.0)
        return 2.0;
    /* the mantissa tells a power of two from its 3/2 */
    return frexp(batch, &(int){0}) == 0.5 ? batch * 1.5 : batch * 4.0 / 3.0;
}

/* One walk over the axes, outermost first. */
typedef struct walk {
    const el_optimize_query *query;
    el_config_fn fn;
    void *ctx;
    el_error *err;
    el_config config;
} walk;

static el_status walk_batch(walk *w)
{
    const el_values *list = &w->query->batch;
    double most;
    el_status st = EL_OK;

    for (size_t i = 0; st == EL_OK && i < list->n; i++) {
        w->config.batch = list->v[i];
        st = w->fn(w->ctx, &w->config, w->err);
    }
    if (list->n)
        return st;
    if (el_is_known(w->query->request_rate_hz)) {
        w->config.batch = EL_UNKNOWN;
        return w->fn(w->ctx, &w->config, w->err);
    }
    most = fmin(el_config_most_requests(w->query, &w->config), EL_MAX_BATCH);
    w->config.batch = 1.0;
    while (st == EL_OK && w->config.batch <= most) {
        st = w->fn(w->ctx, &w->config, w->err);
        w->config.batch = el_batch_next(w->config.batch);
    }
    return st;
}

static el_status walk_dp(walk *w)
{
    const el_values *list = &w->query->dp;
    bool offline = !el_is_known(w->query->request_rate_hz);
    double fill;
    el_status st = EL_OK;

    w->config.dp = 1.0;
    fill = fmax(floor(w->query->gpus / el_config_gpus(&w->config)), 1.0);
    for (size_t i = 0; st == EL_OK && i < list->n; i++) {
        w->config.dp = list->v[i];
        st = walk_batch(w);
    }
    if (list->n)
        return st;
    w->config.dp = offline ? fill : 1.0;
    while (st == EL_OK && w->config.dp <= fill) {
        st = walk_batch(w);
        w->config.dp += 1.0;
    }
    return st;
}

static el_status walk_ep(walk *w)
{
    const el_values *list = &w->query->ep;
    el_status st = EL_OK;

    if (!list->n) {
        w->config.ep = w->query->ep_is_tp ? w->config.tp : 1.0;
        return walk_dp(w);
    }
    for (size_t i = 0; st == EL_OK && i < list->n; i++) {
        w->config.ep = list->v[i];
        st = walk_dp(w);
    }
    return st;
}

static el_status walk_pp(walk *w)
{
    const el_values *list = &w->query->pp;
    el_status st = EL_OK;

    if (!list->n) {
        w->config.pp = 1.0;
        return walk_ep(w);
    }
    for (size_t i = 0; st == EL_OK && i < list->n; i++) {
        w->config.pp = list->v[i];
        st = walk_ep(w);
    }
    return st;
}

el_status el_config_walk(const el_optimize_query *query, el_config_fn fn,
                         void *ctx, el_error *err)
{
    const el_values *list = &query->tp;
    walk w = {query, fn, ctx, err, {1.0, 1.0, 1.0, 1.0, 1.0}};
    el_status st = EL_OK;

    for (size_t i = 0; st == EL_OK && i < list->n; i++) {
        w.config.tp = list->v[i];
        st = walk_pp(&w);
    }
    if (list->n)
        return st;
    w.config.tp = 1.0;
    while (st == EL_OK && w.config.tp <= query->gpus) {
        st = walk_pp(&w);
        w.config.tp *= 2.0;
    }
    return st;
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
