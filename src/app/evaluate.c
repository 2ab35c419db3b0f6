/* SPDX-License-Identifier: Apache-2.0 */
#include "app/evaluate.h"

#include <string.h>

#include "app/evaluate_checkpoint.h"
#include "app/evaluate_label.h"
#include "app/foretell.h"
#include "app/tables.h"
#include "base/mem.h"
#include "base/str.h"
#include "io/catalog_json.h"
#include "io/evaluate_csv.h"
#include "io/file.h"
#include "io/table_csv.h"

/*
 * Sessions are blocks of one log. A table with one log a workload, as
 * ML.ENERGY's, has no sessions to choose from: the rule would keep a single
 * workload.
 */
static bool one_log_holds_models(const el_table *table)
{
    const el_row *rows = el_table_rows(table);

    for (size_t i = 1; i < el_table_n_rows(table); i++) {
        const el_row *a = &rows[i - 1], *b = &rows[i];
        if (*b->source_file && a->source_file == b->source_file &&
            a->model != b->model)
            return true;
    }
    return false;
}

static bool same_or_slug(const char *wanted, const char *name, const char *slug)
{
    return el_str_eq_nocase(wanted, name) ||
           (*slug && el_str_eq_nocase(wanted, slug));
}

/* What a filter asks for, with catalogue names resolved. */
typedef struct filter {
    const el_evaluate_args *args;
    const char *gpu, *model; /* slugs; "" not catalogued */
} filter;

static bool passes(const filter *f, const el_group_key *key)
{
    const el_evaluate_args *a = f->args;

    if (a->gpu && !same_or_slug(a->gpu, key->gpu, "") &&
        !(*f->gpu && strcmp(f->gpu, key->gpu) == 0))
        return false;
    if (a->engine && !el_str_eq_nocase(a->engine, key->engine))
        return false;
    return !a->model || same_or_slug(a->model, key->model, key->model_slug) ||
           (*f->model && strcmp(f->model, key->model_slug) == 0);
}

static bool has_choice(const el_group *group)
{
    for (size_t i = 1; i < group->n; i++) {
        const el_point *a = &group->sample[0].point;
        const el_point *b = &group->sample[i].point;
        if (a->tp != b->tp || a->pp != b->pp || a->ep != b->ep ||
            a->dp != b->dp)
            return true;
    }
    return false;
}

static void drop_group(el_groups *groups, size_t g)
{
    el_free(groups->group[g].sample);
    groups->n--;
    memmove(&groups->group[g], &groups->group[g + 1],
            (groups->n - g) * sizeof *groups->group);
}

static el_status apply_filters(const el_evaluate_args *args,
                               const el_catalog *catalog, el_groups *groups,
                               el_error *err)
{
    filter f = {args, "", ""};
    const el_gpu *gpu =
        args->gpu ? el_catalog_find_gpu(catalog, args->gpu) : NULL;
    const el_llm *llm =
        args->model ? el_catalog_find_llm(catalog, args->model) : NULL;
    size_t before = groups->n;

    f.gpu = gpu ? gpu->slug : "";
    f.model = llm ? llm->slug : "";
    for (size_t g = groups->n; g-- > 0;) {
        if (!passes(&f, &groups->group[g].key) ||
            (args->choices_only && !has_choice(&groups->group[g])))
            drop_group(groups, g);
    }
    if (groups->n > 0 || before == 0)
        return EL_OK;
    return el_fail(err, EL_E_DATA,
                   "evaluate: none of %zu groups left by --gpu %s, --engine "
                   "%s, --model %s%s",
                   before, args->gpu ? args->gpu : "any",
                   args->engine ? args->engine : "any",
                   args->model ? args->model : "any",
                   args->choices_only ? ", --choices-only" : "");
}

static el_status make_groups(const el_evaluate_args *args, const el_task *task,
                             el_evaluate_result *r, el_labels *labels,
                             el_error *err)
{
    el_clean_options clean = {args->min_latency_s, args->keep_flagged,
                              args->sessions};
    el_catalog *catalog = NULL;
    el_status st = el_catalog_load(args->catalog_dir, &catalog, err);

    clean.sessions = args->sessions && one_log_holds_models(r->table);
    if (st == EL_OK)
        st = el_groups_make(r->table, catalog, &clean, task, &r->groups, err);
    if (st == EL_OK)
        st = apply_filters(args, catalog, &r->groups, err);
    if (st == EL_OK && args->by)
        st = el_evaluate_labels(args->by, catalog, &r->groups, labels, err);
    el_catalog_free(catalog);
    return st;
}

static el_status write_predictions(const el_evaluate_args *args,
                                   const el_evaluate_result *r, el_error *err)
{
    el_buf text = {0};
    el_status st;

    el_evaluation_predictions_csv(&r->evaluation, &args->options, &r->groups,
                                  &text);
    if (el_buf_ok(&text))
        st =
            el_file_write(args->predictions, el_buf_text(&text), text.len, err);
    else
        st = el_fail(err, EL_E_NOMEM, "%s: %zu predictions", args->predictions,
                     r->evaluation.n_tried);
    el_buf_clear(&text);
    return st;
}

static bool wants_given(const el_evaluate_options *o)
{
    for (size_t f = 0; f < o->n_form; f++)
        if (o->form[f]->traits & EL_FORM_GIVEN)
            return true;
    return false;
}

/* Progress of one count of several, as a share of all. */
typedef struct stage {
    const el_task *task;
    size_t i, n;
} stage;

static void stage_progress(size_t done, size_t total, void *ctx)
{
    const stage *s = ctx;

    s->task->progress(s->i * total + done, s->n * total, s->task->ctx);
}

static void stage_warn(const char *line, void *ctx)
{
    const stage *s = ctx;

    s->task->warn(line, s->task->ctx);
}

static bool stage_cancelled(void *ctx)
{
    const stage *s = ctx;

    return s->task->cancelled(s->task->ctx);
}

static el_task stage_task(stage *s)
{
    return (el_task){.seed = s->task->seed,
                     .threads = s->task->threads,
                     .progress = s->task->progress ? stage_progress : NULL,
                     .warn = s->task->warn ? stage_warn : NULL,
                     .cancelled = s->task->cancelled ? stage_cancelled : NULL,
                     .ctx = s};
}

#define UNDRAWN (1u << EL_SPLIT_MODEL | 1u << EL_SPLIT_GPU)

/* One run a count of samples; splits that draw nothing run once. */
static el_status evaluate_counts(const el_evaluate_args *args,
                                 el_evaluate_options *options,
                                 const el_task *task, el_evaluate_result *r,
                                 el_error *err)
{
    const el_task silent = {0};
    stage s = {task ? task : &silent, 0, args->n_more + 1};
    el_task staged = stage_task(&s);
    el_evaluate_checkpoint kept;
    el_status st =
        el_evaluate_checkpoint_open(args, &r->groups, task, &kept, err);

    if (st != EL_OK)
        return st;
    options->keeper = kept.keeper.keep ? &kept.keeper : NULL;
    st = el_evaluate(&r->groups, options, &staged, &r->evaluation, err);
    options->splits &= ~UNDRAWN;
    for (; options->splits && st == EL_OK && s.i < args->n_more;) {
        el_evaluation more = {0};
        options->samples = args->more_samples[s.i++];
        kept.count = s.i;
        st = el_evaluate(&r->groups, options, &staged, &more, err);
        if (st == EL_OK)
            st = el_evaluation_append(&r->evaluation, &more, err);
        el_evaluation_clear(&more);
    }
    el_evaluate_checkpoint_close(&kept);
    return st;
}

el_status el_app_evaluate(const el_evaluate_args *args, const el_task *task,
                          el_evaluate_result *out, el_error *err)
{
    el_evaluate_options options = args->options;
    el_evaluate_result r = {0};
    el_foretold foretold = {0};
    el_labels labels = {0};
    el_status st;

    options.keep_predictions = args->predictions != NULL;
    st = el_tables_read(args->path, args->n_path, EL_TABLE_MEASURED, task,
                        &r.table, err);
    if (st == EL_OK)
        st = make_groups(args, task, &r, &labels, err);
    if (st == EL_OK && wants_given(&options))
        st = el_foretell(args->catalog_dir, &r.groups, &foretold, err);
    options.given = foretold.given;
    options.label = labels.label;
    if (st == EL_OK)
        st = evaluate_counts(args, &options, task, &r, err);
    el_foretold_clear(&foretold);
    el_labels_clear(&labels);
    if (st == EL_OK && args->predictions)
        st = write_predictions(args, &r, err);
    if (st == EL_OK)
        *out = r;
    else
        el_evaluate_result_clear(&r);
    return st;
}

void el_evaluate_result_clear(el_evaluate_result *r)
{
    el_evaluation_clear(&r->evaluation);
    el_groups_clear(&r->groups);
    el_table_free(r->table);
    memset(r, 0, sizeof *r);
}
