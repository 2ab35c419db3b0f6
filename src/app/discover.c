/* SPDX-License-Identifier: Apache-2.0 */
#include "app/discover.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/discover_options.h"
#include "app/law_checkpoint.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/task.h"
#include "energylens/expr_eval.h"
#include "energylens/known.h"
#include "expr/evolve.h"
#include "expr/kernel.h"

/* formulas of one round, at which a time limit is looked at */
#define ROUND         ((uint64_t)EL_EPOCH * EL_ISLANDS)
#define SAMPLE_STREAM UINT64_C(0x5a3b1e) /* apart from those of the search */

/* The rows that are searched. */
typedef struct rows {
    size_t n;
    double *value; /* n_col + 1 columns of n, where not those of the table */
    const double *col[EL_LAW_MAX_COLUMNS], *y;
    size_t *group; /* NULL: rows stand for themselves */
    size_t *index;
} rows;

/* The user's task with a clock in it. */
typedef struct timed {
    const el_task *task;
    double start_s, end_s;
    bool is_budget; /* progress is that of the clock, in milliseconds */
} timed;

static void show_clock(const timed *t, double now)
{
    const double left = t->end_s > now ? t->end_s - now : 0;

    t->task->progress((size_t)(1e3 * (t->end_s - left - t->start_s)),
                      (size_t)(1e3 * (t->end_s - t->start_s)), t->task->ctx);
}

static bool is_over(void *ctx)
{
    const timed *t = ctx;
    const double now = el_clock_s();

    if (t->is_budget && t->task && t->task->progress)
        show_clock(t, now);
    return now >= t->end_s ||
           (t->task && t->task->cancelled && t->task->cancelled(t->task->ctx));
}

static void on_progress(size_t done, size_t total, void *ctx)
{
    const timed *t = ctx;

    if (!t->is_budget && t->task && t->task->progress)
        t->task->progress(done, total, t->task->ctx);
}

static void on_warning(const char *line, void *ctx)
{
    const timed *t = ctx;

    if (t->task && t->task->warn)
        t->task->warn(line, t->task->ctx);
}

/* n of N rows, in order, each set equally likely (Knuth, algorithm S). */
static void draw(rows *r, size_t n_all, uint64_t seed)
{
    el_rng rng;
    size_t k = 0;

    el_rng_init(&rng, seed, SAMPLE_STREAM);
    for (size_t i = 0; i < n_all && k < r->n; i++)
        if (el_rng_below(&rng, n_all - i) < r->n - k)
            r->index[k++] = i;
}

static void rows_clear(rows *r)
{
    el_free(r->index);
    el_free(r->group);
    el_free(r->value);
}

static el_status thin_out(const el_law_table *t, uint64_t seed, rows *r,
                          el_error *err)
{
    r->n = t->n_row < EL_SEARCH_ROWS ? t->n_row : EL_SEARCH_ROWS;
    r->index = el_array(r->n, sizeof *r->index);
    r->value = el_array(r->n * (t->n_col + 1), sizeof *r->value);
    if (!r->index || !r->value)
        return el_fail(err, EL_E_NOMEM, "%s: %zu rows to search", t->source,
                       r->n);
    draw(r, t->n_row, seed);
    for (size_t k = 0; k <= t->n_col; k++) {
        const double *from = k < t->n_col ? t->col[k] : t->y;
        double *to = r->value + k * r->n;

        for (size_t i = 0; i < r->n; i++)
            to[i] = from[r->index[i]];
        if (k < t->n_col)
            r->col[k] = to;
    }
    r->y = r->value + t->n_col * r->n;
    return EL_OK;
}

/* Rows i and j differ in degrees alone: one load. */
static bool same_load(const el_law_table *t, size_t i, size_t j)
{
    static const char *const degree[] = {"tp", "pp", "ep", "dp"};

    for (size_t k = 0; k < t->n_col; k++) {
        bool is_degree = false;

        for (size_t d = 0; d < sizeof degree / sizeof *degree; d++)
            is_degree = is_degree || strcmp(t->name[k], degree[d]) == 0;
        if (!is_degree && t->col[k][i] != t->col[k][j])
            return false;
    }
    return true;
}

/*
 * What is left out together: whole groups where there are several, else whole
 * loads, so that no law is judged by a twin of a row that it has seen.
 */
static el_status label(const el_law_table *t, rows *r, el_error *err)
{
    bool several = false;

    if (!t->measured)
        return EL_OK;
    r->group = el_array(r->n, sizeof *r->group);
    if (!r->group)
        return el_fail(err, EL_E_NOMEM, "%s: %zu rows to search", t->source,
                       r->n);
    for (size_t i = 0; i < r->n; i++) {
        r->group[i] = t->group[r->index[i]];
        several = several || r->group[i] != r->group[0];
    }
    for (size_t i = 0; i < r->n && !several; i++) {
        size_t j = 0;

        while (!same_load(t, r->index[i], r->index[j]))
            j++;
        r->group[i] = j;
    }
    return EL_OK;
}

/* Values of a law on all rows. EL_E_NOMEM. */
static el_status law_values(const el_law_table *table, const el_law *law,
                            double *out, el_error *err)
{
    const el_columns columns = {table->col, table->n_col, table->n_row};

    return el_expr_eval(&law->expr, &columns, out, err);
}

static el_status judge(el_discovered *d, el_error *err)
{
    el_status st = EL_OK;
    double *f = el_array(d->table.n_row, sizeof *f);

    if (!f)
        return el_fail(err, EL_E_NOMEM, "%s: %zu rows to judge",
                       d->table.source, d->table.n_row);
    for (size_t i = 0; st == EL_OK && i < d->front->n; i++) {
        st = law_values(&d->table, &d->front->law[i], f, err);
        if (st == EL_OK)
            d->score[i] = el_law_score_make(f, d->table.y, d->table.n_row);
    }
    if (st == EL_OK && d->front->n > 0)
        st = law_values(&d->table, el_discovered_pick(d), f, err);
    if (st == EL_OK && d->front->n > 0)
        d->predicted = f;
    else
        el_free(f);
    return st;
}

/* Joules add up over what is done; seconds do not over what does it. Then the
   generator of such costs has the answer, and what evolution finds beside it
   in the rows of one model is their noise: it runs if asked for. */
static void set_work(const el_discover_args *args, el_discovered *d)
{
    bool any = false;

    for (size_t k = 0; d->table.measured && k < d->table.n_col; k++)
        any = any || d->table.part[k] == EL_PART_WORK;
    if (!any || strcmp(d->table.target, "energy_j") != 0 ||
        d->options.signed_terms || d->options.shape)
        return;
    d->options.part = d->table.part;
    if (args->max_complexity == 0)
        d->options.max_complexity = EL_LAW_MAX_COMPLEXITY;
    if (args->evaluations == 0 && !el_is_known(args->time_s) &&
        !args->checkpoint)
        d->options.evaluations = 0;
}

/* Who wants to see the search, and of what. */
typedef struct viewer {
    const el_discover_args *args;
    const el_discovered *d;
} viewer;

static void show(const el_glimpse *glimpse, void *ctx)
{
    const viewer *v = ctx;

    v->args->show(v->d, glimpse, v->args->show_ctx);
}

static el_status run(const el_discover_args *args, const rows *r,
                     const el_task *task, el_discovered *d, el_error *err)
{
    const el_columns columns = {r->col, d->table.n_col, r->n};
    el_discover_options options = d->options;
    viewer v = {args, d};
    el_law_checkpoint checkpoint;
    el_error lost;
    el_status st = el_law_checkpoint_open(args->checkpoint, args->resume, task,
                                          &options, &checkpoint, err);

    options.group = r->group;
    options.show = args->show ? show : NULL;
    options.show_ctx = &v;
    if (st == EL_OK)
        st = el_discover(&columns, r->y, &options, task, d->front, err);
    /* what was found is worth more than its checkpoint */
    if (el_law_checkpoint_close(&checkpoint, &lost) != EL_OK)
        el_task_warn(task, "--checkpoint: %s", lost.message);
    return st;
}

static el_status search(const el_discover_args *args, const el_task *task,
                        el_discovered *d, el_error *err)
{
    const double start = el_clock_s();
    const bool limited = el_is_known(args->time_s);
    timed clock = {task, start, limited ? start + args->time_s : HUGE_VAL,
                   limited && args->evaluations == 0};
    const el_task inner = {task ? task->seed : 0,
                           task ? task->threads : 1,
                           on_progress,
                           on_warning,
                           is_over,
                           &clock};
    rows r = {0};
    el_status st = thin_out(&d->table, inner.seed, &r, err);

    if (st == EL_OK)
        st = label(&d->table, &r, err);
    if (st == EL_OK)
        st = run(args, &r, &inner, d, err);
    d->n_searched = r.n;
    d->time_s = el_clock_s() - start;
    d->isa = el_kernels_find(NULL)->isa;
    d->timed_out = st == EL_OK && d->front->stopped &&
                   el_is_known(args->time_s) && d->time_s >= args->time_s;
    d->too_short =
        d->timed_out && (args->evaluations > 0 || d->front->tried < ROUND);
    rows_clear(&r);
    return st;
}

el_status el_app_discover(const el_discover_args *args, const el_task *task,
                          el_discovered *out, el_error *err)
{
    el_status st;

    memset(out, 0, sizeof *out);
    st = el_law_table_read(&args->table, task, &out->table, err);
    if (st == EL_OK)
        st = el_discover_settle(args, out, err);
    if (st == EL_OK) {
        set_work(args, out);
        out->front = el_array(1, sizeof *out->front);
        if (!out->front)
            st = el_fail(err, EL_E_NOMEM, "discover: the front");
    }
    if (st == EL_OK)
        st = search(args, task, out, err);
    if (st == EL_OK)
        st = judge(out, err);
    if (st != EL_OK)
        el_discovered_clear(out);
    return st;
}

el_law_sheet el_discovered_sheet(const el_discovered *d)
{
    const el_law_table *t = &d->table;

    return (el_law_sheet){.front = d->front,
                          .score = d->score,
                          .source = t->source,
                          .target = t->target,
                          .name = t->name,
                          .n_col = t->n_col,
                          .units = t->has_units ? &d->rules : NULL,
                          .bases = &t->bases,
                          .loss = d->options.loss,
                          .n_row = t->n_row,
                          .n_searched = d->n_searched,
                          .timed_out = d->timed_out};
}

const el_law *el_discovered_pick(const el_discovered *d)
{
    return d->front->n > 0 ? &d->front->law[d->front->pick] : NULL;
}

void el_discovered_clear(el_discovered *d)
{
    el_free(d->predicted);
    el_free(d->front);
    el_law_table_clear(&d->table);
    memset(d, 0, sizeof *d);
}
