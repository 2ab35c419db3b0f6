/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that reads devices at even intervals. Layer: meter.
 *
 * Readings are kept in memory: 64 bytes each, 11 MB an hour for one device at
 * 50 Hz. A tick that comes late is read late, with its own time; ticks that
 * were missed altogether are counted, not made up for.
 */
#ifndef EL_METER_SAMPLER_H
#define EL_METER_SAMPLER_H
#include "meter/meter.h"

#define EL_SAMPLER_MAX_MISSES 50u /* failed readings in a row: it is gone */

typedef struct el_sampler el_sampler;

typedef struct el_sampled {
    const el_trace *trace; /* borrowed until el_sampler_free() */
    size_t n_failed;       /* readings that gave an error */
    bool lost;             /* gone before the end */
    double lost_s;         /* when */
    char why[256];         /* the last error; "" none */
} el_sampled;

typedef struct el_sampler_cost {
    size_t n_tick, n_missed;
    double cpu_s, wall_s; /* of the thread */
} el_sampler_cost;

/*
 * Reads device[0 .. n-1] of meter at once and then each interval_s, until
 * el_sampler_stop(). meter is borrowed and must not be used meanwhile.
 * EL_E_NOMEM, EL_E_IO no thread.
 */
EL_NODISCARD el_status el_sampler_start(el_meter *meter, const size_t *device,
                                        size_t n, double interval_s,
                                        el_sampler **out, el_error *err);

/* A reading of all devices now, from the caller's thread; its time. Puts the
 * ends of a window onto readings. */
double el_sampler_mark(el_sampler *s);

/* The latest reading of device i while it is sampled; false: none yet. */
bool el_sampler_last(el_sampler *s, size_t i, el_reading *out);

/* True while a device is still read. */
bool el_sampler_is_alive(el_sampler *s);

/* Waits for the thread. EL_E_NOMEM: readings were lost for want of memory. */
EL_NODISCARD el_status el_sampler_stop(el_sampler *s, el_error *err);

/* After stop. */
void el_sampler_result(const el_sampler *s, size_t i, el_sampled *out);
void el_sampler_cost_of(const el_sampler *s, el_sampler_cost *out);

void el_sampler_free(el_sampler *s); /* stops it if need be; NULL is fine */

#endif
