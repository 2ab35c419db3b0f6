/* SPDX-License-Identifier: Apache-2.0 */
/*
 * llama.cpp llama-bench -o json, jsonl, csv and md, also inside a log. One
 * sequence at a time: batch_size 1. n_gen = 0 is prefill alone, n_prompt = 0
 * decode alone over a context of n_depth. Times in ns; test_time is when the
 * test was set up, before its warm-up, so that no power log can be joined.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/import_part.h"

/* What one test is, whichever form it came in. */
typedef struct test {
    const char *model, *type, *gpu, *note;
    double params, prompt, gen, depth, time_s, rate;
} test;

static int detect(const el_import_file *file)
{
    const json_t *d = json_array_get(file->docs, 0);

    if (json_object_get(d, "n_prompt") && json_object_get(d, "n_gen") &&
        json_object_get(d, "avg_ns"))
        return 90;
    if (el_sheet_column(&file->sheet, 0, "n_prompt") != EL_NO_COLUMN &&
        el_sheet_column(&file->sheet, 0, "avg_ns") != EL_NO_COLUMN)
        return 90;
    return !file->docs && strstr(file->text, "t/s |") &&
                   strstr(file->text, "| model ")
               ? 90
               : 0;
}

/* "Q4_K" of "qwen2 7B Q4_K - Medium"; NULL. */
static const char *precision_of(el_import *out, const char *type)
{
    static const char *const starts[] = {"Q",    "IQ", "F16",  "F32",
                                         "BF16", "TQ", "MXFP4"};

    for (const char *p = type; p && *p; p += strcspn(p, " ")) {
        size_t n;

        p += strspn(p, " ");
        n = strcspn(p, " ");
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
            size_t k = strlen(starts[i]);

            if (n >= k && memcmp(p, starts[i], k) == 0 &&
                (k > 2 || (n > k && isdigit((unsigned char)p[k]))))
                return el_import_text(out, (el_slice){p, n});
        }
    }
    return NULL;
}

static void add_test(el_import *out, const test *t)
{
    el_import_row *row = el_import_add_row(out);
    bool has_prompt = t->prompt > 0, has_gen = t->gen > 0;
    double depth = t->depth > 0 ? t->depth : 0;

    if (!row)
        return;
    row->model = t->model ? t->model : t->type;
    row->gpu = t->gpu;
    row->engine = el_import_text(out, el_slice_of("llama.cpp"));
    row->precision = precision_of(out, t->type);
    row->params_b = t->params / 1e9;
    row->batch_size = row->requests = 1;
    if (t->gpu && !strchr(t->gpu, ','))
        row->tp = row->num_gpus = 1; /* the only one listed */
    row->latency_s = t->time_s;
    if (has_prompt || depth > 0)
        row->input_tokens = depth + (has_prompt ? t->prompt : 0);
    if (has_gen)
        row->output_tokens = t->gen;
    if (has_gen && !has_prompt) {
        row->throughput_tok_s = t->rate;
        row->itl_s = el_is_known(t->time_s) ? t->time_s / t->gen : 1 / t->rate;
    }
    row->config_note = t->note;
    if (!has_gen || !has_prompt)
        row->quality_flag = el_import_text(
            out, el_slice_of(has_gen ? "decode_only" : "prefill_only"));
}

static void from_json(el_import *out, const json_t *d)
{
    test t = {.model = el_import_model(
                  out, el_import_string(out, d, "model_filename")),
              .type = el_import_string(out, d, "model_type"),
              .gpu = el_import_string(out, d, "gpu_info"),
              .params = el_import_positive(out, d, "model_n_params"),
              .prompt = el_import_number(out, d, "n_prompt"),
              .gen = el_import_number(out, d, "n_gen"),
              .depth = el_import_number(out, d, "n_depth"),
              .time_s = el_import_positive(out, d, "avg_ns") / 1e9,
              .rate = el_import_positive(out, d, "avg_ts")};

    t.note = el_import_textf(out, "n_prompt=%g; n_gen=%g; n_depth=%g", t.prompt,
                             t.gen, t.depth > 0 ? t.depth : 0);
    add_test(out, &t);
    el_import_rest(out, d);
}

static el_slice cell(el_import *out, const el_sheet *s, size_t r,
                     const char *name)
{
    return el_sheet_cell(s, r, el_import_column(out, s, 0, name));
}

static double count(el_import *out, const el_sheet *s, size_t r,
                    const char *name)
{
    return el_cell_value(cell(out, s, r, name), "");
}

static double positive(el_import *out, const el_sheet *s, size_t r,
                       const char *name)
{
    return el_cell_positive(out, cell(out, s, r, name), "");
}

static const char *label(el_import *out, const el_sheet *s, size_t r,
                         const char *name)
{
    return el_import_text(out, cell(out, s, r, name));
}

static void from_csv(el_import *out, const el_sheet *s, size_t r)
{
    test t = {.model = el_import_model(out, label(out, s, r, "model_filename")),
              .type = label(out, s, r, "model_type"),
              .gpu = label(out, s, r, "gpu_info"),
              .params = positive(out, s, r, "model_n_params"),
              .prompt = count(out, s, r, "n_prompt"),
              .gen = count(out, s, r, "n_gen"),
              .depth = count(out, s, r, "n_depth"),
              .time_s = positive(out, s, r, "avg_ns") / 1e9,
              .rate = positive(out, s, r, "avg_ts")};

    if (!(t.time_s > 0)) {
        out->n_skipped++;
        return;
    }
    t.note = el_import_textf(out, "n_prompt=%g; n_gen=%g; n_depth=%g", t.prompt,
                             t.gen, t.depth > 0 ? t.depth : 0);
    add_test(out, &t);
}

#define MAX_CELLS 24u

/* Cells between bars; 0: no line of a table. */
static size_t bars(el_slice line, el_slice *cell_at)
{
    const char *p = line.text, *end = line.text + line.len;
    size_t n = 0;

    if (line.len == 0 || *p != '|')
        return 0;
    for (p++; n < MAX_CELLS; n++) {
        const char *bar = memchr(p, '|', (size_t)(end - p));

        if (!bar)
            return n; /* a line that breaks off ends in no bar */
        while (p < bar && *p == ' ')
            p++;
        cell_at[n] = (el_slice){p, (size_t)(bar - p)};
        while (cell_at[n].len > 0 && p[cell_at[n].len - 1] == ' ')
            cell_at[n].len--;
        p = bar + 1;
    }
    return n;
}

/* "pp2048 @ d32768" or "tg32" or "pp512+tg128" */
static bool test_of(el_slice text, test *t)
{
    char buf[64];
    const char *p = buf;
    unsigned v;
    int n;

    if (text.len >= sizeof buf)
        return false;
    memcpy(buf, text.text, text.len);
    buf[text.len] = '\0';
    if (sscanf(p, "pp%u%n", &v, &n) == 1) { /* NOLINT(cert-err34-c) */
        t->prompt = v;
        p += n;
        p += *p == '+';
    }
    if (sscanf(p, "tg%u%n", &v, &n) == 1) { /* NOLINT(cert-err34-c) */
        t->gen = v;
        p += n;
    }
    if (sscanf(p, " @ d%u%n", &v, &n) == 1) { /* NOLINT(cert-err34-c) */
        t->depth = v;
        p += n;
    }
    return *p == '\0' && (t->prompt > 0 || t->gen > 0);
}

static void from_md(el_import *out, const el_slice *c, size_t model,
                    size_t test_at, size_t rate)
{
    test t = {.type = el_import_text(out, c[model]),
              .params = EL_UNKNOWN,
              .time_s = EL_UNKNOWN,
              .rate = EL_UNKNOWN};
    el_slice v = c[rate];
    const char *sign = memchr(v.text, ' ', v.len);

    if (sign) /* "18.41 ± 0.00" */
        v.len = (size_t)(sign - v.text);
    t.rate = el_cell_value(v, "");
    if (!test_of(c[test_at], &t) || !(t.rate > 0)) {
        out->n_skipped++;
        return;
    }
    if (t.prompt > 0 && t.gen > 0)
        t.time_s = (t.prompt + t.gen) / t.rate;
    else
        t.time_s = (t.prompt > 0 ? t.prompt : t.gen) / t.rate;
    t.note = el_import_textf(out, "n_prompt=%g; n_gen=%g; n_depth=%g", t.prompt,
                             t.gen, t.depth);
    add_test(out, &t);
}

static size_t index_of(const el_slice *c, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (el_slice_is(c[i], name))
            return i;
    return EL_NO_COLUMN;
}

static void markdown(el_import *out, const el_import_file *file)
{
    size_t model = EL_NO_COLUMN, at = EL_NO_COLUMN, rate = EL_NO_COLUMN;
    size_t width = 0;
    el_slice c[MAX_CELLS];

    for (const char *p = file->text; *p;) {
        size_t len = strcspn(p, "\r\n"), n = bars((el_slice){p, len}, c);

        if (n > 0 && index_of(c, n, "t/s") != EL_NO_COLUMN) {
            width = n;
            model = index_of(c, n, "model");
            at = index_of(c, n, "test");
            rate = index_of(c, n, "t/s");
        } else if (n > 0 && n == width && model < n && at < n && rate < n &&
                   !memchr(c[rate].text, '-', c[rate].len)) {
            from_md(out, c, model, at, rate);
        }
        p += len + strspn(p + len, "\r\n");
    }
    el_import_used(out, "model");
    el_import_used(out, "test");
    el_import_used(out, "t/s");
    el_import_say(out, "a table for people: latency_s from tokens over t/s; "
                       "the GPU is not in it");
}

static el_status table(el_import *out, const el_import_file *file,
                       el_error *err)
{
    const el_sheet *s = &file->sheet;

    for (size_t r = 1; r < s->n; r++)
        if (el_record_fits(out, s, 0, r))
            from_csv(out, s, r);
    if (out->n_row == 0 && out->n_skipped > 0)
        return el_fail(err, EL_E_DATA,
                       "the header names %zu columns but the records have "
                       "%zu: which is missing cannot be told; llama-bench -o "
                       "json would be needed",
                       el_sheet_width(s, 0), el_sheet_width(s, s->n - 1));
    el_import_rest_columns(out, s, 0);
    return EL_OK;
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = 0; i < json_array_size(file->docs); i++) {
        const json_t *d = json_array_get(file->docs, i);

        if (json_object_get(d, "avg_ns"))
            from_json(out, d);
        else
            out->n_skipped++;
    }
    if (!file->docs &&
        el_sheet_column(&file->sheet, 0, "avg_ns") != EL_NO_COLUMN)
        st = table(out, file, err);
    else if (!file->docs)
        markdown(out, file);
    if (file->cut_lines)
        el_import_say(out, "the last line breaks off: left out");
    return st;
}

const el_importer el_importer_llama_bench = {.name = "llama-bench",
                                             .title = "llama-bench result",
                                             .detect = detect,
                                             .read = read};
