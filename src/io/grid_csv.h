/* SPDX-License-Identifier: Apache-2.0 */
/* Carbon intensity of a grid by the hour of the day. Layer: io. */
#ifndef EL_IO_GRID_CSV_H
#define EL_IO_GRID_CSV_H
#include <stddef.h>

#include "io/csv.h"

#define EL_HOURS 24u

typedef struct el_grid {
    size_t n;                   /* values read; 0: no grid */
    double g_per_kwh[EL_HOURS]; /* mean by hour of the day, UTC */
    double mean_g_per_kwh;      /* of all values */
} el_grid;

/*
 * CSV with a column "hour" (0 to 23) or the first one whose cells are dates,
 * and the first one whose name has "carbon", "co2" or "intensity" in it
 * [gCO2e/kWh], as Electricity Maps and hourly sheets of one day have them.
 * Hours without a value get the mean. Blank intensities are left out.
 *
 * EL_E_DATA "de.csv:3: carbon_intensity: ..." (no such column, a cell is no
 * number from 0 to 10000, no hour, no value), EL_E_IO, EL_E_NOMEM.
 */
EL_NODISCARD el_status el_grid_read(const char *path, el_grid *out,
                                    el_error *err);
/* The same from a parsed document. */
EL_NODISCARD el_status el_grid_take(const el_csv *csv, el_grid *out,
                                    el_error *err);

#endif
