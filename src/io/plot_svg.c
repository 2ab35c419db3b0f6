/* SPDX-License-Identifier: Apache-2.0 */
/* SVG 1.1 by hand: text stays text and the bytes depend on nothing else. */
#include "io/plot_canvas.h"
#include "io/xml.h"

#define FONT "Helvetica, Arial, 'DejaVu Sans', sans-serif"

typedef struct svg {
    el_canvas canvas; /* first: cast back from el_canvas */
    el_buf *out;
} svg;

static el_buf *out_of(el_canvas *c)
{
    return ((svg *)c)->out;
}

static void add_paint(el_buf *out, const char *name, long rgb)
{
    if (rgb == EL_NO_COLOR)
        el_buf_printf(out, " %s=\"none\"", name);
    else
        el_buf_printf(out, " %s=\"#%06lX\"", name, (unsigned long)rgb);
}

static void svg_begin(el_canvas *c, const el_paint *p)
{
    el_buf *out = out_of(c);

    el_buf_add(out, "<g");
    add_paint(out, "fill", p->fill);
    add_paint(out, "stroke", p->stroke);
    el_buf_printf(out, " stroke-width=\"%g\"", p->width);
    if (p->opacity < 1)
        el_buf_printf(out, " fill-opacity=\"%g\"", p->opacity);
    el_buf_add(out, ">\n");
}

static void svg_end(el_canvas *c)
{
    el_buf_add(out_of(c), "</g>\n");
}

static void svg_path(el_canvas *c, const double *xy, size_t n, bool closed)
{
    el_buf *out = out_of(c);

    el_buf_add(out, "<path d=\"");
    for (size_t i = 0; i < n; i++)
        el_buf_printf(out, "%c%.2f %.2f", i ? 'L' : 'M', xy[2 * i],
                      xy[2 * i + 1]);
    el_buf_add(out, closed ? "Z\"/>\n" : "\"/>\n");
}

static void svg_circle(el_canvas *c, double x, double y, double r)
{
    el_buf_printf(out_of(c), "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%g\"/>\n", x,
                  y, r);
}

static void svg_text(el_canvas *c, const el_caption *t, const char *text)
{
    static const char *const anchor[] = {"start", "middle", "end"};
    el_buf *out = out_of(c);

    el_buf_printf(out,
                  "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%g\" "
                  "text-anchor=\"%s\" fill=\"#%06lX\"",
                  t->x, t->y, t->size, anchor[t->anchor],
                  (unsigned long)t->rgb);
    if (t->bold)
        el_buf_add(out, " font-weight=\"bold\"");
    if (t->upright)
        el_buf_printf(out, " transform=\"rotate(-90 %.2f %.2f)\"", t->x, t->y);
    if (t->halo)
        el_buf_add(out, " stroke=\"#FFFFFF\" stroke-width=\"3\" "
                        "stroke-linejoin=\"round\" paint-order=\"stroke\"");
    el_buf_add(out, ">");
    el_xml_text(out, text);
    el_buf_add(out, "</text>\n");
}

static void head(const el_plot *plot, el_buf *out)
{
    el_buf_printf(out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" "
                  "height=\"%g\" viewBox=\"0 0 %g %g\" font-family=\"" FONT
                  "\" stroke-linejoin=\"round\" stroke-linecap=\"round\" "
                  "role=\"img\">\n<title>",
                  EL_CANVAS_WIDTH, EL_CANVAS_HEIGHT, EL_CANVAS_WIDTH,
                  EL_CANVAS_HEIGHT);
    el_xml_text(out, plot->title    ? plot->title
                     : plot->spoken ? plot->spoken
                                    : "Chart");
    el_buf_add(out, "</title>\n<rect width=\"100%\" height=\"100%\" "
                    "fill=\"#FFFFFF\"/>\n");
}

el_status el_plot_svg(const el_plot *plot, el_buf *out, el_error *err)
{
    el_buf text = {0};
    svg s = {.canvas = {svg_begin, svg_path, svg_circle, svg_end, svg_text},
             .out = &text};
    el_status st;

    head(plot, &text);
    st = el_plot_draw(plot, &s.canvas, err);
    el_buf_add(&text, "</svg>\n");
    if (st == EL_OK && el_buf_ok(&text))
        el_buf_add_n(out, text.text, text.len);
    if (st == EL_OK && (!el_buf_ok(&text) || !el_buf_ok(out)))
        st = el_fail(err, EL_E_NOMEM, "plot: out of memory");
    el_buf_clear(&text);
    return st;
}
