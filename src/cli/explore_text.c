/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explore_text.h"

#include <stdio.h>

#include "base/mem.h"
#include "cli/ask_text.h"
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
    const el_ask_state *state;
    const el_explored *explored;
    double *x, *y; /* the cloud first, then the fronts one after the other */
    size_t n, n_series, n_notes;
    el_plot_series series[MAX_FRONTS + 1];
    char name[MAX_FRONTS][LABEL_LEN];
    el_plot_note note[MAX_FRONTS * MAX_LABELS];
    char label[MAX_FRONTS * MAX_LABELS][LABEL_LEN];
    char title[160], subtitle[160];
    el_plot plot;
} chart;

/* The front against the axis asked for, of one scenario: n points. */
typedef struct part {
    const el_front_point *point;
    size_t n;
} part;

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

static part front_of(const el_explored *e, size_t scenario)
{
    const el_explore_front *f = &e->result.front[EL_FRONT_REQUEST];
    part p = {f->point, 0};

    if (f->n == 0)
        return p;
    while (p.point < f->point + f->n && p.point->scenario < scenario)
        p.point++;
    while (p.point + p.n < f->point + f->n && p.point[p.n].scenario == scenario)
        p.n++;
    return p;
}

static double osl_of(const el_explored *e, size_t scenario)
{
    return e->query.osl.v[scenario % e->query.osl.n];
}

static void short_config(const chart *c, const el_front_point *p,
                         char out[LABEL_LEN])
{
    el_buf text = {0};

    el_ask_print_config(c->state, p->setup, &p->config, &text);
    el_str_copy(out, LABEL_LEN, el_buf_text(&text));
    el_buf_clear(&text);
}

/* Ends and evenly spaced points between them. */
static size_t spaced(size_t k, size_t shown, size_t n)
{
    return shown > 1 ? k * (n - 1) / (shown - 1) : 0;
}

static void label_front(chart *c, part p, size_t first, el_plot_color color)
{
    size_t shown = p.n < MAX_LABELS ? p.n : MAX_LABELS;

    for (size_t k = 0; k < shown; k++) {
        size_t i = spaced(k, shown, p.n);
        short_config(c, &p.point[i], c->label[c->n_notes]);
        c->note[c->n_notes] = (el_plot_note){c->x[first + i], c->y[first + i],
                                             c->label[c->n_notes], color};
        c->n_notes++;
    }
}

static void name_front(const chart *c, size_t scenario, char out[LABEL_LEN])
{
    const el_explore_query *q = &c->explored->query;
    double osl = osl_of(c->explored, scenario);

    if (q->isl.n)
        (void)snprintf(out, LABEL_LEN, "%g in, %g out",
                       q->isl.v[scenario / q->osl.n], osl);
    else
        (void)snprintf(out, LABEL_LEN, "%g out", osl);
}

static void add_front(chart *c, size_t scenario)
{
    el_plot_color color = (el_plot_color)scenario;
    part p = front_of(c->explored, scenario);
    double scale = axis_scale(c->explored->query.axis);
    double osl = osl_of(c->explored, scenario);
    size_t first = c->n;

    if (!p.n)
        return;
    for (size_t i = 0; i < p.n; i++) {
        c->x[c->n] = p.point[i].time_s * scale;
        c->y[c->n++] = p.point[i].energy_j / osl;
    }
    name_front(c, scenario, c->name[scenario]);
    c->series[c->n_series++] = (el_plot_series){
        c->name[scenario], c->x + first, c->y + first, p.n, true,
        EL_PLOT_CIRCLE,    color};
    label_front(c, p, first, color);
}

static void add_cloud(chart *c)
{
    const el_explored *e = c->explored;

    for (size_t i = 0; i < e->n_cloud; i++) {
        c->x[c->n] = e->cloud[2 * i] * axis_scale(e->query.axis);
        c->y[c->n++] = e->cloud[2 * i + 1];
    }
    c->series[c->n_series++] = (el_plot_series){
        NULL, c->x, c->y, c->n, false, EL_PLOT_CIRCLE, EL_PLOT_GREY};
}

static void set_titles(chart *c)
{
    size_t n = c->explored->result.n_scenarios;
    el_buf text = {0};

    el_buf_add(&text, "Energy against latency: ");
    el_ask_print_subject(c->state, &text);
    el_str_copy(c->title, sizeof c->title, el_buf_text(&text));
    el_buf_clear(&text);
    el_buf_add(&text, "predicted; energy of ");
    el_ask_print_scope(&c->state->query, &text);
    if (n > MAX_FRONTS)
        el_buf_printf(&text, "; the first %u of %zu fronts", MAX_FRONTS, n);
    el_str_copy(c->subtitle, sizeof c->subtitle, el_buf_text(&text));
    el_buf_clear(&text);
}

static void describe(chart *c)
{
    c->plot = (el_plot){.title = c->title,
                        .subtitle = c->subtitle,
                        .x_label = axis_label(c->explored->query.axis),
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
    el_free(c->y);
    el_free(c->x);
    el_free(c);
}

static chart *chart_new(const el_ask_state *state, const el_explored *explored)
{
    const el_explore_result *r = &explored->result;
    chart *c = el_array(1, sizeof *c);
    size_t n = explored->n_cloud + r->front[EL_FRONT_REQUEST].n + 1;

    if (!c)
        return NULL;
    c->state = state;
    c->explored = explored;
    c->x = el_array(n, sizeof *c->x);
    c->y = el_array(n, sizeof *c->y);
    if (!c->x || !c->y) {
        chart_free(c);
        return NULL;
    }
    add_cloud(c);
    for (size_t s = 0; s < r->n_scenarios && s < MAX_FRONTS; s++)
        add_front(c, s);
    set_titles(c);
    describe(c);
    return c;
}

static el_status no_memory(el_error *err)
{
    return el_fail(err, EL_E_NOMEM, "explore: out of memory");
}

el_status el_explore_save_plot(const el_ask_state *state,
                               const el_explored *explored, const char *path,
                               el_error *err)
{
    chart *c = chart_new(state, explored);
    el_status st = c ? el_plot_save(&c->plot, path, err) : no_memory(err);

    chart_free(c);
    return st;
}

static const el_column numbers[] = {
    {"in", "tokens", false, 1},     {"out", "tokens", false, 1},
    {"tp", NULL, false, 0},         {"pp", NULL, false, 2},
    {"ep", NULL, false, 2},         {"dp", NULL, false, 2},
    {"batch", NULL, false, 0},      {"J/token", "output", false, 0},
    {"interval", "90 %", false, 1}, {"TTFT", NULL, false, 0},
    {"TPOT", NULL, false, 0},       {"request", NULL, false, 1},
    {"tokens/s", NULL, false, 1},   {"source", NULL, true, 1}};

#define N_COLUMNS (sizeof numbers / sizeof *numbers)

/* What tells setups apart stands before the numbers. */
static size_t make_columns(const el_ask_state *state, el_column *out)
{
    size_t n = 0;

    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++)
        if (el_ask_varies(state, a))
            out[n++] = (el_column){el_setup_heading(a), NULL, true, 0};
    for (size_t i = 0; i < N_COLUMNS; i++)
        out[n++] = numbers[i];
    return n;
}

static void add_row(el_text_table *table, const el_ask_state *state,
                    const el_candidate *c)
{
    const double degree[] = {c->isl,         c->osl,       c->config.tp,
                             c->config.pp,   c->config.ep, c->config.dp,
                             c->config.batch};
    double scale = 1.0 / c->osl;

    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++) {
        const char *text = state->setups.setup[c->setup].value[a];
        if (el_ask_varies(state, a))
            el_text_table_cell(table, *text ? text : "auto");
    }
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

/* Each front's ends and points between, fastest first; returns how many. */
static el_status add_rows(el_text_table *table, const el_ask_state *state,
                          const el_explored *e, size_t *listed, el_error *err)
{
    el_status st = EL_OK;

    for (size_t s = 0; st == EL_OK && s < e->result.n_scenarios; s++) {
        part p = front_of(e, s);
        size_t shown = p.n < MAX_ROWS ? p.n : MAX_ROWS;
        for (size_t k = 0; k < shown && *listed < MAX_LISTED; k++) {
            el_candidate c;
            st = el_explore_candidate(&e->query,
                                      &p.point[spaced(k, shown, p.n)], &c, err);
            if (st != EL_OK)
                return st;
            add_row(table, state, &c);
            ++*listed;
        }
    }
    return st;
}

static el_status print_fronts(el_cli *cli, const el_ask_state *state,
                              const el_explored *e, el_error *err)
{
    el_column columns[N_COLUMNS + EL_N_SETUP_AXES];
    el_text_table *table =
        el_text_table_new(columns, make_columns(state, columns));
    size_t total = e->result.front[EL_FRONT_REQUEST].n, listed = 0;
    el_status st = add_rows(table, state, e, &listed, err);

    el_buf_printf(&cli->out, "\n%zu of %s configurations are on a front", total,
                  el_fmt_count(e->result.n).s);
    if (listed < total)
        el_buf_printf(&cli->out, "; %zu of them", listed);
    el_buf_add(&cli->out, total ? ":\n\n" : ".\n");
    if (st == EL_OK && total)
        st = el_text_table_print(table, cli->width, cli->color, &cli->out, err);
    el_text_table_free(table);
    return st;
}

el_status el_explore_text(el_cli *cli, const el_ask_state *state,
                          const el_explored *explored, el_error *err)
{
    chart *c = chart_new(state, explored);
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
        st = print_fronts(cli, state, explored, err);
    chart_free(c);
    return st;
}
