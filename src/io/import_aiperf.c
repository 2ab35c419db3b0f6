/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NVIDIA AIPerf, once GenAI-Perf: profile_export_aiperf.json (one run, each
 * metric with its unit), profile_export.jsonl (one request a line) and
 * gpu_telemetry_export.jsonl (one reading of one GPU a line).
 *
 * energy_consumption is the board's counter since the driver was loaded, in
 * megajoules: a run's energy is the difference. A GPU that two exporters of one
 * node report is one GPU: its UUID tells.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "io/import_part.h"

/* What counter and power of one profile may differ by. */
#define COUNTER_AGREES .1

static bool has(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

/* Early versions had the metrics one level down. */
static const json_t *metrics_of(const json_t *d)
{
    const json_t *records = json_object_get(d, "records");

    return json_is_object(records) ? records : d;
}

static bool is_report(const json_t *d)
{
    return has(metrics_of(d), "request_throughput") &&
           has(metrics_of(d), "request_latency") && has(d, "input_config");
}

static bool is_request(const json_t *d)
{
    return has(d, "metadata") && (has(d, "metrics") || has(d, "error"));
}

static bool is_reading(const json_t *d)
{
    return has(d, "timestamp_ns") && has(d, "telemetry_data") &&
           has(d, "gpu_index");
}

static int detect_runs(const el_import_file *file)
{
    const json_t *d = json_array_get(file->docs, 0);

    return is_report(d) || is_request(d) ? 90 : 0;
}

static int detect_power(const el_import_file *file)
{
    return is_reading(json_array_get(file->docs, 0)) ? 90 : 0;
}

/* Units of one dimension to ours; 0: another dimension. */
static double scale_of(const char *unit)
{
    static const struct {
        const char *name;
        double scale;
    } units[] = {{"ms", 1e-3},
                 {"s", 1},
                 {"sec", 1},
                 {"us", 1e-6},
                 {"ns", 1e-9},
                 {"tokens", 1},
                 {"requests", 1},
                 {"tokens/sec", 1},
                 {"requests/sec", 1},
                 {"MJ", EL_J_PER_MJ},
                 {"J", 1},
                 {"mJ", 1e-3},
                 {"W", 1}};

    for (size_t i = 0; unit && i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].name) == 0)
            return units[i].scale;
    return 0;
}

/* metrics[key][what] in s, tokens, J, W ...; NaN. */
static double metric(el_import *out, const json_t *metrics, const char *key,
                     const char *what)
{
    const json_t *m = json_object_get(metrics, key);
    const json_t *value = json_object_get(m, what);
    double scale = scale_of(json_string_value(json_object_get(m, "unit")));
    double v = json_is_number(value) ? json_number_value(value) : EL_UNKNOWN;

    if (!el_is_known(v) || scale == 0)
        return EL_UNKNOWN;
    el_import_used(out, key);
    if (v > 0)
        return v * scale;
    out->n_not_positive++;
    return EL_UNKNOWN;
}

/* Energy of one GPU over the profile: difference of its counter. */
static double gpu_energy(el_import *out, const json_t *gpu)
{
    const json_t *metrics = json_object_get(gpu, "metrics");

    return metric(out, metrics, "energy_consumption", "max") -
           metric(out, metrics, "energy_consumption", "min");
}

typedef struct boards {
    const char *uuid[EL_IMPORT_MAX_NAMES];
    size_t n;
    double energy_j, power_w;
} boards;

static void add_board(el_import *out, const json_t *gpu, boards *b)
{
    const char *uuid = el_import_string(out, gpu, "gpu_uuid");
    const char *name = el_import_string(out, gpu, "gpu_name");

    for (size_t i = 0; i < b->n; i++)
        if (uuid && b->uuid[i] == uuid) {
            el_import_say(out, "a GPU that two exporters report is counted "
                               "once");
            return;
        }
    if (b->n == EL_IMPORT_MAX_NAMES)
        return;
    b->uuid[b->n++] = uuid;
    b->energy_j += gpu_energy(out, gpu);
    b->power_w +=
        metric(out, json_object_get(gpu, "metrics"), "gpu_power_usage", "avg");
    out->gpu_name = name ? name : out->gpu_name;
}

/*
 * The exporter's counter may be older than its power by its own period (30 s by
 * default), so that max - min misses the ends of a short profile: the energy
 * counts only where power over the same time agrees.
 */
static void settle(el_import *out, const boards *b, double duration_s,
                   el_import_row *row)
{
    double by_power_j = b->power_w * duration_s;

    row->gpu = out->gpu_name;
    el_import_say(out,
                  "telemetry of %zu GPU%s: %.6g J by the energy counter, "
                  "%.6g J by power over %.4g s",
                  b->n, b->n == 1 ? "" : "s", b->energy_j, by_power_j,
                  duration_s);
    if (fabs(b->energy_j / by_power_j - 1) <= COUNTER_AGREES) {
        row->measured_j = b->energy_j;
        row->measured_gpus = b->n;
    } else {
        el_import_say(out,
                      "they differ by more than %g %%: no energy is "
                      "taken; gpu_telemetry_export.jsonl would settle it",
                      100 * COUNTER_AGREES);
    }
}

static void telemetry(el_import *out, const json_t *d, double duration_s,
                      el_import_row *row)
{
    const json_t *t = el_import_object(out, d, "telemetry_data");
    json_t *ends = json_object_get(t, "endpoints"), *end, *gpu;
    const char *host, *name;
    boards *b;

    if (!ends)
        return;
    b = el_array(1, sizeof *b);
    out->failed = out->failed || !b;
    if (!b)
        return;
    json_object_foreach(ends, host, end)
        json_object_foreach(json_object_get(end, "gpus"), name, gpu)
            add_board(out, gpu, b);
    if (b->n > 0 && b->energy_j > 0)
        settle(out, b, duration_s, row);
    el_free(b);
}

/* What the user asked AIPerf for. */
static void asked(el_import *out, const json_t *d, el_import_row *row)
{
    const json_t *c = el_import_object(out, d, "input_config");
    const json_t *models =
        json_object_get(json_object_get(c, "endpoint"), "model_names");
    const json_t *load = el_import_object(out, c, "loadgen");
    const json_t *input = json_object_get(c, "input");
    const char *name = json_string_value(json_array_get(models, 0));

    if (name && json_array_size(models) == 1)
        row->model = el_import_model(out, name);
    row->concurrency = el_import_positive(out, load, "concurrency");
    row->workload = el_import_string(out, input, "public_dataset");
}

/* Tokens, latencies and rates, which a report and its CSV share. */
static void averages(el_import *out, const json_t *d, el_import_row *row)
{
    row->requests = metric(out, d, "request_count", "avg");
    row->input_tokens = metric(out, d, "input_sequence_length", "avg");
    row->output_tokens = metric(out, d, "output_sequence_length", "avg");
    row->latency_s = metric(out, d, "request_latency", "avg");
    row->ttft_s =
        metric(out, d, has(d, "ttft") ? "ttft" : "time_to_first_token", "avg");
    row->itl_s = metric(out, d, "inter_token_latency", "avg");
    row->throughput_tok_s = metric(out, d, "output_token_throughput", "avg");
    row->avg_batch =
        metric(out, d, "request_throughput", "avg") * row->latency_s;
}

static void report(el_import *out, const json_t *d)
{
    el_import_row *row = el_import_add_row(out);
    const json_t *m = metrics_of(d);
    double from = metric(out, m, "min_request_timestamp", "avg");
    double to = metric(out, m, "max_response_timestamp", "avg");
    double duration = metric(out, m, "benchmark_duration", "avg");

    if (!row)
        return;
    averages(out, m, row);
    asked(out, d, row);
    el_row_ended(row, to, to - from, EL_CLOCK_UTC);
    telemetry(out, d, duration, row);
    if (json_is_true(json_object_get(d, "was_cancelled")))
        row->quality_flag = el_import_text(out, el_slice_of("cancelled"));
    if (el_is_known(row->avg_batch))
        el_import_say(out, "avg_batch: requests/s times mean latency (Little)");
    el_import_rest(out, m);
}

/* Sums over the requests that came back. */
typedef struct requests {
    double in, made, latency_s, ttft_s, itl_s, from_ns, to_ns;
    size_t n, n_itl, n_failed;
} requests;

static void add_request(el_import *out, const json_t *d, requests *r)
{
    const json_t *meta = json_object_get(d, "metadata");
    const json_t *m = json_object_get(d, "metrics");
    const char *phase = json_string_value(
        json_object_get(meta, has(meta, "benchmark_phase") ? "benchmark_phase"
                                                           : "credit_phase"));
    double latency = metric(out, m, "request_latency", "value");
    double from = el_import_positive(
        out, meta,
        has(meta, "request_start_ns") ? "request_start_ns" : "timestamp_ns");
    double itl = metric(out, m, "inter_token_latency", "value");

    if (phase && strcmp(phase, "profiling") != 0)
        return; /* warm-up */
    if (!el_is_known(latency) || json_is_object(json_object_get(d, "error"))) {
        r->n_failed++;
        return;
    }
    r->n++;
    r->in += metric(out, m, "input_sequence_length", "value");
    r->made += metric(out, m, "output_sequence_length", "value");
    r->ttft_s += metric(out, m, "time_to_first_token", "value");
    r->latency_s += latency;
    if (el_is_known(itl)) { /* an answer of one token has none */
        r->itl_s += itl;
        r->n_itl++;
    }
    r->from_ns = r->n == 1 ? from : fmin(r->from_ns, from);
    r->to_ns =
        r->n == 1 ? from + latency * 1e9 : fmax(r->to_ns, from + latency * 1e9);
}

static void log_row(el_import *out, const requests *r)
{
    el_import_row *row = el_import_add_row(out);
    double n = (double)r->n, run_s = (r->to_ns - r->from_ns) / 1e9;

    if (!row)
        return;
    row->requests = n;
    row->input_tokens = r->in / n;
    row->output_tokens = r->made / n;
    row->latency_s = r->latency_s / n;
    row->ttft_s = r->ttft_s / n;
    row->itl_s = r->n_itl > 0 ? r->itl_s / (double)r->n_itl : EL_UNKNOWN;
    el_row_ended(row, r->to_ns / 1e9, run_s, EL_CLOCK_UTC);
    if (run_s > 0) {
        row->throughput_tok_s = r->made / run_s;
        row->avg_batch = r->latency_s / run_s;
    }
    el_import_say(out,
                  "one row of %zu requests (%zu failed): means, and rates "
                  "over %.4g s from the first start to the last end",
                  r->n, r->n_failed, run_s);
}

static el_status read_runs(const el_import_file *file, el_import *out,
                           el_error *err)
{
    requests r = {0};

    for (size_t i = 0; i < json_array_size(file->docs); i++) {
        const json_t *d = json_array_get(file->docs, i);

        if (is_report(d))
            report(out, d);
        else if (is_request(d))
            add_request(out, d, &r);
        else
            out->n_skipped++;
    }
    if (r.n == 0 && r.n_failed > 0)
        return el_fail(err, EL_E_DATA,
                       "all %zu requests failed: nothing was "
                       "measured",
                       r.n_failed);
    if (r.n > 0)
        log_row(out, &r);
    if (file->cut_lines)
        el_import_say(out, "the last line breaks off: left out");
    return EL_OK;
}

/* Whose readings of a board count: those of the first exporter. */
typedef struct exporters {
    const char *uuid[EL_IMPORT_MAX_NAMES], *url[EL_IMPORT_MAX_NAMES];
    size_t n;
} exporters;

static bool is_first(exporters *e, const char *uuid, const char *url)
{
    for (size_t i = 0; i < e->n; i++)
        if (e->uuid[i] == uuid)
            return e->url[i] == url; /* both interned */
    if (e->n < EL_IMPORT_MAX_NAMES) {
        e->uuid[e->n] = uuid;
        e->url[e->n++] = url;
    }
    return true;
}

static void power_line(el_import *out, const json_t *d, exporters *seen)
{
    const json_t *t = json_object_get(d, "telemetry_data");
    const char *uuid = el_import_string(out, d, "gpu_uuid");
    const char *url = el_import_string(out, d, "dcgm_url");

    if (!is_reading(d)) {
        out->n_skipped++;
        return;
    }
    if (!is_first(seen, uuid, url)) {
        el_import_say(out, "a GPU that two exporters report is counted once");
        return;
    }
    out->gpu_name = el_import_string(out, d, "gpu_model_name");
    el_import_add_sample(out, el_import_positive(out, d, "timestamp_ns") / 1e9,
                         el_slice_of(uuid ? uuid : "0"),
                         el_import_number(out, t, "gpu_power_usage"),
                         el_import_positive(out, t, "energy_consumption") *
                             EL_J_PER_MJ);
    el_import_rest(out, t);
}

static el_status read_power(const el_import_file *file, el_import *out,
                            el_error *err)
{
    exporters *seen = el_array(1, sizeof *seen);

    if (!seen)
        return el_fail(err, EL_E_NOMEM, "out of memory");
    out->clock = EL_CLOCK_UTC;
    for (size_t i = 0; i < json_array_size(file->docs); i++)
        power_line(out, json_array_get(file->docs, i), seen);
    el_free(seen);
    if (file->cut_lines)
        el_import_say(out, "the last line breaks off: left out");
    el_import_say(out, "energy_consumption is a counter in MJ");
    return EL_OK;
}

const el_importer el_importer_aiperf = {.name = "aiperf",
                                        .title = "AIPerf result",
                                        .detect = detect_runs,
                                        .read = read_runs};

const el_importer el_importer_aiperf_power = {.name = "aiperf-telemetry",
                                              .title = "AIPerf GPU telemetry",
                                              .is_power = true,
                                              .detect = detect_power,
                                              .read = read_power};
