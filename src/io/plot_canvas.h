/* SPDX-License-Identifier: Apache-2.0 */
/* What a drawing is made of; SVG and cairo stand behind it. Layer: io. */
#ifndef EL_IO_PLOT_CANVAS_H
#define EL_IO_PLOT_CANVAS_H
#include <stdbool.h>
#include <stddef.h>

#include "io/plot.h"

#define EL_CANVAS_WIDTH  720.0 /* points */
#define EL_CANVAS_HEIGHT 450.0
#define EL_NO_COLOR      (-1L)

typedef struct el_paint {
    long fill, stroke; /* 0xRRGGBB or EL_NO_COLOR */
    double width;      /* of the stroke */
    double opacity;
} el_paint;

typedef enum el_anchor {
    EL_ANCHOR_START,
    EL_ANCHOR_MIDDLE,
    EL_ANCHOR_END
} el_anchor;

typedef struct el_caption {
    double x, y; /* of the anchor, on the base line */
    double size;
    long rgb;
    el_anchor anchor;
    bool bold, upright; /* upright: turned by 90 degrees, reads upwards */
    bool halo;          /* white rim, for text over data */
} el_caption;

typedef struct el_canvas el_canvas;
struct el_canvas {
    /* shapes between begin and end share the paint */
    void (*begin)(el_canvas *c, const el_paint *paint);
    void (*path)(el_canvas *c, const double *xy, size_t n, bool closed);
    void (*circle)(el_canvas *c, double x, double y, double r);
    void (*end)(el_canvas *c);
    void (*text)(el_canvas *c, const el_caption *caption, const char *text);
};

/* The chart. EL_E_ARG without a point, EL_E_NOMEM. */
EL_NODISCARD el_status el_plot_draw(const el_plot *plot, el_canvas *canvas,
                                    el_error *err);

/* A box in points, y downwards. */
typedef struct el_box {
    double x0, y0, x1, y1;
} el_box;

/* Where a note's label goes: box of the text, and of what it must avoid. */
typedef struct el_label {
    double px, py; /* the point */
    double w, h;   /* of the text */
    el_box box;    /* result */
    bool leader;   /* result: far enough for a line to the point */
} el_label;

/*
 * Place n labels within `area`, off each other and off the n_obstacles points
 * (x0, y0, x1, y1, ...) where possible. Cost O(n (n + n_obstacles)).
 */
void el_labels_place(el_label *label, size_t n, const double *obstacle_xy,
                     size_t n_obstacles, el_box area);

#endif
