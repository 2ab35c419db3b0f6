/* SPDX-License-Identifier: Apache-2.0 */
/* Learning curves: a figure against the rows that a form was fitted to. */
#include <stdio.h>

#include "base/mem.h"
#include "cli/evaluate_text.h"
#include "io/plot.h"

#define PLOT_HEIGHT 20
#define MAX_CURVES  21u /* colours times markers that stay apart */

typedef struct chart {
    double *x, *y;
    el_plot_series series[MAX_CURVES];
    size_t n_series, n;
    char title[120];
    el_plot plot;
} chart;

static const char *figure_label(el_figure_id id)
{
    switch (id) {
    case EL_FIGURE_TOP1:
        return "cheapest configuration found [%]";
    case EL_FIGURE_TOP1_WITHIN3:
        return "within 3 % of the cheapest [%]";
    case EL_FIGURE_REGRET:
        return "mean regret [%]";
    default:
        return "mean error of energy [%]";
    }
}

/* All groups together, and rows were drawn. */
static bool in_curve(const el_score *s, el_split split)
{
    return s->split == split && s->samples > 0.0 && *s->label == '\0';
}

static void add_point(chart *c, double x, double y)
{
    c->x[c->n] = x;
    c->y[c->n++] = y;
}

/* A form with a figure at any count is a series. */
static void add_form(chart *c, const el_evaluation *e, size_t first,
                     el_figure_id id)
{
    const el_score *head = &e->score[first];
    size_t begin = c->n, k = c->n_series;

    for (size_t i = first; i < e->n_score; i++) {
        const el_score *s = &e->score[i];
        if (in_curve(s, head->split) && s->form == head->form &&
            el_is_known(s->figure[id].value))
            add_point(c, s->samples, s->figure[id].value);
    }
    if (c->n == begin || k == MAX_CURVES) {
        c->n = begin;
        return;
    }
    c->series[c->n_series++] = (el_plot_series){
        .name = head->form->name,
        .x = c->x + begin,
        .y = c->y + begin,
        .n = c->n - begin,
        .line = true,
        .marker = (el_plot_marker)(k / 7),
        .color = (el_plot_color)(k % 7),
    };
}

static void add_ceiling(chart *c, const el_evaluation *e, el_split split)
{
    size_t begin = c->n;
    double last = 0.0;

    for (size_t i = 0; i < e->n_score; i++) {
        const el_score *s = &e->score[i];
        if (!in_curve(s, split) || !el_is_known(s->ceiling_top1_pct) ||
            !(s->samples > last))
            continue;
        last = s->samples;
        add_point(c, last, s->ceiling_top1_pct);
    }
    if (c->n > begin)
        c->series[c->n_series++] = (el_plot_series){
            "ceiling by noise", c->x + begin, c->y + begin, c->n - begin, true,
            EL_PLOT_NO_MARKER,  EL_PLOT_GREY};
}

static void chart_free(chart *c)
{
    if (!c)
        return;
    el_free(c->y);
    el_free(c->x);
    el_free(c);
}

/* A form's first score of the split: where its curve begins. */
static bool begins(const el_evaluation *e, size_t i, el_split split)
{
    for (size_t k = 0; k < i; k++)
        if (in_curve(&e->score[k], split) &&
            e->score[k].form == e->score[i].form)
            return false;
    return in_curve(&e->score[i], split);
}

static chart *chart_new(const el_evaluation *e, el_split split, el_figure_id id)
{
    chart *c = el_array(1, sizeof *c);

    if (!c)
        return NULL;
    c->x = el_array(2 * e->n_score + 1, sizeof *c->x);
    c->y = el_array(2 * e->n_score + 1, sizeof *c->y);
    if (!c->x || !c->y) {
        chart_free(c);
        return NULL;
    }
    for (size_t i = 0; i < e->n_score; i++)
        if (begins(e, i, split) && c->n_series + 1 < MAX_CURVES)
            add_form(c, e, i, id);
    if (id == EL_FIGURE_TOP1 && c->n_series > 0)
        add_ceiling(c, e, split);
    (void)snprintf(c->title, sizeof c->title, "Learning curves, split %s",
                   el_split_name(split));
    c->plot = (el_plot){.title = c->title,
                        .x_label = "training rows of a group",
                        .y_label = figure_label(id),
                        .log_x = true,
                        .log_y = id == EL_FIGURE_MAPE || id == EL_FIGURE_REGRET,
                        .series = c->series,
                        .n_series = c->n_series};
    return c;
}

el_status el_evaluate_chart(const el_evaluation *evaluation, el_split split,
                            el_figure_id curve, el_plot_sink sink, void *ctx,
                            el_error *err)
{
    chart *c = chart_new(evaluation, split, curve);
    el_status st = EL_OK;

    if (!c)
        return el_fail(err, EL_E_NOMEM, "evaluate: chart");
    if (c->n_series > 0)
        st = sink(&c->plot, ctx, err);
    chart_free(c);
    return st;
}

el_status el_evaluate_draw(el_cli *cli, const el_evaluation *e,
                           el_figure_id curve, el_error *err)
{
    const el_plot_text_style style = {.width = cli->width,
                                      .height = PLOT_HEIGHT,
                                      .utf8 = cli->utf8,
                                      .color = cli->color};
    el_status st = EL_OK;

    for (el_split s = 0; s < EL_N_SPLITS && st == EL_OK; s++) {
        chart *c = chart_new(e, s, curve);
        if (!c)
            return el_fail(err, EL_E_NOMEM, "evaluate: chart");
        if (c->n_series > 0) {
            el_buf_add(&cli->out, "\n");
            st = el_plot_text(&c->plot, &style, &cli->out, err);
        }
        chart_free(c);
    }
    return st;
}

el_status el_evaluate_save_plot(const el_evaluation *e, el_figure_id curve,
                                const char *path, el_error *err)
{
    for (el_split s = 0; s < EL_N_SPLITS; s++) {
        chart *c = chart_new(e, s, curve);
        el_status st;
        if (!c)
            return el_fail(err, EL_E_NOMEM, "evaluate: chart");
        if (c->n_series == 0) {
            chart_free(c);
            continue;
        }
        st = el_plot_save(&c->plot, path, err);
        chart_free(c);
        return st;
    }
    return el_fail(err, EL_E_DATA, "%s: no form has a figure to draw", path);
}
