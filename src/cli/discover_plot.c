/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/discover_plot.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "io/plot.h"

#define HEIGHT     14
#define MAX_POINTS 5000u /* drawn of predicted against measured */
#define SMALLEST   1e-16 /* an error that a logarithm can show */

static double error_of(const el_discovered *d, size_t i)
{
    const el_law_score *s = &d->score[i];
    const double e =
        d->options.loss == EL_LOSS_PLAIN ? s->unexplained : 100 * s->mean_error;

    return fmax(e, SMALLEST);
}

static el_status draw_front(const el_discovered *d,
                            const el_plot_text_style *style, el_buf *out,
                            el_error *err)
{
    const size_t n = d->front->n, pick = d->front->pick;
    double x[EL_LAW_MAX_COMPLEXITY + 1], y[EL_LAW_MAX_COMPLEXITY + 1];
    const el_plot_series series = {NULL,           x,           y, n, true,
                                   EL_PLOT_CIRCLE, EL_PLOT_BLUE};
    el_plot_note note;
    el_plot plot = {.title = "Complexity against error",
                    .x_label = "complexity",
                    .y_label = d->options.loss == EL_LOSS_PLAIN
                                   ? "1 - R2"
                                   : "mean |error| [%]",
                    .log_y = true,
                    .series = &series,
                    .n_series = 1,
                    .notes = &note,
                    .n_notes = 1};

    for (size_t i = 0; i < n; i++) {
        x[i] = d->front->law[i].complexity;
        y[i] = error_of(d, i);
    }
    note = (el_plot_note){x[pick], y[pick], "picked", EL_PLOT_VERMILLION};
    return el_plot_text(&plot, style, out, err);
}

/* Points and the line on which they would lie. */
typedef struct scatter {
    double *x, *y;
    size_t n;
    double line[2];
    bool log;
    char title[160], x_label[64], y_label[64];
    el_plot_series series[2];
    el_plot plot;
} scatter;

static void scatter_clear(scatter *s)
{
    el_free(s->y);
    el_free(s->x);
}

/* "measured [J]", where the unit is known. */
static void label(char *out, size_t cap, const char *what,
                  const el_law_table *t)
{
    el_buf unit = {0};

    if (t->has_units)
        el_unit_print(&t->result, &t->bases, &unit);
    if (unit.len > 0)
        (void)snprintf(out, cap, "%s [%s]", what, el_buf_text(&unit));
    else
        el_str_copy(out, cap, what);
    el_buf_clear(&unit);
}

static el_status scatter_make(const el_discovered *d, scatter *s, el_error *err)
{
    const el_law_table *t = &d->table;
    const size_t step = (t->n_row + MAX_POINTS - 1) / MAX_POINTS;

    *s = (scatter){.line = {(double)INFINITY, -(double)INFINITY}, .log = true};
    s->x = el_array(t->n_row / step + 1, sizeof *s->x);
    s->y = el_array(t->n_row / step + 1, sizeof *s->y);
    if (!s->x || !s->y) {
        scatter_clear(s);
        return el_fail(err, EL_E_NOMEM, "discover: chart");
    }
    for (size_t i = 0; i < t->n_row; i += step, s->n++) {
        s->x[s->n] = t->y[i];
        s->y[s->n] = d->predicted[i];
        s->line[0] = fmin(s->line[0], t->y[i]);
        s->line[1] = fmax(s->line[1], t->y[i]);
        s->log = s->log && t->y[i] > 0;
    }
    s->series[0] =
        (el_plot_series){"as measured", s->line,           s->line,       2,
                         true,          EL_PLOT_NO_MARKER, EL_PLOT_ORANGE};
    s->series[1] = (el_plot_series){"rows", s->x,           s->y,        s->n,
                                    false,  EL_PLOT_CIRCLE, EL_PLOT_BLUE};
    (void)snprintf(s->title, sizeof s->title, "Predicted against measured: %s",
                   t->target);
    label(s->x_label, sizeof s->x_label, "measured", t);
    label(s->y_label, sizeof s->y_label, "predicted", t);
    s->plot = (el_plot){.title = s->title,
                        .x_label = s->x_label,
                        .y_label = s->y_label,
                        .log_x = s->log,
                        .log_y = s->log,
                        .series = s->series,
                        .n_series = 2};
    return EL_OK;
}

el_status el_discover_plots(const el_cli *cli, const el_discovered *d,
                            el_buf *out, el_error *err)
{
    const el_plot_text_style style = {cli->width < 40 ? 40 : cli->width, HEIGHT,
                                      cli->utf8, cli->color};
    scatter s;
    el_status st;

    el_buf_add(out, "\n");
    st = draw_front(d, &style, out, err);
    if (st != EL_OK)
        return st;
    st = scatter_make(d, &s, err);
    if (st != EL_OK)
        return st;
    el_buf_add(out, "\n");
    st = el_plot_text(&s.plot, &style, out, err);
    scatter_clear(&s);
    return st;
}

el_status el_discover_save_plot(const el_discovered *d, const char *path,
                                el_error *err)
{
    scatter s;
    el_status st = scatter_make(d, &s, err);

    if (st != EL_OK)
        return st;
    st = el_plot_save(&s.plot, path, err);
    scatter_clear(&s);
    return st;
}

/* The front as a picture: how far off it is on the rows of the search, and on
   rows left out. */
typedef struct front_picture {
    double complexity[EL_LAW_MAX_COMPLEXITY + 1];
    double seen[EL_LAW_MAX_COMPLEXITY + 1], left[EL_LAW_MAX_COMPLEXITY + 1];
    char title[160];
    char law[100]; /* as much of it as goes over a picture */
    el_plot_series series[2];
    el_plot_note note;
    el_plot plot;
} front_picture;

static void front_picture_make(const el_discovered *d, front_picture *p)
{
    const bool plain = d->options.loss == EL_LOSS_PLAIN;
    const double unit = plain ? 1 : 100;
    const el_expr_style style = {EL_NOTATION_TEXT, 3};
    const el_front *f = d->front;
    el_buf law = {0};

    *p = (front_picture){.title = ""};
    for (size_t i = 0; i < f->n; i++) {
        p->complexity[i] = f->law[i].complexity;
        p->seen[i] = unit * fmax(sqrt(f->law[i].loss), SMALLEST);
        p->left[i] = unit * sqrt(f->law[i].cv_loss);
    }
    p->series[0] =
        (el_plot_series){"rows searched", p->complexity, p->seen, f->n, true,
                         EL_PLOT_CIRCLE,  EL_PLOT_BLUE};
    p->series[1] =
        (el_plot_series){"rows left out", p->complexity,   p->left,       f->n,
                         false,           EL_PLOT_DIAMOND, EL_PLOT_ORANGE};
    p->note = (el_plot_note){p->complexity[f->pick], p->seen[f->pick], "picked",
                             EL_PLOT_VERMILLION};
    (void)snprintf(p->title, sizeof p->title, "Complexity against error: %s",
                   d->table.target);
    el_expr_print(&f->law[f->pick].expr, d->table.name, style, &law);
    (void)snprintf(p->law, sizeof p->law, "%.*s%s", (int)sizeof p->law - 4,
                   el_buf_text(&law), law.len > sizeof p->law - 4 ? "..." : "");
    el_buf_clear(&law);
    p->plot = (el_plot){.title = p->title,
                        .subtitle = p->law,
                        .x_label = "complexity",
                        .y_label = plain ? "rms error" : "rms error [%]",
                        .log_y = true,
                        .series = p->series,
                        .n_series = 2,
                        .notes = &p->note,
                        .n_notes = 1};
}

el_status el_discover_save_front(const el_discovered *d, const char *path,
                                 el_error *err)
{
    front_picture p;

    front_picture_make(d, &p);
    return el_plot_save(&p.plot, path, err);
}
