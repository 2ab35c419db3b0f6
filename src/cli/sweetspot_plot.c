/* SPDX-License-Identifier: Apache-2.0 */
/* The heat map of sweetspot as a picture or a page. */
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/format.h"
#include "cli/sweetspot_text.h"
#include "io/doc.h"
#include "io/file.h"

#define PAGE_WIDTH 100 /* characters of the text on a page */

/* What the chart's description points into. */
typedef struct chart {
    double *osl; /* best answer of each prompt length; NaN at the edges */
    el_plot_heat heat;
    el_plot_series best;
    el_plot_note note[2];
    char label[2][80];
    char title[256], subtitle[160];
    el_plot plot;
} chart;

bool el_sweetspot_is_picture(const char *path)
{
    return el_str_ends_nocase(path, ".svg") ||
           el_str_ends_nocase(path, ".png") ||
           el_str_ends_nocase(path, ".html");
}

static void set_titles(chart *c, const el_sweetspot_answer *a)
{
    el_buf text = {0};

    (void)snprintf(c->title, sizeof c->title, "GPU energy per output token: %s",
                   a->key.model);
    el_sweetspot_place(a, &text);
    el_buf_printf(&text, "; %s; outlined: within 10 %% of the best",
                  el_source_name(a->surface[a->now].source));
    el_str_copy(c->subtitle, sizeof c->subtitle, el_buf_text(&text));
    el_buf_clear(&text);
}

static void set_notes(chart *c, const el_surface_summary *s)
{
    const el_spot *spot[2] = {&s->best, &s->worst};
    static const char *const name[2] = {"best", "worst"};

    for (size_t k = 0; k < 2; k++) {
        (void)snprintf(c->label[k], sizeof c->label[k], "%s %s", name[k],
                       el_fmt_si(spot[k]->token_j, "J", 3).s);
        c->note[k] = (el_plot_note){spot[k]->isl, spot[k]->osl, c->label[k],
                                    k ? EL_PLOT_VERMILLION : EL_PLOT_GREEN};
    }
}

static el_status chart_make(chart *c, const el_sweetspot_answer *a,
                            el_error *err)
{
    const el_surface *s = &a->surface[a->now];
    const el_length_grid *g = &a->grid;
    el_surface_summary sum;

    if (!el_surface_summarise(s, &sum))
        return el_fail(err, EL_E_DATA, "nothing to draw: %s", a->note);
    c->osl = el_array(g->n_isl, sizeof *c->osl);
    if (!c->osl)
        return el_fail(err, EL_E_NOMEM, "sweetspot: out of memory");
    for (size_t i = 0; i < g->n_isl; i++) {
        const el_best_osl b = el_surface_best_osl(s, i);

        c->osl[i] = b.at_edge ? EL_UNKNOWN : b.osl;
    }
    c->heat = (el_plot_heat){.x = g->isl,
                             .y = g->osl,
                             .n_x = g->n_isl,
                             .n_y = g->n_osl,
                             .z = s->token_j,
                             .within = EL_SURFACE_NEAR,
                             .label = "J per output token"};
    c->best = (el_plot_series){.name = NULL,
                               .x = g->isl,
                               .y = c->osl,
                               .n = g->n_isl,
                               .line = true,
                               .marker = EL_PLOT_NO_MARKER,
                               .color = EL_PLOT_VERMILLION};
    set_titles(c, a);
    set_notes(c, &sum);
    c->plot = (el_plot){.title = c->title,
                        .subtitle = c->subtitle,
                        .x_label = "input tokens",
                        .y_label = "output tokens (line: best for each input)",
                        .log_x = true,
                        .log_y = true,
                        .heat = &c->heat,
                        .series = &c->best,
                        .n_series = 1,
                        .notes = c->note,
                        .n_notes = 2};
    return EL_OK;
}

/* The picture, and what a terminal shows, on one page without a script. */
static el_status save_page(const el_cli *cli, const el_sweetspot_answer *a,
                           const chart *c, const char *path, el_error *err)
{
    el_cli plain = *cli;
    el_buf page = {0}, text = {0};
    el_doc doc = {.kind = EL_DOC_HTML, .out = &page};
    el_status st;

    plain.width = PAGE_WIDTH;
    plain.color = false;
    el_doc_begin(&doc, c->title, NULL);
    el_doc_section(&doc, "Where a token costs least");
    st = el_doc_chart(&c->plot, &doc, err);
    if (st == EL_OK)
        st = el_sweetspot_text(&plain, a, &text, err);
    el_doc_section(&doc, "In numbers");
    el_doc_code(&doc, el_buf_text(&text));
    if (st == EL_OK && !el_buf_ok(&text))
        st = el_fail(err, EL_E_NOMEM, "sweetspot: out of memory");
    if (st == EL_OK)
        st = el_doc_end(&doc, err);
    if (st == EL_OK)
        st = el_file_write(path, page.text, page.len, err);
    el_buf_clear(&text);
    el_buf_clear(&page);
    return st;
}

el_status el_sweetspot_chart(const el_sweetspot_answer *answer,
                             el_plot_sink sink, void *ctx, el_error *err)
{
    chart c = {.osl = NULL};
    el_status st = chart_make(&c, answer, err);

    if (st == EL_OK)
        st = sink(&c.plot, ctx, err);
    el_free(c.osl);
    return st;
}

el_status el_sweetspot_save_picture(const el_cli *cli,
                                    const el_sweetspot_answer *answer,
                                    const char *path, el_error *err)
{
    chart c = {.osl = NULL};
    el_status st = chart_make(&c, answer, err);

    if (st == EL_OK)
        st = el_str_ends_nocase(path, ".html")
                 ? save_page(cli, answer, &c, path, err)
                 : el_plot_save(&c.plot, path, err);
    el_free(c.osl);
    return st;
}
