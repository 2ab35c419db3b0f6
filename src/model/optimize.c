/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/optimize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/candidate.h"

#define MAX_GPUS 65536.0

/* Candidates while they are gathered; there is room for all. */
typedef struct gather {
    const el_optimize_query *query;
    el_candidate *v;
    size_t n;
} gather;

static el_status gather_one(void *ctx, const el_config *config, el_error *err)
{
    gather *g = ctx;

    return el_candidate_make(g->query, config, &g->v[g->n++], err);
}

static el_status gather_all(gather *g, el_error *err)
{
    size_t n;
    el_status st = el_config_count(g->query, 0, &n, err);

    if (st != EL_OK)
        return st;
    g->v = el_array(n, sizeof *g->v);
    if (!g->v)
        return el_fail(err, EL_E_NOMEM, "optimize: %zu candidates", n);
    return el_config_walk(g->query, gather_one, g, err);
}

static int compare(double a, double b) /* unknown goes last */
{
    if (el_is_known(a) != el_is_known(b))
        return el_is_known(a) ? -1 : 1;
    if (!el_is_known(a) || a == b)
        return 0;
    return a < b ? -1 : 1;
}

/* Fewer GPUs, then the smaller batch, then any order that is always the same.
 */
static int compare_config(const el_candidate *p, const el_candidate *q)
{
    const double a[] = {p->gpus,      p->config.batch, p->config.tp,
                        p->config.pp, p->config.ep,    p->config.dp};
    const double b[] = {q->gpus,      q->config.batch, q->config.tp,
                        q->config.pp, q->config.ep,    q->config.dp};

    for (size_t i = 0; i < sizeof a / sizeof *a; i++) {
        int order = compare(a[i], b[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

static int best_first(const void *a, const void *b)
{
    const el_candidate *p = a, *q = b;
    int order;

    if (p->feasible != q->feasible)
        return p->feasible ? -1 : 1;
    order =
        p->feasible ? 0 : compare(el_candidate_miss(p), el_candidate_miss(q));
    if (order == 0)
        order = compare(p->energy_per_request_j, q->energy_per_request_j);
    return order ? order : compare_config(p, q);
}

static size_t fastest(const el_candidate *v, size_t n)
{
    size_t best = EL_NO_CANDIDATE;

    for (size_t i = 0; i < n; i++) {
        if (!el_is_known(v[i].latency_s))
            continue;
        if (best == EL_NO_CANDIDATE || v[i].latency_s < v[best].latency_s)
            best = i;
    }
    return best;
}

static size_t first_fitted(const el_candidate *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].source <= EL_SOURCE_FITTED)
            return i;
    return EL_NO_CANDIDATE;
}

static el_status check_times(const el_optimize_query *q, el_error *err)
{
    const bool *has = q->fit->has;
    const char *missing = NULL;

    if (el_is_known(q->ttft_s) && !has[EL_TARGET_TTFT])
        missing = "a TTFT limit needs ttft_s";
    else if (el_is_known(q->tpot_s) && !has[EL_TARGET_ITL])
        missing = "a TPOT limit needs itl_s";
    else if (!has[EL_TARGET_ITL] && !has[EL_TARGET_LATENCY] &&
             (el_is_known(q->latency_s) || el_is_known(q->request_rate_hz)))
        missing = "a rate or latency limit needs latency_s or itl_s";
    if (missing)
        return el_fail(err, EL_E_DATA,
                       "this fit has no such times: %s in the measurements",
                       missing);
    if (el_is_known(q->ttft_s) && !el_is_known(q->isl))
        return el_fail(err, EL_E_ARG, "a TTFT limit needs isl");
    return EL_OK;
}

static el_status check_scope(const el_optimize_query *q, el_error *err)
{
    if (q->scope == EL_SCOPE_GPUS && q->fit_scope != EL_SCOPE_GPUS)
        return el_fail(err, EL_E_DATA,
                       "this fit holds joules of the whole node: scope gpus "
                       "is not in it");
    if (q->scope != EL_SCOPE_GPUS && q->fit_scope == EL_SCOPE_GPUS &&
        !el_is_known(q->facts.gpu_idle_w))
        return el_fail(err, EL_E_DATA,
                       "the idle watts of this GPU are not known: scope %s "
                       "needs them",
                       el_scope_name(q->scope));
    return EL_OK;
}

static el_status check_positive(const char *what, double value, el_error *err)
{
    if (!el_is_known(value) || (value > 0.0 && isfinite(value)))
        return EL_OK;
    return el_fail(err, EL_E_ARG, "%s: not above 0 (%g)", what, value);
}

static el_status check_values(const char *what, const el_values *list,
                              el_error *err)
{
    for (size_t i = 0; i < list->n; i++)
        if (!(list->v[i] >= 1.0 && isfinite(list->v[i])))
            return el_fail(err, EL_E_ARG, "%s: below 1 (%g)", what, list->v[i]);
    return EL_OK;
}

static el_status check_numbers(const el_optimize_query *q, el_error *err)
{
    const struct {
        const char *what;
        double value;
    } positive[] = {{"isl", q->isl},
                    {"osl", q->osl},
                    {"request-rate", q->request_rate_hz},
                    {"ttft", q->ttft_s},
                    {"tpot", q->tpot_s},
                    {"latency limit", q->latency_s},
                    {"node-gpus", q->node_gpus}};

    for (size_t i = 0; i < sizeof positive / sizeof *positive; i++) {
        el_status st = check_positive(positive[i].what, positive[i].value, err);
        if (st != EL_OK)
            return st;
    }
    if (!(q->percentile >= 50.0 && q->percentile < 100.0))
        return el_fail(err, EL_E_ARG, "percentile: outside 50 .. 100 (%g)",
                       q->percentile);
    if (!(q->pue >= 1.0 && isfinite(q->pue)))
        return el_fail(err, EL_E_ARG, "pue: below 1 (%g)", q->pue);
    if (!(q->gpus >= 1.0 && q->gpus <= MAX_GPUS))
        return el_fail(err, EL_E_ARG, "gpus: outside 1 .. %g (%g)", MAX_GPUS,
                       q->gpus);
    return EL_OK;
}

el_status el_optimize_check(const el_optimize_query *query, el_error *err)
{
    const struct {
        const char *what;
        const el_values *list;
    } axis[] = {{"tp", &query->tp},
                {"pp", &query->pp},
                {"ep", &query->ep},
                {"dp", &query->dp},
                {"batch", &query->batch}};
    el_status st = check_numbers(query, err);

    for (size_t i = 0; st == EL_OK && i < sizeof axis / sizeof *axis; i++)
        st = check_values(axis[i].what, axis[i].list, err);
    if (st == EL_OK && !el_is_known(query->osl))
        st = el_fail(err, EL_E_ARG, "osl: needed");
    if (st == EL_OK && !el_is_known(query->isl) &&
        !query->fit->model[EL_TARGET_ENERGY].prompts_unknown)
        st = el_fail(err, EL_E_ARG, "isl: needed by this fit");
    if (st == EL_OK)
        st = check_times(query, err);
    if (st == EL_OK)
        st = check_scope(query, err);
    return st;
}

static size_t count_feasible(const el_candidate *v, size_t n)
{
    size_t k = 0;

    while (k < n && v[k].feasible)
        k++;
    return k;
}

el_status el_optimize(const el_optimize_query *query, el_optimize_result *out,
                      el_error *err)
{
    gather g = {.query = query};
    el_optimize_result r = {.has_current = query->has_current};
    el_status st = el_optimize_check(query, err);

    if (st == EL_OK)
        st = gather_all(&g, err);
    if (st == EL_OK && query->has_current)
        st = el_candidate_make(query, &query->current, &r.current, err);
    if (st != EL_OK) {
        el_free(g.v);
        return st;
    }
    qsort(g.v, g.n, sizeof *g.v, best_first);
    r.n = g.n;
    r.candidate = g.v;
    r.n_feasible = count_feasible(g.v, g.n);
    r.latency_optimal = fastest(g.v, r.n_feasible);
    r.fitted_optimal = first_fitted(g.v, r.n_feasible);
    *out = r;
    return EL_OK;
}

void el_optimize_result_clear(el_optimize_result *result)
{
    el_free(result->candidate);
    memset(result, 0, sizeof *result);
}
