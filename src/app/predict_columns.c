/* SPDX-License-Identifier: Apache-2.0 */
/* Columns in, columns out: block by block through el_predictor_rows(). */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "app/analytic.h"
#include "app/predict.h"
#include "base/mem.h"
#include "base/task.h"
#include "io/table_csv_row.h"

#define BLOCK  16384u /* rows in memory at a time */
#define PIECE  256u   /* rows handed to a thread at a time */
#define MAX_IN 32u
#define CAUSE  "breakdown_"

/* Outputs that are doubles of el_prediction. */
static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
#define NUMBER(member)                                                         \
    {                                                                          \
#member, offsetof(el_prediction, member)                               \
    }
    NUMBER(energy_per_request_j),
    NUMBER(energy_per_request_lo_j),
    NUMBER(energy_per_request_hi_j),
    NUMBER(energy_per_output_token_j),
    NUMBER(prefill_energy_j),
    NUMBER(decode_energy_j),
    NUMBER(energy_j),
    NUMBER(latency_s),
    NUMBER(ttft_s),
    NUMBER(ttft_lo_s),
    NUMBER(ttft_hi_s),
    NUMBER(tpot_s),
    NUMBER(tpot_lo_s),
    NUMBER(tpot_hi_s),
    NUMBER(avg_power_w),
#undef NUMBER
};

#define N_NUMBERS (sizeof numbers / sizeof *numbers)

typedef enum kind { KIND_NUMBER, KIND_SOURCE, KIND_AXES, KIND_CAUSE } kind;

/* Where an output comes from. */
typedef struct sink {
    kind kind;
    size_t offset;    /* KIND_NUMBER */
    const char *name; /* KIND_CAUSE: without prefix and unit ... */
    size_t len;       /* ... of so many bytes */
    double *value;
    ptrdiff_t step;
} sink;

typedef struct feed {
    const el_cell_spec *spec;
    const double *value;
    ptrdiff_t step;
} feed;

typedef struct work {
    feed feed[MAX_IN];
    size_t n_feed;
    sink *sink;
    size_t n_sink;
    size_t from, n; /* rows of this block */
    const char *text[EL_N_TEXT_CELLS];
    el_row *row;       /* BLOCK of them */
    el_answer *answer; /* likewise */
    size_t n_refused, first_refused;
    char why[sizeof((el_answer *)0)->note];
} work;

static bool is_load(const el_cell_spec *spec)
{
    return spec->id < EL_N_NUMBER_CELLS && !spec->is_measured &&
           spec->id != EL_CELL_REQUESTS && spec->id != EL_CELL_PARAMS_B &&
           spec->id != EL_CELL_ACTIVE_PARAMS_B;
}

static el_status take_inputs(work *w, const el_column_set *columns,
                             el_error *err)
{
    const el_input *in = columns->input;
    unsigned long long seen = 0;

    for (size_t i = 0; i < columns->n_input; i++) {
        el_slice name = {in[i].name, strlen(in[i].name)};
        const el_cell_spec *spec = el_cell_spec_find(name);

        if (!spec || !is_load(spec))
            return el_fail(err, EL_E_ARG, "input \"%.40s\": no such column",
                           in[i].name);
        if (seen & (1ull << spec->id) || !in[i].value)
            return el_fail(err, EL_E_ARG, "input %s: %s", in[i].name,
                           in[i].value ? "given twice" : "no values");
        seen |= 1ull << spec->id;
        w->feed[w->n_feed++] = (feed){spec, in[i].value, in[i].step};
    }
    if (!(seen & (1ull << EL_CELL_BATCH_SIZE)) ||
        !(seen & (1ull << EL_CELL_OUTPUT_TOKENS)))
        return el_fail(err, EL_E_ARG, "input %s: needed",
                       seen & (1ull << EL_CELL_BATCH_SIZE) ? "output_tokens"
                                                           : "batch_size");
    return EL_OK;
}

/* false: there is no such output. */
static bool find_sink(const char *name, sink *out)
{
    size_t len = strlen(name), prefix = sizeof CAUSE - 1;

    for (size_t i = 0; i < N_NUMBERS; i++) {
        if (strcmp(numbers[i].name, name) != 0)
            continue;
        out->kind = KIND_NUMBER;
        out->offset = numbers[i].offset;
        return true;
    }
    if (strcmp(name, "source") == 0) {
        out->kind = KIND_SOURCE;
        return true;
    }
    if (strcmp(name, "extrapolated_axes") == 0) {
        out->kind = KIND_AXES;
        return true;
    }
    if (len <= prefix + 2 || strncmp(name, CAUSE, prefix) != 0 ||
        strcmp(name + len - 2, "_j") != 0)
        return false;
    *out = (sink){
        .kind = KIND_CAUSE, .name = name + prefix, .len = len - prefix - 2};
    return true;
}

static el_status take_outputs(work *w, const el_column_set *columns,
                              el_error *err)
{
    const el_output *output = columns->output;

    for (size_t i = 0; i < columns->n_output; i++) {
        sink *s = &w->sink[w->n_sink];

        if (!find_sink(output[i].name, s))
            return el_fail(err, EL_E_ARG, "output \"%.40s\": no such column",
                           output[i].name);
        if (!output[i].value || output[i].step == 0)
            return el_fail(err, EL_E_ARG, "output %s: no room", output[i].name);
        s->value = output[i].value;
        s->step = output[i].step;
        w->n_sink++;
    }
    return EL_OK;
}

static el_status fill_row(const work *w, size_t i, el_error *err)
{
    el_row_cells cells = {.file = "row", .line = w->from + i};
    el_energy_conflict none = {0};

    memcpy(cells.text, w->text, sizeof cells.text);
    for (size_t c = 0; c < EL_N_NUMBER_CELLS; c++)
        cells.number[c] = EL_UNKNOWN;
    for (size_t f = 0; f < w->n_feed; f++) {
        const feed *in = &w->feed[f];
        double v = in->value[(ptrdiff_t)cells.line * in->step];
        el_status st =
            el_is_known(v) ? el_cell_take(in->spec, v, &cells, err) : EL_OK;

        if (st != EL_OK)
            return st;
    }
    return el_row_make(&cells, &w->row[i], &none, err);
}

static double cause_of(const el_answer *a, const sink *s)
{
    for (size_t k = 0; k < a->p.terms.n; k++) {
        const el_term *t = &a->p.terms.term[k];

        if (strncmp(t->name, s->name, s->len) == 0 && !t->name[s->len])
            return t->value;
    }
    if (s->len == 4 && memcmp(s->name, "idle", 4) == 0)
        return a->idle_j;
    if (s->len == 8 && memcmp(s->name, "facility", 8) == 0)
        return a->overhead_j;
    return EL_UNKNOWN;
}

static double value_of(const el_answer *a, const sink *s)
{
    if (!a->ok)
        return EL_UNKNOWN;
    switch (s->kind) {
    case KIND_NUMBER: {
        double v;

        memcpy(&v, (const char *)&a->p + s->offset, sizeof v);
        return v;
    }
    case KIND_SOURCE:
        return (double)a->p.source;
    case KIND_AXES:
        return (double)a->p.extrapolated_axes;
    case KIND_CAUSE:
        break;
    }
    return cause_of(a, s);
}

static el_status fill_piece(void *ctx, size_t piece, el_error *err)
{
    work *w = ctx;
    size_t from = piece * PIECE;
    size_t to = from + PIECE < w->n ? from + PIECE : w->n;
    el_status st = EL_OK;

    for (size_t i = from; i < to && st == EL_OK; i++)
        st = fill_row(w, i, err);
    return st;
}

static el_status empty_piece(void *ctx, size_t piece, el_error *err)
{
    work *w = ctx;
    size_t from = piece * PIECE;
    size_t to = from + PIECE < w->n ? from + PIECE : w->n;

    (void)err;
    for (size_t k = 0; k < w->n_sink; k++) {
        const sink *s = &w->sink[k];

        for (size_t i = from; i < to; i++)
            s->value[(ptrdiff_t)(w->from + i) * s->step] =
                value_of(&w->answer[i], s);
    }
    return EL_OK;
}

static void count_refused(work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->answer[i].ok)
            continue;
        if (w->n_refused++)
            continue;
        w->first_refused = w->from + i;
        memcpy(w->why, w->answer[i].note, sizeof w->why);
    }
}

static el_status predict_block(work *w, const el_predictor *predictor,
                               const el_task *task, el_error *err)
{
    size_t n_piece = (w->n + PIECE - 1) / PIECE;
    el_status st = el_parallel_for(n_piece, fill_piece, w, task, err);

    if (st == EL_OK)
        st = el_predictor_rows(predictor, w->row, w->n, task, w->answer, err);
    if (st == EL_OK)
        st = el_parallel_for(n_piece, empty_piece, w, task, err);
    if (st == EL_OK)
        count_refused(w);
    return st;
}

/* Names that all rows share; key must stay in place. */
static el_status take_subject(work *w, const el_predictor *predictor,
                              const el_subject *subject, el_group_key *key,
                              el_error *err)
{
    const el_fit_wish wish = {subject->model, subject->gpu, subject->precision,
                              subject->engine};
    el_status st = el_predictor_key(predictor, &wish, key, err);

    for (size_t i = 0; i < EL_N_TEXT_CELLS; i++)
        w->text[i] = "";
    w->text[EL_CELL_MODEL - EL_N_NUMBER_CELLS] =
        wish.model && el_model_is_path(wish.model) ? wish.model : key->model;
    w->text[EL_CELL_GPU - EL_N_NUMBER_CELLS] = key->gpu;
    w->text[EL_CELL_PRECISION - EL_N_NUMBER_CELLS] = key->precision;
    w->text[EL_CELL_ENGINE - EL_N_NUMBER_CELLS] = key->engine;
    if (subject->workload)
        w->text[EL_CELL_WORKLOAD - EL_N_NUMBER_CELLS] = subject->workload;
    return st;
}

/* A block passes many percents at once: the last of them. */
static void report(size_t done, size_t total, const el_task *task)
{
    size_t percent = 100 * done / total;

    el_task_report(task, (percent * total + 99) / 100, total);
}

static el_status predict_blocks(work *w, const el_predictor *predictor,
                                size_t n_row, const el_task *task,
                                el_error *err)
{
    /* rows are reported whole, not the pieces of each block */
    el_task quiet = task ? *task : (el_task){0};
    el_status st = EL_OK;

    quiet.progress = NULL;
    for (; w->from < n_row && st == EL_OK; w->from += w->n) {
        w->n = n_row - w->from < BLOCK ? n_row - w->from : BLOCK;
        st = predict_block(w, predictor, &quiet, err);
        report(w->from + w->n, n_row, task);
    }
    if (st == EL_OK && w->n_refused)
        el_task_warn(task, "%zu of %zu rows cannot be predicted; row %zu: %s",
                     w->n_refused, n_row, w->first_refused, w->why);
    return st;
}

el_status el_predictor_columns(const el_predictor *predictor,
                               const el_subject *subject,
                               const el_column_set *columns,
                               const el_task *task, el_error *err)
{
    size_t room = columns->n_row < BLOCK ? columns->n_row + 1 : BLOCK;
    el_group_key key = {0};
    work w = {.n_feed = 0};
    el_status st;

    w.sink = el_array(columns->n_output + 1, sizeof *w.sink);
    w.row = el_array(room, sizeof *w.row);
    w.answer = el_array(room, sizeof *w.answer);
    if (!w.sink || !w.row || !w.answer) {
        st = el_fail(err, EL_E_NOMEM, "predict: %zu rows", room);
        goto done;
    }
    st = take_inputs(&w, columns, err);
    if (st == EL_OK)
        st = take_outputs(&w, columns, err);
    if (st == EL_OK)
        st = take_subject(&w, predictor, subject, &key, err);
    if (st == EL_OK)
        st = predict_blocks(&w, predictor, columns->n_row, task, err);
done:
    el_free(w.answer);
    el_free(w.row);
    el_free(w.sink);
    return st;
}
