/* SPDX-License-Identifier: Apache-2.0 */
#include "model/deployment.h"

double el_deployment_bytes(const el_plan *plan, const el_point *point)
{
    return el_plan_weight_bytes(plan) +
           point->batch * el_plan_cache_bytes(plan, point->isl + point->osl);
}

bool el_deployment_fits(const el_device *device, const el_plan *plan,
                        const el_point *point)
{
    return el_deployment_bytes(plan, point) <=
           device->memory_bytes - EL_DEPLOYMENT_RESERVE;
}
