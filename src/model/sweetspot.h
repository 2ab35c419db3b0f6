/* SPDX-License-Identifier: Apache-2.0 */
/* How a network's shape enters SweetSpot's terms. Layer: model. */
#ifndef EL_MODEL_SWEETSPOT_H
#define EL_MODEL_SWEETSPOT_H
#include "energylens/sweetspot.h"

/* The H100's constants, in this order: */
typedef enum el_sweetspot_cost {
    EL_COST_MADE,      /* g: a FLOP of a token made [J] */
    EL_COST_READ,      /* f: a FLOP of a prompt token [J] */
    EL_COST_ATTENTION, /* a: a FLOP among prompt tokens [J] */
    EL_COST_BYTE,      /* b: a byte of cache or weights [J] */
    EL_COST_TOKEN,     /* c: a token made, whatever the model [J] */
    EL_COST_REQUEST,   /* r: a request [J] */
    EL_N_COSTS
} el_sweetspot_cost;

extern const double el_sweetspot_h100[EL_N_COSTS];

/* t[k] = sum over costs of cost[c] count[c][k]. Errors of
 * el_sweetspot_from_arch. */
EL_NODISCARD el_status
el_sweetspot_count(const el_arch_desc *arch, const el_facts *facts,
                   double count[EL_N_COSTS][EL_SWEETSPOT_TERMS], el_error *err);

#endif
