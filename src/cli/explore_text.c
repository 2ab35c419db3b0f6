/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explore_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/ask.h"
#include "cli/format.h"
#include "cli/term.h"
#include "cli/text_table.h"
#include "io/plot.h"

#define MAX_FRONTS  6u  /* scenarios drawn; there are no more good colours */
#define MAX_LABELS  6u  /* of one front */
#define MAX_ROWS    12u /* of one front */
#define MAX_LISTED  48u
#define PLOT_HEIGHT 22
#define LABEL_LEN   64u

/* Arrays that the chart's description points into. */
typedef struct chart {
    const el_explore_query *query;
    const el_explore_result *result;
    double *x, *y; /* fronts first, one after the other, then the rest */
    const el_explore_point **order; /* point of each x, y */
    size_t n, n_series, n_notes;
    el_plot_series series[MAX_FRONTS + 1];
    char name[MAX_FRONTS][LABEL_LEN];
    el_plot_note note[MAX_FRONTS * MAX_LABELS];
    char label[MAX_FRONTS * MAX_LABELS][LABEL_LEN];
    char title[160], subtitle[160];
    el_plot plot;
} chart;

static const char *axis_label(el_latency_axis axis)
{
    static const char *const label[] = {"time per output token [ms]",
                                        "time to first token [ms]",
                                        "request latency [s]"};

    return label[axis];
}

static double axis_scale(el_latency_axis axis)
{
    return axis == EL_LATENCY_REQUEST ? 1.0 : 1e3;
}

static void add_point(chart *c, const el_explore_point *p)
{
    const el_candidate *k = &p->candidate;

    c->order[c->n] = p;
    c->x[c->n] =
        el_candidate_latency(k, c->query->axis) * axis_scale(c->query->axis);
    c->y[c->n++] = k->energy_per_output_token_j;
}

/* Along a front more energy is less latency, whichever that is. */
static int fastest_first(const void *a, const void *b)
{
    const el_explore_point *const *p = a, *const *q = b;
    double x = (*p)->candidate.energy_per_request_j;
    double y = (*q)->candidate.energy_per_request_j;

    if (x != y)
        return x > y ? -1 : 1;
    return (*p > *q) - (*p < *q);
}

/* The front of one scenario, fastest first; returns how many. */
static size_t gather_front(const el_explore_result *r, size_t scenario,
                           const el_explore_point **out)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        if (r->point[i].scenario == scenario && r->point[i].on_front)
            out[n++] = &r->point[i];
    if (n)
        qsort(out, n, sizeof(void *), fastest_first);
    return n;
}

static void short_config(const el_config *c, char out[LABEL_LEN])
{
    el_buf text = {0};

    el_config_print(c, &text);
    el_str_copy(out, LABEL_LEN, el_buf_text(&text));
    el_buf_clear(&text);
}

/* Ends and evenly spaced points between them. */
static void label_front(chart *c, size_t first, size_t n, el_plot_color color)
{
    size_t shown = n < MAX_LABELS ? n : MAX_LABELS;

    for (size_t k = 0; k < shown; k++) {
        size_t i = first + (shown > 1 ? k * (n - 1) / (shown - 1) : 0);
        short_config(&c->order[i]->candidate.config, c->label[c->n_notes]);
        c->note[c->n_notes] =
            (el_plot_note){c->x[i], c->y[i], c->label[c->n_notes], color};
        c->n_notes++;
    }
}

static void name_front(const el_candidate *c, char out[LABEL_LEN])
{
    if (el_is_known(c->isl))
        (void)snprintf(out, LABEL_LEN, "%g in, %g out", c->isl, c->osl);
    else
        (void)snprintf(out, LABEL_LEN, "%g out", c->osl);
}

static void add_front(chart *c, size_t scenario)
{
    el_plot_color color = (el_plot_color)c->n_series;
    size_t first = c->n;
    size_t n = gather_front(c->result, scenario, c->order + c->n);

    for (size_t i = 0; i < n; i++)
        add_point(c, c->order[first + i]);
    if (!n)
        return;
    name_front(&c->order[first]->candidate, c->name[c->n_series]);
    c->series[c->n_series] = (el_plot_series){
        c->name[c->n_series], c->x + first, c->y + first, n, true,
        EL_PLOT_CIRCLE,       color};
    label_front(c, first, n, color);
    c->n_series++;
}

static void add_rest(chart *c)
{
    size_t first = c->n;

    for (size_t i = 0; i < c->result->n; i++) {
        const el_explore_point *p = &c->result->point[i];
        if (p->candidate.feasible && !(p->on_front && p->scenario < MAX_FRONTS))
            add_point(c, p);
    }
    c->series[c->n_series++] =
        (el_plot_series){NULL,  c->x + first,   c->y + first, c->n - first,
                         false, EL_PLOT_CIRCLE, EL_PLOT_GREY};
}

static void set_titles(chart *c, const el_ask_state *state)
{
    el_buf text = {0};

    el_buf_add(&text, "Energy against latency: ");
    el_ask_print_subject(state, &text);
    el_str_copy(c->title, sizeof c->title, el_buf_text(&text));
    el_buf_clear(&text);
    el_buf_add(&text, "predicted; energy of ");
    el_ask_print_scope(&state->query, &text);
    if (c->result->n_scenarios > MAX_FRONTS)
        el_buf_printf(&text, "; the first %u of %zu fronts", MAX_FRONTS,
                      c->result->n_scenarios);
    el_str_copy(c->subtitle, sizeof c->subtitle, el_buf_text(&text));
    el_buf_clear(&text);
}

static void describe(chart *c)
{
    c->plot = (el_plot){.title = c->title,
                        .subtitle = c->subtitle,
                        .x_label = axis_label(c->query->axis),
                        .y_label = "energy per output token [J]",
                        .log_x = true,
                        .log_y = true,
                        .series = c->series,
                        .n_series = c->n_series,
                        .notes = c->note,
                        .n_notes = c->n_notes};
}

static void chart_free(chart *c)
{
    if (!c)
        return;
    el_free(c->order);
    el_free(c->y);
    el_free(c->x);
    el_free(c);
}

static chart *chart_new(const el_ask_state *state,
                        const el_explore_query *query,
                        const el_explore_result *result)
{
    chart *c = el_array(1, sizeof *c);
    size_t n = 2 * result->n + 1; /* a front's points pass through `order` */

    if (!c)
        return NULL;
    c->query = query;
    c->result = result;
    c->x = el_array(n, sizeof *c->x);
    c->y = el_array(n, sizeof *c->y);
    c->order = el_array(n, sizeof(void *));
    if (!c->x || !c->y || !c->order) {
        chart_free(c);
        return NULL;
    }
    for (size_t s = 0; s < result->n_scenarios && s < MAX_FRONTS; s++)
        add_front(c, s);
    add_rest(c);
    set_titles(c, state);
    describe(c);
    return c;
}

static el_status no_memory(el_error *err)
{
    return el_fail(err, EL_E_NOMEM, "explore: out of memory");
}

el_status el_explore_save_plot(const el_ask_state *state,
                               const el_explore_query *query,
                               const el_explore_result *result,
                               const char *path, el_error *err)
{
    chart *c = chart_new(state, query, result);
    el_status st = c ? el_plot_save(&c->plot, path, err) : no_memory(err);

    chart_free(c);
    return st;
}

static const el_column columns[] = {
    {"in", "tokens", false, 1},     {"out", "tokens", false, 1},
    {"tp", NULL, false, 0},         {"pp", NULL, false, 2},
    {"ep", NULL, false, 2},         {"dp", NULL, false, 2},
    {"batch", NULL, false, 0},      {"J/token", "output", false, 0},
    {"interval", "90 %", false, 1}, {"TTFT", NULL, false, 0},
    {"TPOT", NULL, false, 0},       {"request", NULL, false, 1},
    {"tokens/s", NULL, false, 1},   {"source", NULL, true, 1}};

static void add_row(el_text_table *table, const el_candidate *c)
{
    const double degree[] = {c->isl,         c->osl,       c->config.tp,
                             c->config.pp,   c->config.ep, c->config.dp,
                             c->config.batch};
    double scale = 1.0 / c->osl;

    for (size_t i = 0; i < sizeof degree / sizeof *degree; i++)
        el_text_table_cellf(table, el_is_known(degree[i]) ? "%g" : "-",
                            degree[i]);
    el_text_table_number(table, c->energy_per_output_token_j, 3);
    el_text_table_cell(table,
                       el_fmt_interval(c->energy_per_request_lo_j * scale,
                                       c->energy_per_request_hi_j * scale, 2)
                           .s);
    el_text_table_cell(table, el_fmt_time(c->ttft_s).s);
    el_text_table_cell(table, el_fmt_time(c->tpot_s).s);
    el_text_table_cell(table, el_fmt_time(c->latency_s).s);
    el_text_table_cell(table, el_fmt_number(c->tokens_per_s, 3).s);
    el_text_table_cell(table, el_source_name(c->source));
}

/* Each front's ends and points between, fastest first. */
static el_status print_fronts(el_cli *cli, const el_explore_result *r,
                              const el_explore_point **scratch, el_error *err)
{
    el_text_table *table =
        el_text_table_new(columns, sizeof columns / sizeof *columns);
    size_t total = 0, listed = 0;
    el_status st;

    for (size_t s = 0; s < r->n_scenarios; s++) {
        size_t n = gather_front(r, s, scratch);
        size_t shown = n < MAX_ROWS ? n : MAX_ROWS;
        total += n;
        for (size_t k = 0; k < shown && listed < MAX_LISTED; k++) {
            size_t i = shown > 1 ? k * (n - 1) / (shown - 1) : 0;
            add_row(table, &scratch[i]->candidate);
            listed++;
        }
    }
    el_buf_printf(&cli->out, "\n%zu of %zu configurations are on a front",
                  total, r->n);
    if (listed < total)
        el_buf_printf(&cli->out, "; %zu of them", listed);
    el_buf_add(&cli->out, total ? ":\n\n" : ".\n");
    st = total ? el_text_table_print(table, cli->width, cli->color, &cli->out,
                                     err)
               : EL_OK;
    el_text_table_free(table);
    return st;
}

el_status el_explore_text(el_cli *cli, const el_ask_state *state,
                          const el_explore_query *query,
                          const el_explore_result *result, el_error *err)
{
    chart *c = chart_new(state, query, result);
    const el_plot_text_style style = {.width = cli->width,
                                      .height = PLOT_HEIGHT,
                                      .utf8 = cli->utf8,
                                      .color = cli->color};
    el_status st = EL_OK;

    if (!c)
        return no_memory(err);
    if (c->n)
        st = el_plot_text(&c->plot, &style, &cli->out, err);
    if (st == EL_OK)
        st = print_fronts(cli, result, c->order, err);
    chart_free(c);
    return st;
}
