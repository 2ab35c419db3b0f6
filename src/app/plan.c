/* SPDX-License-Identifier: Apache-2.0 */
#include "app/plan.h"

#include <math.h>
#include <string.h>

#include "app/fit_pick.h"
#include "app/plan_belief.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/task.h"
#include "io/catalog_json.h"
#include "io/space_json.h"
#include "model/analytic_terms.h"
#include "num/linalg.h"
#include "num/stats.h"

#define N_DRAW 2000u

typedef struct planner {
    const el_plan_args *args;
    const el_task *task;
    el_catalog *catalog;
    el_fit_set set;
    el_fit_pick pick;
    el_analytic_state state[EL_SPACE_MAX_DTYPES];
    size_t n_state;
    el_belief belief;
    double *scatter;
} planner;

/* --- what is asked about -------------------------------------------------- */

static el_status open_fit(planner *p, el_error *err)
{
    const el_plan_args *a = p->args;
    el_fit_wish wish = {a->model, a->gpu, a->precision, a->engine};
    el_status st;

    if (!a->fit)
        return EL_OK;
    if (a->measured)
        return el_fail(err, EL_E_ARG,
                       "--measured: not with --fit, which has its own rows");
    st = el_fit_set_load(a->fit, &p->set, err);
    return st == EL_OK
               ? el_fit_pick_find(&p->set, p->catalog, &wish, &p->pick, err)
               : st;
}

/* The model at every dtype of the space. */
static el_status open_states(planner *p, el_planned *out, el_error *err)
{
    const el_plan_args *a = p->args;
    const el_group_key *key = a->fit ? &p->pick.key : NULL;
    el_space *s = &out->space;
    el_analytic_wish wish = {.model = a->model ? a->model
                                      : key    ? key->model
                                               : NULL,
                             .gpu = a->gpu ? a->gpu
                                    : key  ? key->gpu
                                           : NULL,
                             .engine = a->engine ? a->engine
                                       : key     ? key->engine
                                                 : NULL,
                             .clock_hz = EL_UNKNOWN,
                             .cap_w = EL_UNKNOWN};
    el_status st = EL_OK;

    if (s->n_dtype == 0)
        el_str_copy(s->dtype[s->n_dtype++], EL_LABEL_LEN,
                    !a->precision && key
                        ? key->precision
                        : el_precision_of(a->precision, a->model));
    for (size_t d = 0; d < s->n_dtype && st == EL_OK; d++) {
        wish.precision = s->dtype[d];
        st = el_analytic_open(p->catalog, &wish, &p->state[d], err);
        if (st == EL_OK)
            p->n_state++;
    }
    if (st == EL_OK) {
        out->key = p->state[0].key;
        out->params = p->state[0].facts.params;
        out->active_params = p->state[0].facts.active_params;
    }
    return st;
}

static bool divides(void *ctx, size_t dtype, const el_point *point)
{
    planner *p = ctx;
    el_shard shard = el_point_shard(point);
    el_error why;

    return el_analytic_prepare(p->state[dtype].analytic, &shard, &why) == EL_OK;
}

static el_status list_runs(planner *p, el_planned *out, el_error *err)
{
    el_facts facts[EL_SPACE_MAX_DTYPES];
    el_error why;
    el_status st;

    for (size_t d = 0; d < p->n_state; d++)
        facts[d] = p->state[d].facts;
    st = el_space_runs(&out->space, facts, divides, p, &out->runs, &why);
    return st == EL_OK
               ? st
               : el_fail(err, st, "%s: %s", p->args->space, why.message);
}

/* --- what is expected ----------------------------------------------------- */

/* Seconds by the analytic model, which needs no row; how far a reading of such
 * a run scatters. */
static el_status expect_times(planner *p, el_planned *out, el_error *err)
{
    const el_run_list *runs = &out->runs;

    out->latency_s = el_array(runs->n, sizeof *out->latency_s);
    p->scatter = el_array(runs->n, sizeof *p->scatter);
    if (!out->latency_s || !p->scatter)
        return el_fail(err, EL_E_NOMEM, "plan: %zu runs", runs->n);
    for (size_t i = 0; i < runs->n; i++) {
        el_prediction q = el_prediction_unknown();
        const el_point *point = &runs->point[i];
        el_error why;

        if (el_analytic_predict(p->state[runs->dtype[i]].analytic, point, "",
                                point->batch, &q, &why) != EL_OK)
            q.latency_s = EL_UNKNOWN;
        out->latency_s[i] = q.latency_s;
        p->scatter[i] = el_run_scatter(q.latency_s);
    }
    return EL_OK;
}

static void expect_winner(const el_contest *c, size_t load, double share,
                          el_load_winner *out)
{
    size_t run = el_contest_winner(c, load);
    const double *g = c->grad + run * c->k;
    double z = el_normal_quantile(0.5 * (1.0 + EL_LEVEL));
    double sd = sqrt(el_quadratic_form(g, c->cov, c->k));

    out->run = run;
    out->choices = c->first[load + 1] - c->first[load];
    out->share = share;
    out->energy_j = exp(c->mean[run]);
    out->lo_j = exp(c->mean[run] - z * sd);
    out->hi_j = exp(c->mean[run] + z * sd);
}

static el_status expect_energies(const planner *p, el_planned *out,
                                 el_error *err)
{
    const el_contest *c = &p->belief.contest;
    double *share = el_array(c->n_load, sizeof *share);
    el_status st = EL_OK;

    out->winner = el_array(c->n_load, sizeof *out->winner);
    out->energy_j = el_array(c->n, sizeof *out->energy_j);
    if (!share || !out->winner || !out->energy_j)
        st = el_fail(err, EL_E_NOMEM, "plan: %zu loads", c->n_load);
    if (st == EL_OK)
        st = el_contest_settled(c, N_DRAW, p->task ? p->task->seed : 0, share,
                                err);
    if (st == EL_OK) {
        for (size_t s = 0; s < c->n_load; s++)
            expect_winner(c, s, share[s], &out->winner[s]);
        for (size_t i = 0; i < c->n; i++)
            out->energy_j[i] = exp(c->mean[i]);
        out->settled = el_contest_agreement(c, share);
    }
    el_free(share);
    return st;
}

/* --- runs ----------------------------------------------------------------- */

static el_status choose_spread(const planner *p, el_planned *out, el_error *err)
{
    const el_plan_args *a = p->args;
    size_t *pick = el_array(a->n_runs, sizeof *pick);
    el_status st = EL_OK;

    if (!pick)
        return el_fail(err, EL_E_NOMEM, "plan: %zu runs", a->n_runs);
    if (a->design == EL_DESIGN_GRID)
        out->n_step =
            el_design_grid(&out->runs, p->belief.used, a->n_runs, pick);
    else
        st =
            el_design_lhs(&out->runs, p->belief.used, a->n_runs,
                          p->task ? p->task->seed : 0, pick, &out->n_step, err);
    for (size_t i = 0; i < out->n_step; i++)
        out->step[i] = (el_design_step){pick[i], EL_UNKNOWN, EL_UNKNOWN};
    el_free(pick);
    return st;
}

static el_status choose(planner *p, el_planned *out, el_error *err)
{
    const el_plan_args *a = p->args;
    el_design_steps steps;
    el_status st;

    out->step = el_array(a->n_runs, sizeof *out->step);
    if (!out->step)
        return el_fail(err, EL_E_NOMEM, "plan: %zu runs", a->n_runs);
    if (a->design == EL_DESIGN_ACTIVE) {
        steps = (el_design_steps){.step = out->step};
        st = el_design_active(&p->belief.contest, p->scatter, p->belief.used,
                              a->n_runs, p->task, &steps, err);
        out->n_step = steps.n;
    } else {
        st = choose_spread(p, out, err);
    }
    for (size_t i = 0; st == EL_OK && i < out->n_step; i++)
        out->n_short += out->latency_s[out->step[i].run] < a->min_latency_s;
    return st;
}

static el_status believe(planner *p, el_planned *out, el_error *err)
{
    const el_plan_args *a = p->args;
    el_belief_ask ask = {.catalog = p->catalog,
                         .space = &out->space,
                         .runs = &out->runs,
                         .state = p->state,
                         .fit = a->fit ? p->pick.fit : NULL,
                         .measured = a->measured,
                         .engine = a->engine,
                         .prior = a->prior,
                         .min_latency_s = a->min_latency_s};
    el_status st = el_belief_make(&ask, p->task, &p->belief, err);

    if (st != EL_OK)
        return st;
    out->from_fit = a->fit != NULL;
    out->n_measured = p->belief.n_row;
    for (size_t i = 0; i < out->runs.n; i++)
        out->n_used += p->belief.used[i];
    return EL_OK;
}

static el_status make_plan(planner *p, el_planned *out, el_error *err)
{
    el_status st = el_space_load(p->args->space, &out->space, err);

    if (st == EL_OK)
        st = el_catalog_load(p->args->catalog_dir, &p->catalog, err);
    if (st == EL_OK)
        st = open_fit(p, err);
    if (st == EL_OK)
        st = open_states(p, out, err);
    if (st == EL_OK)
        st = list_runs(p, out, err);
    if (st == EL_OK)
        st = expect_times(p, out, err);
    if (st == EL_OK)
        st = believe(p, out, err);
    if (st == EL_OK)
        st = expect_energies(p, out, err);
    return st == EL_OK ? choose(p, out, err) : st;
}

el_status el_app_plan(const el_plan_args *args, const el_task *task,
                      el_planned *out, el_error *err)
{
    planner *p = el_array(1, sizeof *p);
    el_planned planned = {.design = args->design, .settled = EL_UNKNOWN};
    el_status st;

    if (!p)
        return el_fail(err, EL_E_NOMEM, "plan: out of memory");
    p->args = args;
    p->task = task;
    st = make_plan(p, &planned, err);
    if (st == EL_OK)
        *out = planned;
    else
        el_planned_clear(&planned);
    el_free(p->scatter);
    el_belief_clear(&p->belief);
    for (size_t d = 0; d < p->n_state; d++)
        el_analytic_close(&p->state[d]);
    el_fit_set_clear(&p->set);
    el_catalog_free(p->catalog);
    el_free(p);
    return st;
}
