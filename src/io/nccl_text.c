/* SPDX-License-Identifier: Apache-2.0 */
/* What nccl-tests and rccl-tests print. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "io/csv_text.h"
#include "io/link_read.h"

#define MAX_TOKENS   32u
#define MAX_HOST     64u
#define BUSBW_SLACK  0.02 /* two decimals are printed */
#define BUSBW_SHOWS  10.0 /* GB/s from which they are enough */
#define MAX_US       1e12
#define MAX_BYTES    1e18
#define UNKNOWN_COLL (-1)
#define OTHER_COLL   (-2) /* one that no model here has */

typedef struct token {
    const char *text;
    size_t len;
} token;

/* Columns of one timing. */
typedef struct timing {
    size_t time, algbw, busbw, wrong;
} timing;

typedef struct reader {
    const char *name;
    const el_link_hint *hint;
    el_link_rows *rows;
    el_error *err;
    size_t line;
    /* of the run that is being read */
    int collective; /* or UNKNOWN_COLL, OTHER_COLL */
    double ranks;   /* 0: not listed */
    char host[MAX_HOST];
    size_t n_column, size;
    timing timing[2];
    size_t n_timing;
    size_t n_found; /* rows or skipped ones */
} reader;

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static size_t split(const char *text, size_t len, token *out)
{
    size_t n = 0, i = 0;

    while (i < len) {
        size_t from;

        while (i < len && is_space(text[i]))
            i++;
        from = i;
        while (i < len && !is_space(text[i]))
            i++;
        if (i > from && n < MAX_TOKENS)
            out[n] = (token){text + from, i - from};
        n += i > from;
    }
    return n;
}

static bool is(token t, const char *text)
{
    return t.len == strlen(text) && memcmp(t.text, text, t.len) == 0;
}

static const char *find(const char *text, size_t len, const char *what)
{
    size_t n = strlen(what);

    for (size_t i = 0; i + n <= len; i++)
        if (memcmp(text + i, what, n) == 0)
            return text + i;
    return NULL;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-';
}

/* The word before "_perf", of a program's name: "all_reduce". */
static void take_program(reader *r, const char *text, size_t len)
{
    const char *at = find(text, len, "_perf");
    static const char *const other[] = {"broadcast", "reduce", "gather",
                                        "scatter", "hypercube"};
    const char *from = at;
    el_collective c;
    token word;

    while (from && from > text && is_word(from[-1]))
        from--;
    if (!from)
        return;
    word = (token){from, (size_t)(at - from)};
    if (el_collective_parse(word.text, word.len, &c))
        r->collective = (int)c;
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (is(word, other[i]))
            r->collective = OTHER_COLL;
}

/* A collective that the file's own name holds: "h100-allreduce-8.txt". */
static int collective_of_name(const char *path)
{
    const char *base = strrchr(path, '/');

    base = base ? base + 1 : path;
    for (const char *p = base; *p; p++)
        for (size_t len = strlen(p); len >= 8; len--) {
            el_collective c;

            if (el_collective_parse(p, len, &c))
                return (int)c;
        }
    return UNKNOWN_COLL;
}

/* ---- comments ---- */

static el_status take_host(reader *r, const char *text, size_t len)
{
    char host[MAX_HOST] = "";

    if (len >= MAX_HOST)
        len = MAX_HOST - 1;
    memcpy(host, text, len);
    if (r->ranks > 1.0 && strcmp(host, r->host) != 0)
        return el_fail(r->err, EL_E_DATA,
                       "%s:%zu: ranks on the hosts %s and %s: only links "
                       "inside one node are fitted",
                       r->name, r->line, r->host, host);
    el_str_copy(r->host, sizeof r->host, host);
    return EL_OK;
}

static el_status take_gpu(reader *r, const char *text, size_t len)
{
    el_link_rows *rows = r->rows;
    char gpu[EL_GPU_NAME] = "";

    while (len > 0 && is_space(text[len - 1]))
        len--;
    if (len >= EL_GPU_NAME)
        len = EL_GPU_NAME - 1;
    if (len > 0)
        memcpy(gpu, text, len);
    if (*gpu && *rows->gpu && strcmp(gpu, rows->gpu) != 0)
        return el_fail(r->err, EL_E_DATA,
                       "%s:%zu: \"%s\", but %s has \"%s\": links are of one "
                       "GPU",
                       r->name, r->line, gpu, rows->gpu_file, rows->gpu);
    if (*gpu && !*rows->gpu) {
        memcpy(rows->gpu, gpu, sizeof gpu);
        rows->gpu_file = r->name;
    }
    return EL_OK;
}

/* "#  Rank  0 Group  0 Pid 123 on host device  0 [0x1b] NVIDIA H100" */
static el_status read_rank(reader *r, const char *text, size_t len)
{
    const char *end = text + len;
    const char *on = find(text, len, " on ");
    const char *device = find(text, len, " device ");
    const char *close =
        device ? memchr(device, ']', (size_t)(end - device)) : NULL;
    el_status st = EL_OK;

    if (!device)
        return EL_OK;
    r->ranks++;
    if (on && on + 4 <= device) {
        for (on += 4; on < device && is_space(*on);)
            on++;
        st = take_host(r, on, (size_t)(device - on));
    }
    if (st != EL_OK || !close)
        return st;
    for (close++; close < end && is_space(*close);)
        close++;
    return take_gpu(r, close, (size_t)(end - close));
}

/* "#  size  count  type  redop  root  time  algbw  busbw  #wrong  time ..." */
static el_status read_names(reader *r, const token *t, size_t n)
{
    r->n_column = n;
    r->n_timing = 0;
    for (size_t i = 0; i < n; i++) {
        timing *last = r->n_timing ? &r->timing[r->n_timing - 1] : NULL;

        if (is(t[i], "size"))
            r->size = i;
        else if (is(t[i], "time") && r->n_timing < 2)
            r->timing[r->n_timing++] = (timing){i, 0, 0, 0};
        else if (last && is(t[i], "algbw"))
            last->algbw = i;
        else if (last && is(t[i], "busbw"))
            last->busbw = i;
        else if (last && (is(t[i], "#wrong") || is(t[i], "error")))
            last->wrong = i;
    }
    for (size_t k = 0; k < r->n_timing; k++)
        if (!r->timing[k].algbw || !r->timing[k].busbw)
            return el_fail(r->err, EL_E_DATA,
                           "%s:%zu: column names without algbw and busbw",
                           r->name, r->line);
    return EL_OK;
}

static el_status read_comment(reader *r, const char *text, size_t len)
{
    token t[MAX_TOKENS];
    size_t n = split(text, len, t);

    if (find(text, len, "nThread")) { /* a run begins */
        r->ranks = 0.0;
        r->n_column = 0;
    } else if (find(text, len, "Collective test starting")) {
        r->collective = UNKNOWN_COLL;
        take_program(r, text, len);
    } else if (n > 1 && is(t[0], "Rank")) {
        return read_rank(r, text, len);
    } else if (n > 3 && n <= MAX_TOKENS && is(t[0], "size")) {
        return read_names(r, t, n);
    } else if (n > 1 && is(t[0], "(B)") && !find(text, len, "(us)")) {
        return el_fail(r->err, EL_E_DATA, "%s:%zu: times are not in us",
                       r->name, r->line);
    }
    return EL_OK;
}

/* ---- rows ---- */

static el_status cell(const reader *r, token t, double hi, double *out)
{
    char shown[EL_SHOW_SIZE];

    if (el_parse_double(t.text, t.len, out) && *out >= 0.0 && *out <= hi)
        return EL_OK;
    el_text_show(shown, t.text, t.len);
    return el_fail(r->err, EL_E_DATA, "%s:%zu: not a number from 0 to %g: %s",
                   r->name, r->line, hi, shown);
}

/* The printed factor between the bandwidths must be the collective's. */
static el_status check_factor(const reader *r, const el_link_row *row,
                              double algbw, double busbw)
{
    double want = el_collective_bus_bytes(row->collective, 1.0, row->gpus);

    if (row->collective == EL_COLL_ONE_SHOT || algbw < BUSBW_SHOWS ||
        fabs(busbw / algbw / want - 1.0) <= BUSBW_SLACK)
        return EL_OK;
    return el_fail(r->err, EL_E_DATA,
                   "%s:%zu: busbw is %.3g of algbw, but %.3g in %s of %g GPUs: "
                   "wrong --collective or --gpus?",
                   r->name, r->line, busbw / algbw, want,
                   el_collective_name(row->collective), row->gpus);
}

static el_status read_timing(reader *r, const token *t, const timing *k,
                             el_link_row row)
{
    double us, algbw, busbw, wrong = 0.0;
    el_status st;

    r->n_found++;
    if (is(t[k->time], "N/A")) {
        el_link_rows_skip(r->rows, (int)row.collective, EL_SKIP_NO_TIME);
        return EL_OK;
    }
    st = cell(r, t[k->time], MAX_US, &us);
    if (st == EL_OK)
        st = cell(r, t[k->algbw], MAX_BYTES, &algbw);
    if (st == EL_OK)
        st = cell(r, t[k->busbw], MAX_BYTES, &busbw);
    /* unchecked results: N/A; older versions print the largest deviation */
    if (st == EL_OK && k->wrong && is(t[k->wrong], "N/A"))
        wrong = 0.0;
    else if (st == EL_OK && k->wrong)
        st = cell(r, t[k->wrong], MAX_BYTES, &wrong);
    if (st == EL_OK)
        st = check_factor(r, &row, algbw, busbw);
    if (st != EL_OK)
        return st;
    if (wrong >= 1.0) {
        el_link_rows_skip(r->rows, (int)row.collective, EL_SKIP_WRONG);
        return EL_OK;
    }
    row.time_s = 1e-6 * us;
    return el_link_rows_add(r->rows, &row, r->err);
}

/* Collective and GPUs of the run: what it says itself, then the hint. */
static el_status identify(const reader *r, el_link_row *row)
{
    int c = r->hint->has_collective ? (int)r->hint->collective : r->collective;
    double gpus = r->ranks > 0.0 ? r->ranks : r->hint->gpus;

    if (c == UNKNOWN_COLL)
        return el_fail(r->err, EL_E_DATA,
                       "%s:%zu: neither the file nor its name says which "
                       "collective this is: --collective all_reduce, ...",
                       r->name, r->line);
    if (!el_is_known(gpus))
        return el_fail(r->err, EL_E_DATA,
                       "%s:%zu: no list of ranks: say with --gpus how many "
                       "GPUs took part",
                       r->name, r->line);
    if (r->ranks > 0.0 && el_is_known(r->hint->gpus) &&
        r->hint->gpus != r->ranks)
        return el_fail(r->err, EL_E_DATA,
                       "%s:%zu: the file lists %g GPUs, --gpus says %g",
                       r->name, r->line, r->ranks, r->hint->gpus);
    if (!(gpus >= 2.0))
        return el_fail(r->err, EL_E_DATA,
                       "%s:%zu: a single GPU communicates with nobody", r->name,
                       r->line);
    *row = (el_link_row){.collective = (el_collective)c,
                         .gpus = gpus,
                         .n_sm = NAN,
                         .power_w = NAN};
    return EL_OK;
}

static el_status read_row(reader *r, const token *t, size_t n)
{
    el_link_row row;
    el_status st;

    if (r->n_column == 0 || r->n_timing == 0)
        return el_fail(r->err, EL_E_DATA,
                       "%s:%zu: numbers before the line of column names "
                       "(#  size  count ...)",
                       r->name, r->line);
    if (n != r->n_column)
        return el_fail(r->err, EL_E_DATA,
                       "%s:%zu: %zu columns, the line of names has %zu",
                       r->name, r->line, n, r->n_column);
    if (r->collective == OTHER_COLL && !r->hint->has_collective) {
        for (size_t k = 0; k < r->n_timing; k++, r->n_found++)
            el_link_rows_skip(r->rows, EL_N_COLLECTIVES, EL_SKIP_OTHER);
        return EL_OK;
    }
    st = identify(r, &row);
    if (st == EL_OK)
        st = cell(r, t[r->size], MAX_BYTES, &row.bytes);
    for (size_t k = 0; k < r->n_timing && st == EL_OK; k++)
        st = read_timing(r, t, &r->timing[k], row);
    return st;
}

static bool is_heading(token t)
{
    return is(t, "nThread") || is(t, "Rank") || is(t, "size") || is(t, "(B)");
}

static el_status read_line(reader *r, const char *text, size_t len)
{
    const char *tag = find(text, len, "<stdout>:"); /* of mpirun */
    token t[MAX_TOKENS];
    double number;
    size_t n;

    if (tag && text[0] == '[') {
        len -= (size_t)(tag + 9 - text);
        text = tag + 9;
    }
    while (len > 0 && is_space(*text)) {
        text++;
        len--;
    }
    if (len > 0 && *text == '#')
        return read_comment(r, text + 1, len - 1);
    n = split(text, len, t);
    if (n > 1 && is_heading(t[0])) /* pasted without its '#' */
        return read_comment(r, text, len);
    if (n > 1 && el_parse_double(t[0].text, t[0].len, &number) &&
        el_parse_double(t[1].text, t[1].len, &number)) /* size, count */
        return read_row(r, t, n);
    take_program(r, text, len); /* the command, as a shell shows it */
    return EL_OK;
}

el_status el_nccl_text_parse(const char *data, size_t len, const char *name,
                             const el_link_hint *hint, el_link_rows *rows,
                             el_error *err)
{
    reader r = {.name = name, .hint = hint, .rows = rows, .err = err};
    size_t bad = el_text_bad_byte(data, len), at = el_text_bom(data, len);
    el_status st = EL_OK;

    r.collective = collective_of_name(name);
    while (at < len && st == EL_OK) {
        const char *end = memchr(data + at, '\n', len - at);
        size_t next = end ? (size_t)(end - data) : len;

        r.line++;
        if (bad < next)
            return el_fail(err, EL_E_DATA, "%s:%zu: not a text file", name,
                           r.line);
        st = read_line(&r, data + at, next - at);
        at = next + 1;
    }
    if (st == EL_OK && r.n_found == 0)
        return el_fail(err, EL_E_DATA,
                       "%s: no measurement: neither what nccl-tests prints "
                       "nor a CSV table of collectives",
                       name);
    return st;
}
