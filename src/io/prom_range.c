/* SPDX-License-Identifier: Apache-2.0 */
#include "io/prom_range.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/prometheus.h"
#include "io/csv_text.h"
#include "io/json.h"

#define MOST_POINTS 50000000u

/* A value of a series; text is the document's. */
struct el_prom_point {
    double time_s;
    size_t series;
    const char *value;
};

bool el_prom_range_is(const char *text, size_t len)
{
    size_t i = el_text_bom(text, len);

    while (i < len && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' ||
                       text[i] == '\t'))
        i++;
    return i < len && text[i] == '{';
}

/* ---- series ---- */

static el_status print_series(json_t *metric, const char *where, char **out,
                              el_error *err)
{
    const char *name = json_string_value(json_object_get(metric, "__name__"));
    const char *key;
    json_t *value;
    el_buf text = {0};

    if (!name || !*name)
        return el_fail(
            err, EL_E_DATA,
            "%s.metric: no __name__: ask for {__name__=~\"vllm:.*\"}", where);
    el_buf_printf(&text, "%s{", name);
    json_object_foreach(metric, key, value)
    {
        if (strcmp(key, "__name__") != 0 && json_is_string(value))
            el_prom_add_label(&text, key, json_string_value(value));
    }
    el_buf_add(&text, "}");
    if (!el_buf_ok(&text)) {
        el_buf_clear(&text);
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", where);
    }
    *out = text.text;
    return EL_OK;
}

static el_status take_point(el_prom_range *r, size_t series, const json_t *pair,
                            const char *where, el_error *err)
{
    const json_t *time = json_array_get(pair, 0);
    const char *value = json_string_value(json_array_get(pair, 1));

    if (!json_is_number(time) || !value)
        return el_fail(err, EL_E_DATA, "%s.values: not [time, \"value\"]",
                       where);
    r->point[r->n++] = (el_prom_point){json_number_value(time), series, value};
    return EL_OK;
}

static el_status take_series(el_prom_range *r, const json_t *object,
                             const char *name, el_error *err)
{
    const json_t *values = json_object_get(object, "values");
    char where[200];
    el_status st;

    (void)snprintf(where, sizeof where, "%.150s: data.result[%zu]", name,
                   r->n_series);
    st = print_series(json_object_get(object, "metric"), where,
                      &r->series[r->n_series], err);
    r->n_series += st == EL_OK;
    for (size_t i = 0; st == EL_OK && i < json_array_size(values); i++)
        st = take_point(r, r->n_series - 1, json_array_get(values, i), where,
                        err);
    return st;
}

/* ---- all of it ---- */

static int by_time(const void *a, const void *b)
{
    const el_prom_point *p = a, *q = b;

    if (p->time_s != q->time_s)
        return p->time_s < q->time_s ? -1 : 1;
    return (p->series > q->series) - (p->series < q->series);
}

static el_status find_matrix(const json_t *doc, const char *name,
                             const json_t **out, el_error *err)
{
    const json_t *data = json_object_get(doc, "data");
    const char *kind = json_string_value(json_object_get(data, "resultType"));
    const char *why = json_string_value(json_object_get(doc, "error"));

    *out = json_object_get(data, "result");
    if (why)
        return el_fail(err, EL_E_DATA, "%.100s: Prometheus says: %.100s", name,
                       why);
    if (!kind || strcmp(kind, "matrix") != 0 || !json_is_array(*out))
        return el_fail(err, EL_E_DATA,
                       "%.150s: no matrix: the answer to "
                       "/api/v1/query_range is needed",
                       name);
    return EL_OK;
}

static size_t count_points(const json_t *result)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(result); i++)
        n += json_array_size(
            json_object_get(json_array_get(result, i), "values"));
    return n;
}

static el_status fill(el_prom_range *r, const char *name, el_error *err)
{
    const json_t *result;
    el_status st = find_matrix(r->doc, name, &result, err);
    size_t n;

    if (st != EL_OK)
        return st;
    n = count_points(result);
    if (n == 0 || n > MOST_POINTS)
        return el_fail(err, EL_E_DATA, "%.150s: %zu values (1 to %u)", name, n,
                       MOST_POINTS);
    r->point = el_array(n, sizeof *r->point);
    r->series = el_array(json_array_size(result), sizeof *r->series);
    if (!r->point || !r->series)
        return el_fail(err, EL_E_NOMEM, "%.150s: %zu values", name, n);
    for (size_t i = 0; st == EL_OK && i < json_array_size(result); i++)
        st = take_series(r, json_array_get(result, i), name, err);
    if (st == EL_OK)
        qsort(r->point, r->n, sizeof *r->point, by_time);
    return st;
}

el_status el_prom_range_open(const char *text, size_t len, const char *name,
                             el_prom_range *out, el_error *err)
{
    el_prom_range r = {0};
    el_status st = el_json_parse(text, len, name, &r.doc, err);

    if (st == EL_OK)
        st = fill(&r, name, err);
    if (st == EL_OK)
        *out = r;
    else
        el_prom_range_close(&r);
    return st;
}

bool el_prom_range_next(el_prom_range *range, el_buf *page)
{
    double time_s;

    page->len = 0;
    if (range->next == range->n)
        return false;
    time_s = range->point[range->next].time_s;
    for (; range->next < range->n; range->next++) {
        const el_prom_point *p = &range->point[range->next];

        if (p->time_s != time_s)
            break;
        el_buf_printf(page, "%s %s %.0f\n", range->series[p->series], p->value,
                      1000.0 * time_s);
    }
    return true;
}

void el_prom_range_close(el_prom_range *range)
{
    for (size_t i = 0; i < range->n_series; i++)
        el_free(range->series[i]);
    el_free(range->series);
    el_free(range->point);
    json_decref(range->doc);
    *range = (el_prom_range){0};
}
