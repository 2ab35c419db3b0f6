/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/discover.h"

#include <math.h>

#include "base/mem.h"
#include "base/task.h"
#include "expr/archive.h"
#include "expr/assess.h"
#include "expr/checkpoint.h"
#include "expr/gen.h"
#include "expr/outlier.h"
#include "expr/prune.h"
#include "expr/reweigh.h"
#include "expr/select.h"
#include "expr/template_start.h"

#define EXACT 1e-22 /* relative mean square of a fit to rounding */

typedef struct search {
    el_archive archive;
    el_evidence evidence;
    el_rules rules;
    double *weight; /* n_row */
    const el_discover_options *options;
    const el_task *task;
    unsigned most; /* complexity reported */
    bool positive, exact;
} search;

static el_status check(const el_columns *x, const double *y, el_loss loss,
                       el_error *err)
{
    bool same = true;

    if (x->n_row < 2 || x->n_col == 0 || x->n_col > EL_POLY_MAX_VARS)
        return el_fail(err, EL_E_ARG,
                       "discover: %zu rows (2 or more), %zu columns (1..%u)",
                       x->n_row, x->n_col, EL_POLY_MAX_VARS);
    for (size_t i = 0; i < x->n_row; i++) {
        if (!isfinite(y[i]) || (loss == EL_LOSS_LOG && y[i] <= 0) ||
            (loss == EL_LOSS_RELATIVE && y[i] == 0))
            return el_fail(err, EL_E_DATA,
                           "discover: target of row %zu is %g, which the loss "
                           "cannot take",
                           i + 1, y[i]);
        same = same && y[i] == y[0];
        for (size_t k = 0; k < x->n_col; k++)
            if (!isfinite(x->col[k][i]))
                return el_fail(err, EL_E_DATA,
                               "discover: column %zu of row %zu is not finite",
                               k + 1, i + 1);
    }
    if (same)
        return el_fail(err, EL_E_DATA,
                       "discover: the target is %g on every row: no law to "
                       "find",
                       y[0]);
    return EL_OK;
}

static bool all_positive(const el_columns *x)
{
    for (size_t k = 0; k < x->n_col; k++)
        for (size_t i = 0; i < x->n_row; i++)
            if (!(x->col[k][i] > 0))
                return false;
    return true;
}

/* Mean square of y on the loss' own scale: 1 for relative and log. */
static double scale_of(const double *y, size_t n, el_loss loss)
{
    double s = 0;

    if (loss != EL_LOSS_PLAIN)
        return 1;
    for (size_t i = 0; i < n; i++)
        s += y[i] * y[i];
    return s / (double)n;
}

static bool take(void *ctx, const el_expr *expr)
{
    search *s = ctx;
    el_expr e = *expr;

    if (!s->rules.shape) /* what has one is not to be written otherwise */
        (void)el_expr_simplify(&e, s->positive);
    if (el_archive_offer(&s->archive, &e, 8))
        s->exact = true;
    el_archive_show(&s->archive, s->options, 0);
    return s->exact || el_task_is_cancelled(s->task);
}

/* A template without holes: there is nothing to find, only to fit. */
static bool is_full(const el_discover_options *options)
{
    return options->shape && options->shape->n_hole == 0;
}

/* What the generators have left open. */
static el_status evolve(search *s, const el_columns *x, const double *y,
                        const el_discover_options *options, uint64_t *tried,
                        el_error *err)
{
    el_evolution *e = NULL;
    el_status st;

    if (s->exact || (options->evaluations == 0 && !options->resume) ||
        is_full(options))
        return EL_OK;
    st = el_evolution_new(x, y, options, s->task ? s->task->seed : 0,
                          &s->archive, NULL, &e, err);
    if (st == EL_OK && options->resume)
        st = el_evolution_load(e, &s->archive, options->resume,
                               options->resume_size, err);
    if (st == EL_OK)
        st = el_evolution_run(e, &s->archive, s->task, &s->exact, err);
    if (st == EL_OK)
        *tried = el_evolution_tried(e);
    el_evolution_free(e);
    return st;
}

static size_t shortest(const search *s)
{
    double best = (double)INFINITY;
    size_t pick = 0;

    for (size_t i = 0; i <= s->most; i++) {
        const el_archive_entry *e = &s->archive.entry[i];
        double nat;

        if (!el_archive_on_front(&s->archive, i))
            continue;
        nat = el_description_nat(&e->expr, e->loss, &s->evidence);
        if (nat < best) {
            best = nat;
            pick = i;
        }
    }
    return pick;
}

/* Rows count by what the law so far says of them, not by what noise made of
   them: numbers are without bias before any becomes round. */
static el_status reweigh(search *s, el_error *err)
{
    const el_archive_entry *law = &s->archive.entry[shortest(s)];
    el_status st;

    if (s->evidence.loss != EL_LOSS_RELATIVE || s->exact ||
        !isfinite(law->loss))
        return EL_OK;
    s->weight = el_array(s->evidence.columns->n_row, sizeof *s->weight);
    if (!s->weight)
        return el_fail(err, EL_E_NOMEM, "discover: %zu rows",
                       s->evidence.columns->n_row);
    st = el_reweigh(&law->expr, &s->evidence, s->weight, err);
    if (st != EL_OK)
        return st;
    s->evidence.weight = s->weight;
    el_archive_reweigh(&s->archive, s->weight);
    return EL_OK;
}

/* The pick without what it does not need, where its description beats that of
   the formula as complex. */
static void tidy(search *s)
{
    const size_t pick = shortest(s);
    el_archive_entry e = s->archive.entry[pick], *old;

    if (!isfinite(e.loss) ||
        !el_prune(&e.expr, &e.loss, s->positive, &s->evidence))
        return;
    old = &s->archive.entry[el_expr_complexity(&e.expr)];
    if (!isfinite(old->loss) ||
        el_description_nat(&e.expr, e.loss, &s->evidence) <
            el_description_nat(&old->expr, old->loss, &s->evidence))
        *old = e;
}

/* Every formula of the front with round numbers where they serve: a shorter
   description, so it takes the place of the better fit. */
static void make_round(search *s)
{
    for (size_t i = 0; i <= EL_ARCHIVE_MAX; i++) {
        el_expr e = s->archive.entry[i].expr;
        double loss = s->archive.entry[i].loss;

        if (!el_archive_on_front(&s->archive, i) ||
            !el_snap(&e, &loss, &s->evidence))
            continue;
        s->archive.entry[i] = (el_archive_entry){e, loss};
        if (el_expr_simplify(&e, s->positive))
            (void)el_archive_offer(&s->archive, &e, 8);
    }
}

/* Round numbers show what can go, and what has gone which are round. */
static void polish(search *s)
{
    if (s->evidence.few) /* numbers with units: none is round */
        return;
    tidy(s);
    make_round(s);
    tidy(s);
    make_round(s);
}

static void report(const search *s, el_front *out)
{
    const size_t pick = shortest(s);

    *out = (el_front){.tried = s->archive.n_offered};
    for (unsigned i = 0; i <= s->most; i++) {
        const el_archive_entry *e = &s->archive.entry[i];
        el_law *law = &out->law[out->n];

        if (!el_archive_on_front(&s->archive, i))
            continue;
        *law = (el_law){
            .expr = e->expr,
            .complexity = i,
            .loss = e->loss,
            .length_nat = el_description_nat(&e->expr, e->loss, &s->evidence)};
        if (i == pick)
            out->pick = out->n;
        out->n++;
    }
    out->exact = out->n > 0 && out->law[out->pick].loss <= s->archive.exact;
    out->stopped = el_task_is_cancelled(s->task);
}

static el_status search_init(search *s, const el_columns *columns,
                             const double *y,
                             const el_discover_options *options,
                             const el_task *task, el_error *err)
{
    el_archive_init(&s->archive, columns, y, options->loss);
    s->archive.exact = EXACT * scale_of(y, columns->n_row, options->loss);
    s->archive.rules = &s->rules;
    s->evidence = (el_evidence){.columns = columns,
                                .y = y,
                                .loss = options->loss,
                                .floor = s->archive.exact / 100,
                                .scales = options->scales,
                                .rules = &s->rules};
    s->options = options;
    s->task = task;
    s->most = options->max_complexity ? options->max_complexity : 40;
    if (s->most > EL_ARCHIVE_MAX)
        s->most = EL_ARCHIVE_MAX;
    s->positive = all_positive(columns);
    return el_rules_init(&s->rules, options, columns, err);
}

static el_status run(search *s, const el_discover_options *options,
                     el_front *out, el_error *err)
{
    const el_columns *columns = s->evidence.columns;
    const double *y = s->evidence.y;
    const el_gen_options gen = {options->signed_terms,
                                options->ops ? options->ops : EL_DISCOVER_OPS,
                                options->part};
    const el_gen_sink sink = {take, s};
    uint64_t tried = 0;
    el_status st = EL_OK;

    if (options->resume &&
        !is_full(options)) /* it holds what the generators have found */
        st = EL_OK;
    else if (options->shape)
        st = el_template_start(columns, y, options, s->most, s->task, &sink,
                               err);
    else
        st = el_generate(columns, y, &gen, &sink, err);
    if (st == EL_OK)
        st = evolve(s, columns, y, options, &tried, err);
    if (st != EL_OK)
        return st;
    /* what evolution finds is free again */
    s->evidence.few = options->part && tried == 0;
    st = reweigh(s, err);
    if (st != EL_OK)
        return st;
    polish(s);
    report(s, out);
    out->tried += tried;
    return el_front_assess(out, &s->evidence, &s->rules, options->group,
                           s->task, err);
}

el_status el_discover(const el_columns *columns, const double *y,
                      const el_discover_options *options, const el_task *task,
                      el_front *out, el_error *err)
{
    el_front *found = NULL;
    search *s = NULL;
    el_status st = check(columns, y, options->loss, err);

    if (st != EL_OK)
        return st;
    if (options->outlier_sd > 0)
        return el_discover_without_outliers(columns, y, options, task, out,
                                            err);
    s = el_array(1, sizeof *s);
    found = el_array(1, sizeof *found);
    if (!s || !found) {
        st = el_fail(err, EL_E_NOMEM, "discover: archive");
        goto done;
    }
    st = search_init(s, columns, y, options, task, err);
    if (st == EL_OK)
        st = run(s, options, found, err);
    el_rules_clear(&s->rules);
    el_free(s->weight);
    if (st == EL_OK)
        *out = *found;
done:
    el_free(found);
    el_free(s);
    return st;
}
