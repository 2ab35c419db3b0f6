/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pools_text.h"

#include <math.h>
#include <stdio.h>

#include "cli/ask_text.h"
#include "cli/format.h"
#include "cli/help.h"
#include "cli/optimize_text.h"
#include "cli/term.h"
#include "cli/text_table.h"
#include "model/launch.h"

enum { LABEL = 10, WAYS = 10, SHARES = 3 + EL_N_SHARES };

static void say(el_cli *cli, const char *label, const char *text)
{
    el_buf_printf(&cli->out, "%-*s", LABEL, label);
    el_help_wrap(text, LABEL, LABEL,
                 (size_t)(cli->width > 40 ? cli->width : 40), &cli->out);
    el_buf_add(&cli->out, "\n");
}

/* ---- both ways, one line each ---- */

/* The same numbers of either way. */
typedef struct way {
    const char *name;
    bool feasible;
    double gpus, osl, energy_j, lo_j, hi_j;
    double ttft_s, ttft_limit_s, tpot_s, tpot_limit_s;
    el_source source;
} way;

static way way_of_candidate(const el_candidate *c)
{
    return (way){"aggregated",
                 c->feasible,
                 c->gpus,
                 c->osl,
                 c->energy_per_request_j,
                 c->energy_per_request_lo_j,
                 c->energy_per_request_hi_j,
                 c->ttft_s,
                 c->ttft_limit_s,
                 c->tpot_s,
                 c->tpot_limit_s,
                 c->source};
}

static way way_of_plan(const el_disaggregated *d, double osl)
{
    return (way){"disaggregated",
                 d->feasible,
                 d->gpus,
                 osl,
                 d->energy_per_request_j,
                 d->energy_per_request_lo_j,
                 d->energy_per_request_hi_j,
                 d->ttft_s,
                 d->ttft_limit_s,
                 d->tpot_s,
                 d->tpot_limit_s,
                 d->source};
}

static void way_row(el_text_table *t, const way *w, bool best)
{
    el_text_table_cellf(t, "%s%s", w->name, w->feasible ? "" : " (no)");
    el_text_table_cellf(t, "%g", w->gpus);
    el_text_table_number(t, w->energy_j / w->osl, 3);
    el_text_table_cell(
        t, el_fmt_interval(w->lo_j / w->osl, w->hi_j / w->osl, 2).s);
    el_text_table_number(t, w->energy_j, 3);
    el_text_table_cell(t, el_fmt_time(w->ttft_s).s);
    el_text_table_cell(t, el_fmt_time(w->ttft_limit_s).s);
    el_text_table_cell(t, el_fmt_time(w->tpot_s).s);
    el_text_table_cell(t, el_fmt_time(w->tpot_limit_s).s);
    el_text_table_cell(t, el_source_name(w->source));
    if (best)
        el_text_table_highlight(t);
}

static el_status print_ways(el_cli *cli, double percentile, const way *a,
                            const way *b, const el_verdict *v, el_error *err)
{
    char tail[16];
    el_column column[WAYS] = {{"", NULL, true, 0},
                              {"GPUs", NULL, false, 0},
                              {"J/token", "output", false, 0},
                              {"interval", "90 %", false, 2},
                              {"J", "request", false, 1},
                              {"TTFT", "mean", false, 0},
                              {"TTFT", tail, false, 3},
                              {"TPOT", "mean", false, 0},
                              {"TPOT", tail, false, 3},
                              {"source", NULL, true, 4}};
    el_text_table *t;
    el_status st;

    (void)snprintf(tail, sizeof tail, "p%g", percentile);
    t = el_text_table_new(column, WAYS);
    if (a)
        way_row(t, a, v && !v->disaggregate);
    way_row(t, b, v && v->disaggregate);
    st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    return st;
}

/* ---- where the joules go ---- */

static void share_row(el_text_table *t, const char *name,
                      const double share[EL_N_SHARES], double osl)
{
    double total = 0;

    for (el_share s = 0; s < EL_N_SHARES; s++)
        total += share[s];
    el_text_table_cell(t, name);
    /* a chance of one in a billion that nobody is served is no joules */
    for (el_share s = 0; s < EL_N_SHARES; s++)
        el_text_table_number(t, share[s] < 1e-6 * total ? 0 : share[s] / osl,
                             3);
}

static el_status print_shares(el_cli *cli, const el_candidate *c,
                              const el_disaggregated *d, double osl,
                              el_error *err)
{
    static const el_column column[1 + EL_N_SHARES] = {
        {"J/token", NULL, true, 0}, {"prefill", NULL, false, 0},
        {"decode", NULL, false, 0}, {"transfer", NULL, false, 0},
        {"idle", NULL, false, 0},   {"facility", NULL, false, 1}};
    el_text_table *t = el_text_table_new(column, 1 + EL_N_SHARES);
    double share[EL_N_SHARES];
    el_status st;

    el_buf_add(&cli->out, "\n");
    if (c) {
        el_candidate_shares(c, share);
        share_row(t, "aggregated", share, osl);
    }
    el_disaggregated_shares(d, share);
    share_row(t, "disaggregated", share, osl);
    st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    el_buf_add(&cli->out, "\n");
    return st;
}

/* ---- the pools ---- */

static void pool_line(el_cli *cli, const el_ask_state *state, const char *label,
                      const el_pool *p, bool prefill)
{
    el_config one = p->config;
    el_buf text = {0};

    one.dp = 1.0;
    el_buf_printf(&text, "%g x ", p->config.dp);
    el_ask_print_config(state, p->setup, &one, &text);
    el_buf_printf(
        &text, " on %g GPU%s used at %.0f %%, holds %s requests/s; %s %s",
        p->gpus, p->gpus == 1.0 ? "" : "s", 100.0 * p->utilisation,
        el_fmt_number(p->most_rate_hz, 3).s,
        prefill ? "a prompt is read after" : "TPOT", el_fmt_time(p->time_s).s);
    say(cli, label, el_buf_text(&text));
    el_buf_clear(&text);
}

static void transfer_line(el_cli *cli, const el_kv_transfer *t)
{
    char text[384];

    (void)snprintf(text, sizeof text,
                   "%s of KV cache a prompt in %s over %s at %s a GPU, %s",
                   el_fmt_bytes(t->bytes).s, el_fmt_time(t->time_s).s,
                   t->far ? "the network" : "the node's links",
                   el_fmt_si(t->bytes_s, "B/s", 3).s,
                   el_fmt_energy(t->energy_j).s);
    say(cli, "Transfer", text);
}

/* ---- the verdict ---- */

static const char *reason_text(const el_verdict *v)
{
    static const char *const together[EL_N_SHARES] = {
        "its prompts are read for less",
        "its batches are larger, or spread over fewer GPUs", "no cache is sent",
        "one kind of replica waits for work, not two", ""};
    static const char *const apart[EL_N_SHARES] = {
        "prompts are read on a sharding of their own",
        "answers are made on a sharding and in batches of their own", "",
        "fewer GPUs wait for work", ""};

    return v->disaggregate ? apart[v->by] : together[v->by];
}

static void print_verdict(el_cli *cli, const el_pools_answer *a, double osl)
{
    const el_verdict *v = &a->verdict;
    el_buf text = {0};

    if (!a->has_verdict) {
        say(cli, "Verdict", "neither keeps the limits.");
        return;
    }
    el_buf_add(&text, v->disaggregate ? "disaggregate" : "stay aggregated");
    if (v->only)
        el_buf_add(&text, ": the other way keeps no promise here.");
    else
        el_buf_printf(&text,
                      ": %s less energy, most of it in %s (%s J/token): "
                      "%s.",
                      el_fmt_percent(v->saved).s, el_share_name(v->by),
                      el_fmt_number(v->by_j / osl, 2).s, reason_text(v));
    el_buf_add(&cli->out, el_style_on(EL_STYLE_BOLD, cli->color));
    say(cli, "Verdict", el_buf_text(&text));
    el_buf_add(&cli->out, el_style_off(cli->color));
    el_buf_clear(&text);
}

static void print_reasons(el_cli *cli, const el_disaggregated *d)
{
    el_buf_printf(&cli->out, "%-*s", LABEL, "Breaks");
    for (size_t i = 0; i < d->n_reason; i++) {
        el_buf_add(&cli->out, i ? "; " : "");
        el_reason_print(cli, &d->reason[i]);
    }
    el_buf_add(&cli->out, "\n");
}

static void launch_line(el_cli *cli, const el_ask_state *state, el_launcher l,
                        const el_pool *pool, el_launch_role role)
{
    const el_setup *setup = &state->setups.setup[pool->setup];
    const el_facts *facts = &state->setups.query[pool->setup].facts;
    el_launch launch = el_launch_of(l, setup, facts, &pool->config);

    el_buf_add(&cli->out, "  ");
    el_launch_print_pool(&launch, role, &cli->out);
    el_buf_printf(&cli->out, "   # %s, %g server%s",
                  role == EL_ROLE_PREFILL ? "prefill" : "decode",
                  pool->config.dp, pool->config.dp == 1.0 ? "" : "s");
    if (el_ask_varies(state, EL_SETUP_GPU))
        el_buf_printf(&cli->out, " on %s", setup->key.gpu);
    el_buf_add(&cli->out, "\n");
}

static void print_launch(el_cli *cli, const el_ask_state *state,
                         const el_disaggregated *plan, int launcher)
{
    el_buf_add(&cli->out, "\n");
    for (el_launcher l = 0; l < EL_N_LAUNCHERS; l++) {
        if (launcher != (int)EL_N_LAUNCHERS && launcher != (int)l)
            continue;
        launch_line(cli, state, l, &plan->prefill, EL_ROLE_PREFILL);
        launch_line(cli, state, l, &plan->decode, EL_ROLE_DECODE);
        el_buf_printf(&cli->out, "  %s\n", el_launch_router(l));
    }
}

el_status el_pools_text(el_cli *cli, const el_ask_state *state,
                        const el_optimize_result *result,
                        const el_pools_answer *answer, int launcher,
                        el_error *err)
{
    const el_optimize_query *q = &state->query;
    const el_disaggregated *d = &answer->plan;
    const el_candidate *c = result->n_feasible ? result->candidate : NULL;
    way a = {0}, b = way_of_plan(d, q->osl);
    el_status st;

    el_buf_printf(&cli->out, "\n%sPrefill and decode on GPUs of their own%s\n",
                  el_style_on(EL_STYLE_BOLD, cli->color),
                  el_style_off(cli->color));
    if (!d->found) {
        say(cli, "Verdict",
            "stay aggregated: no pool holds the weights and one request.");
        return EL_OK;
    }
    if (c)
        a = way_of_candidate(c);
    st = print_ways(cli, q->percentile, c ? &a : NULL, &b,
                    answer->has_verdict ? &answer->verdict : NULL, err);
    if (st == EL_OK)
        st = print_shares(cli, c, d, q->osl, err);
    if (st != EL_OK)
        return st;
    pool_line(cli, state, "Prefill", &d->prefill, true);
    pool_line(cli, state, "Decode", &d->decode, false);
    transfer_line(cli, &d->transfer);
    if (!d->feasible)
        print_reasons(cli, d);
    print_verdict(cli, answer, q->osl);
    if (d->feasible)
        print_launch(cli, state, d, launcher);
    return EL_OK;
}
