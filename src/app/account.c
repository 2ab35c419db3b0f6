/* SPDX-License-Identifier: Apache-2.0 */
#include "app/account.h"

#include <math.h>
#include <string.h>

#include "app/account_deploy.h"
#include "app/account_log.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/candidate.h"

typedef el_account_work work;

const char *el_account_kind_name(el_account_kind kind)
{
    static const char *const name[] = {"now",   "sleep", "queue",
                                       "fewer", "more",  "degree"};

    return name[kind];
}

/* ---- one deployment ---- */

/*
 * optimize takes the smallest batch that a steady load needs; real requests
 * come in bursts. Where the log breaks a limit, a wide batch (vLLM's own) may
 * keep it.
 */
static el_status serve_wide(work *w, const el_deployment *what,
                            el_deployment *out)
{
    const el_optimize_query *q = &w->out->state.setups.query[what->setup];
    el_deployment wide = *what;
    el_status st = el_account_deploy(w, what, out);

    wide.config.batch = el_config_usual_batch(q, &what->config);
    if (st != EL_OK || out->keeps || w->out->given ||
        !(wide.config.batch > what->config.batch))
        return st;
    st = el_account_deploy(w, &wide, &wide);
    if (st == EL_OK && wide.traffic.kept > out->traffic.kept)
        *out = wide;
    return st;
}

/* ---- which deployments ---- */

/* Replicas come and go, and how. */
static el_account_kind scaled(el_account_kind kind)
{
    return kind == EL_ACCOUNT_SLEEP || kind == EL_ACCOUNT_QUEUE
               ? kind
               : EL_ACCOUNT_NOW;
}

static bool is_same(const el_deployment *a, const el_deployment *b)
{
    return a->setup == b->setup && a->config.tp == b->config.tp &&
           a->config.pp == b->config.pp && a->config.ep == b->config.ep &&
           a->config.dp == b->config.dp && a->config.batch == b->config.batch &&
           scaled(a->kind) == scaled(b->kind);
}

/* What cannot be is left out, but for the first. */
static el_status add(work *w, el_deployment what)
{
    el_account *a = w->out;
    el_status st;

    if (a->n == EL_ACCOUNT_MAX)
        return EL_OK;
    for (size_t i = 0; i < a->n; i++)
        if (is_same(&a->deployment[i], &what))
            return EL_OK;
    st = serve_wide(w, &what, &a->deployment[a->n]);
    if (st == EL_E_DATA && a->n > 0) {
        el_str_copy(a->left_out, sizeof a->left_out,
                    w->err ? w->err->message : "");
        return EL_OK;
    }
    a->n += st == EL_OK;
    return st;
}

static void keep_hours(work *w)
{
    el_account *a = w->out;

    a->n_hour = w->bins.n;
    while (a->n_hour > 1 && !(w->bins.energy_j[a->n_hour - 1] > 0.0))
        a->n_hour--;
    for (size_t k = 0; k < a->n_hour; k++)
        a->hour[k] =
            (el_account_hour){el_account_hour_of(a, k), w->bins.energy_j[k],
                              el_account_intensity(a, k)};
}

/* The cheapest that optimize finds and that the log then bears out. */
static el_status choose(work *w, const el_optimize_result *r)
{
    el_account *a = w->out;
    el_status st = EL_OK;

    if (r->n == 0)
        return el_fail(w->err, EL_E_DATA, "account: no configuration fits");
    for (size_t i = 0; st == EL_OK && i < r->n && i < 8; i++) {
        const el_candidate *c = &r->candidate[i];

        a->n = 0;
        st = add(w, (el_deployment){.kind = EL_ACCOUNT_NOW,
                                    .setup = c->setup,
                                    .config = c->config});
        if (st == EL_OK && (a->deployment[0].keeps || !c->feasible))
            break;
    }
    return st;
}

static el_status add_variants(work *w)
{
    const el_deployment first = w->out->deployment[0];
    el_deployment d = first;
    double most = floor(w->out->state.setups.query[first.setup].gpus /
                        (first.gpus / first.config.dp));
    el_status st = EL_OK;

    d.kind = EL_ACCOUNT_SLEEP;
    if (first.config.dp > 1.0)
        st = add(w, d);
    d.kind = EL_ACCOUNT_QUEUE;
    if (st == EL_OK && first.config.dp > 1.0)
        st = add(w, d);
    d.kind = EL_ACCOUNT_FEWER;
    d.config.dp = first.config.dp - 1.0;
    if (st == EL_OK && d.config.dp >= 1.0)
        st = add(w, d);
    d.kind = EL_ACCOUNT_MORE;
    d.config.dp = first.config.dp + 1.0;
    if (st == EL_OK && d.config.dp <= most)
        st = add(w, d);
    return st;
}

/* The first, and so the best, of each setup and degree. */
static el_status add_degrees(work *w, const el_optimize_result *r)
{
    el_account *a = w->out;
    el_status st = EL_OK;

    for (size_t i = 0; st == EL_OK && i < r->n; i++) {
        const el_candidate *c = &r->candidate[i];
        bool seen = false;

        for (size_t k = 0; k < a->n && !seen; k++)
            seen = a->deployment[k].setup == c->setup &&
                   a->deployment[k].config.tp == c->config.tp &&
                   a->deployment[k].config.pp == c->config.pp &&
                   a->deployment[k].config.ep == c->config.ep;
        if (!seen)
            st = add(w, (el_deployment){.kind = EL_ACCOUNT_DEGREE,
                                        .setup = c->setup,
                                        .config = c->config});
    }
    return st;
}

static el_status set_current(work *w)
{
    el_account *a = w->out;
    el_config config = a->state.query.current;
    el_status st;

    a->given = true;
    if (!el_is_known(config.dp)) /* as many as the server has engines */
        config.dp = fmax((double)a->said.n_engine, 1.0);
    if (!el_is_known(config.batch))
        config.batch = el_config_usual_batch(a->state.setups.query, &config);
    st = add(w, (el_deployment){.kind = EL_ACCOUNT_NOW, .config = config});
    if (st == EL_OK)
        keep_hours(w);
    return st;
}

static el_status compare(work *w)
{
    el_account *a = w->out;
    el_optimize_result r = {0};
    el_status st = el_optimize(a->state.setups.query, a->state.setups.n,
                               w->task, &r, w->err);

    if (st != EL_OK)
        return st;
    st = a->state.query.has_current ? set_current(w) : choose(w, &r);
    if (st == EL_OK && !a->given)
        keep_hours(w);
    if (st == EL_OK)
        st = add_variants(w);
    if (st == EL_OK)
        st = add_degrees(w, &r);
    el_optimize_result_clear(&r);
    return st;
}

/* ---- all of it ---- */

static double share_outside(const work *w)
{
    const el_lengths *log = &w->out->log;
    const el_deployment *d = w->out->deployment;
    const el_model *m =
        el_account_fitted(&w->out->state.setups.query[d->setup]);
    size_t n = 0;

    if (!m)
        return EL_UNKNOWN;
    for (size_t i = 0; i < log->n; i++)
        n += log->isl[i] < m->lo[EL_AXIS_ISL] ||
             log->isl[i] > m->hi[EL_AXIS_ISL] ||
             log->osl[i] < m->lo[EL_AXIS_OSL] ||
             log->osl[i] > m->hi[EL_AXIS_OSL];
    return (double)n / (double)log->n;
}

static size_t cheapest(const el_account *a)
{
    size_t best = a->n;

    for (size_t i = 0; i < a->n; i++)
        if (a->deployment[i].keeps &&
            (best == a->n ||
             a->deployment[i].energy_j < a->deployment[best].energy_j))
            best = i;
    return best;
}

static el_status open_state(work *w)
{
    el_ask ask = w->ask->ask;

    ask.query.isl = w->out->isl;
    ask.query.osl = w->out->osl;
    ask.query.request_rate_hz = w->out->busy_hz;
    return el_ask_open(&ask, &w->out->state, w->err);
}

el_status el_app_account(const el_account_ask *ask, const el_task *task,
                         el_account *out, el_error *err)
{
    el_error own = {0}; /* what is left out is read from it */
    work w = {.ask = ask, .task = task, .out = out, .err = err ? err : &own};
    el_status st;

    memset(out, 0, sizeof *out);
    st = el_account_log(ask, task ? task->seed : 0, out, w.err);
    if (st == EL_OK)
        st = el_tariff_open(&ask->tariff, &out->tariff, w.err);
    if (st == EL_OK)
        st = el_account_lengths(out, &w.lengths, w.err);
    if (st == EL_OK)
        st = el_account_bins(out, &w.bins, w.err);
    w.arrivals = (el_arrivals){out->log.n, out->log.arrive_s, out->log.isl,
                               out->log.osl};
    if (st == EL_OK)
        st = open_state(&w);
    if (st == EL_OK)
        st = compare(&w);
    if (st == EL_OK) {
        out->outside = share_outside(&w);
        out->best = cheapest(out);
    } else {
        el_account_clear(out);
    }
    el_free(w.bins.energy_j);
    return st;
}

void el_account_clear(el_account *account)
{
    el_free(account->hour);
    el_lengths_clear(&account->log);
    el_ask_close(&account->state);
    memset(account, 0, sizeof *account);
}
