/* SPDX-License-Identifier: Apache-2.0 */
/* Core voltage and idle power against clock. Layer: model. */
#ifndef EL_MODEL_DVFS_H
#define EL_MODEL_DVFS_H
#include "energylens/catalog.h"

/*
 * (V(f) / V0)^2 of a GPU; V0 is where the energies of its family were fitted:
 * 893.75 mV for the A100, the voltage at 1830 MHz for the H100, that at the
 * boost clock for all others.
 */
double el_dvfs_volt_ratio2(const el_gpu *gpu, double clock_hz);

/* Power [W] of a GPU that holds a context and does nothing. */
double el_dvfs_idle_w(const el_gpu *gpu, double clock_hz);

/* Boost clock; unknown: 1.98 GHz. */
double el_dvfs_boost_hz(const el_gpu *gpu);

#endif
