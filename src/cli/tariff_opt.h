/* SPDX-License-Identifier: Apache-2.0 */
/* The options of what a kWh emits and costs. Layer: cli. */
#ifndef EL_CLI_TARIFF_OPT_H
#define EL_CLI_TARIFF_OPT_H
#include "app/tariff.h"
#include "cli/opt.h"

/* Rows for an option table; `type` has a member `tariff` of el_tariff_ask. */
#define EL_TARIFF_OPTIONS(type)                                                \
    {.name = "grid",                                                           \
     .kind = EL_OPT_STRING,                                                    \
     EL_OPT_AT(type, tariff.grid),                                             \
     .meta = "HOURS.csv",                                                      \
     .group = "Carbon and cost",                                               \
     .help =                                                                   \
         "Carbon intensity by the hour (UTC): a column \"hour\" or dates, "    \
         "and one with carbon, CO2 or intensity in its name [gCO2e/kWh]."},    \
        {.name = "carbon",                                                     \
         .kind = EL_OPT_DOUBLE,                                                \
         EL_OPT_AT(type, tariff.carbon_g_per_kwh),                             \
         .min = 0,                                                             \
         .max = 10000,                                                         \
         .meta = "G-PER-KWH",                                                  \
         .group = "Carbon and cost",                                           \
         .help =                                                               \
             "One carbon intensity for all hours, where there is no --grid."}, \
    {                                                                          \
        .name = "price", .kind = EL_OPT_DOUBLE,                                \
        EL_OPT_AT(type, tariff.price_per_kwh), .min = 0, .max = 1e6,           \
        .meta = "PER-KWH", .group = "Carbon and cost",                         \
        .help = "Price of a kWh, in any currency."                             \
    }

#endif
