/* SPDX-License-Identifier: Apache-2.0 */
#include "app/tariff.h"

#include "base/units.h"
#include "energylens/known.h"

el_status el_tariff_open(const el_tariff_ask *ask, el_tariff *out,
                         el_error *err)
{
    el_tariff t = {.carbon_g_per_kwh = ask->carbon_g_per_kwh,
                   .price_per_kwh = ask->price_per_kwh};
    el_status st = EL_OK;

    if (ask->grid && el_is_known(ask->carbon_g_per_kwh))
        return el_fail(err, EL_E_ARG, "--grid or --carbon, not both");
    if (ask->grid)
        st = el_grid_read(ask->grid, &t.grid, err);
    if (st == EL_OK)
        *out = t;
    return st;
}

double el_tariff_intensity(const el_tariff *tariff, double hour)
{
    if (tariff->grid.n == 0)
        return tariff->carbon_g_per_kwh;
    if (!el_is_known(hour))
        return tariff->grid.mean_g_per_kwh;
    return tariff->grid.g_per_kwh[(size_t)hour];
}

double el_tariff_carbon_g(const el_tariff *tariff, double energy_j)
{
    return energy_j / EL_J_PER_KWH * el_tariff_intensity(tariff, EL_UNKNOWN);
}

double el_tariff_cost(const el_tariff *tariff, double energy_j)
{
    return energy_j / EL_J_PER_KWH * tariff->price_per_kwh;
}
