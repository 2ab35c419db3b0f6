/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_part.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "io/csv_text.h"

void el_import_say(el_import *out, const char *fmt, ...)
{
    char line[512];
    va_list args;

    va_start(args, fmt);
    /* clang-tidy loses sight of va_start when it checks several files at once:
       NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (strstr(el_buf_text(&out->said), line))
        return; /* of every row alike: once is enough */
    el_buf_printf(&out->said, "%s\n", line);
    out->failed = out->failed || !el_buf_ok(&out->said);
}

const char *el_import_text(el_import *out, el_slice text)
{
    const char *s;

    if (text.len == 0)
        return NULL;
    s = el_strings_add(&out->strings, text.text, text.len);
    out->failed = out->failed || !s;
    return s;
}

const char *el_import_textf(el_import *out, const char *fmt, ...)
{
    char line[1024];
    va_list args;

    va_start(args, fmt);
    /* clang-tidy loses sight of va_start when it checks several files at once:
       NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    /* never cut inside a UTF-8 sequence */
    return el_import_text(
        out, (el_slice){line, el_text_bad_byte(line, strlen(line))});
}

void el_import_append(el_import *out, const char **list, const char *text)
{
    if (text)
        *list = *list ? el_import_textf(out, "%s; %s", *list, text) : text;
}

/* org/name of ".../models--org--name/snapshots/..." */
static const char *cached_model(el_import *out, const char *name)
{
    const char *at = strstr(name, "models--"), *org, *mid;

    if (!at)
        return NULL;
    org = at + strlen("models--");
    mid = strstr(org, "--");
    if (!mid || memchr(org, '/', (size_t)(mid - org)))
        return NULL;
    return el_import_textf(out, "%.*s/%.*s", (int)(mid - org), org,
                           (int)strcspn(mid + 2, "/"), mid + 2);
}

const char *el_import_model(el_import *out, const char *name)
{
    el_slice s = el_slice_of(name);
    const char *cached;

    if (s.len == 0)
        return NULL;
    cached = cached_model(out, name);
    if (cached)
        return cached;
    while (s.len > 1 && s.text[s.len - 1] == '/')
        s.len--;
    if (s.len > 5 && memcmp(s.text + s.len - 5, ".gguf", 5) == 0)
        s.len -= 5;
    else if (*name != '/' && *name != '.')
        return el_import_text(out, s);
    for (size_t i = s.len; i-- > 0;)
        if (s.text[i] == '/' || s.text[i] == '\\')
            return el_import_text(out,
                                  (el_slice){s.text + i + 1, s.len - i - 1});
    return el_import_text(out, s);
}

/* True where it was there already. */
static bool has(const el_import_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (names->name[i] == name)
            return true;
    return false;
}

/* Index of name in names, (size_t)-1 where there is no room. */
static size_t add_name(el_import *out, el_import_names *names, el_slice text)
{
    const char *name = el_import_text(out, text);

    for (size_t i = 0; name && i < names->n; i++)
        if (names->name[i] == name)
            return i;
    if (!name || names->n == EL_IMPORT_MAX_NAMES) {
        names->n_more += name != NULL;
        return (size_t)-1;
    }
    names->name[names->n] = name;
    return names->n++;
}

void el_import_used(el_import *out, const char *field)
{
    (void)add_name(out, &out->used, el_slice_of(field));
}

void el_import_ignored(el_import *out, const char *field)
{
    const char *name = el_import_text(out, el_slice_of(field));

    if (name && !has(&out->used, name))
        (void)add_name(out, &out->ignored, el_slice_of(name));
}

double el_import_number(el_import *out, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    double v = EL_UNKNOWN;

    if (json_is_number(value))
        v = json_number_value(value);
    else if (json_is_string(value) &&
             !el_parse_double(json_string_value(value),
                              json_string_length(value), &v))
        v = EL_UNKNOWN;
    if (isfinite(v))
        el_import_used(out, key);
    return v;
}

double el_import_measured(el_import *out, double v)
{
    if (!el_is_known(v) || (v > 0 && isfinite(v)))
        return v;
    out->n_not_positive++;
    return EL_UNKNOWN;
}

double el_import_positive(el_import *out, const json_t *object, const char *key)
{
    return el_import_measured(out, el_import_number(out, object, key));
}

const char *el_import_string(el_import *out, const json_t *object,
                             const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    if (!s || !*s)
        return NULL;
    el_import_used(out, key);
    return el_import_text(out, el_slice_of(s));
}

const json_t *el_import_object(el_import *out, const json_t *object,
                               const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_object(value))
        return NULL;
    el_import_used(out, key);
    return value;
}

void el_import_rest(el_import *out, const json_t *object)
{
    /* jansson's iterators take no const; nothing is written. */
    json_t *open =
        (json_t *)(uintptr_t)object; /* NOLINT(performance-no-int-to-ptr) */

    for (void *i = json_object_iter(open); i;
         i = json_object_iter_next(open, i))
        el_import_ignored(out, json_object_iter_key(i));
}

size_t el_import_column(el_import *out, const el_sheet *sheet, size_t header,
                        const char *name)
{
    size_t column = el_sheet_column(sheet, header, name);

    if (column != EL_NO_COLUMN)
        (void)add_name(out, &out->used, el_sheet_cell(sheet, header, column));
    return column;
}

void el_import_rest_columns(el_import *out, const el_sheet *sheet,
                            size_t header)
{
    for (size_t i = 0; i < el_sheet_width(sheet, header); i++) {
        const char *name = el_import_text(out, el_sheet_cell(sheet, header, i));

        if (name)
            el_import_ignored(out, name);
    }
}

double el_cell_value(el_slice cell, const char *unit)
{
    size_t n = 0;
    el_slice rest;
    double v;

    while (n < cell.len && strchr("0123456789+-.eE", cell.text[n]))
        n++;
    if (!el_parse_double(cell.text, n, &v))
        return EL_UNKNOWN;
    rest = (el_slice){cell.text + n, cell.len - n};
    while (rest.len > 0 && *rest.text == ' ') {
        rest.text++;
        rest.len--;
    }
    return rest.len == 0 || (unit && el_slice_is(rest, unit)) ? v : EL_UNKNOWN;
}

double el_cell_positive(el_import *out, el_slice cell, const char *unit)
{
    return el_import_measured(out, el_cell_value(cell, unit));
}

bool el_record_fits(el_import *out, const el_sheet *sheet, size_t header,
                    size_t record)
{
    if (el_sheet_width(sheet, record) == el_sheet_width(sheet, header))
        return true;
    out->n_skipped++;
    return false;
}

/* list with room for one after n; NULL, and noted, without memory. */
static void *one_more(el_import *out, void *list, size_t *cap, size_t n,
                      size_t size)
{
    void *room = el_grow(list, cap, n + 1, size);

    out->failed = out->failed || !room;
    return room;
}

el_import_row *el_import_add_row(el_import *out)
{
    el_import_row *room =
        one_more(out, out->row, &out->cap_row, out->n_row, sizeof *room);

    if (!room)
        return NULL;
    out->row = room;
    room += out->n_row++;
    memset(room, 0, sizeof *room);
#define X(name) room->name = EL_UNKNOWN;
    EL_IMPORT_NUMBERS(X)
#undef X
    room->concurrency = room->measured_j = room->start_s = room->end_s =
        EL_UNKNOWN;
    return room;
}

void el_row_ended(el_import_row *row, double end_s, double duration_s,
                  el_clock clock)
{
    if (!(duration_s > 0) || !isfinite(end_s))
        return;
    row->end_s = end_s;
    row->start_s = end_s - duration_s;
    row->clock = clock;
}

/* Its index; (size_t)-1 where there is no room. */
static size_t add_gpu(el_import *out, el_slice gpu)
{
    return add_name(out, &out->gpus, gpu.len > 0 ? gpu : el_slice_of("0"));
}

void el_import_add_sample(el_import *out, double time_s, el_slice gpu,
                          double power_w, double counter_j)
{
    el_power_sample *room;
    size_t g;

    power_w = el_import_measured(out, power_w);
    if (!el_is_known(power_w) && !el_is_known(counter_j)) {
        out->n_skipped++;
        return;
    }
    g = add_gpu(out, gpu);
    if (g == (size_t)-1)
        return;
    room = one_more(out, out->sample, &out->cap_sample, out->n_sample,
                    sizeof *room);
    if (!room)
        return;
    out->sample = room;
    room[out->n_sample++] = (el_power_sample){time_s, power_w, counter_j, g};
}

void el_import_add_window(el_import *out, double start_s, double duration_s,
                          el_slice gpu, double energy_j)
{
    el_power_window *room;
    size_t g;

    energy_j = el_import_measured(out, energy_j);
    if (!el_is_known(energy_j) || !el_is_known(start_s) || !(duration_s > 0)) {
        out->n_skipped++;
        return;
    }
    g = add_gpu(out, gpu);
    if (g == (size_t)-1)
        return;
    room = one_more(out, out->window, &out->cap_window, out->n_window,
                    sizeof *room);
    if (!room)
        return;
    out->window = room;
    room[out->n_window++] = (el_power_window){start_s, duration_s, energy_j, g};
}
