/* SPDX-License-Identifier: Apache-2.0 */
#include "io/trace_csv.h"

#include <math.h>

#include "base/mem.h"
#include "io/csv_text.h"

#define MOST_TOKENS 1e8

static const char *const column[2] = {"ContextTokens", "GeneratedTokens"};

static el_status read_cell(const el_csv *csv, size_t record, size_t at,
                           const char *name, double *out, el_error *err)
{
    el_slice s = el_csv_cell(csv, record, at);
    char shown[EL_SHOW_SIZE];
    double v;

    if (el_parse_double(s.text, s.len, &v) && v >= 0.0 && v <= MOST_TOKENS &&
        v == floor(v)) {
        *out = v;
        return EL_OK;
    }
    el_text_show(shown, s.text, s.len);
    return el_fail(err, EL_E_DATA, "%s:%zu: %s: %s is no whole number, 0 to %g",
                   el_csv_name(csv), el_csv_line(csv, record), name, shown,
                   MOST_TOKENS);
}

static el_status find_columns(const el_csv *csv, size_t at[2], el_error *err)
{
    for (size_t k = 0; k < 2; k++) {
        at[k] = el_csv_column(csv, column[k]);
        if (at[k] == (size_t)-1)
            return el_fail(err, EL_E_DATA,
                           "%s: no column %s: a trace has %s "
                           "and %s",
                           el_csv_name(csv), column[k], column[0], column[1]);
    }
    return EL_OK;
}

static el_status take_rows(const el_csv *csv, const size_t at[2], el_lengths *l,
                           el_error *err)
{
    size_t n = el_csv_n_records(csv);

    for (size_t r = 0; r < n; r++) {
        double v[2];

        for (size_t k = 0; k < 2; k++) {
            el_status st = read_cell(csv, r, at[k], column[k], &v[k], err);
            if (st != EL_OK)
                return st;
        }
        if (v[0] < 1.0 || v[1] < 1.0) {
            l->n_blank++;
            continue;
        }
        l->isl[l->n] = v[0];
        l->osl[l->n++] = v[1];
    }
    if (l->n == 0)
        return el_fail(err, EL_E_DATA, "%s: no request with tokens in and out",
                       el_csv_name(csv));
    return EL_OK;
}

el_status el_trace_csv_take(const el_csv *csv, el_lengths *out, el_error *err)
{
    size_t n = el_csv_n_records(csv), at[2];
    el_lengths l = {0};
    el_status st = find_columns(csv, at, err);

    if (st != EL_OK)
        return st;
    l.isl = el_array(n + 1, sizeof *l.isl);
    l.osl = el_array(n + 1, sizeof *l.osl);
    if (l.isl && l.osl)
        st = take_rows(csv, at, &l, err);
    else
        st = el_fail(err, EL_E_NOMEM, "%s: %zu requests", el_csv_name(csv), n);
    if (st == EL_OK)
        *out = l;
    else
        el_lengths_clear(&l);
    return st;
}

el_status el_trace_csv_read(const char *path, el_lengths *out, el_error *err)
{
    el_csv *csv = NULL;
    el_status st = el_csv_read(path, &csv, err);

    if (st == EL_OK)
        st = el_trace_csv_take(csv, out, err);
    el_csv_free(csv);
    return st;
}
