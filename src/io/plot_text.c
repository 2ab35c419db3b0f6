/* SPDX-License-Identifier: Apache-2.0 */
/* Charts in a terminal: braille dots for lines and crowds, letters for marks.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "io/plot_scale.h"

#define MIN_WIDTH  40
#define MIN_HEIGHT 10
#define MAX_SIDE   400
#define NO_INK     0xFFu

/* One character of the drawing area. */
typedef struct cell {
    uint8_t dots;  /* braille bits */
    uint8_t mark;  /* 1 + el_plot_marker, or NOTE + index; 0: none */
    uint8_t color; /* el_plot_color, NO_INK */
} cell;

#define NOTE      16u /* marks from here are notes: 1, 2, ..., 9, a, b, ... */
#define MAX_NOTES 35u

typedef struct screen {
    const el_plot *plot;
    const el_plot_text_style *style;
    el_axis x, y;
    int width, height; /* of the area, characters */
    int gutter;        /* for the labels of y */
    cell *cell;
    el_buf out;
} screen;

static cell *cell_at(const screen *s, int column, int row)
{
    if (column < 0 || column >= s->width || row < 0 || row >= s->height)
        return NULL;
    return &s->cell[row * s->width + column];
}

/* Position in dots: 2 across and 4 down a character. */
static int dot_x(const screen *s, double x)
{
    return (int)floor(el_axis_at(&s->x, x) * (2 * s->width - 1) + 0.5);
}

static int dot_y(const screen *s, double y)
{
    return (int)floor((1 - el_axis_at(&s->y, y)) * (4 * s->height - 1) + 0.5);
}

static void set_dot(const screen *s, int x, int y, el_plot_color color)
{
    static const uint8_t bit[4][2] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    cell *c = x >= 0 && y >= 0 ? cell_at(s, x / 2, y / 4) : NULL;

    if (!c)
        return;
    c->dots |= bit[y % 4][x % 2];
    /* the background never hides what lies in front */
    if (color != EL_PLOT_GREY || c->color == NO_INK)
        c->color = (uint8_t)color;
}

static void set_mark(const screen *s, double x, double y, unsigned mark,
                     el_plot_color color)
{
    cell *c = cell_at(s, dot_x(s, x) / 2, dot_y(s, y) / 4);

    if (!c || c->mark >= NOTE)
        return;
    c->mark = (uint8_t)mark;
    c->color = (uint8_t)color;
}

static void draw_line(const screen *s, const el_plot_series *p, size_t i)
{
    int x0 = dot_x(s, p->x[i - 1]), y0 = dot_y(s, p->y[i - 1]);
    int x1 = dot_x(s, p->x[i]), y1 = dot_y(s, p->y[i]);
    double steps =
        fmax(fmax(fabs((double)(x1 - x0)), fabs((double)(y1 - y0))), 1);

    for (int k = 0; k <= steps; k++)
        set_dot(s, (int)lround(x0 + (x1 - x0) * k / steps),
                (int)lround(y0 + (y1 - y0) * k / steps), p->color);
}

static bool is_background(const el_plot_series *p)
{
    return p->color == EL_PLOT_GREY;
}

static void draw_series(const screen *s, const el_plot_series *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (!el_plot_shows(s->plot, p->x[i], p->y[i]))
            continue;
        if (p->line && i > 0 &&
            el_plot_shows(s->plot, p->x[i - 1], p->y[i - 1]))
            draw_line(s, p, i);
        if (p->marker == EL_PLOT_NO_MARKER || is_background(p))
            set_dot(s, dot_x(s, p->x[i]), dot_y(s, p->y[i]), p->color);
        else
            set_mark(s, p->x[i], p->y[i], 1u + (unsigned)p->marker, p->color);
    }
}

static char note_letter(size_t i)
{
    return (char)(i < 9 ? '1' + (int)i : 'a' + (int)(i - 9));
}

static void draw_all(const screen *s)
{
    for (int back = 1; back >= 0; back--)
        for (size_t i = 0; i < s->plot->n_series; i++)
            if (is_background(&s->plot->series[i]) == (back == 1))
                draw_series(s, &s->plot->series[i]);
    for (size_t i = 0; i < s->plot->n_notes && i < MAX_NOTES; i++) {
        const el_plot_note *n = &s->plot->notes[i];

        if (el_plot_shows(s->plot, n->x, n->y))
            set_mark(s, n->x, n->y, NOTE + (unsigned)i, n->color);
    }
}

/* ---- printing ---- */

static const char *color_on(const screen *s, unsigned color)
{
    static const char *const code[EL_PLOT_N_COLORS] = {
        [EL_PLOT_BLUE] = "\033[34m",   [EL_PLOT_ORANGE] = "\033[33m",
        [EL_PLOT_GREEN] = "\033[32m",  [EL_PLOT_VERMILLION] = "\033[31m",
        [EL_PLOT_PURPLE] = "\033[35m", [EL_PLOT_SKY] = "\033[36m",
        [EL_PLOT_BLACK] = "\033[1m",   [EL_PLOT_GREY] = "\033[2m"};

    return s->style->color && color < EL_PLOT_N_COLORS ? code[color] : "";
}

static const char *color_off(const screen *s, unsigned color)
{
    return s->style->color && color < EL_PLOT_N_COLORS ? "\033[0m" : "";
}

static const char *marker_text(const screen *s, el_plot_marker m)
{
    static const char *const fine[] = {"●", "■", "▲", "◆", "×", ""};
    static const char *const plain[] = {"o", "#", "^", "*", "x", ""};

    return s->style->utf8 ? fine[m] : plain[m];
}

static void print_cell(screen *s, const cell *c)
{
    char text[4] = {0};

    el_buf_add(&s->out, color_on(s, c->color));
    if (c->mark >= NOTE) {
        text[0] = note_letter(c->mark - NOTE);
        el_buf_add(&s->out, text);
    } else if (c->mark) {
        el_buf_add(&s->out, marker_text(s, (el_plot_marker)(c->mark - 1)));
    } else if (!c->dots) {
        el_buf_add(&s->out, " ");
    } else if (s->style->utf8) { /* U+2800 + dots */
        text[0] = (char)0xE2;
        text[1] = (char)(0xA0 | c->dots >> 6);
        text[2] = (char)(0x80 | (c->dots & 0x3F));
        el_buf_add(&s->out, text);
    } else {
        el_buf_add(&s->out, ".");
    }
    el_buf_add(&s->out, color_off(s, c->color));
}

/* The tick whose row this is, "" for none. */
static const char *y_label(const screen *s, int row)
{
    for (size_t i = 0; i < s->y.n_ticks; i++)
        if (s->y.tick[i].label[0] && dot_y(s, s->y.tick[i].value) / 4 == row)
            return s->y.tick[i].label;
    return "";
}

static int last_column(const screen *s, int row)
{
    int last = s->width;

    while (last > 0) {
        const cell *c = cell_at(s, last - 1, row);

        if (c && (c->dots || c->mark))
            break;
        last--;
    }
    return last;
}

static void print_rows(screen *s)
{
    for (int row = 0; row < s->height; row++) {
        const char *label = y_label(s, row);
        const char *fine = *label ? "┤" : "│";
        int last = last_column(s, row);

        el_buf_printf(&s->out, "%*s %s", s->gutter, label,
                      s->style->utf8 ? fine : "|");
        for (int column = 0; column < last; column++)
            print_cell(s, &s->cell[row * s->width + column]);
        el_buf_add(&s->out, "\n");
    }
}

static int tick_column(const screen *s, const el_tick *t)
{
    int column = dot_x(s, t->value) / 2;

    return column < s->width ? column : s->width - 1;
}

static bool has_tick(const screen *s, int column)
{
    for (size_t i = 0; i < s->x.n_ticks; i++)
        if (s->x.tick[i].label[0] && tick_column(s, &s->x.tick[i]) == column)
            return true;
    return false;
}

static void print_x_axis(screen *s)
{
    int used = 0;

    el_buf_printf(&s->out, "%*s %s", s->gutter, "", s->style->utf8 ? "└" : "+");
    for (int column = 0; column < s->width; column++) {
        bool tick = has_tick(s, column);

        if (s->style->utf8)
            el_buf_add(&s->out, tick ? "┬" : "─");
        else
            el_buf_add(&s->out, tick ? "+" : "-");
    }
    el_buf_printf(&s->out, "\n%*s  ", s->gutter, "");
    for (size_t i = 0; i < s->x.n_ticks; i++) {
        const el_tick *t = &s->x.tick[i];
        int len = (int)strlen(t->label);
        int at = tick_column(s, t) - len / 2;

        at = at < 0 ? 0 : at;
        if (len == 0 || (used > 0 && at < used + 1) || at + len > s->width + 2)
            continue;
        el_buf_printf(&s->out, "%*s%s", at - used, "", t->label);
        used = at + len;
    }
    el_buf_add(&s->out, "\n");
}

static void print_centred(screen *s, const char *text)
{
    int room = (s->width - (int)strlen(text)) / 2;

    if (text[0])
        el_buf_printf(&s->out, "%*s%s\n", s->gutter + 2 + (room > 0 ? room : 0),
                      "", text);
}

static void print_legend(screen *s)
{
    bool any = false;

    for (size_t i = 0; i < s->plot->n_series; i++) {
        const el_plot_series *p = &s->plot->series[i];
        bool dots = p->marker == EL_PLOT_NO_MARKER || is_background(p);
        const char *sample = s->style->utf8 ? "⠒⠒" : "..";

        if (!p->name)
            continue;
        el_buf_printf(&s->out, "%*s%s%s%s %s", any ? 3 : s->gutter + 2, "",
                      color_on(s, p->color),
                      dots ? sample : marker_text(s, p->marker),
                      color_off(s, p->color), p->name);
        any = true;
    }
    if (any)
        el_buf_add(&s->out, "\n");
}

static void print_notes(screen *s)
{
    for (size_t i = 0; i < s->plot->n_notes && i < MAX_NOTES; i++) {
        const el_plot_note *n = &s->plot->notes[i];

        if (n->text && el_plot_shows(s->plot, n->x, n->y))
            el_buf_printf(&s->out, "%*s%s%c%s %s\n", s->gutter + 2, "",
                          color_on(s, n->color), note_letter(i),
                          color_off(s, n->color), n->text);
    }
}

static void print_all(screen *s)
{
    const el_plot *p = s->plot;
    int indent = s->gutter + 2;

    if (p->title)
        el_buf_printf(&s->out, "%*s%s%s%s\n", indent, "",
                      s->style->color ? "\033[1m" : "", p->title,
                      s->style->color ? "\033[0m" : "");
    if (p->subtitle)
        el_buf_printf(&s->out, "%*s%s\n", indent, "", p->subtitle);
    print_legend(s);
    if (p->y_label)
        el_buf_printf(&s->out, "%s\n", p->y_label);
    print_rows(s);
    print_x_axis(s);
    print_centred(s, p->x_label ? p->x_label : "");
    print_notes(s);
}

static int clamp(int v, int lo, int hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static el_status prepare(screen *s, el_error *err)
{
    int width = clamp(s->style->width, MIN_WIDTH, MAX_SIDE);
    int height = clamp(s->style->height, MIN_HEIGHT, MAX_SIDE);

    if (!el_plot_axes(s->plot, width / 12, height / 3, &s->x, &s->y))
        return el_fail(err, EL_E_ARG, "plot: no point to draw");
    for (size_t i = 0; i < s->y.n_ticks; i++)
        if ((int)strlen(s->y.tick[i].label) > s->gutter)
            s->gutter = (int)strlen(s->y.tick[i].label);
    s->width = width - s->gutter - 3;
    s->height = height;
    s->cell = el_array((size_t)s->width * (size_t)s->height, sizeof *s->cell);
    if (!s->cell)
        return el_fail(err, EL_E_NOMEM, "plot: out of memory");
    for (int i = 0; i < s->width * s->height; i++)
        s->cell[i].color = NO_INK;
    return EL_OK;
}

el_status el_plot_text(const el_plot *plot, const el_plot_text_style *style,
                       el_buf *out, el_error *err)
{
    screen s = {.plot = plot, .style = style};
    el_status st = prepare(&s, err);

    if (st == EL_OK) {
        draw_all(&s);
        print_all(&s);
        if (el_buf_ok(&s.out))
            el_buf_add_n(out, s.out.text, s.out.len);
        if (!el_buf_ok(&s.out) || !el_buf_ok(out))
            st = el_fail(err, EL_E_NOMEM, "plot: out of memory");
    }
    el_buf_clear(&s.out);
    el_free(s.cell);
    return st;
}
