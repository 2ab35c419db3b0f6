/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ML.ENERGY results: the per-model files of the Leaderboard v3 (an object with
 * configurations[], units in the keys) and the raw runs of v2 (one flat object
 * whose keys read "Energy/req (J)"). An image or a video is one request.
 */
#include <math.h>

#include "io/import_part.h"

static bool has(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

static bool is_v2(const json_t *d)
{
    return has(d, "Model") && has(d, "GPU") &&
           (has(d, "Energy/req (J)") || has(d, "Energy/image (J)") ||
            has(d, "Energy/video (J)"));
}

static bool is_v3(const json_t *d)
{
    return has(d, "model_id") && has(d, "task") &&
           json_is_array(json_object_get(d, "configurations"));
}

static int detect(const el_import_file *file)
{
    const json_t *d = json_array_get(file->docs, 0);

    return is_v2(d) || is_v3(d) ? 90 : 0;
}

/* The first of the NULL-terminated keys that has a value. */
static double first_of(el_import *out, const json_t *d, const char *const *keys)
{
    double v = EL_UNKNOWN;

    for (; *keys && !el_is_known(v); keys++)
        v = el_import_positive(out, d, *keys);
    return v;
}

static void v2(el_import *out, const json_t *d)
{
    static const char *const energy[] = {"Energy/req (J)", "Energy/image (J)",
                                         "Energy/video (J)", NULL};
    el_import_row *row = el_import_add_row(out);

    if (!row)
        return;
    row->model = el_import_string(out, d, "Model");
    row->gpu = el_import_string(out, d, "GPU");
    row->tp = el_import_positive(out, d, "TP");
    row->pp = el_import_positive(out, d, "PP");
    row->energy_per_request_j = first_of(out, d, energy);
    row->itl_s = el_import_positive(out, d, "Avg TPOT (s)");
    row->throughput_tok_s = el_import_positive(out, d, "Token tput (tok/s)");
    row->output_tokens = el_import_positive(out, d, "Avg Output Tokens");
    row->avg_batch = el_import_positive(out, d, "Avg BS (reqs)");
    row->batch_size = el_import_positive(out, d, "Batch size");
    row->latency_s = el_import_positive(out, d, "Batch latency (s)");
    if (!el_is_known(row->batch_size)) /* the most that were ever in flight */
        row->batch_size = el_import_positive(out, d, "Max BS (reqs)");
    el_import_rest(out, d);
}

static void degrees(el_import *out, const json_t *c, el_import_row *row)
{
    const json_t *p = el_import_object(out, c, "parallelization");
    const char *note = el_import_string(out, p, "notes");

    row->tp = el_import_positive(out, p, "tensor_parallel");
    row->ep = el_import_positive(out, p, "expert_parallel");
    row->dp = el_import_positive(out, p, "data_parallel");
    row->num_gpus = el_import_positive(out, c, "num_gpus");
    el_import_append(out, &row->config_note, note);
    el_import_rest(out, p);
}

static void configuration(el_import *out, const json_t *d, const json_t *c)
{
    static const char *const energy[] = {"energy_per_request_joules",
                                         "energy_per_image_joules",
                                         "energy_per_video_joules", NULL};
    static const char *const batch[] = {"max_num_seqs", "batch_size", NULL};
    el_import_row *row = el_import_add_row(out);

    if (!row)
        return;
    row->model = el_import_string(out, d, "model_id");
    row->workload = el_import_string(out, d, "task");
    row->precision = el_import_string(out, d, "weight_precision");
    row->params_b = el_import_positive(out, d, "total_params_billions");
    row->active_params_b =
        el_import_positive(out, d, "activated_params_billions");
    row->gpu = el_import_string(out, c, "gpu_model");
    row->batch_size = first_of(out, c, batch);
    row->avg_batch = el_import_positive(out, c, "avg_batch_size");
    row->output_tokens = el_import_positive(out, c, "avg_output_len");
    row->energy_per_request_j = first_of(out, c, energy);
    row->energy_per_output_token_j =
        el_import_positive(out, c, "energy_per_token_joules");
    row->avg_power_w = el_import_positive(out, c, "avg_power_watts");
    row->throughput_tok_s =
        el_import_positive(out, c, "output_throughput_tokens_per_sec");
    row->latency_s = el_import_positive(out, c, "batch_latency_s");
    row->itl_s = el_import_positive(out, c, "median_itl_ms") / 1e3;
    if (el_is_known(row->itl_s))
        row->quality_flag = el_import_text(out, el_slice_of("median_itl"));
    degrees(out, c, row);
    el_import_rest(out, c);
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    (void)err;
    for (size_t i = 0; i < json_array_size(file->docs); i++) {
        const json_t *d = json_array_get(file->docs, i);
        const json_t *list = json_object_get(d, "configurations");

        if (is_v2(d)) {
            v2(out, d);
            continue;
        }
        el_import_used(out, "configurations");
        for (size_t k = 0; k < json_array_size(list); k++)
            configuration(out, d, json_array_get(list, k));
        el_import_rest(out, d);
    }
    if (out->n_row > 0 && !el_is_known(out->row->output_tokens))
        el_import_say(out, "images or videos: energy_per_request_j is of one; "
                           "output_tokens stays blank");
    return EL_OK;
}

const el_importer el_importer_mlenergy = {.name = "mlenergy",
                                          .title = "ML.ENERGY result",
                                          .detect = detect,
                                          .read = read};
