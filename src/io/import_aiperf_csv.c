/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AIPerf profile_export_aiperf.csv (a table of metrics, a blank line, a table
 * "Metric,Value") and the summary of `genai-perf analyze` (one line a run,
 * then tables of GPUs whose figures are percentiles: left out). Units stand in
 * the names.
 */
#include <math.h>

#include "io/import_part.h"

static bool is_report(const el_sheet *s)
{
    return el_slice_is(el_sheet_cell(s, 0, 0), "Metric") &&
           el_slice_is(el_sheet_cell(s, 0, 1), "avg");
}

static bool is_analysis(const el_sheet *s)
{
    return el_slice_is(el_sheet_cell(s, 0, 0), "Config Name") &&
           el_sheet_column(s, 0, "Concurrency") != EL_NO_COLUMN;
}

static int detect(const el_import_file *file)
{
    return is_report(&file->sheet) || is_analysis(&file->sheet) ? 90 : 0;
}

/* Second cell of the record whose first is `name`, exactly. */
static double value(el_import *out, const el_sheet *s, const char *name)
{
    for (size_t r = 0; r < s->n; r++)
        if (el_slice_is(el_sheet_cell(s, r, 0), name)) {
            el_import_used(out, name);
            return el_cell_positive(out, el_sheet_cell(s, r, 1), "");
        }
    return EL_UNKNOWN;
}

static void report(el_import *out, const el_sheet *s)
{
    el_import_row *row = el_import_add_row(out);
    double from = value(out, s, "Minimum Request Timestamp (ns)") / 1e9;
    double to = value(out, s, "Maximum Response Timestamp (ns)") / 1e9;

    if (!row)
        return;
    row->requests = value(out, s, "Request Count");
    row->input_tokens = value(out, s, "Input Sequence Length (tokens)");
    row->output_tokens = value(out, s, "Output Sequence Length (tokens)");
    row->latency_s = value(out, s, "Request Latency (ms)") / 1e3;
    row->ttft_s = value(out, s, "Time to First Token (ms)") / 1e3;
    row->itl_s = value(out, s, "Inter Token Latency (ms)") / 1e3;
    row->throughput_tok_s =
        value(out, s, "Output Token Throughput (tokens/sec)");
    el_row_ended(row, to, to - from, EL_CLOCK_UTC);
    /* two digits of requests/s are too few: the count over the time */
    row->avg_batch = row->requests * row->latency_s /
                     value(out, s, "Benchmark Duration (sec)");
    for (size_t r = 1; r < s->n; r++) {
        const char *name = el_import_text(out, el_sheet_cell(s, r, 0));

        if (name)
            el_import_ignored(out, name);
    }
    el_import_say(out, "model and concurrency are not in the CSV; the JSON "
                       "beside it has them");
    el_import_say(out, "avg_batch: requests/s times mean latency (Little)");
}

/* Up to the next table, whose header has another width. */
static void analysis(el_import *out, const el_sheet *s)
{
    size_t note = el_import_column(out, s, 0, "Config Name");
    size_t load = el_import_column(out, s, 0, "Concurrency");
    size_t in = el_import_column(out, s, 0, "ISL");
    size_t n = el_import_column(out, s, 0, "Num Prompts");
    size_t tokens = el_import_column(out, s, 0, "Avg. Output Token Throughput");
    size_t rate = el_import_column(out, s, 0, "Request Throughput");

    for (size_t r = 1; r < s->n; r++) {
        el_import_row *row;

        if (el_slice_is(el_sheet_cell(s, r, 0), "Config Name"))
            break;
        if (!el_record_fits(out, s, 0, r))
            continue;
        row = el_import_add_row(out);
        if (!row)
            return;
        row->config_note = el_import_text(out, el_sheet_cell(s, r, note));
        row->concurrency = el_cell_positive(out, el_sheet_cell(s, r, load), "");
        row->input_tokens = el_cell_positive(out, el_sheet_cell(s, r, in), "");
        row->requests = el_cell_positive(out, el_sheet_cell(s, r, n), "");
        row->throughput_tok_s =
            el_cell_positive(out, el_sheet_cell(s, r, tokens), "");
        row->output_tokens =
            row->throughput_tok_s /
            el_cell_positive(out, el_sheet_cell(s, r, rate), "");
    }
    el_import_rest_columns(out, s, 0);
    el_import_say(out, "output_tokens: tokens/s over requests/s; percentiles "
                       "of latency, power and energy are no means: left out");
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    const el_sheet *s = &file->sheet;

    if (is_report(s))
        report(out, s);
    else if (is_analysis(s))
        analysis(out, s);
    else
        return el_fail(err, EL_E_DATA, "no header Metric or Config Name");
    if (s->is_cut)
        el_import_say(out, "the file breaks off in line %zu",
                      s->line[s->n - 1]);
    return EL_OK;
}

const el_importer el_importer_aiperf_csv = {.name = "aiperf-csv",
                                            .title = "AIPerf CSV",
                                            .detect = detect,
                                            .read = read};
