/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TensorRT-LLM trtllm-bench --report_json: one object with engine, machine,
 * world_info, request_info, performance, streaming_metrics and, from 1.3 on,
 * energy. Times in ms. It does not say when it ran.
 */
#include <math.h>

#include "io/import_part.h"

/* What total_energy_j over the run may differ from power by. */
#define POWER_AGREES .05

static int detect(const el_import_file *file)
{
    const json_t *d = json_array_get(file->docs, 0);

    return json_object_get(d, "world_info") &&
                   json_object_get(d, "request_info") &&
                   json_object_get(d, "performance")
               ? 90
               : 0;
}

static void engine(el_import *out, const json_t *d, el_import_row *row)
{
    const json_t *e = el_import_object(out, d, "engine");
    const json_t *m = el_import_object(out, d, "machine");
    const json_t *w = el_import_object(out, d, "world_info");
    const char *dtype = el_import_string(out, e, "dtype");
    const char *quantization = el_import_string(out, e, "quantization");

    row->model = el_import_model(out, el_import_string(out, e, "model"));
    row->precision = quantization ? quantization : dtype;
    row->engine = el_import_text(out, el_slice_of("tensorrt-llm"));
    row->gpu = el_import_string(out, m, "name");
    row->tp = el_import_positive(out, w, "tp_size");
    row->pp = el_import_positive(out, w, "pp_size");
    row->ep = el_import_positive(out, w, "ep_size");
    row->num_gpus = el_import_positive(out, w, "world_size");
    row->batch_size = el_import_positive(out, w, "max_batch_size");
    el_import_rest(out, e);
    el_import_rest(out, w);
}

/* max_batch_size is a limit; where it was far from reached it is no load. */
static void load(el_import *out, const json_t *d, el_import_row *row)
{
    const json_t *r = el_import_object(out, d, "request_info");

    row->requests = el_import_positive(out, r, "num_requests");
    row->input_tokens = el_import_positive(out, r, "avg_input_length");
    row->output_tokens = el_import_positive(out, r, "avg_output_length");
    row->avg_batch = el_import_positive(out, r, "avg_num_concurrent_requests");
    if (row->avg_batch < row->batch_size / 2) {
        row->batch_size = EL_UNKNOWN;
        el_import_say(out, "max_batch_size was never half full: batch_size "
                           "is left blank");
    }
}

static void speed(el_import *out, const json_t *d, el_import_row *row)
{
    const json_t *p = el_import_object(out, d, "performance");
    const json_t *s = el_import_object(out, d, "streaming_metrics");

    row->latency_s = el_import_positive(out, p, "avg_request_latency_ms") / 1e3;
    row->throughput_tok_s =
        el_import_positive(out, p, "system_output_throughput_tok_s");
    row->ttft_s = el_import_positive(out, s, "avg_ttft_ms") / 1e3;
    row->itl_s = el_import_positive(out, s, "avg_tpot_ms") / 1e3;
    el_import_rest(out, p);
    el_import_rest(out, s);
}

/* Whether average_gpu_power is of one GPU or of all follows from the energy. */
static void energy(el_import *out, const json_t *d, el_import_row *row)
{
    const json_t *e = el_import_object(out, d, "energy");
    const json_t *p = json_object_get(d, "performance");
    double total = el_import_positive(out, e, "total_energy_j");
    double power = el_import_positive(out, e, "average_gpu_power");
    double run_s = el_import_positive(out, p, "total_latency_ms") / 1e3;
    double n = el_is_known(row->num_gpus) ? row->num_gpus : row->tp;

    if (!e)
        return;
    row->energy_j = total;
    if (fabs(power * run_s / total - 1) < POWER_AGREES)
        row->avg_power_w = power;
    else if (fabs(n * power * run_s / total - 1) < POWER_AGREES)
        row->avg_power_w = n * power;
    else
        el_import_say(out, "average_gpu_power does not fit total_energy_j: "
                           "left out");
    el_import_rest(out, e);
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    const json_t *d = json_array_get(file->docs, 0);
    el_import_row *row;

    if (json_array_size(file->docs) != 1)
        return el_fail(err, EL_E_DATA, "one report is expected, not %zu",
                       json_array_size(file->docs));
    row = el_import_add_row(out);
    if (!row)
        return EL_OK; /* out->failed */
    engine(out, d, row);
    load(out, d, row);
    speed(out, d, row);
    energy(out, d, row);
    el_import_rest(out, d);
    return EL_OK;
}

const el_importer el_importer_trtllm = {.name = "trtllm",
                                        .title = "trtllm-bench report",
                                        .detect = detect,
                                        .read = read};
