/* SPDX-License-Identifier: Apache-2.0 */
/* Axes: range, ticks and their labels. Layer: io. */
#ifndef EL_IO_PLOT_SCALE_H
#define EL_IO_PLOT_SCALE_H
#include <stdbool.h>
#include <stddef.h>

#include "io/plot.h"

#define EL_AXIS_MAX_TICKS 96

typedef struct el_tick {
    double value;
    char label[24]; /* "": minor, drawn short and unlabelled */
} el_tick;

typedef struct el_axis {
    double lo, hi; /* lo < hi; both > 0 where log */
    bool log;
    size_t n_ticks;
    el_tick tick[EL_AXIS_MAX_TICKS];
} el_axis;

/* Around data lo..hi (lo <= hi), about n labels. Linear: steps 1-2-5; log:
 * decades, with 2 and 5 where there are few. Cost O(ticks). */
void el_axis_fit(el_axis *axis, double lo, double hi, bool log, int n);

/* 0 at lo, 1 at hi. */
double el_axis_at(const el_axis *axis, double value);

/* A tick's text: 0.25, 500, 20k, 1M, 1e-5. */
void el_axis_label(char *text, size_t cap, double value, int decimals);

/* Where cell i of n of a heat map ends below (i = 0 .. n): half way to its
 * neighbour, in ratio where log. */
double el_heat_edge(const double *centre, size_t n, size_t i, bool log);

/* Both axes from what the plot shows; false without a point to draw. */
bool el_plot_axes(const el_plot *plot, int n_x, int n_y, el_axis *x,
                  el_axis *y);

/* Is (x, y) drawable under the plot's log flags? */
bool el_plot_shows(const el_plot *plot, double x, double y);

#endif
