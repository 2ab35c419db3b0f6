/* SPDX-License-Identifier: Apache-2.0 */
/* An energy counter between its ticks; part of energy.c. Layer: meter. */
#ifndef EL_METER_COUNTER_H
#define EL_METER_COUNTER_H
#include <stdbool.h>

#include "meter/curve.h"
#include "meter/energy.h"

#define EL_MAX_FALLS 64u /* more than these are one long one */

typedef struct el_counter {
    double bracket_s; /* how far apart the readings around a change are */
    size_t n_even;    /* changes that one line of even ticks is drawn through;
                         0: they are not even */
    size_t n_fell;
    double fell_s[EL_MAX_FALLS]; /* when, not by a wrap */
} el_counter;

/* What a counter that wraps at wrap_j (0: never) gained between two readings;
 * NaN: it began anew, and what it gained cannot be told. */
double el_counter_gain(double before_j, double now_j, double wrap_j);

/* The changes of the counter, wraps added, as points of *ticks (room for n).
 * Its slope is the power since the point before. */
void el_counter_ticks(const el_reading *v, size_t n, const el_window *w,
                      el_curve *ticks, el_counter *out);

bool el_counter_fell(const el_counter *c, double start_s, double end_s);

/* Value at t; `power` (which may be empty) shapes it. ticks->n >= 2. */
double el_counter_value(const el_curve *ticks, const el_curve *power, double t);

/* One sigma of the difference of the values at both ends. */
double el_counter_error(const el_curve *ticks, const el_counter *c,
                        const el_curve *power, const el_window *w);

/* Highest power between ticks at least 0.1 s apart; NaN if none is inside. */
double el_counter_max_w(const el_curve *ticks, const el_window *w);

#endif
