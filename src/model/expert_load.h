/* SPDX-License-Identifier: Apache-2.0 */
/* Uneven expert load. Layer: model. */
#ifndef EL_MODEL_EXPERT_LOAD_H
#define EL_MODEL_EXPERT_LOAD_H
#include "energylens/kernel.h"

/* Expected largest of n standard normal draws, n >= 1 (linear in log2 n). */
double el_normal_max(double n);

#endif
