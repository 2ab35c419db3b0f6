/* SPDX-License-Identifier: Apache-2.0 */
/* optimize --gpu h100:8,l40s:16: a load shared by GPU types. Layer: app. */
#ifndef EL_APP_FLEET_H
#define EL_APP_FLEET_H
#include "app/optimize.h"

/* Counts were given, there is a rate and more than one GPU type. */
bool el_fleet_is_asked(const el_ask_state *state);

/* Types in the order in which the setups have them; el_fleet_clear. */
EL_NODISCARD el_status el_fleet_find(const el_ask_state *state,
                                     const el_task *task, el_fleet *out,
                                     el_error *err);

/* A setup of type t. */
size_t el_fleet_setup(const el_ask_state *state, size_t t);

#endif
