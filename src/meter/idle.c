/* SPDX-License-Identifier: Apache-2.0 */
#include "meter/idle.h"

#include <math.h>

#include "meter/energy.h"

#define MIN_S       0.5 /* shorter ones say nothing */
#define DRIFT_SHARE 0.1
#define DRIFT_W     2.0

double el_idle_power(const el_trace *trace, const el_meter_device *device,
                     double start_s, double end_s)
{
    const el_window w = {start_s, end_s, device->wrap_j, device->tick_s};
    el_energy e;

    if (end_s - start_s < MIN_S ||
        el_energy_between(trace->v, trace->n, &w, &e, NULL) != EL_OK ||
        (e.flags & EL_Q_PARTIAL))
        return NAN;
    return e.mean_w;
}

bool el_idle_drifts(double before_w, double after_w)
{
    return fabs(after_w - before_w) > fmax(DRIFT_W, DRIFT_SHARE * before_w);
}
