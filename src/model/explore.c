/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "energylens/optimize.h"
#include "model/candidate.h"
#include "model/front.h"

const char *el_latency_axis_name(el_latency_axis axis)
{
    static const char *const name[] = {"tpot", "ttft", "e2e"};

    return name[axis];
}

double el_candidate_latency(const el_candidate *candidate, el_latency_axis axis)
{
    switch (axis) {
    case EL_LATENCY_TPOT:
        return candidate->tpot_s;
    case EL_LATENCY_TTFT:
        return candidate->ttft_s;
    case EL_LATENCY_REQUEST:
        break;
    }
    return candidate->latency_s;
}

/* The grid while it is looked at, one scenario after the other. */
typedef struct grid {
    const el_explore_query *query;
    el_optimize_query *now; /* of the current scenario, one for each setup */
    el_search search;
    el_explore_sink sink;
    void *ctx;
    size_t scenario, n_feasible;
    el_front_build build[EL_N_FRONTS];   /* of the current scenario */
    el_explore_front front[EL_N_FRONTS]; /* of those before it */
} grid;

/* What each front sets against what; prompts and answers of the GPUs in use.
 */
static void set_axes(const el_explore_query *q, const el_candidate *c,
                     el_front_kind kind, el_front_point *p)
{
    switch (kind) {
    case EL_FRONT_ETFT:
        p->time_s = c->ttft_s;
        p->energy_j = c->prediction.prefill_energy_j;
        return;
    case EL_FRONT_EPOT:
        p->time_s = c->tpot_s;
        p->energy_j = c->prediction.decode_energy_j / fmax(c->osl - 1.0, 1.0);
        return;
    default:
        p->time_s = el_candidate_latency(c, q->axis);
        p->energy_j = c->energy_per_request_j;
    }
}

static el_status grid_one(void *ctx, const el_config *config,
                          const el_candidate *c, el_error *err)
{
    grid *g = ctx;
    el_explore_point point = {g->scenario, g->search.done, *config, c};
    el_front_point spot = {.scenario = g->scenario,
                           .setup = c->setup,
                           .index = g->search.done,
                           .config = *config};
    el_status st = EL_OK;

    if (g->sink)
        st = g->sink(g->ctx, &point, &spot.mark, err);
    g->n_feasible += c->feasible;
    for (el_front_kind k = 0; k < EL_N_FRONTS && c->feasible && st == EL_OK;
         k++) {
        set_axes(g->query, c, k, &spot);
        st = el_front_add(&g->build[k], &spot, err);
    }
    return st;
}

/* The finished fronts of a scenario join those of the ones before. */
static el_status close_scenario(grid *g, el_error *err)
{
    el_status st = EL_OK;

    for (el_front_kind k = 0; k < EL_N_FRONTS && st == EL_OK; k++) {
        el_front_build *from = &g->build[k];
        el_explore_front *to = &g->front[k];
        el_front_point *grown;
        st = el_front_clean(from, err);
        if (st != EL_OK || !from->n)
            continue;
        grown =
            el_grow(to->point, &to->cap, to->n + from->n, sizeof *to->point);
        if (!grown)
            return el_fail(err, EL_E_NOMEM, "explore: %zu points", from->n);
        to->point = grown;
        memcpy(to->point + to->n, from->point, from->n * sizeof *to->point);
        to->n += from->n;
        from->n = from->n_clean = 0;
    }
    return st;
}

/* A setup's query with the lengths of scenario k. */
static el_optimize_query scenario_query(const el_explore_query *query,
                                        size_t setup, size_t k)
{
    el_optimize_query q = query->base[setup];

    q.isl = query->isl.n ? query->isl.v[k / query->osl.n] : EL_UNKNOWN;
    q.osl = query->osl.v[k % query->osl.n];
    if (q.dp.n == 0)
        q.dp = (el_values){1, {1.0}};
    return q;
}

static void set_scenario(grid *g, size_t k)
{
    g->scenario = k;
    for (size_t s = 0; s < g->query->n_base; s++)
        g->now[s] = scenario_query(g->query, s, k);
}

/* Check and count all before any is predicted: a refusal comes at once. */
static el_status count_all(grid *g, size_t n_scenario, el_error *err)
{
    el_status st = EL_OK;

    for (size_t k = 0; st == EL_OK && k < n_scenario; k++) {
        set_scenario(g, k);
        for (size_t s = 0; st == EL_OK && s < g->query->n_base; s++) {
            size_t more = 0;
            st = el_optimize_check(&g->now[s], err);
            if (st == EL_OK)
                st = el_config_count(&g->now[s], g->search.total, &more, err);
            g->search.total += more;
        }
    }
    return st;
}

static el_status run_all(grid *g, size_t n_scenario, el_error *err)
{
    el_status st;

    g->now = el_array(g->query->n_base, sizeof *g->now);
    if (!g->now)
        return el_fail(err, EL_E_NOMEM, "explore: %zu setups",
                       g->query->n_base);
    st = count_all(g, n_scenario, err);
    for (size_t k = 0; st == EL_OK && k < n_scenario; k++) {
        set_scenario(g, k);
        st = el_search_run(&g->search, g->now, g->query->n_base, err);
        if (st == EL_OK)
            st = close_scenario(g, err);
    }
    el_free(g->now);
    return st;
}

el_status el_explore(const el_explore_query *query, const el_task *task,
                     el_explore_sink sink, void *ctx, el_explore_result *out,
                     el_error *err)
{
    grid g = {.query = query, .sink = sink, .ctx = ctx};
    size_t n_scenario = (query->isl.n ? query->isl.n : 1) * query->osl.n;
    el_explore_result r = {.n_scenarios = n_scenario};
    el_status st;

    if (query->osl.n == 0)
        return el_fail(err, EL_E_ARG, "osl: needed");
    g.search = (el_search){.task = task, .fn = grid_one, .ctx = &g};
    st = run_all(&g, n_scenario, err);
    r.n = g.search.done;
    r.n_feasible = g.n_feasible;
    for (el_front_kind k = 0; k < EL_N_FRONTS; k++) {
        el_free(g.build[k].point);
        r.front[k] = g.front[k];
    }
    if (st == EL_OK)
        *out = r;
    else
        el_explore_result_clear(&r);
    return st;
}

void el_explore_result_clear(el_explore_result *result)
{
    for (el_front_kind k = 0; k < EL_N_FRONTS; k++)
        el_free(result->front[k].point);
    memset(result, 0, sizeof *result);
}

el_status el_explore_candidate(const el_explore_query *query,
                               const el_front_point *point, el_candidate *out,
                               el_error *err)
{
    el_optimize_query q = scenario_query(query, point->setup, point->scenario);
    el_status st = el_candidate_make(&q, &point->config, out, err);

    if (st == EL_OK)
        out->setup = point->setup;
    return st;
}
