/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vLLM: `vllm bench serve --save-result` (benchmark_serving.py and its copies),
 * `bench latency`, `bench throughput`, `bench sweep serve`, and the table that
 * its nightly suite makes of them.
 *
 * `date` is when the result was saved, after the run, to 1 s; `backend` is the
 * protocol that the client spoke, not the engine; GPU and degrees are nowhere.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/import_part.h"

static bool has(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

static bool is_serving(const json_t *d)
{
    return has(d, "request_rate") && has(d, "model_id") &&
           (has(d, "mean_ttft_ms") || has(d, "median_ttft") ||
            has(d, "total_output_tokens"));
}

static bool is_latency(const json_t *d)
{
    return has(d, "avg_latency") && has(d, "latencies");
}

static bool is_throughput(const json_t *d)
{
    return has(d, "elapsed_time") && has(d, "requests_per_second") &&
           has(d, "tokens_per_second");
}

static bool is_suite(const json_t *d)
{
    return has(d, "Test name") && has(d, "Mean TTFT (ms)");
}

static int detect(const el_import_file *file)
{
    const json_t *d = json_array_get(file->docs, 0);

    return is_serving(d) || is_latency(d) || is_throughput(d) || is_suite(d)
               ? 80
               : 0;
}

/* mean_<what>_ms, else median_<what>_ms, else <what> in s; [s]. */
static double latency_of(el_import *out, const json_t *d, const char *what,
                         bool *is_median)
{
    static const struct {
        const char *form;
        double s;
        bool is_median;
    } keys[] = {{"mean_%s_ms", 1e-3, false},
                {"median_%s_ms", 1e-3, true},
                {"median_%s", 1, true}};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char key[64];
        const char *s = strchr(keys[i].form, '%');
        double v;

        (void)snprintf(key, sizeof key, "%.*s%s%s", (int)(s - keys[i].form),
                       keys[i].form, what, s + 2);
        v = el_import_positive(out, d, key);
        if (el_is_known(v)) {
            *is_median = *is_median || keys[i].is_median;
            return v * keys[i].s;
        }
    }
    return EL_UNKNOWN;
}

static void times(el_import *out, const json_t *d, el_import_row *row)
{
    double duration = el_import_positive(out, d, "duration");
    double from = el_import_positive(out, d, "benchmark_start_time_unix");
    double to = el_import_positive(out, d, "benchmark_end_time_unix");
    const char *date = el_import_string(out, d, "date");
    double at;
    el_clock clock;

    if (to > from)
        el_row_ended(row, to, to - from, EL_CLOCK_UTC);
    else if (date && el_time_parse(el_slice_of(date), &at, &clock))
        el_row_ended(row, at, duration, clock);
}

/* What tells one run of a sweep from the others. */
static void note(el_import *out, const json_t *d, el_import_row *row)
{
    static const char *const keys[] = {"request_rate", "burstiness",
                                       "max_num_seqs", "max_num_batched_tokens",
                                       "run_number",   "label"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *s = el_import_string(out, d, keys[i]);
        double v = s ? EL_UNKNOWN : el_import_number(out, d, keys[i]);

        if (s)
            el_import_append(out, &row->config_note,
                             el_import_textf(out, "%s=%.100s", keys[i], s));
        else if (el_is_known(v))
            el_import_append(out, &row->config_note,
                             el_import_textf(out, "%s=%g", keys[i], v));
    }
}

static void tokens(el_import *out, const json_t *d, el_import_row *row)
{
    double n = row->requests;
    double in = el_import_positive(out, d, "total_input_tokens");
    double made = el_import_positive(out, d, "total_output_tokens");

    row->input_tokens = in / n;
    row->output_tokens = made / n;
}

/* A run of which no request came back measured nothing. */
static bool has_failed(el_import *out, const json_t *d, el_import_row *row)
{
    double asked = el_import_positive(out, d, "num_prompts");
    double done = el_import_number(out, d, "completed");

    if (done == 0) /* an exact count */
        return true;
    row->requests = done > 0 ? done : EL_UNKNOWN;
    if (asked > done) {
        row->quality_flag = el_import_text(out, el_slice_of("failed_requests"));
        el_import_say(out,
                      "%.0f of %.0f requests failed; the row is of the "
                      "others",
                      asked - done, asked);
    }
    return false;
}

static bool serving(el_import *out, const json_t *d)
{
    el_import_row *row = el_import_add_row(out);
    bool is_median = false;
    double rate;

    if (!row)
        return true;
    if (has_failed(out, d, row)) {
        out->n_row--;
        return false;
    }
    row->model = el_import_model(out, el_import_string(out, d, "model_id"));
    row->engine = el_import_string(out, d, "framework");
    row->concurrency = el_import_positive(out, d, "max_concurrency");
    tokens(out, d, row);
    row->throughput_tok_s = el_import_positive(out, d, "output_throughput");
    row->ttft_s = latency_of(out, d, "ttft", &is_median);
    row->itl_s = latency_of(out, d, "itl", &is_median);
    if (!el_is_known(row->itl_s))
        row->itl_s = latency_of(out, d, "tpot", &is_median);
    row->latency_s = latency_of(out, d, "e2el", &is_median);
    rate = el_import_positive(out, d, "request_throughput");
    if (!is_median) /* Little's law needs the mean */
        row->avg_batch = rate * row->latency_s;
    times(out, d, row);
    note(out, d, row);
    if (is_median)
        el_import_append(out, &row->quality_flag, "median_latencies");
    return true;
}

static void latency(el_import *out, const json_t *d)
{
    el_import_row *row = el_import_add_row(out);

    if (row)
        row->latency_s = el_import_positive(out, d, "avg_latency");
    el_import_say(out, "a latency run: model, tokens and batch are not in the "
                       "file");
}

static void throughput(el_import *out, const json_t *d)
{
    el_import_row *row = el_import_add_row(out);

    if (row)
        row->requests = el_import_positive(out, d, "num_requests");
    el_import_say(out, "a throughput run: tokens count input and output "
                       "together, so that neither is known");
}

/* Output tokens of a request from two rates; the VM stands where a GPU would.
 */
static void suite(el_import *out, const json_t *d)
{
    el_import_row *row = el_import_add_row(out);
    double rate, made, all;

    if (!row)
        return;
    row->requests = el_import_positive(out, d, "# of req.");
    rate = el_import_positive(out, d, "Tput (req/s)");
    made = el_import_positive(out, d, "Output Tput (tok/s)");
    all = el_import_positive(out, d, "Total Tput (tok/s)");
    row->throughput_tok_s = made;
    row->output_tokens = made / rate;
    if (all > made)
        row->input_tokens = (all - made) / rate;
    row->ttft_s = el_import_positive(out, d, "Mean TTFT (ms)") / 1e3;
    row->itl_s = el_import_positive(out, d, "Mean ITL (ms)") / 1e3;
    row->config_note = el_import_string(out, d, "Test name");
}

static void summary(const el_import_file *file, el_import *out, size_t n_bad)
{
    const json_t *d = json_array_get(file->docs, 0);

    if (n_bad > 0)
        el_import_say(out, "%zu runs left out: every request failed", n_bad);
    if (is_suite(d))
        el_import_say(out, "tokens of a request: tokens/s over requests/s");
    else if (is_serving(d) && out->n_row > 0 &&
             out->row->clock == EL_CLOCK_LOCAL)
        el_import_say(out, "the run ends at `date`, known to 1 s, local time");
    if (out->n_row > 0 && el_is_known(out->row->avg_batch))
        el_import_say(out, "avg_batch: requests/s times mean latency (Little)");
    for (size_t i = 0; i < json_array_size(file->docs); i++)
        el_import_rest(out, json_array_get(file->docs, i));
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    size_t n_bad = 0;

    for (size_t i = 0; i < json_array_size(file->docs); i++) {
        const json_t *d = json_array_get(file->docs, i);

        if (is_serving(d))
            n_bad += !serving(out, d);
        else if (is_latency(d))
            latency(out, d);
        else if (is_throughput(d))
            throughput(out, d);
        else if (is_suite(d))
            suite(out, d);
        else
            out->n_skipped++;
    }
    if (n_bad > 0 && out->n_row == 0)
        return el_fail(err, EL_E_DATA,
                       "every request failed: nothing was measured; a run "
                       "with completed > 0 would be needed");
    summary(file, out, n_bad);
    return EL_OK;
}

const el_importer el_importer_vllm = {.name = "vllm",
                                      .title = "vLLM bench result",
                                      .detect = detect,
                                      .read = read};
