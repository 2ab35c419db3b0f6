/* SPDX-License-Identifier: Apache-2.0 */
/* A heat map as numbers: the value over the least of them. */
#include <math.h>
#include <stdio.h>

#include "io/plot_heat.h"

#define MIN_WIDTH 40
#define GUTTER    7 /* label of a row, and a blank */
#define CELL      5 /* "1.23 " */

static void axis_text(char text[16], double value)
{
    if (value >= 9999.5)
        (void)snprintf(text, 16, "%.3gk", value / 1e3);
    else
        (void)snprintf(text, 16, "%.4g", value);
}

/* 1.04, 12.3, 123, -: four characters. */
static void ratio_text(char text[16], double ratio)
{
    if (!isfinite(ratio))
        (void)snprintf(text, 16, "-");
    else if (ratio < 9.995)
        (void)snprintf(text, 16, "%.2f", ratio);
    else
        (void)snprintf(text, 16, ratio < 99.95 ? "%.1f" : "%.0f",
                       fmin(ratio, 9999.0));
}

/* Every how many of n leaves room for `room` of them. */
static size_t stride(size_t n, int room)
{
    size_t fits = room > 1 ? (size_t)room : 1;

    return (n + fits - 1) / fits;
}

typedef struct screen {
    const el_plot_heat *heat;
    const el_plot_text_style *style;
    double lo, hi;
    size_t step_x, step_y;
} screen;

static void add_cell(const screen *s, double z, el_buf *out)
{
    double share = s->hi > s->lo ? log(z / s->lo) / log(s->hi / s->lo) : 0.0;
    bool known = z > 0.0 && isfinite(z);
    char text[16];

    ratio_text(text, known ? z / s->lo : (double)NAN);
    if (s->style->color && known) {
        long rgb = el_heat_rgb(share);

        el_buf_printf(out, "\033[%dm\033[48;2;%ld;%ld;%ldm",
                      share < 0.5 ? 30 : 97, rgb >> 16, (rgb >> 8) & 255,
                      rgb & 255);
    }
    el_buf_printf(out, "%*s ", CELL - 1, text);
    if (s->style->color && known)
        el_buf_add(out, "\033[0m");
}

static void add_rows(const screen *s, el_buf *out)
{
    const el_plot_heat *h = s->heat;
    char text[16];

    for (size_t k = 0; k * s->step_y < h->n_y; k++) {
        size_t j = h->n_y - 1 - k * s->step_y;

        axis_text(text, h->y[j]);
        el_buf_printf(out, "%*s ", GUTTER - 1, text);
        for (size_t i = 0; i < h->n_x; i += s->step_x)
            add_cell(s, h->z[i * h->n_y + j], out);
        el_buf_add(out, "\n");
    }
    el_buf_printf(out, "%*s", GUTTER, "");
    for (size_t i = 0; i < h->n_x; i += s->step_x) {
        axis_text(text, h->x[i]);
        el_buf_printf(out, "%*s ", CELL - 1, text);
    }
    el_buf_add(out, "\n");
}

el_status el_plot_heat_text(const el_plot_heat *heat,
                            const el_plot_text_style *style, el_buf *out,
                            el_error *err)
{
    screen s = {.heat = heat, .style = style};

    if (style->width < MIN_WIDTH || !el_heat_range(heat, &s.lo, &s.hi))
        return el_fail(err, EL_E_ARG,
                       "heat map: no value, or %d characters (at least %d)",
                       style->width, MIN_WIDTH);
    s.step_x = stride(heat->n_x, (style->width - GUTTER) / CELL);
    s.step_y = stride(heat->n_y, style->height - 1);
    add_rows(&s, out);
    return el_buf_ok(out) ? EL_OK
                          : el_fail(err, EL_E_NOMEM, "heat map: out of memory");
}
