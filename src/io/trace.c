/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/csv.h"
#include "io/csv_text.h"
#include "io/file.h"
#include "io/import_part.h"
#include "io/trace_part.h"

static const el_trace_kind kinds[] = {
    {{"TIMESTAMP", "ContextTokens", "GeneratedTokens"}, 0.0},
    {{"arrived_at", "num_prefill_tokens", "num_decode_tokens"}, 1.0},
    {{"Timestamp", "Request tokens", "Response tokens"}, 1.0},
    {{"arrival_timestamp", "prompt_size", "token_size"}, 1.0},
};

#define N_KINDS (sizeof kinds / sizeof *kinds)

/* ---- CSV ---- */

static el_status find_kind(const el_csv *csv, const el_trace_kind **kind,
                           size_t at[EL_N_TRACE_FIELDS], el_error *err)
{
    const char *missing = kinds[0].field[EL_TRACE_IN];

    for (size_t k = 0; k < N_KINDS; k++) {
        bool has_in, has_out;

        for (size_t f = 0; f < EL_N_TRACE_FIELDS; f++)
            at[f] = el_csv_column(csv, kinds[k].field[f]);
        has_in = at[EL_TRACE_IN] != (size_t)-1;
        has_out = at[EL_TRACE_OUT] != (size_t)-1;
        *kind = &kinds[k];
        if (has_in && has_out)
            return EL_OK;
        if (has_in || has_out)
            missing = kinds[k].field[has_in ? EL_TRACE_OUT : EL_TRACE_IN];
    }
    return el_fail(err, EL_E_DATA,
                   "%s: no column %s: a log of requests has ContextTokens and "
                   "GeneratedTokens, or the names of Vidur, BurstGPT or "
                   "splitwise-sim",
                   el_csv_name(csv), missing);
}

static bool read_time(el_slice cell, double unit_s, double *out)
{
    el_clock clock;

    if (unit_s <= 0.0)
        return el_time_parse(cell, out, &clock);
    if (!el_parse_double(cell.text, cell.len, out) || !(*out >= 0.0))
        return false;
    *out *= unit_s;
    return true;
}

static el_status read_row(const el_csv *csv, const el_trace_kind *kind,
                          const size_t at[EL_N_TRACE_FIELDS], size_t record,
                          bool has_times, double out[EL_N_TRACE_FIELDS],
                          el_error *err)
{
    char shown[EL_SHOW_SIZE];

    for (size_t f = 0; f < EL_N_TRACE_FIELDS; f++) {
        bool is_time = f == EL_TRACE_TIME;
        el_slice cell;

        if (is_time && !has_times)
            continue;
        cell = el_csv_cell(csv, record, at[f]);
        if (is_time ? read_time(cell, kind->unit_s, &out[f])
                    : el_parse_double(cell.text, cell.len, &out[f]) &&
                          el_trace_is_tokens(out[f]))
            continue;
        el_text_show(shown, cell.text, cell.len);
        if (is_time)
            return el_fail(err, EL_E_DATA, "%s:%zu: %s: %s is no %s",
                           el_csv_name(csv), el_csv_line(csv, record),
                           kind->field[f], shown,
                           kind->unit_s > 0.0 ? "time in seconds" : "date");
        return el_fail(err, EL_E_DATA,
                       "%s:%zu: %s: %s is no whole number, 0 to %g",
                       el_csv_name(csv), el_csv_line(csv, record),
                       kind->field[f], shown, EL_TRACE_MOST_TOKENS);
    }
    return EL_OK;
}

static el_status take_csv(const el_csv *csv, bool with_times,
                          el_trace_rows *out, el_error *err)
{
    size_t n = el_csv_n_records(csv), at[EL_N_TRACE_FIELDS];
    const el_trace_kind *kind;
    el_status st = find_kind(csv, &kind, at, err);

    if (st != EL_OK)
        return st;
    out->has_times = with_times && at[EL_TRACE_TIME] != (size_t)-1;
    out->by_clock = kind->unit_s <= 0.0;
    for (size_t r = 0; st == EL_OK && r < n; r++) {
        st = el_trace_grow(out, el_csv_name(csv), err);
        if (st == EL_OK)
            st = read_row(csv, kind, at, r, out->has_times, out->row[out->n],
                          err);
        out->n += st == EL_OK;
    }
    return st;
}

/* ---- what both end in ---- */

typedef struct place {
    double time_s;
    size_t row;
} place;

static int by_time(const void *a, const void *b)
{
    const place *p = a, *q = b;

    if (p->time_s != q->time_s)
        return p->time_s < q->time_s ? -1 : 1;
    return p->row < q->row ? -1 : 1;
}

static void fill(const el_trace_rows *rows, const place *order, size_t n,
                 el_lengths *l)
{
    l->start_s = EL_UNKNOWN;
    if (rows->has_times && rows->by_clock)
        l->start_s = order[0].time_s;
    for (size_t i = 0; i < n; i++) {
        const double *row = rows->row[order[i].row];

        l->isl[i] = row[EL_TRACE_IN];
        l->osl[i] = row[EL_TRACE_OUT];
        if (l->arrive_s)
            l->arrive_s[i] = order[i].time_s - order[0].time_s;
    }
    l->n = n;
    l->n_blank = rows->n - n;
}

static el_status finish(const el_trace_rows *rows, const char *name,
                        el_lengths *out, el_error *err)
{
    place *order = el_array(rows->n + 1, sizeof *order);
    el_lengths l = {.isl = el_array(rows->n + 1, sizeof *l.isl),
                    .osl = el_array(rows->n + 1, sizeof *l.osl)};
    el_status st = EL_OK;
    size_t n = 0;

    if (rows->has_times)
        l.arrive_s = el_array(rows->n + 1, sizeof *l.arrive_s);
    if (!order || !l.isl || !l.osl || (rows->has_times && !l.arrive_s))
        st = el_fail(err, EL_E_NOMEM, "%s: %zu requests", name, rows->n);
    for (size_t i = 0; st == EL_OK && i < rows->n; i++)
        if (rows->row[i][EL_TRACE_IN] >= 1.0 &&
            rows->row[i][EL_TRACE_OUT] >= 1.0)
            order[n++] =
                (place){rows->has_times ? rows->row[i][EL_TRACE_TIME] : 0.0, i};
    if (st == EL_OK && n == 0)
        st = el_fail(err, EL_E_DATA, "%s: no request with tokens in and out",
                     name);
    if (st == EL_OK) {
        qsort(order, n, sizeof *order, by_time);
        fill(rows, order, n, &l);
        *out = l;
    } else {
        el_lengths_clear(&l);
    }
    el_free(order);
    return st;
}

/* What stands after blanks. */
static bool begins(const char *text, size_t len, const char *want)
{
    size_t i = el_text_bom(text, len), n = strlen(want);

    while (i < len && strchr(" \t\r\n", text[i]) && text[i])
        i++;
    return len - i >= n && memcmp(text + i, want, n) == 0;
}

el_status el_trace_parse(const char *text, size_t len, const char *name,
                         bool with_times, el_lengths *out, el_error *err)
{
    el_trace_rows rows = {0};
    el_csv *csv = NULL;
    el_status st;

    if (begins(text, len, "# HELP ") || begins(text, len, "# TYPE "))
        return el_fail(err, EL_E_DATA,
                       "%s: a server's metrics, not a log of requests: account "
                       "takes them with --metrics",
                       name);
    if (begins(text, len, "{")) {
        st = el_trace_lines(text, len, name, with_times, &rows, err);
    } else {
        st = el_csv_parse(text, len, name, &csv, err);
        if (st == EL_OK)
            st = take_csv(csv, with_times, &rows, err);
        el_csv_free(csv);
    }
    if (st == EL_OK)
        st = finish(&rows, name, out, err);
    el_free(rows.row);
    return st;
}

el_status el_trace_read(const char *path, bool with_times, el_lengths *out,
                        el_error *err)
{
    char *text;
    size_t len;
    el_status st = el_file_read(path, EL_TRACE_MAX_FILE, &text, &len, err);

    if (st != EL_OK)
        return st;
    st = el_trace_parse(text, len, strcmp(path, "-") == 0 ? "stdin" : path,
                        with_times, out, err);
    el_free(text);
    return st;
}
