/* SPDX-License-Identifier: Apache-2.0 */
/* Bars in a terminal, one line each. Layer: io. */
#ifndef EL_IO_PLOT_BARS_H
#define EL_IO_PLOT_BARS_H
#include "io/plot.h"

/* lo, hi: the band around value, of the same sign; NaN: none. */
typedef struct el_plot_bar {
    const char *label;
    double value, lo, hi;
} el_plot_bar;

/*
 * Label, bar, nothing else: to the right of an axis at 0 for values above it
 * (green), to the left for those below (red). Solid to the nearer end of the
 * band, shaded to the farther. style->height is not used. A value that is not
 * finite leaves its line empty.
 *
 * EL_E_ARG without a bar or below 40 characters, EL_E_NOMEM; appends to out.
 */
EL_NODISCARD el_status el_plot_bars(const el_plot_bar *bar, size_t n,
                                    const el_plot_text_style *style,
                                    el_buf *out, el_error *err);

#endif
