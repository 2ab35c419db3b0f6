/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel xpu-smi dump: W and a counter in J, the time of day without a date. A
 * clock that goes back by more than half a day went past midnight.
 */
#include <math.h>

#include "io/import_part.h"

#define DAY_S 86400.0

static int detect(const el_import_file *file)
{
    const el_sheet *s = &file->sheet;

    return el_sheet_column(s, 0, "DeviceId") != EL_NO_COLUMN &&
                   (el_sheet_column(s, 0, "GPU Power (W)") != EL_NO_COLUMN ||
                    el_sheet_column(s, 0, "GPU Energy Consumed (J)") !=
                        EL_NO_COLUMN)
               ? 85
               : 0;
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    const el_sheet *s = &file->sheet;
    size_t time = el_import_column(out, s, 0, "Timestamp");
    size_t gpu = el_import_column(out, s, 0, "DeviceId");
    size_t power = el_import_column(out, s, 0, "GPU Power (W)");
    size_t energy = el_import_column(out, s, 0, "GPU Energy Consumed (J)");
    double day = 0, last = 0, t;

    (void)err;
    for (size_t r = 1; r < s->n; r++) {
        if (!el_record_fits(out, s, 0, r) ||
            !el_time_parse(el_sheet_cell(s, r, time), &t, &out->clock)) {
            out->n_skipped += el_sheet_width(s, r) == el_sheet_width(s, 0);
            continue;
        }
        if (out->clock == EL_CLOCK_DAY && t < last - DAY_S / 2)
            day += DAY_S;
        last = t;
        el_import_add_sample(out, day + t, el_sheet_cell(s, r, gpu),
                             el_cell_value(el_sheet_cell(s, r, power), ""),
                             el_cell_value(el_sheet_cell(s, r, energy), ""));
    }
    if (out->clock == EL_CLOCK_DAY)
        el_import_say(out, "the time of day without a date: --offset with the "
                           "seconds from 1970 to that midnight joins it");
    el_import_rest_columns(out, s, 0);
    return EL_OK;
}

const el_importer el_importer_xpu_smi = {.name = "xpu-smi",
                                         .title = "xpu-smi dump",
                                         .is_power = true,
                                         .detect = detect,
                                         .read = read};
