/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/store_text.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "cli/format.h"
#include "cli/help.h"
#include "cli/term.h"
#include "cli/text_table.h"
#include "store/columns.h"

#define LABEL 28

/* "2026-01-02 12:00:20", UTC; "-" unknown. */
static el_text moment(double utc_s)
{
    el_text out = {"-"};
    struct tm parts;
    time_t t;

    if (!el_is_known(utc_s) || fabs(utc_s) > 1e11)
        return out;
    t = (time_t)floor(utc_s);
    if (gmtime_r(&t, &parts))
        (void)strftime(out.s, sizeof out.s, "%Y-%m-%d %H:%M:%S", &parts);
    return out;
}

static const char *or_dash(const char *text)
{
    return text && *text ? text : "-";
}

/* --- ls ------------------------------------------------------------------- */

static el_status campaign_row(void *ctx, const el_store_campaign_seen *c,
                              el_error *err)
{
    el_text_table *t = ctx;

    (void)err;
    el_text_table_cell(t, c->campaign.name);
    if (el_is_known(c->campaign.n_planned))
        el_text_table_cellf(t, "%zu of %.0f", c->n_configuration,
                            c->campaign.n_planned);
    else
        el_text_table_cellf(t, "%zu", c->n_configuration);
    el_text_table_cell(t, el_fmt_count(c->runs.n_complete).s);
    el_text_table_cell(t, el_fmt_count(c->runs.n_partial).s);
    el_text_table_cell(t, el_fmt_count(c->runs.n_failed).s);
    el_text_table_cell(t, el_fmt_count(c->n_request).s);
    el_text_table_cell(t, el_fmt_count(c->n_sample).s);
    el_text_table_cell(t, moment(c->first_utc_s).s);
    el_text_table_cell(t, moment(c->last_utc_s).s);
    return EL_OK;
}

el_status el_store_ls_text(el_cli *cli, el_store *store, el_error *err)
{
    static const el_column column[] = {
        {"Campaign", NULL, true, 0}, {"Configurations", NULL, false, 0},
        {"Runs", NULL, false, 0},    {"Partial", NULL, false, 1},
        {"Failed", NULL, false, 1},  {"Requests", NULL, false, 3},
        {"Samples", NULL, false, 2}, {"First", "UTC", true, 5},
        {"Last", "UTC", true, 4}};
    el_text_table *t = el_text_table_new(column, 9);
    el_status st = el_store_each_campaign(store, campaign_row, t, err);

    if (st == EL_OK)
        st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    return st;
}

/* --- show ----------------------------------------------------------------- */

/* Of the columns that tell energy the first that is there. */
static double joules_per_token(const el_store_run *r)
{
    const double o = r->configuration.output_tokens;

    if (el_is_known(r->energy_j) && el_is_known(r->requests))
        return r->energy_j / (r->requests * o);
    if (el_is_known(r->energy_per_request_j))
        return r->energy_per_request_j / o;
    return r->energy_per_output_token_j;
}

static el_status run_row(void *ctx, const el_store_run_seen *seen,
                         el_error *err)
{
    el_text_table *t = ctx;
    const el_store_run *r = &seen->run;
    const el_store_configuration *c = &r->configuration;

    (void)err;
    el_text_table_cellf(t, "%lld", (long long)seen->id);
    el_text_table_cell(t, el_store_state_name(r->state));
    el_text_table_cell(t, seen->campaign);
    el_text_table_cell(t, or_dash(c->model));
    el_text_table_cell(t, or_dash(c->gpu));
    el_text_table_number(t, c->tp, 4);
    el_text_table_number(t, c->pp, 4);
    el_text_table_number(t, c->dp, 4);
    el_text_table_number(t, c->batch_size, 5);
    el_text_table_number(t, c->input_tokens, 6);
    el_text_table_number(t, c->output_tokens, 6);
    el_text_table_number(t, joules_per_token(r), 4);
    el_text_table_number(t, r->avg_power_w, 4);
    el_text_table_cell(t, el_fmt_time(r->latency_s).s);
    el_text_table_cell(t, r->quality_flag ? r->quality_flag : "");
    return EL_OK;
}

el_status el_store_runs_text(el_cli *cli, el_store *store,
                             const el_store_filter *filter, el_error *err)
{
    static const el_column column[] = {
        {"Run", NULL, false, 0},        {"State", NULL, true, 1},
        {"Campaign", NULL, true, 6},    {"Model", NULL, true, 2},
        {"GPU", NULL, true, 3},         {"TP", NULL, false, 0},
        {"PP", NULL, false, 4},         {"DP", NULL, false, 4},
        {"Batch", NULL, false, 0},      {"Input", "tokens", false, 0},
        {"Output", "tokens", false, 0}, {"Energy", "J/token", false, 0},
        {"Power", "W", false, 2},       {"Latency", NULL, false, 1},
        {"Flags", NULL, true, 5}};
    el_text_table *t = el_text_table_new(column, 15);
    el_status st =
        el_store_each_run(store, filter, &cli->task, run_row, t, err);

    if (st == EL_OK)
        st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    return st;
}

/* --- show --run ----------------------------------------------------------- */

static void line(el_cli *cli, const char *label, const char *text)
{
    if (!text || !*text)
        return;
    el_buf_printf(&cli->out, "%-*s", LABEL, label);
    el_help_wrap(text, LABEL, LABEL, (size_t)cli->width, &cli->out);
    el_buf_add(&cli->out, "\n");
}

static void facts(el_cli *cli, const char *title, const el_store_fact *fact,
                  size_t n)
{
    if (n > 0)
        el_buf_printf(&cli->out, "\n%s%s%s\n",
                      el_style_on(EL_STYLE_BOLD, cli->color), title,
                      el_style_off(cli->color));
    for (size_t i = 0; i < n; i++)
        line(cli, fact[i].name, fact[i].value);
}

static el_status devices(el_cli *cli, const el_store_run *r, el_error *err)
{
    static const el_column column[] = {{"Device", NULL, true, 0},
                                       {"Name", NULL, true, 1},
                                       {"Energy", NULL, false, 0},
                                       {"Idle", NULL, false, 0}};
    el_text_table *t = el_text_table_new(column, 4);
    el_status st;

    for (size_t i = 0; i < r->n_device; i++) {
        const el_store_device *d = &r->device[i];

        el_text_table_cell(t, or_dash(d->id));
        el_text_table_cell(t, or_dash(d->name));
        el_text_table_cell(t, el_fmt_energy(d->energy_j).s);
        el_text_table_cell(t, el_fmt_power(d->idle_power_w).s);
    }
    el_buf_add(&cli->out, "\n");
    st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    return st;
}

static void columns(el_cli *cli, const el_store_run *r)
{
    for (size_t i = 0; i < el_n_store_columns; i++) {
        const el_store_column *c = &el_store_columns[i];
        char number[32];

        if (c->rule == EL_COLUMN_TEXT) {
            line(cli, c->name, el_column_text(c, r));
        } else if (el_is_known(el_column_number(c, r))) {
            (void)snprintf(number, sizeof number, "%.7g",
                           el_column_number(c, r));
            line(cli, c->name, number);
        }
    }
}

el_status el_store_run_text(el_cli *cli, el_store *store, int64_t run,
                            el_error *err)
{
    el_store_loaded l;
    const el_store_run *r = &l.seen.run;
    el_status st = el_store_load(store, run, &l, err);

    if (st != EL_OK)
        return st;
    el_buf_printf(&cli->out, "%srun %lld%s  %s, %s\n",
                  el_style_on(EL_STYLE_BOLD, cli->color), (long long)l.seen.id,
                  el_style_off(cli->color), l.seen.campaign,
                  el_store_state_name(r->state));
    line(cli, "started (UTC)", moment(r->started_utc_s).s);
    line(cli, "meter", r->meter);
    line(cli, "energylens", r->energylens);
    line(cli, "requests kept", el_fmt_count(l.seen.n_request).s);
    line(cli, "samples kept", el_fmt_count(l.seen.n_sample).s);
    columns(cli, r);
    facts(cli, "Of this run", r->fact, r->n_fact);
    facts(cli, "Where it ran", r->environment, r->n_environment);
    if (r->n_device > 0)
        st = devices(cli, r, err);
    el_store_loaded_clear(&l);
    return st;
}
