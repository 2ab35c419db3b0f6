/* SPDX-License-Identifier: Apache-2.0 */
#include "io/predict_csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "io/predict_json.h"

#define MAX_CAUSES 32u
#define MEASURED   "measured_"
#define PIECE      1024u /* rows handed to a thread at a time */

/* Predictions by column; those of el_prediction lie `offset` bytes into it. */
static const struct {
    const char *name;
    size_t offset;
} number[] = {
    {"energy_per_request_j", offsetof(el_prediction, energy_per_request_j)},
    {"energy_per_output_token_j",
     offsetof(el_prediction, energy_per_output_token_j)},
    {"prefill_energy_j", offsetof(el_prediction, prefill_energy_j)},
    {"decode_energy_j", offsetof(el_prediction, decode_energy_j)},
    {"energy_j", offsetof(el_prediction, energy_j)},
    {"ttft_s", offsetof(el_prediction, ttft_s)},
    {"tpot_s", offsetof(el_prediction, tpot_s)},
    {"avg_power_w", offsetof(el_prediction, avg_power_w)},
    {"energy_per_request_lo_j",
     offsetof(el_prediction, energy_per_request_lo_j)},
    {"energy_per_request_hi_j",
     offsetof(el_prediction, energy_per_request_hi_j)},
};

static const char *const text[] = {"level", "source", "extrapolated_axes",
                                   "note"};

#define N_NUMBERS (sizeof number / sizeof *number)
#define N_TEXTS   (sizeof text / sizeof *text)

/* Causes of any row, in order of first appearance. */
typedef struct causes {
    const char *name[MAX_CAUSES];
    size_t n;
} causes;

static void add_cause(causes *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->name[i], name) == 0)
            return;
    if (c->n < MAX_CAUSES)
        c->name[c->n++] = name;
}

static void find_causes(const el_answer *answer, size_t n, el_scope scope,
                        causes *c)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < answer[i].p.terms.n; k++)
            add_cause(c, answer[i].p.terms.term[k].name);
    if (scope != EL_SCOPE_GPUS)
        add_cause(c, "idle");
    if (scope == EL_SCOPE_FACILITY)
        add_cause(c, "facility");
}

static double cause_value(const el_answer *a, const char *name)
{
    for (size_t k = 0; k < a->p.terms.n; k++)
        if (strcmp(a->p.terms.term[k].name, name) == 0)
            return a->p.terms.term[k].value;
    if (a->ok && strcmp(name, "idle") == 0)
        return a->idle_j;
    if (a->ok && strcmp(name, "facility") == 0)
        return a->overhead_j;
    return EL_UNKNOWN;
}

static bool is_prediction(const causes *c, const char *name)
{
    char column[EL_LABEL_LEN + 16];

    for (size_t i = 0; i < N_NUMBERS; i++)
        if (strcmp(number[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < N_TEXTS; i++)
        if (strcmp(text[i], name) == 0)
            return true;
    for (size_t i = 0; i < c->n; i++) {
        (void)snprintf(column, sizeof column, "breakdown_%.40s_j", c->name[i]);
        if (strcmp(column, name) == 0)
            return true;
    }
    return false;
}

/* A table of ours read again has measured_<name> already: then twice. */
static void rename_column(const el_csv *csv, const causes *c, const char *name,
                          el_buf *out)
{
    el_buf_add(out, name);
    if (!is_prediction(c, name))
        return;
    do {
        el_buf again = {0};

        el_buf_printf(&again, "%s%s", MEASURED, el_buf_text(out));
        again.failed = again.failed || out->failed; /* errors are sticky */
        el_buf_clear(out);
        *out = again;
    } while (el_buf_ok(out) &&
             el_csv_column(csv, el_buf_text(out)) != (size_t)-1);
}

static void put_header(const el_csv *csv, const causes *c, el_buf *out)
{
    for (size_t i = 0; i < el_csv_n_columns(csv); i++) {
        el_slice header = el_csv_header(csv, i);
        el_buf name = {0}, shown = {0};

        el_buf_add_n(&name, header.text, header.len);
        rename_column(csv, c, el_buf_text(&name), &shown);
        el_csv_quote(out, el_buf_text(&shown), shown.len);
        el_buf_add(out, ",");
        out->failed = out->failed || !el_buf_ok(&name) || !el_buf_ok(&shown);
        el_buf_clear(&shown);
        el_buf_clear(&name);
    }
    for (size_t i = 0; i < N_NUMBERS; i++)
        el_buf_printf(out, "%s,", number[i].name);
    for (size_t i = 0; i < N_TEXTS; i++)
        el_buf_printf(out, "%s%s", text[i],
                      i + 1 < N_TEXTS || c->n > 0 ? "," : "");
    for (size_t i = 0; i < c->n; i++)
        el_buf_printf(out, "breakdown_%.40s_j%s", c->name[i],
                      i + 1 < c->n ? "," : "");
    el_buf_add(out, "\n");
}

static void put_number(el_buf *out, double v)
{
    if (isfinite(v))
        el_buf_printf(out, "%.17g", v);
}

static void put_texts(const el_answer *a, el_buf *out)
{
    char axes[EL_AXES_TEXT];

    el_axes_text(a->p.extrapolated_axes, axes);
    if (a->ok)
        el_buf_printf(out, "%g,%s,%s,", EL_LEVEL, el_source_name(a->p.source),
                      axes);
    else
        el_buf_add(out, ",,,");
    el_csv_quote(out, a->note, strlen(a->note));
}

static void put_record(const el_csv *csv, size_t i, const el_answer *a,
                       const causes *c, el_buf *out)
{
    for (size_t k = 0; k < el_csv_n_columns(csv); k++) {
        el_slice cell = el_csv_cell(csv, i, k);

        el_csv_quote(out, cell.text, cell.len);
        el_buf_add(out, ",");
    }
    for (size_t k = 0; k < N_NUMBERS; k++) {
        put_number(out, *(const double *)(const void *)((const char *)&a->p +
                                                        number[k].offset));
        el_buf_add(out, ",");
    }
    put_texts(a, out);
    for (size_t k = 0; k < c->n; k++) {
        el_buf_add(out, ",");
        put_number(out, cause_value(a, c->name[k]));
    }
    el_buf_add(out, "\n");
}

/* A piece of the rows, printed into a buffer of its own. */
typedef struct printer {
    const el_csv *csv;
    const el_answer *answer;
    const causes *causes;
    size_t n;
    el_buf *piece;
} printer;

static el_status print_piece(void *ctx, size_t i, el_error *err)
{
    const printer *p = ctx;
    size_t to = (i + 1) * PIECE < p->n ? (i + 1) * PIECE : p->n;

    for (size_t k = i * PIECE; k < to; k++)
        put_record(p->csv, k, &p->answer[k], p->causes, &p->piece[i]);
    if (!el_buf_ok(&p->piece[i]))
        return el_fail(err, EL_E_NOMEM, "predictions: %zu rows", p->n);
    return EL_OK;
}

static el_status put_records(const el_csv *csv, const el_answer *answer,
                             const causes *c, const el_task *task, el_buf *out,
                             el_error *err)
{
    printer p = {csv, answer, c, el_csv_n_records(csv), NULL};
    size_t n_piece = (p.n + PIECE - 1) / PIECE;
    el_status st;

    if (p.n == 0)
        return EL_OK;
    p.piece = el_array(n_piece, sizeof *p.piece);
    if (!p.piece)
        return el_fail(err, EL_E_NOMEM, "predictions: %zu rows", p.n);
    st = el_parallel_for(n_piece, print_piece, &p, task, err);
    for (size_t i = 0; i < n_piece; i++) {
        if (st == EL_OK)
            el_buf_add_n(out, el_buf_text(&p.piece[i]), p.piece[i].len);
        el_buf_clear(&p.piece[i]);
    }
    el_free(p.piece);
    return st;
}

el_status el_predict_csv(const el_csv *csv, el_scope scope,
                         const el_answer *answer, size_t n, const el_task *task,
                         el_buf *out, el_error *err)
{
    causes c = {.n = 0};
    el_status st;

    if (!csv || !out || (n > 0 && !answer) || n != el_csv_n_records(csv))
        return el_fail(err, EL_E_ARG,
                       "predictions: %zu answers for another table", n);
    find_causes(answer, n, scope, &c);
    put_header(csv, &c, out);
    st = put_records(csv, answer, &c, task, out, err);
    if (st == EL_OK && !el_buf_ok(out))
        st = el_fail(err, EL_E_NOMEM, "predictions: %zu rows", n);
    return st;
}
