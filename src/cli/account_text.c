/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_text.h"

#include <math.h>
#include <stdio.h>

#include "base/units.h"
#include "cli/ask_text.h"
#include "cli/format.h"
#include "cli/setups_text.h"
#include "cli/term.h"
#include "cli/text_table.h"
#include "io/plot_bars.h"

#define LEAST_BARS 3u /* hours that make a picture */
#define MOST_BARS  48u
#define TOLD       0.01 /* smaller shares are not worth a line */

typedef struct page {
    el_cli *cli;
    const el_account_ask *ask;
    const el_account *a;
} page;

static void label(const page *p, const char *text)
{
    el_buf_printf(&p->cli->out, "%-9s ", text);
}

static double served(const el_deployment *d)
{
    return (double)(d->traffic.n_request - d->traffic.sum.n_refused);
}

/* ---- the log ---- */

static void print_made_up(const page *p)
{
    const el_vllm_said *said = &p->a->said;
    el_buf *out = &p->cli->out;
    double more = said->output_tokens / (p->a->osl * (double)p->a->log.n) - 1.0;

    if (said->n_page == 0)
        return;
    el_buf_printf(out,
                  "Made up from %zu page%s of /metrics (%s): lengths from "
                  "its histograms, arrivals at random between pages, seed "
                  "%llu\n",
                  said->n_page, said->n_page == 1 ? "" : "s", said->model,
                  (unsigned long long)p->cli->task.seed);
    if (fabs(more) > TOLD)
        el_buf_printf(out,
                      "The server made %s %s tokens than these requests "
                      "have: others were not finished, or begun before\n",
                      el_fmt_percent(fabs(more)).s,
                      more > 0.0 ? "more" : "fewer");
    if (said->cached_share > TOLD)
        el_buf_printf(out,
                      "%s of prompt tokens came from the prefix cache; here "
                      "all are read\n",
                      el_fmt_percent(said->cached_share).s);
    if (said->n_restart > 0)
        el_buf_printf(out,
                      "%zu counters fell: the server was restarted, what it "
                      "served just before is not known\n",
                      said->n_restart);
}

static void print_log(const page *p)
{
    const el_account *a = p->a;
    const el_lengths *log = &a->log;
    el_buf *out = &p->cli->out;

    el_buf_printf(out, "%s requests in %s: ", el_fmt_count(log->n).s,
                  el_fmt_time(fmax(log->arrive_s[log->n - 1], log->until_s)).s);
    el_buf_printf(out, "%s/s, busiest 5 min %s/s; ",
                  el_fmt_number(a->rate_hz, 3).s,
                  el_fmt_number(a->busy_hz, 3).s);
    el_buf_printf(out, "%s in + ", el_fmt_number(a->isl, 4).s);
    el_buf_printf(out, "%s out tokens on average\n",
                  el_fmt_number(a->osl, 3).s);
    if (log->n_blank > 0)
        el_buf_printf(out, "Left out: %s requests without tokens in or out\n",
                      el_fmt_count(log->n_blank).s);
}

static void print_head(const page *p)
{
    const el_optimize_query *q = &p->a->state.query;
    el_cli *cli = p->cli;
    el_buf *out = &cli->out;

    el_buf_add(out, el_style_on(EL_STYLE_BOLD, cli->color));
    el_ask_print_subject(&p->a->state, out);
    el_buf_printf(out, "%s\n", el_style_off(cli->color));
    print_log(p);
    print_made_up(p);
    el_buf_add(out, "Energy of ");
    el_ask_print_scope(q, out);
    if (el_is_known(p->ask->pue))
        el_buf_printf(out, ", times PUE %g", p->ask->pue);
    el_buf_add(out, ", 90 % intervals");
    if (el_is_known(q->ttft_s))
        el_buf_printf(out, "; TTFT <= %s", el_fmt_time(q->ttft_s).s);
    if (el_is_known(q->tpot_s))
        el_buf_printf(out, "; TPOT <= %s", el_fmt_time(q->tpot_s).s);
    el_buf_add(out, "\n\n");
}

/* ---- what runs ---- */

void el_deployment_print(const el_account *account,
                         const el_deployment *deployment, el_buf *out)
{
    el_ask_print_config(&account->state, deployment->setup, &deployment->config,
                        out);
    if (deployment->kind == EL_ACCOUNT_SLEEP)
        el_buf_add(out, " asleep");
    if (deployment->kind == EL_ACCOUNT_QUEUE)
        el_buf_add(out, " by queue");
}

static void print_energy(const page *p, const el_deployment *d)
{
    el_buf *out = &p->cli->out;
    double tokens = d->traffic.output_tokens;

    label(p, "Energy");
    el_buf_printf(out, "%s (", el_fmt_wh(d->energy_j).s);
    el_buf_printf(out, "%s): ",
                  el_fmt_interval_si(d->energy_lo_j / EL_J_PER_WH,
                                     d->energy_hi_j / EL_J_PER_WH, "Wh", 2)
                      .s);
    el_buf_printf(out, "%s a request, ", el_fmt_wh(d->energy_j / served(d)).s);
    el_buf_printf(
        out, "%s kWh per 1M output tokens",
        el_fmt_number(d->energy_j / tokens * 1e6 / EL_J_PER_KWH, 3).s);
    el_buf_printf(out, ", %s on average\n",
                  el_fmt_power(d->energy_j / d->traffic.span_s).s);
}

static void print_causes(const page *p, const el_deployment *d)
{
    const struct {
        const char *name;
        double energy_j;
    } cause[] = {{"prefill", d->traffic.sum.prefill_j},
                 {"decode", d->traffic.sum.decode_j},
                 {"idle replicas", d->idle_j},
                 {"idle GPUs of the nodes", d->spare_j},
                 {"PUE", d->overhead_j}};
    const char *gap = "";

    label(p, "Of it");
    for (size_t i = 0; i < sizeof cause / sizeof *cause; i++) {
        if (!(cause[i].energy_j > 0.0))
            continue;
        el_buf_printf(&p->cli->out, "%s%s %s", gap, cause[i].name,
                      el_fmt_percent(cause[i].energy_j / d->energy_j).s);
        gap = ", ";
    }
    el_buf_add(&p->cli->out, "\n");
}

static void print_carbon(const page *p, const el_deployment *d)
{
    el_buf *out = &p->cli->out;

    if (el_is_known(d->carbon_g)) {
        label(p, "Carbon");
        el_buf_printf(out, "%s CO2e, ", el_fmt_grams(d->carbon_g).s);
        el_buf_printf(out, "%s a request",
                      el_fmt_grams(d->carbon_g / served(d)).s);
        el_buf_printf(
            out, " (%s g/kWh on average%s)\n",
            el_fmt_number(d->carbon_g / d->energy_j * EL_J_PER_KWH, 3).s,
            p->a->tariff.grid.n == 0         ? ""
            : el_is_known(p->a->log.start_s) ? ", by the hour of the day"
                                             : "; the log has no clock");
    }
    if (el_is_known(d->cost)) {
        label(p, "Cost");
        el_buf_printf(out, "%s for electricity, ", el_fmt_number(d->cost, 3).s);
        el_buf_printf(
            out, "%s per 1M output tokens\n",
            el_fmt_number(d->cost / d->traffic.output_tokens * 1e6, 3).s);
    }
}

static void print_latency(const page *p, const el_deployment *d)
{
    const el_optimize_query *q = &p->a->state.query;
    const el_traffic *t = &d->traffic;
    el_buf *out = &p->cli->out;

    label(p, "Latency");
    el_buf_printf(out, "TTFT %s", el_fmt_time(t->ttft_s).s);
    el_buf_printf(out, " (p%g %s)", q->percentile,
                  el_fmt_time(t->ttft_tail_s).s);
    el_buf_printf(out, ", TPOT %s", el_fmt_time(t->tpot_s).s);
    el_buf_printf(out, " (p%g %s)", q->percentile,
                  el_fmt_time(t->tpot_tail_s).s);
    if (el_is_known(q->ttft_s) || el_is_known(q->tpot_s))
        el_buf_printf(out, "; %s of requests within the limits",
                      el_fmt_percent(t->kept).s);
    el_buf_add(out, "\n");
    if (!el_is_known(d->slow_kept))
        return;
    label(p, "If slow");
    el_buf_printf(out, "p%g TTFT %s", q->percentile,
                  el_fmt_time(d->slow_ttft_tail_s).s);
    el_buf_printf(out, ", TPOT %s", el_fmt_time(d->slow_tpot_tail_s).s);
    if (el_is_known(q->ttft_s) || el_is_known(q->tpot_s))
        el_buf_printf(out, "; %s within the limits",
                      el_fmt_percent(d->slow_kept).s);
    el_buf_add(out, " (times at the upper end of their 90 % intervals)\n");
}

static void print_server(const page *p, const el_deployment *d)
{
    const el_vllm_said *said = &p->a->said;
    const el_traffic *t = &d->traffic;
    el_buf *out = &p->cli->out;

    if (said->n_page == 0 || !el_is_known(said->ttft_s + said->itl_s))
        return;
    label(p, "Server");
    el_buf_printf(out, "measured a mean TTFT of %s",
                  el_fmt_time(said->ttft_s).s);
    el_buf_printf(out, " and %s a token; here %s", el_fmt_time(said->itl_s).s,
                  el_fmt_time(t->ttft_mean_s).s);
    el_buf_printf(out, " and %s\n", el_fmt_time(t->itl_mean_s).s);
}

static void print_use(const page *p, const el_deployment *d)
{
    const el_replica_sum *sum = &d->traffic.sum;
    double all_s = sum->prefill_s + sum->decode_s + sum->idle_s;
    el_buf *out = &p->cli->out;

    label(p, "Use");
    el_buf_printf(out, "busy %s of the time, ",
                  el_fmt_percent(1.0 - sum->idle_s / all_s).s);
    el_buf_printf(out, "%s in flight a replica, at most %g",
                  el_fmt_number(sum->tokens / fmax(sum->steps, 1.0), 3).s,
                  sum->peak);
    if (sum->peak > d->peak_batch_seen)
        el_buf_printf(out, " (the fit has seen %g)", d->peak_batch_seen);
    el_buf_add(out, "\n");
}

static void print_doubt(const page *p, const el_deployment *d)
{
    el_cli *cli = p->cli;

    if (d->traffic.sum.n_refused > 0) {
        label(p, "Refused");
        el_buf_printf(
            &cli->out, "%s%s requests are longer than the KV cache%s\n",
            el_style_on(EL_STYLE_BAD, cli->color),
            el_fmt_count(d->traffic.sum.n_refused).s, el_style_off(cli->color));
    }
    if (p->a->outside > 0.0) {
        label(p, "Outside");
        el_buf_printf(&cli->out,
                      "%s of requests have lengths that the fit has not "
                      "seen\n",
                      el_fmt_percent(p->a->outside).s);
    }
}

static void print_first(const page *p)
{
    const el_deployment *d = &p->a->deployment[0];
    el_cli *cli = p->cli;
    el_buf *out = &cli->out;

    label(p, p->a->given ? "Runs" : "Choose");
    el_buf_add(out, el_style_on(EL_STYLE_BOLD, cli->color));
    el_deployment_print(p->a, d, out);
    el_buf_printf(out, "%s on %g GPU%s [%s]\n", el_style_off(cli->color),
                  d->gpus, d->gpus == 1.0 ? "" : "s",
                  el_source_name(d->source));
    print_energy(p, d);
    print_causes(p, d);
    print_carbon(p, d);
    print_latency(p, d);
    print_server(p, d);
    print_use(p, d);
    print_doubt(p, d);
}

/* ---- what could run instead ---- */

static const char *keeps_word(const el_deployment *d)
{
    if (!d->keeps)
        return "no";
    return d->keeps_surely || !el_is_known(d->slow_kept) ? "yes" : "perhaps";
}

static void row_of(const page *p, size_t i, el_text_table *table)
{
    const el_deployment *d = &p->a->deployment[i];
    double now_j = p->a->deployment[0].energy_j;
    el_buf name = {0};

    el_deployment_print(p->a, d, &name);
    el_text_table_cell(table, el_buf_text(&name));
    el_buf_clear(&name);
    el_text_table_cellf(table, "%g", d->gpus);
    el_text_table_number(table, d->traffic.awake, 3);
    el_text_table_number(table, d->energy_j / EL_J_PER_KWH, 3);
    el_text_table_cell(
        table, i == 0 ? "" : el_fmt_change(d->energy_j / now_j - 1.0).s);
    el_text_table_number(table, d->energy_j / served(d) / EL_J_PER_WH, 3);
    el_text_table_cell(table, el_fmt_percent((d->idle_j + d->spare_j) /
                                             (d->energy_j - d->overhead_j))
                                  .s);
    el_text_table_cell(table, el_fmt_time(d->traffic.ttft_tail_s).s);
    el_text_table_cell(table, el_fmt_time(d->traffic.tpot_tail_s).s);
    el_text_table_cell(table, el_fmt_percent(d->traffic.kept).s);
    el_text_table_cell(table, keeps_word(d));
    if (i == p->a->best)
        el_text_table_highlight(table);
}

static el_status print_table(const page *p, el_error *err)
{
    char tail[24];
    el_column columns[] = {
        {"deployment", NULL, true, 0}, {"GPUs", NULL, false, 0},
        {"awake", "mean", false, 4},   {"kWh", NULL, false, 0},
        {"change", NULL, false, 0},    {"Wh", "request", false, 3},
        {"idle", NULL, false, 2},      {"TTFT", tail, false, 0},
        {"TPOT", tail, false, 0},      {"within", "limits", false, 2},
        {"keeps", "limits", true, 1}};
    el_text_table *table;
    el_status st;

    (void)snprintf(tail, sizeof tail, "p%g", p->a->state.query.percentile);
    el_buf_add(&p->cli->out, "\n");
    table = el_text_table_new(columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < p->a->n; i++)
        row_of(p, i, table);
    st = el_text_table_print(table, p->cli->width, p->cli->color, &p->cli->out,
                             err);
    el_text_table_free(table);
    if (st == EL_OK && *p->a->left_out)
        el_buf_printf(&p->cli->out, "Left out: %s\n", p->a->left_out);
    return st;
}

static void print_verdict(const page *p)
{
    const el_account *a = p->a;
    el_cli *cli = p->cli;
    el_buf *out = &cli->out;
    double saved;

    el_buf_add(out, "\n");
    if (a->best == a->n) {
        el_buf_printf(out, "%sNothing that was tried keeps the limits.%s\n",
                      el_style_on(EL_STYLE_BAD, cli->color),
                      el_style_off(cli->color));
        return;
    }
    if (a->best == 0) {
        el_buf_add(out, "Nothing that was tried costs less and keeps the "
                        "limits.\n");
        return;
    }
    label(p, "Cheapest");
    el_deployment_print(a, &a->deployment[a->best], out);
    saved = 1.0 - a->deployment[a->best].energy_j / a->deployment[0].energy_j;
    el_buf_printf(out, ": %s%s %s%s\n", el_style_on(EL_STYLE_GOOD, cli->color),
                  el_fmt_percent(fabs(saved)).s,
                  saved < 0.0 ? "more, and the limits are kept" : "less",
                  el_style_off(cli->color));
}

/* ---- by the hour ---- */

static el_status print_hours(const page *p, el_error *err)
{
    const el_account *a = p->a;
    el_plot_bar bar[MOST_BARS];
    char name[MOST_BARS][24];
    size_t n = a->n_hour < MOST_BARS ? a->n_hour : MOST_BARS;
    const el_plot_text_style style = {
        .width = p->cli->width, .utf8 = p->cli->utf8, .color = p->cli->color};

    if (a->n_hour < LEAST_BARS)
        return EL_OK;
    for (size_t k = 0; k < n; k++) {
        bool clock = el_is_known(a->log.start_s);

        (void)snprintf(name[k], sizeof name[k],
                       clock ? "%02.0f h  %s" : "hour %.0f  %s",
                       a->hour[k].hour, el_fmt_wh(a->hour[k].energy_j).s);
        bar[k] = (el_plot_bar){name[k], a->hour[k].energy_j, NAN, NAN};
    }
    el_buf_printf(&p->cli->out, "\nEnergy of the replicas by the hour%s\n\n",
                  n < a->n_hour ? ", the first two days" : "");
    return el_plot_bars(bar, n, &style, &p->cli->out, err);
}

el_status el_account_text(el_cli *cli, const el_account_ask *ask,
                          const el_account *account, el_error *err)
{
    const page p = {cli, ask, account};
    el_status st;

    print_head(&p);
    print_first(&p);
    st = print_table(&p, err);
    if (st == EL_OK)
        print_verdict(&p);
    if (st == EL_OK)
        st = print_hours(&p, err);
    return st;
}
