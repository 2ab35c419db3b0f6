/* SPDX-License-Identifier: Apache-2.0 */
/* What the chosen configuration draws, emits and costs: by request and year. */
#include <math.h>

#include "base/units.h"
#include "cli/ask_text.h"
#include "cli/format.h"
#include "cli/report_page.h"
#include "energylens/known.h"
#include "io/object.h"

#define DAY_S  86400.0
#define YEAR_S (365.0 * DAY_S)
#define TOKENS 1e6

/* So many requests a line. */
static void row(el_report_page *p, const char *name, const el_candidate *c,
                double requests)
{
    const el_tariff *t = &p->r->tariff;
    double j = requests * c->energy_per_request_j;

    el_doc_cell(&p->doc, "%s", name);
    el_doc_cell(&p->doc, "%s", el_fmt_wh(j).s);
    el_doc_cell(
        &p->doc, "%s",
        el_fmt_interval_si(requests * c->energy_per_request_lo_j / EL_J_PER_WH,
                           requests * c->energy_per_request_hi_j / EL_J_PER_WH,
                           "Wh", 2)
            .s);
    if (el_is_known(el_tariff_carbon_g(t, j)))
        el_doc_cell(&p->doc, "%s", el_fmt_grams(el_tariff_carbon_g(t, j)).s);
    if (el_is_known(el_tariff_cost(t, j)))
        el_doc_cell(&p->doc, "%s", el_fmt_number(el_tariff_cost(t, j), 3).s);
}

static void table(el_report_page *p, const el_candidate *c)
{
    const char *heading[5] = {"of", ">energy", ">interval"};
    const el_tariff *t = &p->r->tariff;
    double rate_hz = p->ask->ask.query.request_rate_hz;
    unsigned n = 3;

    if (el_is_known(el_tariff_intensity(t, EL_UNKNOWN)))
        heading[n++] = ">CO2e";
    if (el_is_known(t->price_per_kwh))
        heading[n++] = ">cost of electricity";
    el_doc_table(&p->doc,
                 n > 3 ? "What it draws, emits and costs" : "Energy over time",
                 heading, n);
    row(p, "a request", c, 1.0);
    row(p, "a million output tokens", c, TOKENS / c->osl);
    if (el_is_known(rate_hz)) {
        row(p, "a day", c, rate_hz * DAY_S);
        row(p, "a year", c, rate_hz * YEAR_S);
    }
    el_doc_table_end(&p->doc);
}

/* Where the carbon intensity comes from, and by how much it swings. */
static void intensity(el_report_page *p)
{
    const el_tariff *t = &p->r->tariff;
    const double *g = t->grid.g_per_kwh;
    size_t least = 0, most = 0;

    if (t->grid.n == 0) {
        if (el_is_known(t->carbon_g_per_kwh))
            el_doc_text(&p->doc, "At %g gCO2e/kWh.", t->carbon_g_per_kwh);
        return;
    }
    for (size_t h = 1; h < EL_HOURS; h++) {
        least = g[h] < g[least] ? h : least;
        most = g[h] > g[most] ? h : most;
    }
    el_doc_text(&p->doc,
                "At %s gCO2e/kWh, the mean of %s, for a load that is the same "
                "all day. Work that can wait emits least at %zu h UTC (%s "
                "g/kWh), most at %zu h (%s g/kWh).",
                el_fmt_number(t->grid.mean_g_per_kwh, 3).s, p->ask->tariff.grid,
                least, el_fmt_number(g[least], 3).s, most,
                el_fmt_number(g[most], 3).s);
}

/* What a year saves against what runs today. */
static void saving(el_report_page *p, const el_candidate *c)
{
    const el_optimize_result *r = &p->r->best;
    const el_tariff *t = &p->r->tariff;
    double requests = p->ask->ask.query.request_rate_hz * YEAR_S, j;
    el_buf text = {0};

    if (!r->has_current || !el_is_known(requests))
        return;
    j = requests * (r->current.energy_per_request_j - c->energy_per_request_j);
    el_ask_print_config(&p->r->state, r->current.setup, &r->current.config,
                        &text);
    el_buf_printf(&text, " draws %s %s a year", el_fmt_wh(fabs(j)).s,
                  j < 0.0 ? "less" : "more");
    if (el_is_known(el_tariff_carbon_g(t, j)))
        el_buf_printf(&text, ", %s CO2e",
                      el_fmt_grams(el_tariff_carbon_g(t, fabs(j))).s);
    if (el_is_known(el_tariff_cost(t, j)))
        el_buf_printf(&text, ", %s for electricity",
                      el_fmt_number(el_tariff_cost(t, fabs(j)), 3).s);
    el_doc_text(&p->doc, "Today's %s.", el_buf_text(&text));
    el_buf_clear(&text);
}

void el_report_bill(el_report_page *page, const el_candidate *c)
{
    const el_optimize_query *q = &page->ask->ask.query;
    const el_tariff *t = &page->r->tariff;
    bool billed = el_is_known(el_tariff_intensity(t, EL_UNKNOWN)) ||
                  el_is_known(t->price_per_kwh);

    if (!el_is_known(q->request_rate_hz) && !billed)
        return;
    el_doc_section(&page->doc, billed ? "Carbon and cost" : "What it draws");
    table(page, c);
    intensity(page);
    if (q->scope == EL_SCOPE_FACILITY)
        el_doc_text(&page->doc, "A PUE of %g is in all of it.", q->pue);
    saving(page, c);
}

/* ---- JSON and CSV ---- */

json_t *el_report_bill_json(const el_report *report)
{
    const el_candidate *c = el_report_chosen(report);
    const el_tariff *t = &report->tariff;
    double rate_hz = report->state.query.request_rate_hz;
    double j = c->energy_per_request_j, year = rate_hz * YEAR_S;
    double token_j = c->energy_per_output_token_j * TOKENS;
    el_object o = el_object_new();

    el_object_number(&o, "carbon_g_per_kwh",
                     el_tariff_intensity(t, EL_UNKNOWN));
    el_object_number(&o, "price_per_kwh", t->price_per_kwh);
    el_object_number(&o, "carbon_per_request_gco2e", el_tariff_carbon_g(t, j));
    el_object_number(&o, "cost_per_request", el_tariff_cost(t, j));
    el_object_number(&o, "energy_per_million_output_tokens_kwh",
                     token_j / EL_J_PER_KWH);
    el_object_number(&o, "carbon_per_million_output_tokens_gco2e",
                     el_tariff_carbon_g(t, token_j));
    el_object_number(&o, "cost_per_million_output_tokens",
                     el_tariff_cost(t, token_j));
    el_object_number(&o, "energy_per_year_kwh", j * year / EL_J_PER_KWH);
    el_object_number(&o, "carbon_per_year_gco2e",
                     el_tariff_carbon_g(t, j * year));
    el_object_number(&o, "cost_per_year", el_tariff_cost(t, j * year));
    return el_object_done(&o);
}
