/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/optimize_text.h"

#include <math.h>
#include <stdio.h>

#include "cli/ask.h"
#include "cli/format.h"
#include "cli/term.h"
#include "cli/text_table.h"
#include "model/launch.h"

#define SHOWN_MISSES 3u
#define J_PER_KWH    3.6e6

static void style(el_cli *cli, el_style which, const char *text)
{
    el_buf_printf(&cli->out, "%s%s%s", el_style_on(which, cli->color), text,
                  el_style_off(cli->color));
}

static void config(el_cli *cli, const el_config *c)
{
    el_buf_add(&cli->out, el_style_on(EL_STYLE_BOLD, cli->color));
    el_config_print(c, &cli->out);
    el_buf_add(&cli->out, el_style_off(cli->color));
}

static void print_limits(el_cli *cli, const el_optimize_query *q)
{
    el_buf *out = &cli->out;
    bool any = el_is_known(q->ttft_s) || el_is_known(q->tpot_s) ||
               el_is_known(q->latency_s);

    el_buf_printf(out, ", %g GPUs", q->gpus);
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

static void print_head(el_cli *cli, const el_ask_state *state)
{
    const el_optimize_query *q = &state->query;
    el_buf *out = &cli->out;

    el_buf_add(out, el_style_on(EL_STYLE_BOLD, cli->color));
    el_ask_print_subject(state, out);
    el_buf_printf(out, "%s\n", el_style_off(cli->color));
    if (*state->pick.note)
        el_buf_printf(out, "%s%s: %s%s\n",
                      el_style_on(EL_STYLE_WARN, cli->color),
                      state->pick.source > EL_SOURCE_FITTED
                          ? el_source_name(state->pick.source)
                          : "note",
                      state->pick.note, el_style_off(cli->color));
    if (el_is_known(q->isl))
        el_buf_printf(out, "%g in + ", q->isl);
    el_buf_printf(out, "%g out tokens, ", q->osl);
    if (el_is_known(q->request_rate_hz))
        el_buf_printf(out, "%g requests/s", q->request_rate_hz);
    else
        el_buf_add(out, "offline");
    print_limits(cli, q);
    el_buf_add(out, "\nEnergy of ");
    el_ask_print_scope(q, out);
    el_buf_add(out, ", 90 % intervals\n\n");
}

/* Columns that hold the same 1 in all rows only take room. */
static bool varies(const el_optimize_result *r, size_t n, bool pp)
{
    for (size_t i = 0; i < n; i++) {
        const el_config *c = &r->candidate[i].config;
        if ((pp ? c->pp : c->ep) != 1.0)
            return true;
    }
    return false;
}

enum { COLUMNS = 15 };

static size_t make_columns(const el_optimize_result *r, size_t n, bool load,
                           el_column out[COLUMNS])
{
    size_t k = 0;

    out[k++] = (el_column){"", NULL, false, 0};
    out[k++] = (el_column){"tp", NULL, false, 0};
    if (varies(r, n, true))
        out[k++] = (el_column){"pp", NULL, false, 0};
    if (varies(r, n, false))
        out[k++] = (el_column){"ep", NULL, false, 0};
    out[k++] = (el_column){"dp", NULL, false, 0};
    out[k++] = (el_column){"batch", NULL, false, 0};
    if (load)
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

/* n: the rows that make_columns looked at. */
static void add_row(el_text_table *table, const el_optimize_result *r, size_t n,
                    bool load, size_t i)
{
    const el_candidate *c = &r->candidate[i];
    double scale = 1.0 / c->osl;

    el_text_table_cellf(table, "%zu", i + 1);
    el_text_table_cellf(table, "%g", c->config.tp);
    if (varies(r, n, true))
        el_text_table_cellf(table, "%g", c->config.pp);
    if (varies(r, n, false))
        el_text_table_cellf(table, "%g", c->config.ep);
    el_text_table_cellf(table, "%g", c->config.dp);
    el_text_table_cellf(table, "%g", c->config.batch);
    if (load)
        el_text_table_number(table, c->in_flight, 3);
    el_text_table_number(table, c->energy_per_output_token_j, 3);
    el_text_table_cell(table,
                       el_fmt_interval(c->energy_per_request_lo_j * scale,
                                       c->energy_per_request_hi_j * scale, 2)
                           .s);
    el_text_table_number(table, c->energy_per_output_token_j * 1e6 / J_PER_KWH,
                         3);
    el_text_table_cell(table, el_fmt_number(c->tokens_per_s, 3).s);
    el_text_table_cell(table, el_fmt_time(c->ttft_s).s);
    el_text_table_cell(table, el_fmt_time(c->tpot_s).s);
    el_text_table_cell(table, el_fmt_power(c->avg_power_w).s);
    source_cell(table, c);
}

static el_status print_table(el_cli *cli, const el_ask_state *state,
                             const el_optimize_result *r, size_t n,
                             el_error *err)
{
    bool load = el_is_known(state->query.request_rate_hz);
    el_column columns[COLUMNS];
    el_text_table *table =
        el_text_table_new(columns, make_columns(r, n, load, columns));
    el_status st;

    for (size_t i = 0; i < n; i++) {
        add_row(table, r, n, load, i);
        if (i == 0 && r->n_feasible)
            el_text_table_highlight(table);
    }
    st = el_text_table_print(table, cli->width, cli->color, &cli->out, err);
    el_text_table_free(table);
    return st;
}

static void label(el_cli *cli, const char *text)
{
    el_buf_printf(&cli->out, "%-9s ", text);
}

/* "+12.3 %", "25 times": percentages above 100 are hard to read */
static el_text ratio_text(double ratio)
{
    el_text text;

    if (ratio < 2.0)
        return el_fmt_change(ratio - 1.0);
    (void)snprintf(text.s, sizeof text.s, "%.40s times",
                   el_fmt_number(ratio, 2).s);
    return text;
}

static void print_chosen(el_cli *cli, const el_candidate *c, bool load)
{
    el_buf *out = &cli->out;

    el_buf_add(out, "\n");
    label(cli, "Choose");
    config(cli, &c->config);
    el_buf_printf(out, ": %s a request", el_fmt_wh(c->energy_per_request_j).s);
    if (el_is_known(c->latency_s))
        el_buf_printf(out, ", %s long", el_fmt_time(c->latency_s).s);
    el_buf_printf(out, ", on %g GPU%s", c->gpus, c->gpus == 1 ? "" : "s");
    if (load)
        el_buf_printf(out, " used at %.0f %%", 100.0 * c->utilisation);
    el_buf_add(out, ".\n");
}

static void print_one_reason(el_cli *cli, const el_reason *r)
{
    el_buf *out = &cli->out;
    double over = r->value / r->allowed;

    switch (r->limit) {
    case EL_LIMIT_GPUS:
        el_buf_printf(out, "needs %g GPUs of %g", r->value, r->allowed);
        return;
    case EL_LIMIT_WEIGHTS:
        el_buf_printf(out, "weights %s per GPU, room for %s",
                      el_fmt_bytes(r->value).s, el_fmt_bytes(r->allowed).s);
        break;
    case EL_LIMIT_KV_CACHE:
        el_buf_printf(out, "KV cache of %s tokens, room for %s",
                      el_fmt_count((uint64_t)r->value).s,
                      el_fmt_count((uint64_t)r->allowed).s);
        break;
    case EL_LIMIT_RATE:
        el_buf_printf(out, "serves %s requests/s of %s with the 5 %% margin",
                      el_fmt_number(r->allowed, 3).s,
                      el_fmt_number(r->value, 3).s);
        break;
    case EL_LIMIT_TTFT:
    case EL_LIMIT_TPOT:
    case EL_LIMIT_LATENCY:
    case EL_N_LIMITS:
        el_buf_printf(out, "%s %s, limit %s",
                      r->limit == EL_LIMIT_TTFT   ? "TTFT"
                      : r->limit == EL_LIMIT_TPOT ? "TPOT"
                                                  : "request",
                      el_fmt_time(r->value).s, el_fmt_time(r->allowed).s);
        break;
    }
    if (isfinite(over))
        el_buf_printf(out, " (%s)", ratio_text(over).s);
}

static void print_reasons(el_cli *cli, const el_candidate *c)
{
    for (size_t i = 0; i < c->n_reason; i++) {
        el_buf_add(&cli->out, i ? "; " : "");
        print_one_reason(cli, &c->reason[i]);
    }
}

static void print_saving(el_cli *cli, const el_candidate *best,
                         const el_candidate *current)
{
    double change = best->energy_per_request_j / current->energy_per_request_j;
    el_buf *out = &cli->out;

    label(cli, change < 1.0 ? "Saves" : "Costs");
    if (change < 1.0)
        style(cli, EL_STYLE_GOOD, el_fmt_percent(1.0 - change).s);
    else
        style(cli, EL_STYLE_WARN, ratio_text(change).s);
    el_buf_add(out, " against ");
    config(cli, &current->config);
    el_buf_printf(out, " (%s J/token)",
                  el_fmt_number(current->energy_per_output_token_j, 3).s);
    if (!current->feasible) {
        el_buf_add(out, ", which breaks a limit: ");
        print_reasons(cli, current);
    }
    el_buf_add(out, ".\n");
}

static void print_fastest(el_cli *cli, const el_candidate *best,
                          const el_candidate *fast)
{
    el_buf *out = &cli->out;
    double ratio = fast->energy_per_request_j / best->energy_per_request_j;

    label(cli, "Fastest");
    if (fast == best) {
        el_buf_add(out, "the same: nothing is faster within the limits.\n");
        return;
    }
    config(cli, &fast->config);
    el_buf_printf(out, ": %s a request, energy %s.\n",
                  el_fmt_time(fast->latency_s).s, ratio_text(ratio).s);
}

static void print_doubt(el_cli *cli, const el_optimize_result *r)
{
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
    config(cli, &fitted->config);
    el_buf_printf(&cli->out,
                  " is the best inside the measured range, energy %s "
                  "(chosen: %s).\n",
                  ratio_text(ratio).s, best->prediction.note);
}

static void print_launch(el_cli *cli, const el_ask_state *state,
                         const el_candidate *best, int launcher)
{
    el_buf *out = &cli->out;

    el_buf_add(out, "\n");
    for (el_launcher l = 0; l < EL_N_LAUNCHERS; l++) {
        el_launch launch = {l, state->pick.hub_id, state->pick.key.precision,
                            state->query.facts.expert_bytes > 0.0,
                            best->config};
        double servers = el_launch_servers(&launch);
        if (launcher != (int)EL_N_LAUNCHERS && launcher != (int)l)
            continue;
        el_buf_add(out, "  ");
        el_launch_print(&launch, out);
        if (servers > 1.0)
            el_buf_printf(out, "   # %g such servers", servers);
        el_buf_add(out, "\n");
    }
}

static void print_misses(el_cli *cli, const el_optimize_result *r)
{
    el_buf *out = &cli->out;

    style(cli, EL_STYLE_BAD, "No configuration keeps all limits.");
    el_buf_printf(out, " Nearest of %s:\n", el_fmt_count((uint64_t)r->n).s);
    for (size_t i = 0; i < r->n && i < SHOWN_MISSES; i++) {
        el_buf_add(out, "  ");
        config(cli, &r->candidate[i].config);
        el_buf_add(out, ": ");
        print_reasons(cli, &r->candidate[i]);
        el_buf_add(out, "\n");
    }
    el_buf_add(out, "\n");
}

el_status el_optimize_text(el_cli *cli, const el_ask_state *state,
                           const el_optimize_result *result, uint64_t top,
                           int launcher, el_error *err)
{
    const el_candidate *v = result->candidate;
    size_t n = result->n_feasible ? result->n_feasible : SHOWN_MISSES;
    el_status st;

    n = n > top ? (size_t)top : n;
    n = n > result->n ? result->n : n;
    print_head(cli, state);
    if (!result->n_feasible)
        print_misses(cli, result);
    st = print_table(cli, state, result, n, err);
    if (st != EL_OK || !result->n_feasible)
        return st;
    print_chosen(cli, &v[0], el_is_known(state->query.request_rate_hz));
    if (result->has_current)
        print_saving(cli, &v[0], &result->current);
    if (result->latency_optimal != EL_NO_CANDIDATE)
        print_fastest(cli, &v[0], &v[result->latency_optimal]);
    print_doubt(cli, result);
    print_launch(cli, state, &v[0], launcher);
    return EL_OK;
}
