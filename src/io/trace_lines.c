/* SPDX-License-Identifier: Apache-2.0 */
/* Request logs of one JSON object a line. */
#include <string.h>

#include "io/csv_text.h"
#include "io/json.h"
#include "io/trace_part.h"

static const el_trace_kind kinds[] = {
    {{"timestamp", "input_length", "output_length"}, 1e-3},
    {{"arrival_time_ns", "input_toks", "output_toks"}, 1e-9},
};

#define N_KINDS (sizeof kinds / sizeof *kinds)

static const el_trace_kind *kind_of(const json_t *object)
{
    for (size_t k = 0; k < N_KINDS; k++)
        if (json_object_get(object, kinds[k].field[EL_TRACE_IN]))
            return &kinds[k];
    return NULL;
}

static el_status read_object(const json_t *object, const char *name,
                             size_t line, bool with_times,
                             double out[EL_N_TRACE_FIELDS], el_error *err)
{
    const el_trace_kind *kind = kind_of(object);

    if (!kind)
        return el_fail(err, EL_E_DATA,
                       "%s:%zu: no input_length (Mooncake) or input_toks "
                       "(LLMServingSim)",
                       name, line);
    for (size_t f = 0; f < EL_N_TRACE_FIELDS; f++) {
        const json_t *v = json_object_get(object, kind->field[f]);
        bool is_time = f == EL_TRACE_TIME;

        if (is_time && !with_times)
            continue;
        out[f] = json_is_number(v) ? json_number_value(v) : -1.0;
        if (is_time ? out[f] >= 0.0 : el_trace_is_tokens(out[f]))
            continue;
        return el_fail(
            err, EL_E_DATA, "%s:%zu: %s: no %s", name, line, kind->field[f],
            is_time ? "time of 0 or more" : "whole number, 0 to 1e8");
    }
    out[EL_TRACE_TIME] *= kind->unit_s;
    return EL_OK;
}

static el_status take_line(const char *text, size_t len, const char *name,
                           size_t line, el_trace_rows *out, el_error *err)
{
    json_t *object = NULL;
    el_status st = el_trace_grow(out, name, err);

    if (st == EL_OK)
        st = el_json_parse(text, len, name, &object, err);
    if (st == EL_E_DATA) /* its own line number is always 1 */
        return el_fail(err, st, "%s:%zu: not a JSON object on one line", name,
                       line);
    if (st == EL_OK)
        st = read_object(object, name, line, out->has_times, out->row[out->n],
                         err);
    out->n += st == EL_OK;
    json_decref(object);
    return st;
}

static bool is_blank(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r'))
        i++;
    return i == len;
}

el_status el_trace_lines(const char *text, size_t len, const char *name,
                         bool with_times, el_trace_rows *out, el_error *err)
{
    size_t line = 1;
    el_status st = EL_OK;

    out->has_times = with_times;
    for (size_t at = el_text_bom(text, len); st == EL_OK && at < len; line++) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end ? (size_t)(end - text) - at : len - at;

        if (!is_blank(text + at, n))
            st = take_line(text + at, n, name, line, out, err);
        at += n + 1;
    }
    return st;
}
