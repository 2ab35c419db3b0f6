/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One reading of one device, and many of them. Layer: meter.
 *
 * What a device cannot tell is a cleared bit in `have`, never 0.
 */
#ifndef EL_METER_SAMPLE_H
#define EL_METER_SAMPLE_H
#include <stddef.h>
#include <stdint.h>

#define EL_HAVE_ENERGY    (1u << 0) /* counter */
#define EL_HAVE_POWER     (1u << 1)
#define EL_HAVE_SM_CLOCK  (1u << 2)
#define EL_HAVE_MEM_CLOCK (1u << 3)
#define EL_HAVE_TEMP      (1u << 4)
#define EL_HAVE_THROTTLE  (1u << 5)

#define EL_THROTTLE_POWER (1u << 0) /* held at its power limit */
#define EL_THROTTLE_HEAT  (1u << 1)
#define EL_THROTTLE_OTHER (1u << 2) /* hardware slowdown, no cause given */

typedef struct el_reading {
    double time_s;   /* CLOCK_MONOTONIC, middle of the reading */
    double energy_j; /* counter from a start of its own; wraps where it wraps */
    double power_w;
    double sm_clock_hz, mem_clock_hz;
    double temp_c;
    uint32_t have;     /* EL_HAVE_* */
    uint32_t throttle; /* EL_THROTTLE_* */
} el_reading;

/* Readings of one device in the order of their making. */
typedef struct el_trace {
    el_reading *v;
    size_t n, cap;
} el_trace;

#endif
