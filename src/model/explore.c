/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/task.h"
#include "energylens/optimize.h"
#include "model/candidate.h"

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

/* The grid while it is gathered, one scenario after the other. */
typedef struct grid {
    el_optimize_query query; /* of the current scenario */
    el_explore_point *v;
    size_t n, room, scenario;
    const el_task *task;
} grid;

static el_status grid_one(void *ctx, const el_config *config, el_error *err)
{
    grid *g = ctx;
    el_explore_point *p;

    if (el_task_is_cancelled(g->task))
        return el_fail(err, EL_E_CANCELLED, "explore: stopped on request");
    el_task_report(g->task, g->n, g->room);
    p = &g->v[g->n++];
    p->scenario = g->scenario;
    return el_candidate_make(&g->query, config, &p->candidate, err);
}

/* Flags of the n > 0 points from `first` on: one scenario. */
static el_status mark_front(grid *g, size_t first, el_latency_axis axis,
                            el_error *err)
{
    size_t n = g->n - first;
    double *xy = el_array(2 * n, sizeof *xy);
    bool *flag = el_array(n, sizeof *flag);
    el_status st;

    if (!xy || !flag) {
        st = el_fail(err, EL_E_NOMEM, "explore: %zu points", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        const el_candidate *c = &g->v[first + i].candidate;
        xy[i] = c->feasible ? el_candidate_latency(c, axis) : EL_UNKNOWN;
        xy[n + i] = c->energy_per_request_j;
    }
    st = el_pareto_front(xy, xy + n, n, flag, err);
    for (size_t i = 0; st == EL_OK && i < n; i++)
        g->v[first + i].on_front = flag[i];
done:
    el_free(flag);
    el_free(xy);
    return st;
}

/* The grid's query with the lengths of scenario k. */
static void set_scenario(grid *g, const el_explore_query *query, size_t k)
{
    g->scenario = k;
    g->query.isl = query->isl.n ? query->isl.v[k / query->osl.n] : EL_UNKNOWN;
    g->query.osl = query->osl.v[k % query->osl.n];
}

static el_status one_scenario(grid *g, el_latency_axis axis, el_error *err)
{
    size_t first = g->n;
    el_status st = el_config_walk(&g->query, grid_one, g, err);

    return st == EL_OK ? mark_front(g, first, axis, err) : st;
}

/* Check and count all before any is predicted: a refusal comes at once. */
static el_status make_room(grid *g, const el_explore_query *query,
                           size_t n_scenario, el_error *err)
{
    size_t n = 0;
    el_status st = EL_OK;

    for (size_t k = 0; st == EL_OK && k < n_scenario; k++) {
        size_t more = 0;
        set_scenario(g, query, k);
        st = el_optimize_check(&g->query, err);
        if (st == EL_OK)
            st = el_config_count(&g->query, n, &more, err);
        n += more;
    }
    if (st != EL_OK)
        return st;
    g->room = n;
    g->v = el_array(n ? n : 1, sizeof *g->v);
    if (!g->v)
        return el_fail(err, EL_E_NOMEM, "explore: %zu points", n);
    return EL_OK;
}

el_status el_explore(const el_explore_query *query, const el_task *task,
                     el_explore_result *out, el_error *err)
{
    grid g = {.query = query->base, .task = task};
    size_t n_scenario = (query->isl.n ? query->isl.n : 1) * query->osl.n;
    el_status st;

    if (g.query.dp.n == 0)
        g.query.dp = (el_values){1, {1.0}};
    if (query->osl.n == 0)
        return el_fail(err, EL_E_ARG, "osl: needed");
    st = make_room(&g, query, n_scenario, err);
    for (size_t k = 0; st == EL_OK && k < n_scenario; k++) {
        set_scenario(&g, query, k);
        st = one_scenario(&g, query->axis, err);
    }
    if (st != EL_OK) {
        el_free(g.v);
        return st;
    }
    *out = (el_explore_result){g.n, n_scenario, g.v};
    return EL_OK;
}

void el_explore_result_clear(el_explore_result *result)
{
    el_free(result->point);
    memset(result, 0, sizeof *result);
}
