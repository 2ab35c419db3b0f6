/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of a trial once its load is over; part of trial.c. Layer: profile. */
#ifndef EL_PROFILE_TRIAL_PART_H
#define EL_PROFILE_TRIAL_PART_H
#include "profile/trial.h"

/* Means over the requests of the window. EL_E_DATA: other lengths. */
EL_NODISCARD el_status el_trial_count(const el_trial_ask *ask, el_trial *t,
                                      el_error *err);

/*
 * Energy of each device, of all, idle power, phases. Takes the readings from
 * the sampler. idle_from_s .. idle_to_s: after the load. EL_E_DATA, EL_E_NOMEM.
 */
EL_NODISCARD el_status el_trial_weigh(const el_trial_ask *ask,
                                      el_sampler *sampler, double idle_from_s,
                                      double idle_to_s, el_trial *t,
                                      el_error *err);

#endif
