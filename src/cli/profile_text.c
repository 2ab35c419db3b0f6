/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/profile_text.h"

#include <math.h>

#include "cli/format.h"
#include "cli/term.h"
#include "cli/text_table.h"

static const el_column columns[] = {
    {.title = "Row"},
    {.title = "Configuration", .left = true},
    {.title = "Runs"},
    {.title = "Energy", .unit = "a token"},
    {.title = "+-", .unit = "95 %", .priority = 1},
    {.title = "Output", .unit = "tokens/s", .priority = 2},
    {.title = "Power", .priority = 3},
    {.title = "TTFT", .priority = 4},
    {.title = "Prefill", .unit = "share", .priority = 5},
    {.title = "", .left = true},
};

static void job_row(el_text_table *t, const el_profile_job *job,
                    const el_profile_answer *a, bool by_energy)
{
    el_buf text = {0};

    el_text_table_cellf(t, "%zu", job->row);
    el_profile_job_text(job, &text);
    el_text_table_cell(t, el_buf_text(&text));
    el_buf_clear(&text);
    el_text_table_cellf(t, "%zu", a->n_run);
    el_text_table_cell(t, by_energy ? el_fmt_energy(a->energy.mean).s : "-");
    el_text_table_cell(t, el_fmt_percent(a->energy.relative).s);
    el_text_table_number(t, a->token_hz, 4);
    el_text_table_cell(t, el_fmt_power(a->power_w).s);
    el_text_table_cell(t, el_fmt_time(a->ttft_s).s);
    el_text_table_cell(t, el_fmt_percent(a->prefill_share).s);
    el_text_table_cell(t, el_profile_state_name(a->state));
}

static void notes(el_cli *cli, const el_profiled *p)
{
    const char *on = el_style_on(EL_STYLE_WARN, cli->color);
    const char *off = el_style_off(cli->color);

    for (size_t i = 0; i < p->plan.n; i++) {
        const el_profile_answer *a = &p->answer[i];
        bool done = a->state == EL_JOB_DONE;

        if (a->failure[0])
            el_buf_printf(&cli->out, "%srow %zu: %s%s\n", on,
                          p->plan.job[i].row, a->failure, off);
        if (a->flags[0])
            el_buf_printf(&cli->out, "%srow %zu: %s%s\n", on,
                          p->plan.job[i].row, a->flags, off);
        if (done && !a->energy.converged)
            el_buf_printf(&cli->out,
                          "%srow %zu: not settled after %zu runs%s\n", on,
                          p->plan.job[i].row, a->n_run, off);
    }
}

static void summary(el_cli *cli, const el_profiled *p)
{
    size_t n[4] = {0};

    for (size_t i = 0; i < p->plan.n; i++)
        n[p->answer[i].state]++;
    el_buf_printf(&cli->out, "\n%zu done", n[EL_JOB_DONE]);
    if (n[EL_JOB_BEFORE] > 0)
        el_buf_printf(&cli->out, ", %zu done before", n[EL_JOB_BEFORE]);
    if (n[EL_JOB_FAILED] > 0)
        el_buf_printf(&cli->out, ", %zu failed", n[EL_JOB_FAILED]);
    if (n[EL_JOB_PENDING] > 0)
        el_buf_printf(&cli->out, ", %zu not come to", n[EL_JOB_PENDING]);
    el_buf_printf(&cli->out, "; campaign %s of %s.\n", p->campaign, p->store);
    if (n[EL_JOB_FAILED] + n[EL_JOB_PENDING] > 0)
        el_buf_add(&cli->out, "The same command with --resume goes on.\n");
}

el_status el_profile_text(el_cli *cli, const el_profiled *p, el_error *err)
{
    el_text_table *t =
        el_text_table_new(columns, sizeof columns / sizeof *columns);
    el_status st;

    for (size_t i = 0; i < p->plan.n; i++)
        job_row(t, &p->plan.job[i], &p->answer[i], p->by_energy);
    st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    notes(cli, p);
    summary(cli, p);
    return st;
}
