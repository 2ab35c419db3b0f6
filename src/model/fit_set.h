/* SPDX-License-Identifier: Apache-2.0 */
/* Fits that several sets hold: a file of them is some 400 kB. Layer: model. */
#ifndef EL_MODEL_FIT_SET_H
#define EL_MODEL_FIT_SET_H
#include "energylens/fit.h"

/* Let other sets hold the fits of this one. False: out of memory. */
bool el_fit_set_share(el_fit_set *set);
/* One of them; el_fit_set_clear each, the last one frees. Nobody may change the
 * fits. Thread-safe. */
el_fit_set el_fit_set_hold(const el_fit_set *shared);

#endif
