/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SGLang bench_serving --output-file: one JSON object a line, appended run by
 * run, request_rate a bare Infinity. Older files have medians alone and no
 * word on model or degrees; newer ones carry the server's own settings. None
 * says when it ran.
 */
#include <math.h>
#include <stdio.h>

#include "io/import_part.h"

static bool has(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

static bool is_run(const json_t *d)
{
    return has(d, "backend") && has(d, "completed") &&
           has(d, "output_throughput") && !has(d, "model_id") &&
           (has(d, "random_input_len") || has(d, "sharegpt_output_len") ||
            has(d, "server_info"));
}

static int detect(const el_import_file *file)
{
    return is_run(json_array_get(file->docs, 0)) ? 85 : 0;
}

/* mean_<what>_ms, else the median; [s] */
static double latency_of(el_import *out, const json_t *d, const char *what,
                         bool *is_median)
{
    static const char *const form[] = {"mean", "median"};

    for (size_t i = 0; i < 2; i++) {
        char key[64];
        double v;

        (void)snprintf(key, sizeof key, "%s_%s_ms", form[i], what);
        v = el_import_positive(out, d, key);
        if (el_is_known(v)) {
            *is_median = *is_median || i == 1;
            return v / 1e3;
        }
    }
    return EL_UNKNOWN;
}

/* Settings of a server that is one engine. */
static void server(el_import *out, const json_t *s, el_import_row *row)
{
    const char *dtype = el_import_string(out, s, "dtype");
    const char *quantization = el_import_string(out, s, "quantization");

    row->model = el_import_model(out, el_import_string(out, s, "model_path"));
    row->tp = el_import_positive(out, s, "tp_size");
    row->pp = el_import_positive(out, s, "pp_size");
    row->dp = el_import_positive(out, s, "dp_size");
    row->ep = el_import_positive(out, s, "ep_size");
    row->precision = quantization ? quantization : dtype;
    if (row->precision && el_slice_is(el_slice_of(row->precision), "auto"))
        row->precision = NULL; /* as the checkpoint is: not told */
    row->engine = el_import_text(out, el_slice_of("sglang"));
}

/* GPUs of servers that share the work. */
static double gpus_of(el_import *out, const json_t *servers)
{
    double sum = 0;

    for (size_t i = 0; i < json_array_size(servers); i++) {
        const json_t *s = json_array_get(servers, i);
        double pp = el_import_positive(out, s, "pp_size");

        sum +=
            el_import_positive(out, s, "tp_size") * (el_is_known(pp) ? pp : 1);
    }
    return sum;
}

/* Prefill and decode on servers of their own: one row, whose degrees are not
 * those of one engine. */
static void disaggregated(el_import *out, const json_t *s, el_import_row *row)
{
    const json_t *prefill = json_object_get(s, "prefill");
    const json_t *decode = json_object_get(s, "decode");
    const json_t *first = json_array_get(prefill, 0);

    row->model =
        el_import_model(out, el_import_string(out, first, "model_path"));
    row->engine = el_import_text(out, el_slice_of("sglang"));
    row->num_gpus = gpus_of(out, prefill) + gpus_of(out, decode);
    row->config_note =
        el_import_textf(out, "disaggregated: %zu prefill, %zu decode",
                        json_array_size(prefill), json_array_size(decode));
    el_import_say(out, "prefill and decode on servers of their own: num_gpus "
                       "is of both, tp is left blank");
}

static void settings(el_import *out, const json_t *d, el_import_row *row)
{
    const json_t *s = el_import_object(out, d, "server_info");

    if (json_is_array(json_object_get(s, "prefill")) &&
        json_is_array(json_object_get(s, "decode")))
        disaggregated(out, s, row);
    else if (s)
        server(out, s, row);
}

static void run_of(el_import *out, const json_t *d)
{
    el_import_row *row = el_import_add_row(out);
    double rate;
    bool is_median = false;

    if (!row)
        return;
    settings(out, d, row);
    row->requests = el_import_positive(out, d, "completed");
    row->concurrency = el_import_positive(out, d, "max_concurrency");
    row->avg_batch = el_import_positive(out, d, "concurrency");
    row->input_tokens =
        el_import_positive(out, d, "total_input_tokens") / row->requests;
    row->output_tokens =
        el_import_positive(out, d, "total_output_tokens") / row->requests;
    row->throughput_tok_s = el_import_positive(out, d, "output_throughput");
    row->latency_s = latency_of(out, d, "e2e_latency", &is_median);
    row->ttft_s = latency_of(out, d, "ttft", &is_median);
    row->itl_s = latency_of(out, d, "itl", &is_median);
    row->workload = el_import_string(out, d, "dataset_name");
    rate = el_import_positive(out, d, "request_rate");
    if (el_is_known(rate))
        el_import_append(out, &row->config_note,
                         el_import_textf(out, "request_rate=%g", rate));
    el_import_append(out, &row->config_note, el_import_string(out, d, "tag"));
    if (is_median) {
        row->quality_flag =
            el_import_text(out, el_slice_of("median_latencies"));
        el_import_say(out, "medians stand for the means that old files lack");
    }
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    (void)err;
    for (size_t i = 0; i < json_array_size(file->docs); i++) {
        const json_t *d = json_array_get(file->docs, i);

        if (!is_run(d) ||
            !(json_number_value(json_object_get(d, "completed")) > 0)) {
            out->n_skipped++; /* no request came back */
            continue;
        }
        run_of(out, d);
        el_import_rest(out, d);
    }
    if (file->cut_lines)
        el_import_say(out, "the last line breaks off: left out");
    el_import_say(out, "the file does not say when it ran: no power log can "
                       "be joined");
    return EL_OK;
}

const el_importer el_importer_sglang = {.name = "sglang",
                                        .title = "SGLang bench_serving",
                                        .detect = detect,
                                        .read = read};
