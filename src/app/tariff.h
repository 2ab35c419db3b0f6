/* SPDX-License-Identifier: Apache-2.0 */
/* What a kWh emits and costs. Layer: app. */
#ifndef EL_APP_TARIFF_H
#define EL_APP_TARIFF_H
#include "io/grid_csv.h"

typedef struct el_tariff_ask {
    const char *grid;        /* file of hourly carbon intensity, or NULL */
    double carbon_g_per_kwh; /* of all hours; NaN: not known */
    double price_per_kwh;    /* in any currency; NaN: not known */
} el_tariff_ask;

typedef struct el_tariff {
    el_grid grid; /* n 0: one intensity for all hours */
    double carbon_g_per_kwh, price_per_kwh;
} el_tariff;

/* EL_E_ARG: a grid and an intensity; those of el_grid_read. */
EL_NODISCARD el_status el_tariff_open(const el_tariff_ask *ask, el_tariff *out,
                                      el_error *err);

/* gCO2e/kWh at an hour of the day (UTC, 0 to 23), NaN: at any; NaN: not
 * known. */
double el_tariff_intensity(const el_tariff *tariff, double hour);

/* gCO2e of joules drawn evenly over the day; price. NaN: not known. */
double el_tariff_carbon_g(const el_tariff *tariff, double energy_j);
double el_tariff_cost(const el_tariff *tariff, double energy_j);

#endif
