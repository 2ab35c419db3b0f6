/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a GPU has room for its part of a deployment. Layer: model. */
#ifndef EL_MODEL_DEPLOYMENT_H
#define EL_MODEL_DEPLOYMENT_H
#include "energylens/analytic.h"

/* Beside weights and cache: activations, graphs, context [bytes]. */
#define EL_DEPLOYMENT_RESERVE 3.5e9

/* Weights and the cache of all requests at full length, on one GPU. */
double el_deployment_bytes(const el_plan *plan, const el_point *point);
bool el_deployment_fits(const el_device *device, const el_plan *plan,
                        const el_point *point);

#endif
