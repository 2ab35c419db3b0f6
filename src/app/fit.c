/* SPDX-License-Identifier: Apache-2.0 */
#include "app/fit.h"

#include <stdio.h>
#include <string.h>

#include "app/analytic.h"
#include "app/tables.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/task.h"
#include "io/catalog_json.h"
#include "io/prior_json.h"
#include "io/table_csv.h"
#include "model/fit_analytic.h"
#include "model/fit_learned.h"
#include "model/fit_rows.h"

#define MAX_NAMED 12u

el_cleaning el_fit_total(const el_groups *groups)
{
    el_cleaning sum = {0};

    for (size_t g = 0; g < groups->n; g++) {
        const el_cleaning *c = &groups->group[g].cleaning;

        sum.rows += c->rows;
        sum.no_energy += c->no_energy;
        sum.flagged += c->flagged;
        sum.short_run += c->short_run;
        sum.other_session += c->other_session;
        sum.merged += c->merged;
        sum.kept += c->kept;
        sum.kept_flagged += c->kept_flagged;
        sum.does_not_fit += c->does_not_fit;
        sum.disagree += c->disagree;
    }
    return sum;
}

static bool is_model(const el_catalog *catalog, const el_group_key *key,
                     const char *name)
{
    const el_llm *llm = el_catalog_find_llm(catalog, name);

    return el_str_eq_nocase(key->model, name) ||
           (llm && strcmp(llm->slug, key->model_slug) == 0);
}

static bool is_gpu(const el_catalog *catalog, const el_group_key *key,
                   const char *name)
{
    const el_gpu *gpu = el_catalog_find_gpu(catalog, name);

    return el_str_eq_nocase(key->gpu, name) ||
           (gpu && strcmp(gpu->slug, key->gpu) == 0);
}

/* "a, b, c and 4 more": what the table has instead. */
static void list_groups(const el_groups *groups, bool models, el_buf *out)
{
    const char *seen[MAX_NAMED];
    size_t n = 0, more = 0;

    for (size_t g = 0; g < groups->n; g++) {
        const el_group_key *key = &groups->group[g].key;
        const char *name = models ? key->model : key->gpu;
        bool known = false;

        for (size_t i = 0; i < n && !known; i++)
            known = el_str_eq_nocase(seen[i], name);
        if (known)
            continue;
        if (n < MAX_NAMED) {
            el_buf_printf(out, "%s%s", n ? ", " : "", name);
            seen[n++] = name;
        } else {
            more++;
        }
    }
    if (more > 0)
        el_buf_printf(out, " and %zu more", more);
}

static el_status none_left(const el_groups *groups, const char *what,
                           const char *name, bool models, el_error *err)
{
    el_buf list = {0};
    el_status st;

    list_groups(groups, models, &list);
    st = el_fail(err, EL_E_DATA, "no row of %s \"%.80s\"; the table has %s",
                 what, name, el_buf_text(&list));
    el_buf_clear(&list);
    return st;
}

el_status el_fit_keep_groups(const char *model, const char *gpu,
                             const el_catalog *catalog, el_groups *groups,
                             el_error *err)
{
    size_t n = 0, n_model = 0;

    for (size_t g = 0; g < groups->n; g++) {
        const el_group_key *key = &groups->group[g].key;

        n_model += !model || is_model(catalog, key, model);
        n += (!model || is_model(catalog, key, model)) &&
             (!gpu || is_gpu(catalog, key, gpu));
    }
    if (model && n_model == 0)
        return none_left(groups, "model", model, true, err);
    if (gpu && n == 0)
        return none_left(groups, "GPU", gpu, false, err);
    n = 0;
    for (size_t g = 0; g < groups->n; g++) {
        el_group *group = &groups->group[g];

        if ((model && !is_model(catalog, &group->key, model)) ||
            (gpu && !is_gpu(catalog, &group->key, gpu)))
            el_free(group->sample);
        else
            groups->group[n++] = *group;
    }
    groups->n = n;
    return EL_OK;
}

/* Their joules are those of the GPUs in use, of the form that is fitted. */
static bool carries_priors(const el_fit_args *args)
{
    return args->options.prior == EL_PRIOR_LEARNED && !args->learn_from &&
           args->options.scope == EL_SCOPE_GPUS;
}

/* The file names only: a path would tell more than where the data is from. */
static void name_source(const el_fit_args *args, el_fit_set *set)
{
    char name[EL_STORE_NAME];
    el_buf names = {0};

    for (size_t i = 0; i < args->n_path; i++) {
        el_tables_name(args->path[i], name);
        el_buf_printf(&names, "%s%s", i ? ", " : "", name);
    }
    if (args->learn_from) {
        el_tables_name(args->learn_from, name);
        el_buf_printf(&names, "; prior from %s", name);
    } else if (carries_priors(args))
        el_buf_add(&names, "; prior from data/priors");
    el_str_copy(set->source, sizeof set->source, el_buf_text(&names));
    el_buf_clear(&names);
}

/*
 * A group that the analytic model cannot describe keeps the physical prior,
 * and a warning says so.
 */
static el_status project_one(const el_fit_result *r, const el_task *task,
                             el_group_fit *fit, el_error *err)
{
    el_analytic_wish wish = {.model = fit->key.model,
                             .gpu = fit->key.gpu,
                             .precision = fit->key.precision,
                             .engine = fit->key.engine,
                             .clock_hz = EL_UNKNOWN,
                             .cap_w = EL_UNKNOWN};
    const el_group *group = el_fit_rows_group(&r->groups, &fit->key);
    el_analytic_state s;
    el_error why;
    el_status st = el_analytic_open(r->catalog, &wish, &s, &why);

    if (st == EL_OK) {
        st = el_fit_project(s.analytic, group, r->set.scope, fit, &why);
        el_analytic_close(&s);
    }
    if (st == EL_E_DATA || st == EL_E_ARG) {
        el_task_warn(task,
                     "%s on %s: physical prior, the analytic model fails"
                     ": %s",
                     fit->key.model, fit->key.gpu, why.message);
        return EL_OK;
    }
    return st == EL_OK ? st : el_fail(err, st, "%s", why.message);
}

static el_status project_all(el_fit_result *r, const el_task *task,
                             el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = 0; i < r->set.n && st == EL_OK; i++)
        st = project_one(r, task, &r->set.fit[i], err);
    r->set.prior = EL_PRIOR_ANALYTIC;
    return st;
}

static el_status read_teachers(const el_fit_args *args, el_scope scope,
                               el_lessons *out, el_error *err)
{
    el_fit_set set = {.n = 0};
    el_status st;

    if (!args->learn_from)
        return carries_priors(args) ? el_lessons_built_in(out, err) : EL_OK;
    st = el_fit_set_load(args->learn_from, &set, err);
    if (st == EL_OK && set.scope != scope)
        st = el_fail(err, EL_E_DATA, "%s: joules of scope %s, asked for %s",
                     args->learn_from, el_scope_name(set.scope),
                     el_scope_name(scope));
    if (st == EL_OK)
        st = el_fit_lessons(&set, out, err);
    el_fit_set_clear(&set);
    return st;
}

/* The prior that the table's other models teach, and those of a fit file or
 * those that the program carries. */
static el_status learn(const el_fit_args *args, const el_task *task,
                       el_fit_result *r, el_error *err)
{
    el_lessons teachers = {.n = 0};
    el_status st = read_teachers(args, r->set.scope, &teachers, err);

    if (st == EL_OK)
        st = el_fit_learn(&r->groups, &teachers, task, &r->set, err);
    el_lessons_clear(&teachers);
    return st;
}

static el_status fit_and_describe(const el_fit_args *args, const el_task *task,
                                  el_fit_result *r, el_error *err)
{
    bool learned = args->options.prior == EL_PRIOR_LEARNED;
    bool project = args->options.prior == EL_PRIOR_ANALYTIC;
    el_fit_options first = args->options;
    el_status st;

    if (project && args->n_draw > 0)
        return el_fail(err, EL_E_ARG,
                       "--bootstrap: not with --prior analytic, whose doubt "
                       "the draws do not know");
    if (project && args->options.scope != EL_SCOPE_GPUS)
        return el_fail(err, EL_E_ARG,
                       "--prior analytic: it tells joules of the GPUs in use, "
                       "not those of scope %s",
                       el_scope_name(args->options.scope));
    if (args->learn_from && !learned)
        return el_fail(err, EL_E_ARG,
                       "--learn-from: only with --prior learned");
    if (learned)
        first.prior = EL_PRIOR_PHYSICAL;
    st = el_fit_groups(&r->groups, &first, task, &r->set, err);
    if (st == EL_OK && learned)
        st = learn(args, task, r, err);
    if (st == EL_OK && project)
        st = project_all(r, task, err);
    if (st != EL_OK)
        return st;
    r->set.min_latency_s = args->clean.min_latency_s;
    r->set.sessions = args->clean.sessions;
    r->set.keep_flagged = args->clean.keep_flagged;
    r->set.seed = task ? task->seed : 0;
    el_str_copy(r->set.made_by, sizeof r->set.made_by, EL_VERSION);
    name_source(args, &r->set);
    if (args->n_draw > 0) {
        st = el_bootstrap_set(&r->groups, &r->set, args->n_draw, task,
                              &r->bootstrap, err);
        r->has_bootstrap = st == EL_OK;
    }
    return st;
}

el_status el_app_fit(const el_fit_args *args, const el_task *task,
                     el_fit_result *out, el_error *err)
{
    el_fit_result r = {0};
    char hash[EL_HASH_LEN] = "";
    el_status st = el_tables_read(args->path, args->n_path, EL_TABLE_MEASURED,
                                  task, &r.table, err);

    if (st == EL_OK)
        st = el_tables_hash(args->path, args->n_path, hash, err);
    if (st == EL_OK)
        st = el_catalog_load(args->catalog_dir, &r.catalog, err);
    if (st == EL_OK)
        st = el_groups_make(r.table, r.catalog, &args->clean, task, &r.groups,
                            err);
    if (st == EL_OK)
        st = el_fit_keep_groups(args->model, args->gpu, r.catalog, &r.groups,
                                err);
    if (st == EL_OK)
        st = fit_and_describe(args, task, &r, err);
    if (st != EL_OK) {
        el_fit_result_clear(&r);
        return st;
    }
    el_str_copy(r.set.data_hash, sizeof r.set.data_hash, hash);
    *out = r;
    return EL_OK;
}

void el_fit_result_clear(el_fit_result *result)
{
    if (result->has_bootstrap)
        el_bootstrap_clear(&result->bootstrap);
    el_fit_set_clear(&result->set);
    el_groups_clear(&result->groups);
    el_table_free(result->table);
    el_catalog_free(result->catalog);
    memset(result, 0, sizeof *result);
}
