/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nvidia-smi --query-gpu=timestamp,power.draw,... --format=csv[,nounits].
 *
 * Times are local without a zone. Cells carry their unit unless nounits; what
 * a board cannot tell is "[N/A]" or a sentence in brackets. Commands and other
 * text of a terminal may stand above the header.
 */
#include <math.h>
#include <string.h>

#include "io/import_part.h"

static const char *const powers[] = {"power.draw", "power.draw.average",
                                     "power.draw.instant"};

static size_t header_of(const el_sheet *sheet)
{
    for (size_t r = 0; r < sheet->n && r < 64; r++)
        for (size_t i = 0; i < sizeof powers / sizeof *powers; i++)
            if (el_sheet_column(sheet, r, powers[i]) != EL_NO_COLUMN)
                return r;
    return EL_NO_COLUMN;
}

static int detect(const el_import_file *file)
{
    return header_of(&file->sheet) != EL_NO_COLUMN ? 80 : 0;
}

typedef struct columns {
    size_t header, time, gpu, name, power[3];
} columns;

static columns find(el_import *out, const el_sheet *sheet)
{
    static const char *const keys[] = {"uuid",    "gpu_uuid", "pci.bus_id",
                                       "pci.bus", "index",    "gpu"};
    columns c = {.header = header_of(sheet), .gpu = EL_NO_COLUMN};

    c.time = el_import_column(out, sheet, c.header, "timestamp");
    c.name = el_import_column(out, sheet, c.header, "name");
    for (size_t i = 0; i < 3; i++)
        c.power[i] = el_import_column(out, sheet, c.header, powers[i]);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (c.gpu == EL_NO_COLUMN)
            c.gpu = el_import_column(out, sheet, c.header, keys[i]);
    return c;
}

/* The first of the power columns that has a reading. */
static double power_of(el_import *out, const el_sheet *sheet, size_t record,
                       const columns *c)
{
    for (size_t i = 0; i < 3; i++) {
        double w =
            el_cell_value(el_sheet_cell(sheet, record, c->power[i]), "W");

        if (el_is_known(w))
            return el_cell_positive(
                out, el_sheet_cell(sheet, record, c->power[i]), "W");
    }
    return EL_UNKNOWN;
}

static void sample(el_import *out, const el_sheet *sheet, size_t record,
                   const columns *c)
{
    double time_s = EL_UNKNOWN, power_w;
    el_clock clock = EL_CLOCK_NONE;

    if (c->time != EL_NO_COLUMN) {
        if (!el_time_parse(el_sheet_cell(sheet, record, c->time), &time_s,
                           &clock)) {
            out->n_skipped++;
            return;
        }
        out->clock = clock;
    }
    power_w = power_of(out, sheet, record, c);
    if (!out->gpu_name)
        out->gpu_name =
            el_import_text(out, el_sheet_cell(sheet, record, c->name));
    el_import_add_sample(out, time_s, el_sheet_cell(sheet, record, c->gpu),
                         power_w, EL_UNKNOWN);
}

/* Two readings at one instant are of two GPUs. */
static bool is_mixed(const el_import *out)
{
    for (size_t i = 1; i < out->n_sample; i++)
        if (out->sample[i].time_s == out->sample[i - 1].time_s)
            return true;
    return false;
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    const el_sheet *sheet = &file->sheet;
    columns c;

    if (header_of(sheet) == EL_NO_COLUMN)
        return el_fail(err, EL_E_DATA,
                       "no header with power.draw; a log without noheader "
                       "would be needed");
    c = find(out, sheet);
    for (size_t r = c.header + 1; r < sheet->n; r++)
        if (el_record_fits(out, sheet, c.header, r))
            sample(out, sheet, r, &c);
    if (c.gpu == EL_NO_COLUMN && is_mixed(out))
        return el_fail(err, EL_E_DATA,
                       "several GPUs without a column that tells them apart; "
                       "index or uuid would be needed in --query-gpu");
    if (sheet->is_cut)
        el_import_say(out,
                      "the file breaks off in line %zu: its last cell is "
                      "not used",
                      sheet->line[sheet->n - 1]);
    el_import_rest_columns(out, sheet, c.header);
    return EL_OK;
}

const el_importer el_importer_nvidia_smi = {.name = "nvidia-smi",
                                            .title = "nvidia-smi query CSV",
                                            .is_power = true,
                                            .detect = detect,
                                            .read = read};
