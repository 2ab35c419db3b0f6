/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meters that write energy by stretch of time: Zeus (ZeusMonitor log_file: s
 * of a monotonic clock, J per GPU) and CodeCarbon's emissions.csv (kWh of all
 * GPUs; rows of one run_id that flush() wrote are cumulative).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/import_part.h"

#define MAX_GPUS 64u
#define NEAR     1000u /* rows between two that flush() wrote for one run */

static int detect_zeus(const el_import_file *file)
{
    const el_sheet *s = &file->sheet;

    return el_sheet_column(s, 0, "window_name") != EL_NO_COLUMN &&
                   el_sheet_column(s, 0, "elapsed_time") != EL_NO_COLUMN
               ? 85
               : 0;
}

static el_status read_zeus(const el_import_file *file, el_import *out,
                           el_error *err)
{
    const el_sheet *s = &file->sheet;
    size_t start = el_import_column(out, s, 0, "start_time");
    size_t took = el_import_column(out, s, 0, "elapsed_time");

    (void)err;
    out->clock = EL_CLOCK_ELAPSED;
    for (size_t g = 0; g < MAX_GPUS; g++) {
        char name[32], gpu[16];
        size_t energy;

        (void)snprintf(name, sizeof name, "gpu%zu_energy", g);
        (void)snprintf(gpu, sizeof gpu, "%zu", g);
        energy = el_import_column(out, s, 0, name);
        for (size_t r = 1; energy != EL_NO_COLUMN && r < s->n; r++)
            if (el_record_fits(out, s, 0, r))
                el_import_add_window(
                    out, el_cell_value(el_sheet_cell(s, r, start), ""),
                    el_cell_value(el_sheet_cell(s, r, took), ""),
                    el_slice_of(gpu),
                    el_cell_value(el_sheet_cell(s, r, energy), ""));
    }
    el_import_rest_columns(out, s, 0);
    el_import_say(out, "a monotonic clock: windows cannot be joined with runs");
    return EL_OK;
}

static int detect_carbon(const el_import_file *file)
{
    const el_sheet *s = &file->sheet;

    return el_sheet_column(s, 0, "emissions") != EL_NO_COLUMN &&
                   el_sheet_column(s, 0, "energy_consumed") != EL_NO_COLUMN &&
                   el_sheet_column(s, 0, "duration") != EL_NO_COLUMN
               ? 85
               : 0;
}

typedef struct carbon {
    size_t time, id, took, gpu, name;
} carbon;

static bool same(el_slice a, el_slice b)
{
    return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

/* The row before of the same run, whose figures this one includes; 0: none
 * near. */
static size_t before(const el_sheet *s, size_t r, const carbon *c)
{
    el_slice id = el_sheet_cell(s, r, c->id);

    for (size_t k = r; id.len > 0 && k-- > 1 && r - k <= NEAR;)
        if (same(el_sheet_cell(s, k, c->id), id))
            return k;
    return 0;
}

static void carbon_row(el_import *out, const el_sheet *s, size_t r,
                       const carbon *c)
{
    double j = el_cell_value(el_sheet_cell(s, r, c->gpu), "") * EL_J_PER_KWH;
    double took = el_cell_value(el_sheet_cell(s, r, c->took), ""), end;
    size_t k = before(s, r, c);

    if (!el_time_parse(el_sheet_cell(s, r, c->time), &end, &out->clock)) {
        out->n_skipped++;
        return;
    }
    if (k > 0) {
        j -= el_cell_value(el_sheet_cell(s, k, c->gpu), "") * EL_J_PER_KWH;
        took -= el_cell_value(el_sheet_cell(s, k, c->took), "");
        el_import_say(out, "rows of one run_id are cumulative: differences");
    }
    if (!out->gpu_name)
        out->gpu_name = el_import_text(out, el_sheet_cell(s, r, c->name));
    el_import_add_window(out, end - took, took, el_slice_of("all"), j);
}

static el_status read_carbon(const el_import_file *file, el_import *out,
                             el_error *err)
{
    const el_sheet *s = &file->sheet;
    const carbon c = {.time = el_import_column(out, s, 0, "timestamp"),
                      .id = el_import_column(out, s, 0, "run_id"),
                      .took = el_import_column(out, s, 0, "duration"),
                      .gpu = el_import_column(out, s, 0, "gpu_energy"),
                      .name = el_import_column(out, s, 0, "gpu_model")};

    if (c.gpu == EL_NO_COLUMN)
        return el_fail(err, EL_E_DATA,
                       "energy of the machine alone, no gpu_energy: a newer "
                       "CodeCarbon would be needed");
    for (size_t r = 1; r < s->n; r++)
        if (el_record_fits(out, s, 0, r))
            carbon_row(out, s, r, &c);
    if (out->n_window == 0 && s->n > 1)
        return el_fail(err, EL_E_DATA,
                       "gpu_energy is 0 or missing in all %zu "
                       "rows: no GPU was metered",
                       s->n - 1);
    el_import_rest_columns(out, s, 0);
    el_import_say(out, "energy of whole processes: windows are listed, not "
                       "joined with runs");
    return EL_OK;
}

const el_importer el_importer_zeus = {.name = "zeus",
                                      .title = "Zeus monitor log",
                                      .is_power = true,
                                      .detect = detect_zeus,
                                      .read = read_zeus};

const el_importer el_importer_codecarbon = {.name = "codecarbon",
                                            .title = "CodeCarbon emissions.csv",
                                            .is_power = true,
                                            .detect = detect_carbon,
                                            .read = read_carbon};
