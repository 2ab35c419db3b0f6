/* SPDX-License-Identifier: Apache-2.0 */
/*
 * huggingface/optimum-benchmark: benchmark_report.json (phases prefill,
 * decode, ..., each with latency [s] and energy [kWh] per iteration),
 * benchmark.json (config beside report), the wide CSV of old versions, and
 * AIEnergyScore, whose reports cover a data set: its sizes follow from the
 * efficiencies (tokens/kWh, samples/kWh). Measures of energy that are zero or
 * negative occur in them.
 */
#include <math.h>
#include <string.h>

#include "io/import_part.h"
#include "num/stats.h"

#define MAX_MEASURES 1024u
#define FAR_ABOVE    1.5 /* of the median: one measure counted twice */

static const json_t *report_of(const json_t *d)
{
    const json_t *r = json_object_get(d, "report");

    return json_is_object(r) ? r : d;
}

static bool is_report(const json_t *d)
{
    const json_t *r = report_of(d);
    const json_t *phase = json_object_get(r, "prefill");

    if (!phase)
        phase = json_object_get(r, "forward");
    if (!phase)
        phase = json_object_get(r, "load");
    return json_object_get(phase, "latency") &&
           json_object_get(phase, "energy");
}

static int detect(const el_import_file *file)
{
    return is_report(json_array_get(file->docs, 0)) ? 85 : 0;
}

/* report.phase.field, an object or NULL. */
static const json_t *part(const json_t *report, const char *phase,
                          const char *field)
{
    return json_object_get(json_object_get(report, phase), field);
}

static bool has_unit(const json_t *object, const char *unit)
{
    const char *u = json_string_value(json_object_get(object, "unit"));

    return u && strcmp(u, unit) == 0;
}

static double latency_s(el_import *out, const json_t *report, const char *phase)
{
    const json_t *l = part(report, phase, "latency");

    return has_unit(l, "s") ? el_import_positive(out, l, "mean") : EL_UNKNOWN;
}

/* Measures [kWh] above 0 in order of size; their number. */
static size_t measures(el_import *out, const json_t *list,
                       double kwh[MAX_MEASURES])
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(list) && n < MAX_MEASURES; i++) {
        kwh[n] = el_import_positive(out, json_array_get(list, i), "gpu");
        n += el_is_known(kwh[n]);
    }
    el_sort(kwh, n);
    return n;
}

/*
 * Energy of the GPUs in one phase [J]: the report's mean, unless its measures
 * hold what cannot be (zero, negative) or one far from the others; then their
 * median.
 */
static double energy_j(el_import *out, const json_t *report, const char *phase)
{
    const json_t *e = part(report, phase, "energy");
    const json_t *list =
        json_object_get(json_object_get(report, phase), "measures");
    double kwh[MAX_MEASURES], middle;
    size_t n;

    if (!has_unit(e, "kWh"))
        return EL_UNKNOWN;
    n = measures(out, list, kwh);
    if (n == 0)
        return json_array_size(list) > 0
                   ? EL_UNKNOWN
                   : el_import_positive(out, e, "gpu") * EL_J_PER_KWH;
    middle = (kwh[(n - 1) / 2] + kwh[n / 2]) / 2;
    if (n == json_array_size(list) && kwh[n - 1] <= FAR_ABOVE * middle)
        return el_import_positive(out, e, "gpu") * EL_J_PER_KWH;
    el_import_say(out,
                  "%s: of %zu energy measures %zu are not above 0 and the "
                  "highest is %.3g times the median: the median is taken",
                  phase, json_array_size(list), json_array_size(list) - n,
                  kwh[n - 1] / middle);
    return middle * EL_J_PER_KWH;
}

/* Tokens or samples behind an efficiency: value times total kWh. */
static double volume(el_import *out, const json_t *report, const char *phase,
                     const char *unit)
{
    const json_t *f = part(report, phase, "efficiency");
    const json_t *e = part(report, phase, "energy");

    if (!has_unit(f, unit) || !has_unit(e, "kWh"))
        return EL_UNKNOWN;
    return round(el_import_positive(out, f, "value") *
                 el_import_positive(out, e, "total"));
}

/* Sizes of a report without config, from its efficiencies. */
static void sizes(el_import *out, const json_t *report, el_import_row *row)
{
    double n = volume(out, report, "preprocess", "samples/kWh");

    row->requests = n;
    row->input_tokens = volume(out, report, "prefill", "tokens/kWh") / n;
    /* the first token comes with prefill */
    row->output_tokens = volume(out, report, "decode", "tokens/kWh") / n + 1;
    if (el_is_known(n))
        el_import_say(out, "requests and tokens: efficiency times energy");
}

static void config(el_import *out, const json_t *c, el_import_row *row)
{
    const json_t *backend = el_import_object(out, c, "backend");
    const json_t *scenario = el_import_object(out, c, "scenario");
    const json_t *shapes = el_import_object(out, scenario, "input_shapes");
    const json_t *env = el_import_object(out, c, "environment");
    const json_t *gpus = json_object_get(env, "gpu");
    const char *device = el_import_string(out, backend, "device");
    const char *dtype = el_import_string(out, backend, "dtype");

    row->model = el_import_model(out, el_import_string(out, backend, "model"));
    row->engine = el_import_string(out, backend, "name");
    row->precision =
        dtype ? dtype : el_import_string(out, backend, "torch_dtype");
    row->batch_size = el_import_positive(out, shapes, "batch_size");
    row->requests = row->batch_size;
    row->input_tokens = el_import_positive(out, shapes, "sequence_length");
    row->output_tokens = el_import_positive(
        out, json_object_get(scenario, "generate_kwargs"), "max_new_tokens");
    if (!el_is_known(row->output_tokens))
        row->output_tokens = el_import_positive(out, scenario, "new_tokens");
    if (device && strncmp(device, "cuda", 4) == 0 && json_array_size(gpus) > 0)
        row->gpu = el_import_text(
            out, el_slice_of(json_string_value(json_array_get(gpus, 0))));
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    const json_t *d = json_array_get(file->docs, 0);
    const json_t *r = report_of(d), *c = el_import_object(out, d, "config");
    double prefill_s, decode_s, prefill_j, decode_j;
    el_import_row *row;

    if (!json_object_get(r, "prefill") || !json_object_get(r, "decode"))
        return el_fail(err, EL_E_DATA,
                       "no tokens were generated: phases "
                       "prefill and decode would be needed");
    row = el_import_add_row(out);
    if (!row)
        return EL_OK; /* out->failed */
    if (c)
        config(out, c, row);
    else
        sizes(out, r, row);
    prefill_s = latency_s(out, r, "prefill");
    decode_s = latency_s(out, r, "decode");
    row->ttft_s = prefill_s;
    row->latency_s = prefill_s + decode_s;
    row->itl_s = decode_s / (row->output_tokens - 1);
    prefill_j = energy_j(out, r, "prefill");
    decode_j = energy_j(out, r, "decode");
    if (el_is_known(row->requests)) {
        row->prefill_energy_j = prefill_j;
        row->decode_energy_j = decode_j;
        row->energy_j = prefill_j + decode_j;
    } else if (el_is_known(prefill_j)) {
        el_import_say(out,
                      "%.6g J, but of how many requests is not told: "
                      "left out",
                      prefill_j + decode_j);
    }
    el_import_rest(out, r);
    return EL_OK;
}

/* --- tables --- */

static int detect_csv(const el_import_file *file)
{
    const el_sheet *s = &file->sheet;

    return el_sheet_column(s, 0, "generate.latency(s)") != EL_NO_COLUMN ||
                   (el_sheet_column(s, 0, "gpu_energy_wh") != EL_NO_COLUMN &&
                    el_sheet_column(s, 0, "model_name") != EL_NO_COLUMN)
               ? 85
               : 0;
}

static double cell(el_import *out, const el_sheet *s, size_t r,
                   const char *name)
{
    return el_cell_positive(
        out, el_sheet_cell(s, r, el_import_column(out, s, 0, name)), "");
}

static const char *label(el_import *out, const el_sheet *s, size_t r,
                         const char *name)
{
    return el_import_text(
        out, el_sheet_cell(s, r, el_import_column(out, s, 0, name)));
}

/* The first of "['NVIDIA A100-SXM4-80GB', ...]". */
static const char *first_gpu(el_import *out, const char *list)
{
    const char *from = list ? strchr(list, '\'') : NULL;

    return from ? el_import_text(out,
                                 (el_slice){from + 1, strcspn(from + 1, "'")})
                : NULL;
}

static void old_row(el_import *out, const el_sheet *s, size_t r)
{
    el_import_row *row = el_import_add_row(out);

    if (!row)
        return;
    row->model = label(out, s, r, "model");
    row->gpu = first_gpu(out, label(out, s, r, "environment.gpus"));
    row->engine = label(out, s, r, "backend.name");
    row->precision = label(out, s, r, "backend.torch_dtype");
    row->config_note = label(out, s, r, "experiment_name");
    row->batch_size = cell(out, s, r, "benchmark.input_shapes.batch_size");
    row->requests = row->batch_size;
    row->input_tokens =
        cell(out, s, r, "benchmark.input_shapes.sequence_length");
    row->output_tokens = cell(out, s, r, "benchmark.new_tokens");
    row->latency_s = cell(out, s, r, "generate.latency(s)");
    row->throughput_tok_s = cell(out, s, r, "generate.throughput(tokens/s)");
}

static void score_row(el_import *out, const el_sheet *s, size_t r)
{
    el_import_row *row = el_import_add_row(out);
    double n = cell(out, s, r, "successful_prompts");

    if (!row)
        return;
    row->model = label(out, s, r, "model_name");
    row->workload = label(out, s, r, "task");
    row->requests = n;
    row->input_tokens = cell(out, s, r, "total_prompt_tokens") / n;
    row->output_tokens = cell(out, s, r, "total_completion_tokens") / n;
    row->latency_s = cell(out, s, r, "avg_latency_seconds");
    row->energy_j = cell(out, s, r, "gpu_energy_wh") * EL_J_PER_WH;
}

static el_status read_csv(const el_import_file *file, el_import *out,
                          el_error *err)
{
    const el_sheet *s = &file->sheet;
    bool is_score = el_sheet_column(s, 0, "gpu_energy_wh") != EL_NO_COLUMN;

    (void)err;
    for (size_t r = 1; r < s->n; r++) {
        if (!el_record_fits(out, s, 0, r))
            continue;
        if (is_score)
            score_row(out, s, r);
        else
            old_row(out, s, r);
    }
    if (!is_score)
        el_import_say(out, "forward.latency is not the time to the first "
                           "token of generate: left out");
    if (s->n > 0)
        el_import_rest_columns(out, s, 0);
    return EL_OK;
}

const el_importer el_importer_optimum = {.name = "optimum-benchmark",
                                         .title = "optimum-benchmark report",
                                         .detect = detect,
                                         .read = read};

const el_importer el_importer_optimum_csv = {
    .name = "optimum-benchmark-csv",
    .title = "optimum-benchmark or AIEnergyScore table",
    .detect = detect_csv,
    .read = read_csv};
