/* SPDX-License-Identifier: Apache-2.0 */
/* Idle power before and after a load. Layer: meter. */
#ifndef EL_METER_IDLE_H
#define EL_METER_IDLE_H
#include <stdbool.h>

#include "meter/meter.h"

/* Share of the idle after a load that is left out: GPUs calm down slowly. */
#define EL_IDLE_SETTLE 0.25

/* Mean power [W]; NaN below 0.5 s, or where readings are missing. */
double el_idle_power(const el_trace *trace, const el_meter_device *device,
                     double start_s, double end_s);

/* They differ by more than 10 % and 2 W; false where one is NaN. */
bool el_idle_drifts(double before_w, double after_w);

#endif
