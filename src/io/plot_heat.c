/* SPDX-License-Identifier: Apache-2.0 */
#include "io/plot_heat.h"

#include <math.h>

#define TICK_SIZE 11.0
#define TEXT_SIZE 12.0
#define SOFT      0x666666L
#define INK       0x222222L
#define SLICES    64 /* of the colour bar */
#define BAR_GAP   18.0
#define BAR_WIDTH 14.0
#define N_TICKS   6
#define OVERLAP   0.3 /* points by which cells hide the seams between them */

bool el_heat_range(const el_plot_heat *heat, double *lo, double *hi)
{
    *lo = HUGE_VAL;
    *hi = 0.0;
    for (size_t i = 0; i < heat->n_x * heat->n_y; i++) {
        if (!(heat->z[i] > 0.0) || !isfinite(heat->z[i]))
            continue;
        *lo = fmin(*lo, heat->z[i]);
        *hi = fmax(*hi, heat->z[i]);
    }
    return *hi > 0.0;
}

long el_heat_rgb(double share)
{
    static const double stop[][3] = {{253, 231, 37},
                                     {94, 201, 98},
                                     {33, 145, 140},
                                     {59, 82, 139},
                                     {68, 1, 84}};
    const size_t last = sizeof stop / sizeof *stop - 1;
    double at = fmin(fmax(share, 0.0), 1.0) * (double)last;
    size_t k = at >= (double)last ? last - 1 : (size_t)at;
    double w = at - (double)k;
    long rgb = 0;

    for (size_t c = 0; c < 3; c++)
        rgb = rgb * 256 + lround((1.0 - w) * stop[k][c] + w * stop[k + 1][c]);
    return rgb;
}

typedef struct drawing {
    const el_plot_heat *heat;
    const el_axis *x, *y;
    el_box area;
    el_canvas *c;
    bool log_x, log_y;
    double lo, hi; /* of z */
} drawing;

static double share_of(const drawing *d, double z)
{
    return d->hi > d->lo ? log(z / d->lo) / log(d->hi / d->lo) : 0.0;
}

static double px(const drawing *d, size_t i)
{
    double v = el_heat_edge(d->heat->x, d->heat->n_x, i, d->log_x);

    return d->area.x0 + el_axis_at(d->x, v) * (d->area.x1 - d->area.x0);
}

static double py(const drawing *d, size_t j)
{
    double v = el_heat_edge(d->heat->y, d->heat->n_y, j, d->log_y);

    return d->area.y1 - el_axis_at(d->y, v) * (d->area.y1 - d->area.y0);
}

static void fill(const drawing *d, el_box b, long rgb)
{
    const el_paint paint = {rgb, EL_NO_COLOR, 0.0, 1.0};
    const double xy[] = {b.x0, b.y0, b.x1, b.y0, b.x1, b.y1, b.x0, b.y1};

    d->c->begin(d->c, &paint);
    d->c->path(d->c, xy, 4, true);
    d->c->end(d->c);
}

static void draw_cells(const drawing *d)
{
    const el_plot_heat *h = d->heat;

    for (size_t i = 0; i < h->n_x; i++)
        for (size_t j = 0; j < h->n_y; j++) {
            double z = h->z[i * h->n_y + j];
            const el_box box = {px(d, i), py(d, j + 1), px(d, i + 1) + OVERLAP,
                                py(d, j) + OVERLAP};

            if (z > 0.0 && isfinite(z))
                fill(d, box, el_heat_rgb(share_of(d, z)));
        }
}

/* Cells beyond the map are far. */
static bool is_near(const drawing *d, size_t i, size_t j)
{
    const el_plot_heat *h = d->heat;

    return i < h->n_x && j < h->n_y &&
           h->z[i * h->n_y + j] <= (1.0 + h->within) * d->lo;
}

static void segment(const drawing *d, double x0, double y0, double x1,
                    double y1)
{
    const double xy[] = {x0, y0, x1, y1};

    d->c->path(d->c, xy, 2, false);
}

/* Borders between near cells and the others, once each. */
static void draw_outline(const drawing *d)
{
    const el_plot_heat *h = d->heat;
    const el_paint paint = {EL_NO_COLOR, INK, 1.6, 1.0};

    d->c->begin(d->c, &paint);
    for (size_t i = 0; i <= h->n_x; i++)
        for (size_t j = 0; j <= h->n_y; j++) {
            bool here = is_near(d, i, j);
            bool left = i > 0 && is_near(d, i - 1, j);
            bool below = j > 0 && is_near(d, i, j - 1);

            if (here != left && j < h->n_y)
                segment(d, px(d, i), py(d, j), px(d, i), py(d, j + 1));
            if (here != below && i < h->n_x)
                segment(d, px(d, i), py(d, j), px(d, i + 1), py(d, j));
        }
    d->c->end(d->c);
}

static double bar_y(const drawing *d, double share)
{
    return d->area.y1 - share * (d->area.y1 - d->area.y0);
}

static void draw_bar(const drawing *d)
{
    double x = d->area.x1 + BAR_GAP;
    el_axis axis;
    el_caption t = {.x = x + BAR_WIDTH + 5.0, .size = TICK_SIZE, .rgb = SOFT};

    for (int k = 0; k < SLICES; k++) {
        const el_box b = {x, bar_y(d, (k + 1.0) / SLICES), x + BAR_WIDTH,
                          bar_y(d, (double)k / SLICES) + OVERLAP};

        fill(d, b, el_heat_rgb((k + 0.5) / SLICES));
    }
    el_axis_fit(&axis, d->lo, d->hi, d->hi > d->lo, N_TICKS);
    for (size_t i = 0; i < axis.n_ticks; i++) {
        const el_tick *k = &axis.tick[i];

        if (!*k->label || k->value < d->lo * 0.999 || k->value > d->hi * 1.001)
            continue;
        t.y = bar_y(d, share_of(d, k->value)) + 4.0;
        d->c->text(d->c, &t, k->label);
    }
    t = (el_caption){.x = EL_CANVAS_WIDTH - 12.0,
                     .y = 0.5 * (d->area.y0 + d->area.y1),
                     .size = TEXT_SIZE,
                     .rgb = INK,
                     .anchor = EL_ANCHOR_MIDDLE,
                     .upright = true};
    if (d->heat->label)
        d->c->text(d->c, &t, d->heat->label);
}

void el_heat_draw(const el_plot *plot, const el_axis *x, const el_axis *y,
                  el_box area, el_canvas *canvas)
{
    drawing d = {.heat = plot->heat,
                 .x = x,
                 .y = y,
                 .area = area,
                 .c = canvas,
                 .log_x = plot->log_x,
                 .log_y = plot->log_y};

    if (!el_heat_range(d.heat, &d.lo, &d.hi))
        return;
    draw_cells(&d);
    if (d.heat->within > 0.0)
        draw_outline(&d);
    draw_bar(&d);
}
