/* SPDX-License-Identifier: Apache-2.0 */
#include "io/plot_bars.h"

#include <math.h>
#include <string.h>

#define MIN_WIDTH 40
#define MAX_LABEL 32

typedef struct canvas {
    const el_plot_text_style *style;
    int label;       /* characters */
    int left, right; /* of the axis */
    double unit;     /* of a value, per character */
} canvas;

/* The end of a bar that is farther from 0. */
static double farther(const el_plot_bar *b)
{
    double most = fmax(fabs(b->value), fabs(b->lo));

    most = fmax(most, fabs(b->hi)); /* fmax leaves NaN out */
    return b->value < 0.0 ? -most : most;
}

static double nearer(const el_plot_bar *b)
{
    double least = fmin(fabs(b->value), fabs(b->lo));

    least = fmin(least, fabs(b->hi));
    return b->value < 0.0 ? -least : least;
}

static canvas layout(const el_plot_bar *bar, size_t n,
                     const el_plot_text_style *style)
{
    canvas c = {.style = style};
    double below = 0.0, above = 0.0, room;

    for (size_t i = 0; i < n; i++) {
        int length = (int)strlen(bar[i].label);
        if (isfinite(bar[i].value)) {
            below = fmax(below, -farther(&bar[i]));
            above = fmax(above, farther(&bar[i]));
        }
        if (length > c.label)
            c.label = length < MAX_LABEL ? length : MAX_LABEL;
    }
    room = style->width - c.label - 3; /* two blanks and the axis */
    c.unit = below + above > 0.0 ? (below + above) / room : 1.0;
    c.left = (int)floor(below / c.unit);
    c.right = (int)floor(above / c.unit);
    return c;
}

static void repeat(el_buf *out, const char *text, int n)
{
    for (; n > 0; n--)
        el_buf_add(out, text);
}

static void print_side(const canvas *c, double near_end, double far_end,
                       bool mirrored, el_buf *out)
{
    const char *solid = c->style->utf8 ? "█" : "#";
    const char *shade = c->style->utf8 ? "░" : ".";
    int inner = (int)lround(fabs(near_end) / c->unit);
    int outer = (int)lround(fabs(far_end) / c->unit);
    int room = mirrored ? c->left : c->right;

    outer = outer < room ? outer : room;
    inner = inner < outer ? inner : outer;
    if (mirrored)
        repeat(out, " ", room - outer);
    repeat(out, mirrored ? shade : solid, mirrored ? outer - inner : inner);
    repeat(out, mirrored ? solid : shade, mirrored ? inner : outer - inner);
}

static void print_bar(const canvas *c, const el_plot_bar *b, el_buf *out)
{
    bool known = isfinite(b->value), negative = b->value < 0.0;
    const char *on = negative ? "\033[31m" : "\033[32m";

    el_buf_printf(out, "%-*.*s  ", c->label, c->label, b->label);
    if (c->style->color)
        el_buf_add(out, on);
    if (known && negative)
        print_side(c, nearer(b), farther(b), true, out);
    else
        repeat(out, " ", c->left);
    el_buf_add(out, c->style->utf8 ? "│" : "|");
    if (known && !negative)
        print_side(c, nearer(b), farther(b), false, out);
    if (c->style->color)
        el_buf_add(out, "\033[0m");
    el_buf_add(out, "\n");
}

el_status el_plot_bars(const el_plot_bar *bar, size_t n,
                       const el_plot_text_style *style, el_buf *out,
                       el_error *err)
{
    canvas c;

    if (n == 0 || style->width < MIN_WIDTH)
        return el_fail(err, EL_E_ARG, "bars: %zu of %d characters", n,
                       style->width);
    c = layout(bar, n, style);
    for (size_t i = 0; i < n; i++)
        print_bar(&c, &bar[i], out);
    if (!el_buf_ok(out))
        return el_fail(err, EL_E_NOMEM, "bars: out of memory");
    return EL_OK;
}
