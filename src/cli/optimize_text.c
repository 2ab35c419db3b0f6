/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/optimize_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cli/ask_text.h"
#include "cli/format.h"
#include "cli/setups_text.h"
#include "cli/term.h"
#include "cli/text_table.h"
#include "model/launch.h"

#define SHOWN_MISSES 3u
#define SHOWN_NOTES  3u

static void style(el_cli *cli, el_style which, const char *text)
{
    el_buf_printf(&cli->out, "%s%s%s", el_style_on(which, cli->color), text,
                  el_style_off(cli->color));
}

/* What the answer is made from. */
typedef struct page {
    el_cli *cli;
    const el_ask_state *state;
    const el_optimize_result *r;
    size_t rows; /* of the table */
} page;

static void config(const page *p, const el_candidate *c)
{
    el_buf *out = &p->cli->out;

    el_buf_add(out, el_style_on(EL_STYLE_BOLD, p->cli->color));
    el_ask_print_config(p->state, c->setup, &c->config, out);
    el_buf_add(out, el_style_off(p->cli->color));
}

/* "8 GPUs", or how many there are of each type. */
static void print_gpus(const page *p)
{
    const el_choices *gpus = &p->state->axis[EL_SETUP_GPU];
    el_buf *out = &p->cli->out;

    if (!p->state->counted) {
        el_buf_printf(out, ", %g GPUs", p->state->query.gpus);
        return;
    }
    for (size_t i = 0; i < gpus->n; i++)
        el_buf_printf(out, "%s%g %s", i ? " + " : ", ",
                      el_is_known(p->state->gpus[i]) ? p->state->gpus[i]
                                                     : p->state->query.gpus,
                      gpus->v[i]);
}

static void print_limits(const page *p)
{
    const el_optimize_query *q = &p->state->query;
    el_buf *out = &p->cli->out;
    bool any = el_is_known(q->ttft_s) || el_is_known(q->tpot_s) ||
               el_is_known(q->latency_s);

    print_gpus(p);
    if (!any)
        return;
    if (el_is_known(q->ttft_s))
        el_buf_printf(out, ", TTFT <= %s", el_fmt_time(q->ttft_s).s);
    if (el_is_known(q->tpot_s))
        el_buf_printf(out, ", TPOT <= %s", el_fmt_time(q->tpot_s).s);
    if (el_is_known(q->latency_s))
        el_buf_printf(out, ", request <= %s", el_fmt_time(q->latency_s).s);
    el_buf_printf(out, " at p%g", q->percentile);
}

/* Each note once, and which source it makes of the numbers. */
static void print_notes(const page *p)
{
    const el_setups *all = &p->state->setups;
    const el_cli *cli = p->cli;
    size_t shown = 0;

    for (size_t i = 0; i < all->n && shown < SHOWN_NOTES; i++) {
        const char *note = all->setup[i].note;
        el_source source = all->query[i].match_source;
        bool seen = *note == '\0';
        for (size_t j = 0; j < i && !seen; j++)
            seen = strcmp(all->setup[j].note, note) == 0;
        if (seen)
            continue;
        el_buf_printf(&p->cli->out, "%s%s: %s%s\n",
                      el_style_on(EL_STYLE_WARN, cli->color),
                      source > EL_SOURCE_FITTED ? el_source_name(source)
                                                : "note",
                      note, el_style_off(cli->color));
        shown++;
    }
    if (*p->state->left_out)
        el_buf_printf(&p->cli->out, "Left out: %s\n", p->state->left_out);
}

static void print_head(const page *p)
{
    const el_ask_state *state = p->state;
    const el_optimize_query *q = &state->query;
    el_cli *cli = p->cli;
    el_buf *out = &cli->out;

    el_buf_add(out, el_style_on(EL_STYLE_BOLD, cli->color));
    el_ask_print_subject(state, out);
    el_buf_printf(out, "%s\n", el_style_off(cli->color));
    print_notes(p);
    if (el_is_known(q->isl))
        el_buf_printf(out, "%g in + ", q->isl);
    el_buf_printf(out, "%g out tokens, ", q->osl);
    if (el_is_known(q->request_rate_hz))
        el_buf_printf(out, "%g requests/s", q->request_rate_hz);
    else
        el_buf_add(out, "offline");
    print_limits(p);
    el_buf_add(out, "\nEnergy of ");
    el_ask_print_scope(q, out);
    el_buf_add(out, ", 90 % intervals\n\n");
}

/* Columns that hold the same 1 in all rows only take room. */
static bool varies(const page *p, bool pp)
{
    for (size_t i = 0; i < p->rows; i++) {
        const el_config *c = &p->r->candidate[i].config;
        if ((pp ? c->pp : c->ep) != 1.0)
            return true;
    }
    return false;
}

enum { COLUMNS = 15 + EL_N_SETUP_AXES };

static bool has_load(const page *p)
{
    return el_is_known(p->state->query.request_rate_hz);
}

static size_t make_columns(const page *p, el_column out[COLUMNS])
{
    size_t k = 0;

    out[k++] = (el_column){"", NULL, false, 0};
    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++)
        if (el_ask_varies(p->state, a))
            out[k++] = (el_column){el_setup_heading(a), NULL, true, 0};
    out[k++] = (el_column){"tp", NULL, false, 0};
    if (varies(p, true))
        out[k++] = (el_column){"pp", NULL, false, 0};
    if (varies(p, false))
        out[k++] = (el_column){"ep", NULL, false, 0};
    out[k++] = (el_column){"dp", NULL, false, 0};
    out[k++] = (el_column){"batch", NULL, false, 0};
    if (has_load(p))
        out[k++] = (el_column){"in flight", "mean", false, 5};
    out[k++] = (el_column){"J/token", "output", false, 0};
    out[k++] = (el_column){"interval", "90 %", false, 1};
    out[k++] = (el_column){"kWh", "1M tokens", false, 4};
    out[k++] = (el_column){"tokens/s", NULL, false, 0};
    out[k++] = (el_column){"TTFT", NULL, false, 0};
    out[k++] = (el_column){"TPOT", NULL, false, 0};
    out[k++] = (el_column){"power", NULL, false, 3};
    out[k++] = (el_column){"source", NULL, true, 0};
    return k;
}

static void source_cell(el_text_table *table, const el_candidate *c)
{
    static const char *const axis[EL_N_AXES] = {"tp",    "pp", "ep", "dp",
                                                "batch", "in", "out"};
    el_buf text = {0};
    const char *gap = " ";

    el_buf_add(&text, el_source_name(c->source));
    for (el_axis a = 0; a < EL_N_AXES; a++)
        if (c->prediction.extrapolated_axes & (1u << a)) {
            el_buf_printf(&text, "%s%s", gap, axis[a]);
            gap = ",";
        }
    el_text_table_cell(table, el_buf_text(&text));
    el_buf_clear(&text);
}

static void add_row(el_text_table *table, const page *p, size_t i)
{
    const el_candidate *c = &p->r->candidate[i];
    double scale = 1.0 / c->osl;

    el_text_table_cellf(table, "%zu", i + 1);
    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++) {
        const char *text = p->state->setups.setup[c->setup].value[a];
        if (el_ask_varies(p->state, a))
            el_text_table_cell(table, *text ? text : "auto");
    }
    el_text_table_cellf(table, "%g", c->config.tp);
    if (varies(p, true))
        el_text_table_cellf(table, "%g", c->config.pp);
    if (varies(p, false))
        el_text_table_cellf(table, "%g", c->config.ep);
    el_text_table_cellf(table, "%g", c->config.dp);
    el_text_table_cellf(table, "%g", c->config.batch);
    if (has_load(p))
        el_text_table_number(table, c->in_flight, 3);
    el_text_table_number(table, c->energy_per_output_token_j, 3);
    el_text_table_cell(table,
                       el_fmt_interval(c->energy_per_request_lo_j * scale,
                                       c->energy_per_request_hi_j * scale, 2)
                           .s);
    el_text_table_number(table,
                         c->energy_per_output_token_j * 1e6 / EL_J_PER_KWH, 3);
    el_text_table_cell(table, el_fmt_number(c->tokens_per_s, 3).s);
    el_text_table_cell(table, el_fmt_time(c->ttft_s).s);
    el_text_table_cell(table, el_fmt_time(c->tpot_s).s);
    el_text_table_cell(table, el_fmt_power(c->avg_power_w).s);
    source_cell(table, c);
}

static el_status print_table(const page *p, el_error *err)
{
    el_column columns[COLUMNS];
    el_text_table *table = el_text_table_new(columns, make_columns(p, columns));
    el_status st;

    for (size_t i = 0; i < p->rows; i++) {
        add_row(table, p, i);
        if (i == 0 && p->r->n_feasible)
            el_text_table_highlight(table);
    }
    st = el_text_table_print(table, p->cli->width, p->cli->color, &p->cli->out,
                             err);
    el_text_table_free(table);
    return st;
}

static void label(el_cli *cli, const char *text)
{
    el_buf_printf(&cli->out, "%-9s ", text);
}

static void print_chosen(const page *p)
{
    const el_candidate *c = p->r->candidate;
    el_cli *cli = p->cli;
    el_buf *out = &cli->out;

    el_buf_add(out, "\n");
    label(cli, "Choose");
    config(p, c);
    el_buf_printf(out, ": %s a request", el_fmt_wh(c->energy_per_request_j).s);
    if (el_is_known(c->latency_s))
        el_buf_printf(out, ", %s long", el_fmt_time(c->latency_s).s);
    el_buf_printf(out, ", on %g GPU%s", c->gpus, c->gpus == 1 ? "" : "s");
    if (has_load(p))
        el_buf_printf(out, " used at %.0f %%", 100.0 * c->utilisation);
    el_buf_add(out, ".\n");
}

static void print_saving(const page *p, const el_candidate *best,
                         const el_candidate *current)
{
    double change = best->energy_per_request_j / current->energy_per_request_j;
    el_cli *cli = p->cli;
    el_buf *out = &cli->out;

    label(cli, change < 1.0 ? "Saves" : "Costs");
    if (change < 1.0)
        style(cli, EL_STYLE_GOOD, el_fmt_percent(1.0 - change).s);
    else
        style(cli, EL_STYLE_WARN, el_ratio_text(change).s);
    el_buf_add(out, " against ");
    config(p, current);
    el_buf_printf(out, " (%s J/token)",
                  el_fmt_number(current->energy_per_output_token_j, 3).s);
    if (!current->feasible) {
        el_buf_add(out, ", which breaks a limit: ");
        el_reasons_print(cli, current);
    }
    el_buf_add(out, ".\n");
}

static void print_fastest(const page *p, const el_candidate *best,
                          const el_candidate *fast)
{
    el_buf *out = &p->cli->out;
    double ratio = fast->energy_per_request_j / best->energy_per_request_j;

    label(p->cli, "Fastest");
    if (fast == best) {
        el_buf_add(out, "the same: nothing is faster within the limits.\n");
        return;
    }
    config(p, fast);
    el_buf_printf(out, ": %s a request, energy %s.\n",
                  el_fmt_time(fast->latency_s).s, el_ratio_text(ratio).s);
}

static void print_doubt(const page *p)
{
    const el_optimize_result *r = p->r;
    el_cli *cli = p->cli;
    const el_candidate *best = r->candidate, *fitted;
    double ratio;

    if (best->source != EL_SOURCE_EXTRAPOLATED || !*best->prediction.note)
        return;
    label(cli, "Measured");
    if (r->fitted_optimal == EL_NO_CANDIDATE) {
        style(cli, EL_STYLE_WARN, "nothing feasible lies inside the range");
        el_buf_printf(&cli->out, " (%s): measure it first.\n",
                      best->prediction.note);
        return;
    }
    fitted = &r->candidate[r->fitted_optimal];
    ratio = fitted->energy_per_request_j / best->energy_per_request_j;
    config(p, fitted);
    el_buf_printf(&cli->out,
                  " is the best inside the measured range, energy %s "
                  "(chosen: %s).\n",
                  el_ratio_text(ratio).s, best->prediction.note);
}

/* What a server does not take on its command line. */
static void print_beside(const el_setup *setup, el_buf *out)
{
    static const struct {
        el_setup_axis axis;
        const char *what, *unit, *usual;
    } beside[] = {{EL_SETUP_CLOCK, "GPU clock locked at", " MHz", "auto"},
                  {EL_SETUP_POWER, "GPU power limit", " W", "auto"},
                  {EL_SETUP_OVERLAP, "overlap (stages x SMs)", "", "0"},
                  {EL_SETUP_FUSION, "fusion", "", "on"}};
    const char *gap = "  # with ";

    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        const char *value = setup->value[beside[i].axis];
        if (!*value || strcmp(value, beside[i].usual) == 0)
            continue;
        el_buf_printf(out, "%s%s %s%s", gap, beside[i].what, value,
                      beside[i].unit);
        gap = ", ";
    }
    if (strcmp(gap, ", ") == 0)
        el_buf_add(out, "\n");
}

static void print_launch(const page *p, int launcher)
{
    const el_candidate *best = p->r->candidate;
    const el_setup *setup = &p->state->setups.setup[best->setup];
    const el_facts *facts = &p->state->setups.query[best->setup].facts;
    el_buf *out = &p->cli->out;

    el_buf_add(out, "\n");
    for (el_launcher l = 0; l < EL_N_LAUNCHERS; l++) {
        el_launch launch = el_launch_of(l, setup, facts, &best->config);
        double servers = el_launch_servers(&launch);
        if (launcher != (int)EL_N_LAUNCHERS && launcher != (int)l)
            continue;
        el_buf_add(out, "  ");
        el_launch_print(&launch, out);
        if (servers > 1.0)
            el_buf_printf(out, "   # %g such servers", servers);
        el_buf_add(out, "\n");
    }
    print_beside(setup, out);
}

static void print_misses(const page *p)
{
    const el_optimize_result *r = p->r;
    el_buf *out = &p->cli->out;

    style(p->cli, EL_STYLE_BAD, "No configuration keeps all limits.");
    el_buf_printf(out, " Nearest of %s:\n",
                  el_fmt_count((uint64_t)r->n_seen).s);
    for (size_t i = 0; i < r->n && i < SHOWN_MISSES; i++) {
        el_buf_add(out, "  ");
        config(p, &r->candidate[i]);
        el_buf_add(out, ": ");
        el_reasons_print(p->cli, &r->candidate[i]);
        el_buf_add(out, "\n");
    }
    el_setups_text_rooms(p->cli, p->state, r);
    el_buf_add(out, "\n");
}

el_status el_optimize_text(el_cli *cli, const el_ask_state *state,
                           const el_optimize_result *result, uint64_t top,
                           int launcher, el_error *err)
{
    const el_candidate *v = result->candidate;
    size_t n = result->n_feasible ? result->n_feasible : SHOWN_MISSES;
    page p = {cli, state, result, n > top ? (size_t)top : n};
    el_status st;

    p.rows = p.rows > result->n ? result->n : p.rows;
    print_head(&p);
    if (!result->n_feasible)
        print_misses(&p);
    st = print_table(&p, err);
    if (st != EL_OK || !result->n_feasible)
        return st;
    print_chosen(&p);
    el_setups_text(cli, state, result);
    if (result->has_current)
        print_saving(&p, &v[0], &result->current);
    if (result->latency_optimal != EL_NO_CANDIDATE)
        print_fastest(&p, &v[0], &v[result->latency_optimal]);
    print_doubt(&p);
    print_launch(&p, launcher);
    return EL_OK;
}
