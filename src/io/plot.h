/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Charts: one description, drawn as text, SVG or PNG. Layer: io.
 *
 * SVG is written here (same bytes on every machine, text stays text); PNG
 * comes from the same drawing through cairo.
 */
#ifndef EL_IO_PLOT_H
#define EL_IO_PLOT_H
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "energylens/error.h"

/* Okabe-Ito, safe for colour-blind readers; 0-7 in this order. */
typedef enum el_plot_color {
    EL_PLOT_BLUE,
    EL_PLOT_ORANGE,
    EL_PLOT_GREEN,
    EL_PLOT_VERMILLION,
    EL_PLOT_PURPLE,
    EL_PLOT_SKY,
    EL_PLOT_BLACK,
    EL_PLOT_GREY, /* background points */
    EL_PLOT_N_COLORS
} el_plot_color;

typedef enum el_plot_marker {
    EL_PLOT_CIRCLE,
    EL_PLOT_SQUARE,
    EL_PLOT_TRIANGLE,
    EL_PLOT_DIAMOND,
    EL_PLOT_CROSS,
    EL_PLOT_NO_MARKER
} el_plot_marker;

typedef struct el_plot_series {
    const char *name;    /* in the legend; NULL: not in it */
    const double *x, *y; /* n each; points that are not finite are left out */
    size_t n;
    bool line; /* join the points in order */
    el_plot_marker marker;
    el_plot_color color;
} el_plot_series;

/* A point that stands out, with a label. */
typedef struct el_plot_note {
    double x, y;
    const char *text;
    el_plot_color color;
} el_plot_note;

/* Cells under the series, coloured by the logarithm of their value. */
typedef struct el_plot_heat {
    const double *x, *y; /* centres, ascending */
    size_t n_x, n_y;
    const double *z;   /* n_x n_y values > 0, those of one x together; others
                          stay blank */
    double within;     /* outline cells up to 1 + within times the least; 0 */
    const char *label; /* of the colour bar */
} el_plot_heat;

typedef struct el_plot {
    const char *title;    /* any text may be NULL */
    const char *spoken;   /* SVG: the title where none is drawn */
    const char *subtitle; /* grey, under the title */
    const char *x_label, *y_label;
    bool log_x, log_y;        /* values <= 0 are then left out */
    const el_plot_heat *heat; /* NULL: none; not in el_plot_text */
    const el_plot_series *series;
    size_t n_series;
    const el_plot_note *notes;
    size_t n_notes;
} el_plot;

/* Text for a terminal: braille, or ASCII where utf8 is false. */
typedef struct el_plot_text_style {
    int width, height; /* characters, at least 40 x 10 */
    bool utf8, color;
} el_plot_text_style;

/* All: EL_E_ARG without any point to draw, EL_E_NOMEM; append to out. */
EL_NODISCARD el_status el_plot_text(const el_plot *plot,
                                    const el_plot_text_style *style,
                                    el_buf *out, el_error *err);
EL_NODISCARD el_status el_plot_svg(const el_plot *plot, el_buf *out,
                                   el_error *err);
/* Two pixels a point. EL_E_IO: cairo refused. */
EL_NODISCARD el_status el_plot_png(const el_plot *plot, el_buf *out,
                                   el_error *err);

/*
 * A table for a terminal: y downwards from the most, x across, each cell the
 * value over the least with two digits; coloured where the style is. Columns
 * and then rows are thinned to fit style->width and style->height.
 *
 * EL_E_ARG without a value or below 40 characters, EL_E_NOMEM; appends to out.
 */
EL_NODISCARD el_status el_plot_heat_text(const el_plot_heat *heat,
                                         const el_plot_text_style *style,
                                         el_buf *out, el_error *err);

/* Where whoever makes a chart hands it on; what it points to lives until the
 * return. */
typedef el_status (*el_plot_sink)(const el_plot *plot, void *ctx,
                                  el_error *err);

/* By the ending of path: .svg or .png, else EL_E_ARG. EL_E_IO. */
EL_NODISCARD el_status el_plot_save(const el_plot *plot, const char *path,
                                    el_error *err);

#endif
