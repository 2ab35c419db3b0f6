/* SPDX-License-Identifier: Apache-2.0 */
/* PNG through cairo. */
#include <cairo.h>

#include "io/file.h"
#include "io/plot_canvas.h"

#define SCALE 2.0 /* pixels a point */

typedef struct png {
    el_canvas canvas; /* first: cast back from el_canvas */
    cairo_t *cr;
    el_paint paint;
} png;

static void set_rgb(cairo_t *cr, long rgb, double opacity)
{
    cairo_set_source_rgba(cr, (double)((rgb >> 16) & 0xFF) / 255,
                          (double)((rgb >> 8) & 0xFF) / 255,
                          (double)(rgb & 0xFF) / 255, opacity);
}

static void png_begin(el_canvas *c, const el_paint *paint)
{
    ((png *)c)->paint = *paint;
}

static void png_end(el_canvas *c)
{
    (void)c; /* shapes are painted as they come */
}

static void paint_path(const png *p)
{
    if (p->paint.fill != EL_NO_COLOR) {
        set_rgb(p->cr, p->paint.fill, p->paint.opacity);
        cairo_fill_preserve(p->cr);
    }
    if (p->paint.stroke != EL_NO_COLOR) {
        set_rgb(p->cr, p->paint.stroke, 1);
        cairo_set_line_width(p->cr, p->paint.width);
        cairo_stroke_preserve(p->cr);
    }
    cairo_new_path(p->cr);
}

static void png_path(el_canvas *c, const double *xy, size_t n, bool closed)
{
    const png *p = (const png *)c;

    cairo_new_path(p->cr); /* text leaves a current point behind */
    for (size_t i = 0; i < n; i++)
        cairo_line_to(p->cr, xy[2 * i], xy[2 * i + 1]);
    if (closed)
        cairo_close_path(p->cr);
    paint_path(p);
}

static void png_circle(el_canvas *c, double x, double y, double r)
{
    const png *p = (const png *)c;

    cairo_new_path(p->cr);
    cairo_arc(p->cr, x, y, r, 0, 2 * 3.14159265358979);
    paint_path(p);
}

static void png_text(el_canvas *c, const el_caption *t, const char *text)
{
    cairo_t *cr = ((png *)c)->cr;
    cairo_text_extents_t size;

    cairo_save(cr);
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           t->bold ? CAIRO_FONT_WEIGHT_BOLD
                                   : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, t->size);
    cairo_text_extents(cr, text, &size);
    cairo_translate(cr, t->x, t->y);
    if (t->upright)
        cairo_rotate(cr, -3.14159265358979 / 2);
    cairo_move_to(cr,
                  t->anchor == EL_ANCHOR_START    ? 0
                  : t->anchor == EL_ANCHOR_MIDDLE ? -0.5 * size.x_advance
                                                  : -size.x_advance,
                  0);
    if (t->halo) {
        cairo_text_path(cr, text);
        set_rgb(cr, 0xFFFFFF, 1);
        cairo_set_line_width(cr, 3);
        cairo_stroke_preserve(cr);
        set_rgb(cr, t->rgb, 1);
        cairo_fill(cr);
    } else {
        set_rgb(cr, t->rgb, 1);
        cairo_show_text(cr, text);
    }
    cairo_restore(cr);
}

static cairo_status_t append(void *ctx, const unsigned char *data,
                             unsigned length)
{
    el_buf_add_n(ctx, (const char *)data, length);
    return el_buf_ok(ctx) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_NO_MEMORY;
}

static el_status status_of(cairo_status_t status, el_error *err)
{
    if (status == CAIRO_STATUS_SUCCESS)
        return EL_OK;
    return el_fail(err, status == CAIRO_STATUS_NO_MEMORY ? EL_E_NOMEM : EL_E_IO,
                   "plot: %s", cairo_status_to_string(status));
}

static el_status render(const el_plot *plot, cairo_surface_t *surface,
                        el_buf *out, el_error *err)
{
    cairo_t *cr = cairo_create(surface);
    png p = {.canvas = {png_begin, png_path, png_circle, png_end, png_text},
             .cr = cr};
    el_status st;

    set_rgb(cr, 0xFFFFFF, 1);
    cairo_paint(cr);
    cairo_scale(cr, SCALE, SCALE);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    st = el_plot_draw(plot, &p.canvas, err);
    if (st == EL_OK)
        st = status_of(cairo_status(cr), err);
    cairo_destroy(cr);
    if (st == EL_OK)
        st = status_of(cairo_surface_write_to_png_stream(surface, append, out),
                       err);
    return st;
}

el_status el_plot_png(const el_plot *plot, el_buf *out, el_error *err)
{
    cairo_surface_t *surface = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, (int)(SCALE * EL_CANVAS_WIDTH),
        (int)(SCALE * EL_CANVAS_HEIGHT));
    el_buf image = {0};
    el_status st = render(plot, surface, &image, err);

    if (st == EL_OK) {
        el_buf_add_n(out, el_buf_text(&image), image.len);
        if (!el_buf_ok(out))
            st = el_fail(err, EL_E_NOMEM, "plot: out of memory");
    }
    el_buf_clear(&image);
    cairo_surface_destroy(surface);
    return st;
}

el_status el_plot_save(const el_plot *plot, const char *path, el_error *err)
{
    el_buf image = {0};
    el_status st;

    if (el_str_ends_nocase(path, ".svg"))
        st = el_plot_svg(plot, &image, err);
    else if (el_str_ends_nocase(path, ".png"))
        st = el_plot_png(plot, &image, err);
    else
        return el_fail(err, EL_E_ARG, "%s: neither .svg nor .png", path);
    if (st == EL_OK)
        st = el_file_write(path, image.text, image.len, err);
    el_buf_clear(&image);
    return st;
}
