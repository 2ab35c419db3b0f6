/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nvidia-smi dmon: two lines that begin with '#' (names, units), then cells
 * between blanks; '-' is missing. Time only with -o D, T or DT.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/import_part.h"

#define MAX_WORDS 64u

/* Words of the line at p, without the '#' before the first. */
static size_t words(const char *p, el_slice *word)
{
    size_t n = 0;

    p += strspn(p, " \t#");
    while (n < MAX_WORDS && *p && !strchr("\r\n", *p)) {
        word[n].text = p;
        word[n].len = strcspn(p, " \t\r\n");
        p += word[n++].len;
        p += strspn(p, " \t");
    }
    return n;
}

static size_t find(const el_slice *word, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (el_slice_is(word[i], name))
            return i;
    return EL_NO_COLUMN;
}

static const char *header_of(const el_import_file *file)
{
    const char *p = strchr(file->text, '#');
    el_slice word[MAX_WORDS];
    size_t n;

    if (!p || file->docs)
        return NULL;
    n = words(p, word);
    return find(word, n, "gpu") != EL_NO_COLUMN &&
                   find(word, n, "pwr") != EL_NO_COLUMN
               ? p
               : NULL;
}

static int detect(const el_import_file *file)
{
    return header_of(file) ? 80 : 0;
}

typedef struct columns {
    size_t n, gpu, power, date, time;
} columns;

/* Seconds of "20260703 22:11:09"; NaN. */
static double time_of(el_import *out, const el_slice *word, const columns *c)
{
    double day = 0, time_s = EL_UNKNOWN;
    el_clock clock = EL_CLOCK_NONE;
    char text[64];

    if (c->time == EL_NO_COLUMN)
        return EL_UNKNOWN;
    if (c->date != EL_NO_COLUMN && word[c->date].len == 8) {
        (void)snprintf(text, sizeof text, "%.8s-000000", word[c->date].text);
        if (!el_time_parse((el_slice){text, 15}, &day, &clock))
            return EL_UNKNOWN;
    }
    if (!el_time_parse(word[c->time], &time_s, &out->clock))
        return EL_UNKNOWN;
    if (c->date != EL_NO_COLUMN)
        out->clock = EL_CLOCK_LOCAL;
    return day + time_s;
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    const char *p = header_of(file);
    el_slice word[MAX_WORDS] = {{"", 0}};
    columns c;

    if (!p)
        return el_fail(err, EL_E_DATA, "no header with gpu and pwr");
    c.n = words(p, word);
    c.gpu = find(word, c.n, "gpu");
    c.power = find(word, c.n, "pwr");
    c.date = find(word, c.n, "Date");
    c.time = find(word, c.n, "Time");
    el_import_used(out, "gpu");
    el_import_used(out, "pwr");
    for (size_t i = 0; i < c.n; i++)
        el_import_ignored(out, el_import_text(out, word[i]));
    while (*(p += strcspn(p, "\n"))) {
        size_t n;

        p++;
        if (p[strspn(p, " \t")] == '#' || p[strspn(p, " \t\r\n")] == '\0')
            continue;
        n = words(p, word);
        if (n != c.n || !strchr(p, '\n')) {
            out->n_skipped++; /* the file breaks off here */
            continue;
        }
        el_import_add_sample(out, time_of(out, word, &c), word[c.gpu],
                             el_cell_value(word[c.power], ""), EL_UNKNOWN);
    }
    if (c.time == EL_NO_COLUMN)
        el_import_say(out, "no times: dmon -o DT writes them; no run can be "
                           "joined");
    return EL_OK;
}

const el_importer el_importer_dmon = {.name = "nvidia-smi-dmon",
                                      .title = "nvidia-smi dmon",
                                      .is_power = true,
                                      .detect = detect,
                                      .read = read};
