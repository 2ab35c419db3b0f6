/* SPDX-License-Identifier: Apache-2.0 */
/* Energy up to a time, known at points. Layer: meter. */
#ifndef EL_METER_CURVE_H
#define EL_METER_CURVE_H
#include <stddef.h>

typedef struct el_curve_point {
    double time_s;
    double value; /* energy up to here [J] */
    double slope; /* power here [W]; unused by a counter's points */
} el_curve_point;

typedef struct el_curve {
    el_curve_point *at; /* room for all points is the caller's business */
    size_t n;
} el_curve;

/* A reading of power: the value grows by the trapezoid. Times must grow. */
void el_curve_add_slope(el_curve *c, double time_s, double slope);

/* The first point after t, n if there is none; O(log n). */
size_t el_curve_after(const el_curve *c, double t);

/*
 * Integral of the straight lines up to t; the first and the last power go on
 * for one median step beyond the ends, and nothing after that. n >= 2.
 */
double el_curve_value(const el_curve *c, double t);

/* About the median of the time between points; 0 with fewer than 2. */
double el_curve_median_step(const el_curve *c);

#endif
