/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joules of a window from the readings around it. Layer: meter.
 *
 * A counter stands before polled power. Both are worked out where both are
 * there, so that one can be held against the other.
 */
#ifndef EL_METER_ENERGY_H
#define EL_METER_ENERGY_H
#include "energylens/error.h"
#include "meter/sample.h"

/* bit, name in files and on the screen */
#define EL_QUALITY_LIST(X)                                                     \
    X(EL_Q_SHORT, 0, "short_window")                                           \
    X(EL_Q_GAP, 1, "gap")                                                      \
    X(EL_Q_PARTIAL, 2, "partial")                                              \
    X(EL_Q_COUNTER_FELL, 3, "counter_fell")                                    \
    X(EL_Q_CLOCK_BACK, 4, "clock_back")                                        \
    X(EL_Q_DISAGREE, 5, "counter_disagrees_with_power")                        \
    X(EL_Q_COARSE, 6, "coarse")                                                \
    X(EL_Q_THROTTLE_POWER, 7, "throttled_power")                               \
    X(EL_Q_THROTTLE_HEAT, 8, "throttled_heat")                                 \
    X(EL_Q_FOREIGN, 9, "other_processes")                                      \
    X(EL_Q_WHOLE_BOARD, 10, "whole_board")                                     \
    X(EL_Q_IDLE_DRIFT, 11, "idle_drift")

enum {
#define X(name, bit, text) name = 1 << (bit),
    EL_QUALITY_LIST(X)
#undef X
};

const char *el_quality_name(unsigned bit); /* NULL past the last */

#define EL_METER_SHORT_S                                                       \
    3.0 /* counter and polling differ by up to 40 % below */
#define EL_DISAGREE_SHARE 0.05 /* counter against polled power */
#define EL_COARSE_SHARE   0.01 /* error_j / energy_j that is worth saying */
#define EL_GAP_PERIODS    5.0  /* hole between readings: more periods than */
#define EL_GAP_S          0.5  /* ... this, and longer than this */

typedef enum el_energy_source {
    EL_BY_NONE,
    EL_BY_COUNTER,
    EL_BY_POWER
} el_energy_source;

/* What is known of the window and of the device's counter. */
typedef struct el_window {
    double start_s, end_s;
    double wrap_j; /* the counter restarts at 0 after this; 0: never */
    double tick_s; /* between two values of the counter; NaN: unknown */
} el_window;

typedef struct el_energy {
    el_energy_source source;
    double energy_j;
    double error_j;         /* one sigma of the sampling, not of the sensor */
    double from_counter_j;  /* NaN: no counter */
    double from_power_j;    /* NaN: no power */
    double mean_w, max_w;   /* max of polled power, else between ticks */
    double covered_s;       /* of the window; the energy is that of this part */
    double throttled_share; /* of the readings that tell; NaN: none tells */
    size_t n;               /* readings inside the window */
    uint32_t flags;         /* EL_Q_* */
} el_energy;

/*
 * Energy from w->start_s to w->end_s, start < end.
 *
 * v[n]: readings, also some before and after the window where there are any.
 * Readings whose time does not grow are left out and flagged.
 *
 * Power    trapezoid rule; the ends by straight lines.
 *          error^2 = sum of (dP dt)^2 / 12: where in a step's interval it fell.
 * Counter  its value is known where it changes. When it changes less often
 *          than it is read, the change lies in the middle of two readings, or,
 *          where changes are evenly spaced, on the line through all of them.
 *          Between two changes polled power gives the shape, else a straight
 *          line. A wrap is added; a fall that is none is flagged, and power
 *          stands in where there is any.
 * Cost     O(n) time, 56 n bytes of scratch, freed before return.
 *
 * EL_E_DATA: no reading to tell energy by ("never 0 J"). EL_E_NOMEM. *out is
 * written on EL_OK only. err may be NULL.
 */
EL_NODISCARD el_status el_energy_between(const el_reading *v, size_t n,
                                         const el_window *w, el_energy *out,
                                         el_error *err);

#endif
