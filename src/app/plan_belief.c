/* SPDX-License-Identifier: Apache-2.0 */
#include "app/plan_belief.h"

#include <math.h>
#include <string.h>

#include "app/fit.h"
#include "app/tables.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/task.h"
#include "energylens/closed12.h"
#include "energylens/files.h"
#include "io/prior_json.h"
#include "model/fit_analytic.h"
#include "model/fit_rows.h"
#include "model/forms.h"
#include "model/nlls.h"

/* Bounds of EL_PRIOR_NONE as a Gaussian: the SD of a uniform value. */
#define BOUNDS_SD (EL_BOUND_SD / 1.7320508075688772)

typedef struct maker {
    const el_belief_ask *ask;
    const el_task *task;
    el_table *table;
    el_groups groups;
    const el_group **group; /* of each dtype; NULL none */
    size_t base;            /* dtype whose rows are fitted */
    el_learned prior;       /* of the base */
    el_model model;         /* at the base */
} maker;

/* --- rows ----------------------------------------------------------------- */

static bool is_of(const maker *m, const el_group *g, size_t dtype)
{
    const char *engine = m->ask->engine;

    return g->n > 0 &&
           el_str_eq_nocase(g->key.precision, m->ask->space->dtype[dtype]) &&
           (!engine || el_str_eq_nocase(g->key.engine, engine));
}

/* The largest group of each dtype, and the dtype with the most rows. */
static void find_groups(maker *m)
{
    size_t most = 0;

    for (size_t d = 0; d < m->ask->space->n_dtype; d++) {
        for (size_t g = 0; g < m->groups.n; g++) {
            const el_group *group = &m->groups.group[g];

            if (!is_of(m, group, d))
                continue;
            if (m->group[d])
                el_task_warn(m->task,
                             "%s: rows of several engines: --engine names one",
                             m->ask->measured);
            if (!m->group[d] || group->n > m->group[d]->n)
                m->group[d] = group;
        }
        if (m->group[d] && m->group[d]->n > most) {
            most = m->group[d]->n;
            m->base = d;
        }
    }
}

static el_status read_rows(maker *m, el_error *err)
{
    const el_belief_ask *ask = m->ask;
    const el_group_key *key = &ask->state[0].key;
    el_clean_options clean = {ask->min_latency_s, false, false};
    el_status st;

    if (!ask->measured)
        return EL_OK;
    st = el_tables_read(&ask->measured, 1, EL_TABLE_MEASURED, m->task,
                        &m->table, err);
    if (st == EL_OK)
        st = el_groups_make(m->table, ask->catalog, &clean, m->task, &m->groups,
                            err);
    if (st == EL_OK)
        st = el_fit_keep_groups(key->model, key->gpu, ask->catalog, &m->groups,
                                err);
    if (st == EL_OK)
        find_groups(m);
    return st;
}

/* --- model ---------------------------------------------------------------- */

static el_fit_data base_data(const maker *m)
{
    return (el_fit_data){.target = EL_TARGET_ENERGY,
                         .facts = &m->ask->state[m->base].facts,
                         .prior = m->ask->prior};
}

static bool has_experts_apart(const el_run_list *runs)
{
    for (size_t i = 0; i < runs->n; i++)
        if (runs->point[i].ep > 1.0)
            return true;
    return false;
}

/* What the priors that the program carries say, but for the model's own. */
static el_status learn_prior(maker *m, const el_fit_data *data, el_error *err)
{
    const el_group_key *key = &m->ask->state[m->base].key;
    el_lessons all = {.n = 0};
    const el_lesson **taught = NULL;
    el_status st = el_lessons_built_in(&all, err);
    size_t n = 0;

    if (st == EL_OK) {
        /* pointers are meant; NOLINTNEXTLINE(bugprone-sizeof-expression) */
        taught = el_array(all.n, sizeof *taught);
        if (!taught)
            st = el_fail(err, EL_E_NOMEM, "plan: %zu lessons", all.n);
    }
    for (size_t i = 0; st == EL_OK && i < all.n; i++)
        if (all.item[i].form == &el_form_closed12 &&
            all.item[i].target == data->target &&
            el_learned_other_model(key, &all.item[i].key))
            taught[n++] = &all.item[i];
    if (st == EL_OK) {
        n = el_learned_at_home(key, taught, n);
        if (n == 0)
            el_task_warn(m->task,
                         "--prior learned: nothing was learned of %s with %s: "
                         "physical prior",
                         key->gpu, key->engine);
        el_learned_shift(&el_form_closed12, data, key, taught, n, &m->prior);
    }
    el_free(taught);
    el_lessons_clear(&all);
    return st;
}

static el_status make_prior(maker *m, el_error *err)
{
    el_fit_data data = base_data(m);
    el_serving_style style = {false, has_experts_apart(m->ask->runs)};
    el_param_spec spec[EL_MAX_PARAMS];
    size_t k = el_form_closed12.specify(&data, spec);

    if (m->ask->prior == EL_PRIOR_ANALYTIC)
        return el_analytic_project(m->ask->state[m->base].analytic,
                                   &el_form_closed12, &data, style, &m->prior,
                                   err);
    if (m->ask->prior == EL_PRIOR_LEARNED)
        return learn_prior(m, &data, err);
    for (size_t j = 0; j < k; j++)
        m->prior.sd[j] =
            spec[j].sd * (m->ask->prior == EL_PRIOR_NONE ? BOUNDS_SD : 1.0);
    return EL_OK;
}

static el_status fit_rows(maker *m, const el_group *group, el_error *err)
{
    const el_facts *facts = &m->ask->state[m->base].facts;
    el_fit_rows rows;
    el_fit_data data;
    el_status st =
        el_fit_rows_make(group, EL_TARGET_ENERGY, EL_SCOPE_GPUS, &rows, err);

    if (st != EL_OK)
        return st;
    data =
        el_fit_rows_data(&rows, group, facts, EL_TARGET_ENERGY, m->ask->prior);
    if (m->ask->prior == EL_PRIOR_ANALYTIC ||
        m->ask->prior == EL_PRIOR_LEARNED) {
        el_param_spec spec[EL_MAX_PARAMS];
        size_t k = el_form_closed12.specify(&data, spec);

        for (size_t j = EL_C12_N; j < k; j++)
            m->prior.sd[j] = spec[j].sd;
        data.prior_shift = m->prior.shift;
        data.prior_sd = m->prior.sd;
    }
    st = el_form_fit(&el_form_closed12, &data, &m->model, err);
    el_fit_rows_clear(&rows);
    return st;
}

static el_status make_model(maker *m, el_error *err)
{
    const el_group_fit *fit = m->ask->fit;
    el_fit_data data;
    el_status st;

    if (fit) {
        m->model = fit->model[EL_TARGET_ENERGY];
        if (m->model.n_param == 0 ||
            !(m->model.form->traits & EL_FORM_PREDICTS))
            return el_fail(err, EL_E_ARG,
                           "--fit: %s has no parameters to be in doubt about",
                           m->model.form->name);
        return EL_OK;
    }
    st = make_prior(m, err);
    if (st != EL_OK)
        return st;
    if (m->group[m->base])
        return fit_rows(m, m->group[m->base], err);
    data = base_data(m);
    el_learned_model(&el_form_closed12, &data, &m->prior, &m->model);
    return EL_OK;
}

/* The model for other weights: parameters follow their physical centres. */
static el_model model_at(const el_model *base, const el_facts *facts)
{
    el_param_spec from[EL_MAX_PARAMS], to[EL_MAX_PARAMS];
    el_model m = *base;
    size_t k = el_model_specify(base, from);

    m.facts = *facts;
    (void)el_model_specify(&m, to);
    for (size_t j = 0; j < k; j++)
        m.param[j] += to[j].centre - from[j].centre;
    return m;
}

/* --- contest -------------------------------------------------------------- */

static el_status make_contest(const maker *m, el_belief *b, el_error *err)
{
    const el_run_list *runs = m->ask->runs;
    size_t k = m->model.n_param, from = 0, to;
    el_status st =
        el_contest_make(runs->load, runs->n, runs->n_load, k, &b->contest, err);

    if (st != EL_OK)
        return st;
    for (; from < runs->n; from = to) {
        size_t dtype = runs->dtype[from];
        el_model here = model_at(&m->model, &m->ask->state[dtype].facts);

        for (to = from; to < runs->n && runs->dtype[to] == dtype;)
            to++;
        el_contest_believe(&b->contest, &here, runs->point + from, from,
                           to - from);
    }
    memcpy(b->contest.cov, m->model.cov, k * k * sizeof *m->model.cov);
    return EL_OK;
}

static bool same_run(const el_sample *s, const el_point *p)
{
    const el_point *q = &s->point;

    return q->tp == p->tp && q->pp == p->pp && q->ep == p->ep &&
           q->dp == p->dp && s->batch_size == p->batch && q->isl == p->isl &&
           q->osl == p->osl;
}

/* Runs that a sample of their dtype measured; what the fit has not seen of
 * them is taken in. */
static el_status take_samples(const maker *m, size_t run, el_belief *b,
                              el_error *err)
{
    size_t dtype = m->ask->runs->dtype[run];
    const el_group *group = m->group[dtype];
    el_status st = EL_OK;

    for (size_t i = 0; group && i < group->n && st == EL_OK; i++) {
        const el_sample *s = &group->sample[i];

        if (!same_run(s, &m->ask->runs->point[run]))
            continue;
        b->used[run] = 1;
        if (dtype != m->base && s->energy_j > 0.0)
            st = el_contest_observe(&b->contest, run,
                                    log(s->energy_j / s->point.batch),
                                    el_run_scatter(s->run_s), err);
    }
    return st;
}

static el_status fill(maker *m, el_belief *b, el_error *err)
{
    el_status st = read_rows(m, err);

    if (st == EL_OK)
        st = make_model(m, err);
    if (st == EL_OK)
        st = make_contest(m, b, err);
    for (size_t i = 0; i < m->ask->runs->n && st == EL_OK; i++)
        st = take_samples(m, i, b, err);
    for (size_t d = 0; d < m->ask->space->n_dtype; d++)
        b->n_row += m->group[d] ? m->group[d]->n : 0;
    return st;
}

el_status el_belief_make(const el_belief_ask *ask, const el_task *task,
                         el_belief *out, el_error *err)
{
    maker *m = el_array(1, sizeof *m);
    el_belief b = {.n_row = 0};
    el_status st;

    b.used = el_array(ask->runs->n, 1);
    if (m)
        /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
        m->group = el_array(ask->space->n_dtype, sizeof *m->group);
    if (m && m->group && b.used) {
        m->ask = ask;
        m->task = task;
        st = fill(m, &b, err);
    } else {
        st = el_fail(err, EL_E_NOMEM, "plan: %zu runs", ask->runs->n);
    }
    if (m) {
        el_groups_clear(&m->groups);
        el_table_free(m->table);
        el_free(m->group);
    }
    el_free(m);
    if (st == EL_OK)
        *out = b;
    else
        el_belief_clear(&b);
    return st;
}

void el_belief_clear(el_belief *belief)
{
    el_contest_clear(&belief->contest);
    el_free(belief->used);
    memset(belief, 0, sizeof *belief);
}
