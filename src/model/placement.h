/* SPDX-License-Identifier: Apache-2.0 */
/* Who runs where, when several share what there is. Layer: model. */
#ifndef EL_MODEL_PLACEMENT_H
#define EL_MODEL_PLACEMENT_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/error.h"

#define EL_MAX_TENANTS 16u
#define EL_MAX_TYPES   16u
#define EL_NOWHERE     ((size_t)-1)

/* One way to serve a tenant. */
typedef struct el_place {
    size_t type; /* of GPU */
    double gpus, energy_j;
} el_place;

/* The ways of one tenant, borrowed. */
typedef struct el_tenant_places {
    size_t n;
    const el_place *place;
} el_tenant_places;

/*
 * One place for each tenant, so that each type's GPUs suffice and the energy is
 * least. chosen[i]: index of tenant i's place; EL_NOWHERE for all where they
 * cannot all be served.
 *
 * Method   branch and bound over tenants in turn, cheapest places first; the
 *          bound adds the cheapest place of each tenant to come.
 * EL_E_ARG: more than EL_MAX_TENANTS or EL_MAX_TYPES; EL_E_NOMEM.
 * Cost     at worst the product of the numbers of places; in practice some
 *          microseconds.
 */
EL_NODISCARD el_status el_placement_find(const el_tenant_places *tenant,
                                         size_t n_tenant, const double *gpus,
                                         size_t n_type,
                                         size_t chosen[EL_MAX_TENANTS],
                                         double *energy_j, el_error *err);

#endif
