/* SPDX-License-Identifier: Apache-2.0 */
/* Energy against latency over a report's candidates: chart and CSV. */
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "cli/ask_text.h"
#include "cli/report_page.h"
#include "io/optimize_json.h"

#define MOST_LABELS 6u
#define LABEL_LEN   64u

/* What the front of a kind sets against what. */
static void values_of(el_front_kind kind, const el_candidate *c, double *time_s,
                      double *energy_j)
{
    const el_prediction *p = &c->prediction;

    *time_s = kind == EL_FRONT_ETFT ? c->ttft_s : c->tpot_s;
    *energy_j = kind == EL_FRONT_REQUEST ? c->energy_per_request_j
                : kind == EL_FRONT_ETFT
                    ? p->prefill_energy_j
                    : p->decode_energy_j / fmax(c->osl - 1.0, 1.0);
    if (!c->feasible)
        *time_s = EL_UNKNOWN; /* on no front */
}

static el_status find_front(const el_optimize_result *r, el_front_kind kind,
                            double *x, double *y, bool *on, el_error *err)
{
    for (size_t i = 0; i < r->n; i++)
        values_of(kind, &r->candidate[i], &x[i], &y[i]);
    return el_pareto_front(x, y, r->n, on, err);
}

static el_status no_memory(el_error *err)
{
    return el_fail(err, EL_E_NOMEM, "report: out of memory");
}

/* ---- CSV ---- */

static el_status flag_rows(const el_optimize_result *r, const size_t *at,
                           el_buf *out, el_error *err)
{
    double *x = el_array(r->n, sizeof *x), *y = el_array(r->n, sizeof *y);
    bool *on = el_array(r->n, sizeof *on);
    el_status st = x && y && on ? EL_OK : no_memory(err);

    for (el_front_kind k = 0; st == EL_OK && k < EL_N_FRONTS; k++) {
        st = find_front(r, k, x, y, on, err);
        for (size_t i = 0; st == EL_OK && i < r->n; i++)
            if (on[i])
                out->text[at[i] + 2 * (size_t)k] = '1';
    }
    el_free(on);
    el_free(y);
    el_free(x);
    return st;
}

/* Before the line end that is there. */
static void add_columns(const char *text, el_buf *out)
{
    if (!el_buf_ok(out))
        return;
    out->len--;
    el_buf_add(out, text);
    el_buf_add(out, "\n");
}

static void add_bill(const el_tariff *tariff, double energy_j, el_buf *out)
{
    double grams = el_tariff_carbon_g(tariff, energy_j);
    double cost = el_tariff_cost(tariff, energy_j);
    el_buf text = {0};

    el_buf_add(&text, ",");
    if (el_is_known(grams))
        el_buf_printf(&text, "%.9g", grams);
    el_buf_add(&text, ",");
    if (el_is_known(cost))
        el_buf_printf(&text, "%.9g", cost);
    add_columns(el_buf_text(&text), out);
    el_buf_clear(&text);
}

el_status el_report_csv(const el_report *report, el_buf *out, el_error *err)
{
    const el_optimize_result *r = &report->best;
    size_t *at = el_array(r->n, sizeof *at);
    el_status st;

    if (!at)
        return no_memory(err);
    el_explore_csv_header(out);
    add_columns(",carbon_per_request_gco2e,cost_per_request", out);
    for (size_t i = 0; i < r->n; i++) {
        const el_candidate *c = &r->candidate[i];

        at[i] =
            el_explore_csv_row(&report->state.setups.setup[c->setup], c, out);
        add_bill(&report->tariff, c->energy_per_request_j, out);
    }
    st = el_buf_ok(out) ? flag_rows(r, at, out, err) : no_memory(err);
    el_free(at);
    return st;
}

/* ---- chart ---- */

typedef struct point {
    double x, y;
    const el_candidate *c;
} point;

typedef struct chart {
    double *x, *y; /* all feasible ones, then the front */
    bool *on;
    point *front; /* fastest first */
    size_t n, n_front;
    el_plot_series series[2];
    el_plot_note note[MOST_LABELS];
    char label[MOST_LABELS][LABEL_LEN];
} chart;

static void chart_clear(chart *c)
{
    el_free(c->front);
    el_free(c->on);
    el_free(c->y);
    el_free(c->x);
}

static void insert(chart *c, point p)
{
    size_t i = c->n_front++;

    for (; i > 0 && c->front[i - 1].x > p.x; i--)
        c->front[i] = c->front[i - 1];
    c->front[i] = p;
}

static void label_front(const el_report_page *page, chart *c, el_plot *plot)
{
    size_t n = c->n_front < MOST_LABELS ? c->n_front : MOST_LABELS;

    for (size_t k = 0; k < n; k++) {
        const point *p = &c->front[n > 1 ? k * (c->n_front - 1) / (n - 1) : 0];
        el_buf text = {0};

        el_ask_print_config(&page->r->state, p->c->setup, &p->c->config, &text);
        el_str_copy(c->label[k], LABEL_LEN, el_buf_text(&text));
        el_buf_clear(&text);
        c->note[k] = (el_plot_note){p->x, p->y, c->label[k], EL_PLOT_BLUE};
    }
    plot->notes = c->note;
    plot->n_notes = n;
}

static el_status fill_chart(const el_report_page *page, chart *c, el_error *err)
{
    const el_optimize_result *r = &page->r->best;
    el_status st = find_front(r, EL_FRONT_REQUEST, c->x, c->y, c->on, err);

    if (st != EL_OK)
        return st;
    for (size_t i = 0; i < r->n; i++) {
        c->x[i] *= 1e3;
        c->y[i] /= r->candidate[i].osl;
        if (c->on[i])
            insert(c, (point){c->x[i], c->y[i], &r->candidate[i]});
    }
    c->n = r->n;
    for (size_t k = 0; k < c->n_front; k++) {
        c->x[c->n + k] = c->front[k].x;
        c->y[c->n + k] = c->front[k].y;
    }
    return EL_OK;
}

static el_status draw(el_report_page *page, chart *c, el_error *err)
{
    el_plot plot = {.title = "Energy against latency",
                    .x_label = "time per output token [ms]",
                    .y_label = "energy per output token [J]",
                    .log_x = true,
                    .log_y = true,
                    .series = c->series,
                    .n_series = 2};

    c->series[0] = (el_plot_series){
        "configuration", c->x, c->y, c->n, false, EL_PLOT_CIRCLE, EL_PLOT_GREY};
    c->series[1] = (el_plot_series){
        "not beaten in both", c->x + c->n, c->y + c->n, c->n_front, true,
        EL_PLOT_CIRCLE,       EL_PLOT_BLUE};
    label_front(page, c, &plot);
    return el_doc_chart(&plot, &page->doc, err);
}

el_status el_report_front(el_report_page *page, el_error *err)
{
    size_t n = page->r->best.n;
    chart c = {.x = el_array(2 * n + 1, sizeof *c.x),
               .y = el_array(2 * n + 1, sizeof *c.y),
               .on = el_array(n + 1, sizeof *c.on),
               .front = el_array(n + 1, sizeof *c.front)};
    el_status st = c.x && c.y && c.on && c.front ? EL_OK : no_memory(err);

    if (st == EL_OK)
        st = fill_chart(page, &c, err);
    if (st == EL_OK && c.n_front > 0) {
        el_doc_section(&page->doc, "Energy against latency");
        el_doc_text(&page->doc, "Configurations that keep all limits, under "
                                "this load; those on the line are beaten by "
                                "no other in both.");
        st = draw(page, &c, err);
    }
    chart_clear(&c);
    return st;
}
