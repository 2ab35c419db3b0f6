/* SPDX-License-Identifier: Apache-2.0 */
/* One chart on a canvas: layout, axes, series, notes. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "io/plot_canvas.h"
#include "io/plot_heat.h"
#include "io/plot_scale.h"

#define MARGIN        16.0
#define TITLE_SIZE    15.0
#define TEXT_SIZE     12.0
#define TICK_SIZE     11.0
#define INK           0x222222L
#define SOFT          0x666666L
#define GRID          0xE6E6E6L
#define GRID_MINOR    0xF3F3F3L
#define N_X_TICKS     7
#define N_Y_TICKS     6
#define LINE_STEP     6.0 /* points between obstacles along a line */
#define MAX_OBSTACLES 20000u

typedef struct drawing {
    const el_plot *plot;
    el_canvas *c;
    el_axis x, y;
    el_box area; /* inside the axes */
} drawing;

static long rgb_of(el_plot_color color)
{
    static const long rgb[EL_PLOT_N_COLORS] = {
        [EL_PLOT_BLUE] = 0x0072B2,   [EL_PLOT_ORANGE] = 0xE69F00,
        [EL_PLOT_GREEN] = 0x009E73,  [EL_PLOT_VERMILLION] = 0xD55E00,
        [EL_PLOT_PURPLE] = 0xCC79A7, [EL_PLOT_SKY] = 0x56B4E9,
        [EL_PLOT_BLACK] = 0x000000,  [EL_PLOT_GREY] = 0x9A9A9A};

    return rgb[(unsigned)color % EL_PLOT_N_COLORS];
}

/* Widths of DejaVu Sans by class of letter; Helvetica and Arial are less. */
/* Estimate on the safe side: both back ends lay out alike. [points] */
static double text_width(const char *text, double size, bool bold)
{
    double em = 0;

    for (const char *c = text; *c; c++) {
        if (((unsigned char)*c & 0xC0u) == 0x80u)
            continue;
        if (strchr("ijl.,:;'|!()[] ftI", *c))
            em += 0.36;
        else if (strchr("mwMW@%", *c))
            em += 0.95;
        else if (*c >= 'A' && *c <= 'Z')
            em += 0.70;
        else
            em += 0.62;
    }
    return em * size * (bold ? 1.1 : 1.0);
}

static double px(const drawing *d, double x)
{
    return d->area.x0 + el_axis_at(&d->x, x) * (d->area.x1 - d->area.x0);
}

static double py(const drawing *d, double y)
{
    return d->area.y1 - el_axis_at(&d->y, y) * (d->area.y1 - d->area.y0);
}

static void begin(const drawing *d, long fill, long stroke, double width,
                  double opacity)
{
    const el_paint paint = {fill, stroke, width, opacity};

    d->c->begin(d->c, &paint);
}

static void segment(const drawing *d, double x0, double y0, double x1,
                    double y1)
{
    const double xy[] = {x0, y0, x1, y1};

    d->c->path(d->c, xy, 2, false);
}

static double tick_label_width(const el_axis *axis)
{
    double w = 0;

    for (size_t i = 0; i < axis->n_ticks; i++)
        w = fmax(w, text_width(axis->tick[i].label, TICK_SIZE, false));
    return w;
}

/* ---- legend: a row (or more) of samples between title and axes ---- */

static double legend_width(const el_plot_series *s)
{
    return 26 + text_width(s->name, TEXT_SIZE, false) + 16;
}

static size_t n_named(const el_plot *plot)
{
    size_t n = 0;

    for (size_t i = 0; i < plot->n_series; i++)
        n += plot->series[i].name != NULL;
    return n;
}

static void marker(const drawing *d, el_plot_marker shape, double x, double y,
                   double r)
{
    const double square[] = {x - r, y - r, x + r, y - r,
                             x + r, y + r, x - r, y + r};
    const double k = 1.25 * r;
    const double triangle[] = {x,           y - k, x + k,
                               y + 0.8 * r, x - k, y + 0.8 * r};
    const double diamond[] = {x, y - k, x + k, y, x, y + k, x - k, y};

    switch (shape) {
    case EL_PLOT_CIRCLE:
        d->c->circle(d->c, x, y, r);
        break;
    case EL_PLOT_SQUARE:
        d->c->path(d->c, square, 4, true);
        break;
    case EL_PLOT_TRIANGLE:
        d->c->path(d->c, triangle, 3, true);
        break;
    case EL_PLOT_DIAMOND:
        d->c->path(d->c, diamond, 4, true);
        break;
    case EL_PLOT_CROSS:
        segment(d, x - r, y - r, x + r, y + r);
        segment(d, x - r, y + r, x + r, y - r);
        break;
    case EL_PLOT_NO_MARKER:
        break;
    }
}

static void begin_markers(const drawing *d, const el_plot_series *s)
{
    long rgb = rgb_of(s->color);
    bool crowd = s->n > 400;

    if (s->marker == EL_PLOT_CROSS)
        begin(d, EL_NO_COLOR, rgb, 1.4, 1);
    else
        begin(d, rgb, 0xFFFFFF, crowd ? 0.3 : 0.7, crowd ? 0.55 : 0.9);
}

static double marker_radius(const el_plot_series *s)
{
    double r = s->n > 2000 ? 1.8 : s->n > 400 ? 2.4 : s->n > 80 ? 3 : 3.8;

    return s->color == EL_PLOT_GREY ? 0.8 * r : r;
}

static void legend_entry(const drawing *d, const el_plot_series *s, double x,
                         double y)
{
    const el_caption text = {
        .x = x + 26, .y = y, .size = TEXT_SIZE, .rgb = INK};

    if (s->line) {
        begin(d, EL_NO_COLOR, rgb_of(s->color), 2, 1);
        segment(d, x, y - 4, x + 20, y - 4);
        d->c->end(d->c);
    }
    if (s->marker != EL_PLOT_NO_MARKER) {
        begin_markers(d, s);
        marker(d, s->marker, x + 10, y - 4, fmax(3, marker_radius(s)));
        d->c->end(d->c);
    }
    d->c->text(d->c, &text, s->name);
}

/* Base line of the last row; draws only where asked to. */
static double legend(const drawing *d, double x0, double y, bool draw)
{
    double x = x0;

    if (n_named(d->plot) < 2)
        return y - 20;
    for (size_t i = 0; i < d->plot->n_series; i++) {
        const el_plot_series *s = &d->plot->series[i];

        if (!s->name)
            continue;
        if (x > x0 && x + legend_width(s) > EL_CANVAS_WIDTH - MARGIN) {
            x = x0;
            y += 18;
        }
        if (draw)
            legend_entry(d, s, x, y);
        x += legend_width(s);
    }
    return y;
}

static double header_height(const el_plot *plot)
{
    return MARGIN + (plot->title ? 16 : 0) + (plot->subtitle ? 17 : 0);
}

static void layout(drawing *d)
{
    double top;

    d->area.x0 =
        MARGIN + (d->plot->y_label ? 20 : 0) + tick_label_width(&d->y) + 8;
    top = legend(d, d->area.x0, header_height(d->plot) + 20, false);
    d->area.y0 = top + 12;
    d->area.x1 =
        EL_CANVAS_WIDTH - MARGIN - 8 - (d->plot->heat ? EL_HEAT_BAR : 0);
    d->area.y1 = EL_CANVAS_HEIGHT - MARGIN - (d->plot->x_label ? 20 : 0) - 16;
}

static void titles(const drawing *d)
{
    const el_plot *p = d->plot;
    double mid_y = 0.5 * (d->area.y0 + d->area.y1);
    el_caption t = {.x = d->area.x0,
                    .y = MARGIN + 12,
                    .size = TITLE_SIZE,
                    .rgb = INK,
                    .bold = true};

    if (p->title)
        d->c->text(d->c, &t, p->title);
    t.y = header_height(p);
    t.size = TEXT_SIZE;
    t.rgb = SOFT;
    t.bold = false;
    if (p->subtitle)
        d->c->text(d->c, &t, p->subtitle);
    t.rgb = INK;
    t.anchor = EL_ANCHOR_MIDDLE;
    t.x = 0.5 * (d->area.x0 + d->area.x1);
    t.y = EL_CANVAS_HEIGHT - MARGIN;
    if (p->x_label)
        d->c->text(d->c, &t, p->x_label);
    t.x = MARGIN + 10;
    t.y = mid_y;
    t.upright = true;
    if (p->y_label)
        d->c->text(d->c, &t, p->y_label);
}

static void grid_lines(const drawing *d, bool major)
{
    for (size_t i = 0; i < d->x.n_ticks; i++)
        if ((d->x.tick[i].label[0] != '\0') == major) {
            double x = px(d, d->x.tick[i].value);

            segment(d, x, d->area.y0, x, d->area.y1);
        }
    for (size_t i = 0; i < d->y.n_ticks; i++)
        if ((d->y.tick[i].label[0] != '\0') == major) {
            double y = py(d, d->y.tick[i].value);

            segment(d, d->area.x0, y, d->area.x1, y);
        }
}

static void tick_labels(const drawing *d)
{
    el_caption t = {.size = TICK_SIZE, .rgb = SOFT, .anchor = EL_ANCHOR_MIDDLE};
    double used = -HUGE_VAL; /* right end of the last label */

    t.y = d->area.y1 + 16;
    for (size_t i = 0; i < d->x.n_ticks; i++) {
        const el_tick *k = &d->x.tick[i];
        double half = 0.5 * text_width(k->label, TICK_SIZE, false);

        t.x = px(d, k->value);
        if (k->label[0] == '\0' || t.x - half < used + 4)
            continue;
        d->c->text(d->c, &t, k->label);
        used = t.x + half;
    }
    t.x = d->area.x0 - 7;
    t.anchor = EL_ANCHOR_END;
    for (size_t i = 0; i < d->y.n_ticks; i++) {
        t.y = py(d, d->y.tick[i].value) + 4;
        if (d->y.tick[i].label[0])
            d->c->text(d->c, &t, d->y.tick[i].label);
    }
}

static void axes(const drawing *d)
{
    const double frame[] = {d->area.x0, d->area.y0, d->area.x0,
                            d->area.y1, d->area.x1, d->area.y1};

    begin(d, EL_NO_COLOR, GRID_MINOR, 0.7, 1);
    grid_lines(d, false);
    d->c->end(d->c);
    begin(d, EL_NO_COLOR, GRID, 0.9, 1);
    grid_lines(d, true);
    d->c->end(d->c);
    begin(d, EL_NO_COLOR, SOFT, 1, 1);
    d->c->path(d->c, frame, 3, false);
    d->c->end(d->c);
    tick_labels(d);
}

/* Runs of drawable points; xy has room for 2 n numbers. */
static void series_line(const drawing *d, const el_plot_series *s, double *xy)
{
    size_t n = 0;

    begin(d, EL_NO_COLOR, rgb_of(s->color), 1.8, 1);
    for (size_t i = 0; i <= s->n; i++) {
        if (i < s->n && el_plot_shows(d->plot, s->x[i], s->y[i])) {
            xy[2 * n] = px(d, s->x[i]);
            xy[2 * n + 1] = py(d, s->y[i]);
            n++;
            continue;
        }
        if (n > 1)
            d->c->path(d->c, xy, n, false);
        n = 0;
    }
    d->c->end(d->c);
}

static void series_markers(const drawing *d, const el_plot_series *s)
{
    begin_markers(d, s);
    for (size_t i = 0; i < s->n; i++)
        if (el_plot_shows(d->plot, s->x[i], s->y[i]))
            marker(d, s->marker, px(d, s->x[i]), py(d, s->y[i]),
                   marker_radius(s));
    d->c->end(d->c);
}

/* ---- notes ---- */

static void add_obstacle(double *xy, size_t *n, double x, double y)
{
    if (*n < MAX_OBSTACLES) {
        xy[2 * *n] = x;
        xy[2 * *n + 1] = y;
        ++*n;
    }
}

static void line_obstacles(const drawing *d, const el_plot_series *s, size_t i,
                           double *xy, size_t *n)
{
    double x0 = px(d, s->x[i - 1]), y0 = py(d, s->y[i - 1]);
    double x1 = px(d, s->x[i]), y1 = py(d, s->y[i]);
    double steps = ceil(hypot(x1 - x0, y1 - y0) / LINE_STEP);

    for (int k = 1; k < steps; k++)
        add_obstacle(xy, n, x0 + (x1 - x0) * k / steps,
                     y0 + (y1 - y0) * k / steps);
}

static size_t obstacles(const drawing *d, double *xy)
{
    size_t n = 0;

    for (size_t k = 0; k < d->plot->n_series; k++) {
        const el_plot_series *s = &d->plot->series[k];

        for (size_t i = 0; i < s->n; i++) {
            if (!el_plot_shows(d->plot, s->x[i], s->y[i]))
                continue;
            add_obstacle(xy, &n, px(d, s->x[i]), py(d, s->y[i]));
            if (s->line && i > 0 &&
                el_plot_shows(d->plot, s->x[i - 1], s->y[i - 1]))
                line_obstacles(d, s, i, xy, &n);
        }
    }
    return n;
}

static void draw_leader(const drawing *d, const el_label *l)
{
    double x = fmin(fmax(l->px, l->box.x0), l->box.x1);
    double y = fmin(fmax(l->py, l->box.y0), l->box.y1);
    double len = hypot(x - l->px, y - l->py);

    if (!l->leader || len < 8)
        return;
    begin(d, EL_NO_COLOR, SOFT, 0.8, 1);
    segment(d, l->px + (x - l->px) * 7 / len, l->py + (y - l->py) * 7 / len, x,
            y);
    d->c->end(d->c);
}

static void draw_note(const drawing *d, const el_plot_note *note,
                      const el_label *l)
{
    const el_caption text = {.x = 0.5 * (l->box.x0 + l->box.x1),
                             .y = l->box.y1 - 3,
                             .size = TEXT_SIZE,
                             .rgb = INK,
                             .anchor = EL_ANCHOR_MIDDLE,
                             .halo = true};

    draw_leader(d, l);
    begin(d, rgb_of(note->color), INK, 1.3, 1);
    d->c->circle(d->c, l->px, l->py, 5.2);
    d->c->end(d->c);
    if (note->text)
        d->c->text(d->c, &text, note->text);
}

static void place_notes(const drawing *d, el_label *label, double *xy)
{
    size_t n = d->plot->n_notes;

    for (size_t i = 0; i < n; i++) {
        const el_plot_note *note = &d->plot->notes[i];

        label[i].px = px(d, note->x);
        label[i].py = py(d, note->y);
        label[i].w = text_width(note->text ? note->text : "", TEXT_SIZE, false);
        label[i].h = TEXT_SIZE + 2;
    }
    el_labels_place(label, n, xy, obstacles(d, xy), d->area);
    for (size_t i = 0; i < n; i++)
        if (el_plot_shows(d->plot, d->plot->notes[i].x, d->plot->notes[i].y))
            draw_note(d, &d->plot->notes[i], &label[i]);
}

static void draw_all(drawing *d, double *xy, el_label *label)
{
    layout(d);
    axes(d);
    if (d->plot->heat)
        el_heat_draw(d->plot, &d->x, &d->y, d->area, d->c);
    for (size_t i = 0; i < d->plot->n_series; i++)
        if (d->plot->series[i].line)
            series_line(d, &d->plot->series[i], xy);
    for (size_t i = 0; i < d->plot->n_series; i++)
        if (d->plot->series[i].marker != EL_PLOT_NO_MARKER)
            series_markers(d, &d->plot->series[i]);
    if (d->plot->n_notes)
        place_notes(d, label, xy);
    legend(d, d->area.x0, header_height(d->plot) + 20, true);
    titles(d);
}

el_status el_plot_draw(const el_plot *plot, el_canvas *canvas, el_error *err)
{
    drawing d = {.plot = plot, .c = canvas};
    size_t n_xy = MAX_OBSTACLES;
    el_status st = EL_OK;
    double *xy = NULL;
    el_label *label = NULL;

    if (!el_plot_axes(plot, N_X_TICKS, N_Y_TICKS, &d.x, &d.y))
        return el_fail(err, EL_E_ARG, "plot: no point to draw");
    for (size_t i = 0; i < plot->n_series; i++)
        n_xy = plot->series[i].n > n_xy ? plot->series[i].n : n_xy;
    xy = el_array(2 * n_xy, sizeof *xy);
    label = el_array(plot->n_notes + 1, sizeof *label);
    if (xy && label)
        draw_all(&d, xy, label);
    else
        st = el_fail(err, EL_E_NOMEM, "plot: out of memory");
    el_free(label);
    el_free(xy);
    return st;
}
