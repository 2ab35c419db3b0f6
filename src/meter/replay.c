/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording played back in real time: what `energylens meter --samples`
 * writes. CSV by column names; time_s and device are needed, then power_w,
 * energy_j or both; temp_c, sm_clock_hz, mem_clock_hz, throttle and name where
 * known. Blank is unknown. Rows of a device stand in the order of their time.
 *
 * Power between two rows is a straight line, a counter stands still.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "meter/meter.h"

#define MAX_FILE    (256u << 20)
#define MAX_DEVICES 64u
#define MAX_CELLS   32u

typedef enum column {
    TIME,
    DEVICE,
    POWER,
    ENERGY,
    TEMP,
    SM_CLOCK,
    MEM_CLOCK,
    THROTTLE,
    NAME,
    N_COLUMN
} column;

static const char *const titles[N_COLUMN] = {[TIME] = "time_s",
                                             [DEVICE] = "device",
                                             [POWER] = "power_w",
                                             [ENERGY] = "energy_j",
                                             [TEMP] = "temp_c",
                                             [SM_CLOCK] = "sm_clock_hz",
                                             [MEM_CLOCK] = "mem_clock_hz",
                                             [THROTTLE] = "throttle",
                                             [NAME] = "name"};

typedef struct player {
    char id[64], name[96];
    el_trace trace;
    size_t next; /* first row not yet passed */
} player;

typedef struct replay {
    double begin_s, zero_s; /* clock at open; first time of the file */
    size_t n;
    player at[MAX_DEVICES];
} replay;

/* Where a line of the file is read to. */
typedef struct reader {
    const char *path;
    size_t line;
    size_t column[N_COLUMN]; /* cell of each; SIZE_MAX: not there */
    char *cell[MAX_CELLS];
    size_t n_cell;
} reader;

static void replay_close(void *self)
{
    replay *r = self;

    for (size_t i = 0; i < r->n; i++)
        el_free(r->at[i].trace.v);
    el_free(r);
}

static el_status read_file(const char *path, el_buf *text, el_error *err)
{
    FILE *f = fopen(path, "re");
    char part[4096];
    size_t n;
    int bad;

    if (!f)
        return el_fail(err, EL_E_IO, "%.200s: %s", path,
                       strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
    while ((n = fread(part, 1, sizeof part, f)) > 0 && text->len < MAX_FILE)
        el_buf_add_n(text, part, n);
    bad = ferror(f) ? errno : 0;
    (void)fclose(f);
    if (bad)
        return el_fail(err, EL_E_IO, "%.200s: %s", path,
                       strerror(bad)); /* NOLINT(concurrency-mt-unsafe) */
    if (text->len >= MAX_FILE)
        return el_fail(err, EL_E_DATA, "%.200s: more than %u MiB", path,
                       MAX_FILE >> 20);
    if (!el_buf_ok(text))
        return el_fail(err, EL_E_NOMEM, "%.200s: out of memory", path);
    return EL_OK;
}

static el_status bad_line(const reader *in, const char *what, el_error *err)
{
    return el_fail(err, EL_E_DATA, "%.200s:%zu: %s", in->path, in->line, what);
}

/* Cuts the line at its commas, in place. Quotes are not needed by what we
   write and refused rather than misread. */
static el_status cut(reader *in, char *line, el_error *err)
{
    line[strcspn(line, "\r")] = '\0';
    in->n_cell = 0;
    if (strchr(line, '"'))
        return bad_line(in, "quoted fields are not understood here", err);
    for (;;) {
        size_t len = strcspn(line, ",");
        bool last = line[len] == '\0';

        if (in->n_cell == MAX_CELLS)
            return bad_line(in, "more than 32 columns", err);
        line[len] = '\0';
        in->cell[in->n_cell++] = line;
        if (last)
            return EL_OK;
        line += len + 1;
    }
}

static el_status read_header(reader *in, char *line, el_error *err)
{
    el_status st = cut(in, line, err);

    if (st != EL_OK)
        return st;
    for (size_t c = 0; c < N_COLUMN; c++) {
        in->column[c] = SIZE_MAX;
        for (size_t i = 0; i < in->n_cell; i++)
            if (strcmp(in->cell[i], titles[c]) == 0)
                in->column[c] = i;
    }
    if (in->column[TIME] == SIZE_MAX || in->column[DEVICE] == SIZE_MAX)
        return bad_line(in, "columns time_s and device are needed", err);
    if (in->column[POWER] == SIZE_MAX && in->column[ENERGY] == SIZE_MAX)
        return bad_line(in, "column power_w or energy_j is needed", err);
    return EL_OK;
}

static const char *cell(const reader *in, column c)
{
    return in->column[c] == SIZE_MAX ? "" : in->cell[in->column[c]];
}

/* Blank leaves *out and *have alone. */
static el_status number(const reader *in, column c, double *out, uint32_t bit,
                        uint32_t *have, el_error *err)
{
    const char *text = cell(in, c);
    char *end;
    double v;

    if (!*text)
        return EL_OK;
    v = strtod(text, &end);
    if (*end != '\0' || !isfinite(v) || strpbrk(text, "xXnN"))
        return el_fail(err, EL_E_DATA,
                       "%.200s:%zu: %s: not a number: \"%.40s\"", in->path,
                       in->line, titles[c], text);
    if (c != TEMP && c != TIME && v < 0)
        return el_fail(err, EL_E_DATA, "%.200s:%zu: %s: below 0: \"%.40s\"",
                       in->path, in->line, titles[c], text);
    *out = v;
    *have |= bit;
    return EL_OK;
}

static el_status read_sample(const reader *in, el_reading *s, el_error *err)
{
    double throttle = 0;
    uint32_t timed = 0;
    const struct {
        double *to;
        uint32_t *have;
        column c;
        uint32_t bit;
    } part[] = {
        {&s->time_s, &timed, TIME, 1},
        {&s->power_w, &s->have, POWER, EL_HAVE_POWER},
        {&s->energy_j, &s->have, ENERGY, EL_HAVE_ENERGY},
        {&s->temp_c, &s->have, TEMP, EL_HAVE_TEMP},
        {&s->sm_clock_hz, &s->have, SM_CLOCK, EL_HAVE_SM_CLOCK},
        {&s->mem_clock_hz, &s->have, MEM_CLOCK, EL_HAVE_MEM_CLOCK},
        {&throttle, &s->have, THROTTLE, EL_HAVE_THROTTLE},
    };
    el_status st = EL_OK;

    for (size_t i = 0; st == EL_OK && i < sizeof part / sizeof *part; i++)
        st = number(in, part[i].c, part[i].to, part[i].bit, part[i].have, err);
    if (st == EL_OK && !timed)
        st = bad_line(in, "time_s is blank", err);
    if (st == EL_OK && !(throttle <= 7 && throttle >= floor(throttle)))
        st = bad_line(in, "throttle is not one of 0 to 7", err);
    if (st == EL_OK)
        s->throttle = (uint32_t)throttle;
    return st;
}

static el_status find_player(replay *r, const reader *in, player **out,
                             el_error *err)
{
    const char *id = cell(in, DEVICE);

    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->at[i].id, id) == 0) {
            *out = &r->at[i];
            return EL_OK;
        }
    if (!*id || strlen(id) >= sizeof r->at->id || r->n == MAX_DEVICES)
        return bad_line(in, "device: blank, too long or one too many", err);
    *out = &r->at[r->n++];
    el_str_copy((*out)->id, sizeof(*out)->id, id);
    el_str_copy((*out)->name, sizeof(*out)->name, cell(in, NAME));
    return EL_OK;
}

static el_status add_row(replay *r, reader *in, char *line, el_error *err)
{
    el_reading s = {0}, *v;
    player *p = NULL;
    el_trace *t;
    el_status st = cut(in, line, err);

    for (size_t c = 0; st == EL_OK && c < N_COLUMN; c++)
        if (in->column[c] != SIZE_MAX && in->column[c] >= in->n_cell)
            st = bad_line(in, "fewer cells than the header has", err);
    if (st == EL_OK)
        st = read_sample(in, &s, err);
    if (st == EL_OK)
        st = find_player(r, in, &p, err);
    if (st != EL_OK)
        return st;
    t = &p->trace;
    if (t->n > 0 && !(s.time_s > t->v[t->n - 1].time_s))
        return bad_line(in, "time_s does not grow: the clock was set back",
                        err);
    v = el_grow(t->v, &t->cap, t->n + 1, sizeof *v);
    if (!v)
        return el_fail(err, EL_E_NOMEM, "%.200s: out of memory", in->path);
    t->v = v;
    t->v[t->n++] = s;
    return EL_OK;
}

static el_status read_all(replay *r, reader *in, char *text, el_error *err)
{
    el_status st = EL_OK;

    for (char *line = text; st == EL_OK && *line;) {
        size_t len = strcspn(line, "\n");
        char *next = line + len + (line[len] != '\0');

        line[len] = '\0';
        in->line++;
        if (in->line == 1)
            st = read_header(in, line, err);
        else if (*line && *line != '\r')
            st = add_row(r, in, line, err);
        line = next;
    }
    if (st == EL_OK && r->n == 0)
        st = el_fail(err, EL_E_DATA, "%.200s: no reading in it", in->path);
    return st;
}

static void set_zero(replay *r)
{
    r->begin_s = el_clock_s();
    r->zero_s = r->at[0].trace.v[0].time_s;
    for (size_t i = 1; i < r->n; i++)
        r->zero_s = fmin(r->zero_s, r->at[i].trace.v[0].time_s);
}

static el_status replay_open(const char *argument, void **self, el_error *err)
{
    replay *r = el_array(1, sizeof *r);
    reader in = {.path = argument};
    el_buf text = {0};
    el_status st;

    if (!r)
        return el_fail(err, EL_E_NOMEM, "replay: out of memory");
    st = read_file(argument, &text, err);
    if (st == EL_OK && !text.text)
        st = el_fail(err, EL_E_DATA, "%.200s: empty file", argument);
    if (st == EL_OK && strlen(el_buf_text(&text)) != text.len)
        st = el_fail(err, EL_E_DATA, "%.200s: holds NUL bytes", argument);
    if (st == EL_OK && text.text)
        st = read_all(r, &in, text.text, err);
    el_buf_clear(&text);
    if (st == EL_OK) {
        set_zero(r);
        *self = r;
    } else {
        replay_close(r);
    }
    return st;
}

static size_t replay_count(const void *self)
{
    const replay *r = self;

    return r->n;
}

/* Power of a and b on a straight line at t. */
static void between(const el_reading *a, const el_reading *b, double t,
                    el_reading *out)
{
    if (a->have & b->have & EL_HAVE_POWER)
        out->power_w = a->power_w + (b->power_w - a->power_w) *
                                        (t - a->time_s) /
                                        (b->time_s - a->time_s);
}

static el_status replay_read(void *self, size_t i, bool all, el_reading *out,
                             el_error *err)
{
    replay *r = self;
    player *p = &r->at[i];
    const el_trace *t = &p->trace;
    double now = el_clock_s() - r->begin_s + r->zero_s;

    (void)all;
    while (p->next < t->n && t->v[p->next].time_s <= now)
        p->next++;
    if (p->next == t->n && now > t->v[t->n - 1].time_s)
        return el_fail(err, EL_E_DEVICE,
                       "replay: %s: the recording ends after %.3g s", p->id,
                       t->v[t->n - 1].time_s - r->zero_s);
    *out = t->v[p->next ? p->next - 1 : 0];
    if (p->next > 0 && p->next < t->n)
        between(&t->v[p->next - 1], &t->v[p->next], now, out);
    return EL_OK;
}

static el_status replay_describe(void *self, size_t i, el_meter_device *out,
                                 el_error *err)
{
    const replay *r = self;
    const player *p = &r->at[i];

    (void)err;
    el_str_copy(out->id, sizeof out->id, p->id);
    el_str_copy(out->name, sizeof out->name, p->name);
    el_str_copy(out->note, sizeof out->note, "a recording");
    for (size_t k = 0; k < p->trace.n; k++)
        out->can |= p->trace.v[k].have;
    return EL_OK;
}

const el_meter_kind el_meter_replay = {.name = "replay",
                                       .argument = "FILE",
                                       .what = "a recording",
                                       .open = replay_open,
                                       .count = replay_count,
                                       .describe = replay_describe,
                                       .read = replay_read,
                                       .close = replay_close};
