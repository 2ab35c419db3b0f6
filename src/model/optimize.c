/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/optimize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/candidate.h"

#define MAX_GPUS 65536.0

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
    const double a[] = {p->gpus,      p->config.batch, (double)p->setup,
                        p->config.tp, p->config.pp,    p->config.ep,
                        p->config.dp};
    const double b[] = {q->gpus,      q->config.batch, (double)q->setup,
                        q->config.tp, q->config.pp,    q->config.ep,
                        q->config.dp};

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

static int fastest_first(const void *a, const void *b)
{
    const el_candidate *p = a, *q = b;
    int order = compare(p->latency_s, q->latency_s);

    return order ? order : best_first(a, b);
}

/* One candidate that must not get lost. */
typedef struct prize {
    bool held;
    el_candidate candidate;
} prize;

/* The best so far. Between two sorts v holds up to 2 EL_MAX_KEPT; what is
 * worse than the bar has no chance. */
typedef struct keep {
    el_candidate *v;
    size_t n, cap, n_seen, n_seen_feasible;
    bool full; /* v[EL_MAX_KEPT - 1] is the bar */
    prize fastest, fitted;
    prize *best; /* of each setup */
} keep;

static void take_prize(prize *p, const el_candidate *c,
                       int (*order)(const void *, const void *))
{
    if (p->held && order(&p->candidate, c) <= 0)
        return;
    p->held = true;
    p->candidate = *c;
}

static void cut(keep *k)
{
    if (k->n)
        qsort(k->v, k->n, sizeof *k->v, best_first);
    if (k->n > EL_MAX_KEPT)
        k->n = EL_MAX_KEPT;
    k->full = k->n == EL_MAX_KEPT;
}

static el_status keep_one(void *ctx, const el_config *config,
                          const el_candidate *c, el_error *err)
{
    keep *k = ctx;
    el_candidate *grown;

    (void)config;
    k->n_seen++;
    k->n_seen_feasible += c->feasible;
    take_prize(&k->best[c->setup], c, best_first);
    if (c->feasible && el_is_known(c->latency_s))
        take_prize(&k->fastest, c, fastest_first);
    if (c->feasible && c->source <= EL_SOURCE_FITTED)
        take_prize(&k->fitted, c, best_first);
    if (k->full && best_first(&k->v[EL_MAX_KEPT - 1], c) <= 0)
        return EL_OK;
    grown = el_grow(k->v, &k->cap, k->n + 1, sizeof *grown);
    if (!grown)
        return el_fail(err, EL_E_NOMEM, "optimize: %zu candidates", k->n + 1);
    k->v = grown;
    k->v[k->n++] = *c;
    if (k->n == 2 * (size_t)EL_MAX_KEPT)
        cut(k);
    return EL_OK;
}

/* Behind those kept, of which there are *end so far. */
static size_t append(keep *k, size_t *end, const prize *p)
{
    if (!p->held)
        return EL_NO_CANDIDATE;
    k->v[*end] = p->candidate;
    return (*end)++;
}

/* Where a prize is among the n best; it goes behind them where it is not. */
static size_t place(keep *k, size_t *end, const prize *p)
{
    for (size_t i = 0; p->held && i < k->n; i++)
        if (best_first(&k->v[i], &p->candidate) == 0)
            return i;
    return append(k, end, p);
}

static void place_setups(keep *k, size_t *end, el_optimize_result *r)
{
    for (size_t s = 0; s < r->n_setup; s++)
        r->setup_best[s] = EL_NO_CANDIDATE;
    for (size_t i = k->n; i-- > 0;) /* the first of each is its best */
        r->setup_best[k->v[i].setup] = i;
    for (size_t s = 0; s < r->n_setup; s++)
        if (r->setup_best[s] == EL_NO_CANDIDATE)
            r->setup_best[s] = append(k, end, &k->best[s]);
}

static el_status check_times(const el_optimize_query *q, el_error *err)
{
    static const bool all[EL_N_TARGETS] = {true, true, true, true};
    const bool *has = q->predict ? all : q->fit->has;
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
    bool guesses =
        !query->predict && query->fit->model[EL_TARGET_ENERGY].prompts_unknown;
    el_status st = check_numbers(query, err);

    for (size_t i = 0; st == EL_OK && i < EL_N_GRID_AXES; i++)
        st = check_values(el_grid_axes[i].name,
                          el_grid_list(&el_grid_axes[i], query), err);
    if (st == EL_OK && !el_is_known(query->osl))
        st = el_fail(err, EL_E_ARG, "osl: needed");
    if (st == EL_OK && !el_is_known(query->isl) && !guesses)
        st = el_fail(err, EL_E_ARG, "isl: needed by this fit");
    if (st == EL_OK)
        st = check_times(query, err);
    if (st == EL_OK)
        st = check_scope(query, err);
    return st;
}

/* Check and count all before any is predicted: a refusal comes at once. */
static el_status check_all(const el_optimize_query *query, size_t n,
                           size_t *total, el_error *err)
{
    el_status st = EL_OK;

    *total = 0;
    for (size_t s = 0; st == EL_OK && s < n; s++) {
        size_t more = 0;
        st = el_optimize_check(&query[s], err);
        if (st == EL_OK)
            st = el_config_count(&query[s], *total, &more, err);
        *total += more;
    }
    return st;
}

/* The answer takes over what was kept. */
static el_status hand_over(keep *k, el_optimize_result *r, el_error *err)
{
    size_t end, room;
    el_candidate *grown;

    cut(k);
    end = k->n;
    room = k->n + r->n_setup + 2;
    grown = el_grow(k->v, &k->cap, room, sizeof *grown);
    r->setup_best = el_array(r->n_setup, sizeof *r->setup_best);
    if (grown)
        k->v = grown;
    if (!grown || !r->setup_best)
        return el_fail(err, EL_E_NOMEM, "optimize: %zu candidates", room);
    r->n = k->n;
    r->n_seen = k->n_seen;
    r->n_seen_feasible = k->n_seen_feasible;
    while (r->n_feasible < k->n && k->v[r->n_feasible].feasible)
        r->n_feasible++;
    r->latency_optimal = place(k, &end, &k->fastest);
    r->fitted_optimal = place(k, &end, &k->fitted);
    place_setups(k, &end, r);
    r->candidate = k->v;
    k->v = NULL;
    return EL_OK;
}

el_status el_optimize(const el_optimize_query *query, size_t n,
                      const el_task *task, el_optimize_result *out,
                      el_error *err)
{
    keep k = {0};
    el_search search = {.task = task, .fn = keep_one, .ctx = &k};
    el_optimize_result r = {.n_setup = n, .has_current = query->has_current};
    el_status st = check_all(query, n, &search.total, err);

    if (st != EL_OK)
        return st;
    k.best = el_array(n, sizeof *k.best);
    if (!k.best)
        st = el_fail(err, EL_E_NOMEM, "optimize: %zu setups", n);
    if (st == EL_OK)
        st = el_search_run(&search, query, n, err);
    if (st == EL_OK && r.has_current)
        st = el_candidate_make(query, &query->current, &r.current, err);
    if (st == EL_OK)
        st = hand_over(&k, &r, err);
    el_free(k.best);
    el_free(k.v);
    if (st == EL_OK)
        *out = r;
    else
        el_free(r.setup_best);
    return st;
}

void el_optimize_result_clear(el_optimize_result *result)
{
    el_free(result->setup_best);
    el_free(result->candidate);
    memset(result, 0, sizeof *result);
}
