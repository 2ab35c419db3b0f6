/* SPDX-License-Identifier: Apache-2.0 */
/* Heat maps under a chart; in a terminal see plot.h. Layer: io. */
#ifndef EL_IO_PLOT_HEAT_H
#define EL_IO_PLOT_HEAT_H
#include "io/plot_canvas.h"
#include "io/plot_scale.h"

#define EL_HEAT_BAR 76.0 /* points that the colour bar takes on the right */

/* Least and most value of z; false without one above 0. */
bool el_heat_range(const el_plot_heat *heat, double *lo, double *hi);

/* 0 light yellow ... 1 dark violet, perceptually even (viridis, Smith and van
 * der Walt, CC0). */
long el_heat_rgb(double share);

/* Cells, outline and colour bar on a chart whose axes are fitted. */
void el_heat_draw(const el_plot *plot, const el_axis *x, const el_axis *y,
                  el_box area, el_canvas *canvas);

#endif
