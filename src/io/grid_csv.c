/* SPDX-License-Identifier: Apache-2.0 */
#include "io/grid_csv.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "io/csv_text.h"
#include "io/import_part.h"

#define MOST_G_PER_KWH 1e4
#define HOUR_S         3600.0

static bool contains(el_slice text, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= text.len; i++) {
        size_t k = 0;
        while (k < n && tolower((unsigned char)text.text[i + k]) == word[k])
            k++;
        if (k == n)
            return true;
    }
    return false;
}

static bool is_hour_name(el_slice name)
{
    return name.len == 4 && contains(name, "hour");
}

/* Hour of the day of a cell: 0 .. 23, or a date. */
static bool read_hour(el_slice cell, bool is_hour, size_t *out)
{
    el_clock clock;
    double v;

    if (is_hour) {
        if (!el_parse_double(cell.text, cell.len, &v) || v != floor(v) ||
            v < 0.0 || v >= EL_HOURS)
            return false;
    } else {
        if (!el_time_parse(cell, &v, &clock))
            return false;
        v = floor(fmod(v, EL_HOURS * HOUR_S) / HOUR_S);
    }
    *out = (size_t)v;
    return v >= 0.0;
}

static size_t find_intensity(const el_csv *csv)
{
    static const char *const word[] = {"carbon", "co2", "intensity"};

    for (size_t c = 0; c < el_csv_n_columns(csv); c++)
        for (size_t k = 0; k < sizeof word / sizeof *word; k++)
            if (contains(el_csv_header(csv, c), word[k]))
                return c;
    return (size_t)-1;
}

static size_t find_time(const el_csv *csv, size_t value_at, bool *is_hour)
{
    size_t hour;

    *is_hour = false;
    for (size_t c = 0; c < el_csv_n_columns(csv); c++)
        if (is_hour_name(el_csv_header(csv, c))) {
            *is_hour = true;
            return c;
        }
    for (size_t c = 0; c < el_csv_n_columns(csv); c++)
        if (c != value_at && el_csv_n_records(csv) > 0 &&
            read_hour(el_csv_cell(csv, 0, c), false, &hour))
            return c;
    return (size_t)-1;
}

static el_status bad_cell(const el_csv *csv, size_t record, size_t column,
                          const char *what, el_error *err)
{
    el_slice cell = el_csv_cell(csv, record, column);
    char shown[EL_SHOW_SIZE], name[EL_SHOW_SIZE];
    el_slice header = el_csv_header(csv, column);

    el_text_show(shown, cell.text, cell.len);
    el_text_show(name, header.text, header.len);
    return el_fail(err, EL_E_DATA, "%s:%zu: %s: %s is no %s", el_csv_name(csv),
                   el_csv_line(csv, record), name, shown, what);
}

static void finish(const size_t count[EL_HOURS], double sum, el_grid *g)
{
    g->mean_g_per_kwh = sum / (double)g->n;
    for (size_t h = 0; h < EL_HOURS; h++)
        g->g_per_kwh[h] = count[h] > 0 ? g->g_per_kwh[h] / (double)count[h]
                                       : g->mean_g_per_kwh;
}

el_status el_grid_take(const el_csv *csv, el_grid *out, el_error *err)
{
    size_t count[EL_HOURS] = {0}, hour;
    bool is_hour;
    size_t value_at = find_intensity(csv);
    size_t time_at = find_time(csv, value_at, &is_hour);
    el_grid g = {.n = 0};
    double sum = 0.0, v;

    if (value_at == (size_t)-1 || time_at == (size_t)-1)
        return el_fail(err, EL_E_DATA, "%s: no column of %s", el_csv_name(csv),
                       time_at == (size_t)-1
                           ? "hours: \"hour\" (0 to 23) or dates"
                           : "carbon intensity (gCO2e/kWh)");
    for (size_t r = 0; r < el_csv_n_records(csv); r++) {
        el_slice cell = el_csv_cell(csv, r, value_at);

        if (!read_hour(el_csv_cell(csv, r, time_at), is_hour, &hour))
            return bad_cell(csv, r, time_at, is_hour ? "hour, 0 to 23" : "date",
                            err);
        if (cell.len == 0)
            continue;
        if (!el_parse_double(cell.text, cell.len, &v) || v < 0.0 ||
            v > MOST_G_PER_KWH)
            return bad_cell(csv, r, value_at, "number, 0 to 10000", err);
        g.g_per_kwh[hour] += v;
        count[hour]++;
        sum += v;
        g.n++;
    }
    if (g.n == 0)
        return el_fail(err, EL_E_DATA, "%s: no carbon intensity in it",
                       el_csv_name(csv));
    finish(count, sum, &g);
    *out = g;
    return EL_OK;
}

el_status el_grid_read(const char *path, el_grid *out, el_error *err)
{
    el_csv *csv = NULL;
    el_status st = el_csv_read(path, &csv, err);

    if (st == EL_OK)
        st = el_grid_take(csv, out, err);
    el_csv_free(csv);
    return st;
}
