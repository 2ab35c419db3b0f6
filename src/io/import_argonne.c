/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of Argonne's LLM-Inference-Bench. Latency [s] is that of the whole
 * batch, Throughput [tok/s] counts input and output together, avg_power is in
 * milliwatts without saying so. Where a column "TTFT Latency" stands the
 * output length is that of another run than end_latency: both are left out.
 */
#include <math.h>

#include "io/import_part.h"

#define MOST_W 5000.0 /* of one accelerator; above it the unit is mW */

typedef struct columns {
    size_t gpu, n, engine, model, both, in, made, batch, latency, total, power,
        ttft;
} columns;

static int detect(const el_import_file *file)
{
    const el_sheet *s = &file->sheet;

    return el_sheet_column(s, 0, "Hardware") != EL_NO_COLUMN &&
                   el_sheet_column(s, 0, "Num of Hardware") != EL_NO_COLUMN &&
                   el_sheet_column(s, 0, "Batch Size") != EL_NO_COLUMN
               ? 90
               : 0;
}

static columns find(el_import *out, const el_sheet *s)
{
    columns c = {.gpu = el_import_column(out, s, 0, "Hardware"),
                 .n = el_import_column(out, s, 0, "Num of Hardware"),
                 .engine = el_import_column(out, s, 0, "Framework"),
                 .model = el_import_column(out, s, 0, "Model"),
                 .both = el_import_column(out, s, 0, "Input Output Length"),
                 .batch = el_import_column(out, s, 0, "Batch Size"),
                 .power = el_import_column(out, s, 0, "avg_power"),
                 .ttft = el_import_column(out, s, 0, "TTFT Latency"),
                 .latency = EL_NO_COLUMN,
                 .total = EL_NO_COLUMN,
                 .made = EL_NO_COLUMN,
                 .in = EL_NO_COLUMN};

    if (c.both == EL_NO_COLUMN)
        c.in = el_import_column(out, s, 0, "Input Length");
    if (c.ttft == EL_NO_COLUMN) {
        c.latency = el_import_column(out, s, 0, "Latency");
        c.total = el_import_column(out, s, 0, "Throughput");
        if (c.both == EL_NO_COLUMN)
            c.made = el_import_column(out, s, 0, "Output Length");
    }
    return c;
}

/* Output's share of a throughput of all tokens; energy of the batch. */
static void derive(el_import *out, double power, el_import_row *row)
{
    row->throughput_tok_s *=
        row->output_tokens / (row->output_tokens + row->input_tokens);
    if (power > MOST_W * row->num_gpus)
        row->avg_power_w = power / 1e3;
    else if (el_is_known(power))
        el_import_say(out, "avg_power is neither surely W nor mW: left out");
    if (el_is_known(row->avg_power_w) && row->num_gpus > 1) {
        row->avg_power_w = EL_UNKNOWN;
        el_import_say(out, "avg_power of several GPUs: of one or of all is "
                           "not told: left out");
    }
    row->energy_j = row->avg_power_w * row->latency_s;
    if (el_is_known(row->energy_j))
        row->quality_flag = el_import_text(out, el_slice_of("energy_derived"));
}

static void row_of(el_import *out, const el_sheet *s, size_t r, columns c)
{
    el_import_row *row = el_import_add_row(out);

    if (!row)
        return;
    row->gpu = el_import_text(out, el_sheet_cell(s, r, c.gpu));
    row->model = el_import_text(out, el_sheet_cell(s, r, c.model));
    row->engine = el_import_text(out, el_sheet_cell(s, r, c.engine));
    row->num_gpus = el_cell_positive(out, el_sheet_cell(s, r, c.n), "");
    if (row->num_gpus == 1)
        row->tp = 1; /* there is nothing to split over */
    row->batch_size = el_cell_positive(out, el_sheet_cell(s, r, c.batch), "");
    row->requests = row->batch_size;
    row->input_tokens = el_cell_positive(
        out, el_sheet_cell(s, r, c.both != EL_NO_COLUMN ? c.both : c.in), "");
    row->output_tokens = el_cell_positive(
        out, el_sheet_cell(s, r, c.both != EL_NO_COLUMN ? c.both : c.made), "");
    row->latency_s = el_cell_positive(out, el_sheet_cell(s, r, c.latency), "");
    row->throughput_tok_s =
        el_cell_positive(out, el_sheet_cell(s, r, c.total), "");
    row->ttft_s = el_cell_positive(out, el_sheet_cell(s, r, c.ttft), "");
    derive(out, el_cell_positive(out, el_sheet_cell(s, r, c.power), ""), row);
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    const el_sheet *s = &file->sheet;
    columns c;

    if (s->n == 0 || el_sheet_column(s, 0, "Hardware") == EL_NO_COLUMN)
        return el_fail(err, EL_E_DATA, "no column Hardware");
    c = find(out, s);
    for (size_t r = 1; r < s->n; r++)
        if (el_record_fits(out, s, 0, r))
            row_of(out, s, r, c);
    if (c.total != EL_NO_COLUMN)
        el_import_say(out, "Throughput counts input and output: the output's "
                           "share is throughput_tok_s");
    if (c.power != EL_NO_COLUMN)
        el_import_say(out, "avg_power is taken as mW; energy_j: power times "
                           "latency of the batch");
    if (c.ttft != EL_NO_COLUMN)
        el_import_say(out, "Output Length is not that of end_latency: both "
                           "left out");
    el_import_rest_columns(out, s, 0);
    return EL_OK;
}

const el_importer el_importer_argonne = {.name = "llm-inference-bench",
                                         .title = "LLM-Inference-Bench table",
                                         .detect = detect,
                                         .read = read};
