/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "app/profile.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/profile_options.h"
#include "cli/profile_slurm.h"
#include "cli/profile_text.h"
#include "cli/profile_view.h"
#include "cli/term.h"
#include "cli/verbs.h"
#include "io/file.h"

#define LOGS_END ".logs" /* after the store's name */

/* --- watching ------------------------------------------------------------- */

/* Warnings stand above the line that is redrawn. */
typedef struct watcher {
    el_profile_view view;
    const el_task *task; /* the frame's */
} watcher;

static void watch_show(const el_profile_now *now, void *ctx)
{
    watcher *w = ctx;

    el_profile_view_show(now, &w->view);
}

static void watch_warn(const char *line, void *ctx)
{
    watcher *w = ctx;

    el_profile_view_clear(&w->view);
    if (w->task->warn)
        w->task->warn(line, w->task->ctx);
}

static bool watch_cancelled(void *ctx)
{
    const watcher *w = ctx;

    return w->task->cancelled && w->task->cancelled(w->task->ctx);
}

static watcher watch(const el_cli *cli, bool by_energy)
{
    bool tty = el_term_is_tty(STDERR_FILENO);

    return (watcher){.view = {.stream = cli->quiet ? NULL : stderr,
                              .width = tty ? el_term_width(STDERR_FILENO) : 0,
                              .by_energy = by_energy},
                     .task = &cli->task};
}

/* --- the verb ------------------------------------------------------------- */

static el_profile_args profile_of(const el_cli *cli, const el_profile_opts *a,
                                  const char *logs, const char *key)
{
    return (el_profile_args){
        .plan = {.path = cli->pos[0],
                 .row = a->row.v,
                 .n_row = a->row.n,
                 .engine_cmd = a->engine_cmd,
                 .engine_url = a->engine_url,
                 .engine_model = a->engine_model,
                 .catalog_dir = cli->catalog_dir},
        .store = a->store,
        .campaign = a->campaign,
        .resume = a->resume,
        .logs = logs,
        .start_timeout_s = a->start_timeout_s,
        .stop_s = a->stop_s,
        .target = {.api_key = key,
                   .ca_file = a->ca_file,
                   .engine = (el_load_engine)a->engine,
                   .api = (el_load_api)a->api,
                   .prompt = (el_load_prompt)a->prompt,
                   .first_timeout_s = a->request_timeout_s,
                   .retries = (unsigned)a->retries},
        .served = a->served,
        .meter = a->meter,
        .gpu = a->gpus.v,
        .n_gpu = a->gpus.n,
        .interval_s = a->interval_s,
        .idle_s = a->idle_s,
        .window_s = a->window_s,
        .max_s = a->max_s,
        .allow_short = a->allow_short,
        .rule = {a->repeats, a->max_repeats,
                 a->confidence.value * (a->confidence.percent ? 0.01 : 1)},
        .split = (el_profile_split)a->split};
}

static el_status measure(el_cli *cli, const el_profile_opts *a,
                         el_profile_args *p, el_error *err)
{
    watcher w = watch(cli, strcmp(a->meter, "none") != 0);
    el_task task = cli->task;
    el_profiled done;
    el_status st;

    task.warn = watch_warn;
    task.cancelled = watch_cancelled;
    task.ctx = &w;
    p->show = watch_show;
    p->show_ctx = &w;
    st = el_app_profile(p, &task, &done, err);
    el_profile_view_clear(&w.view);
    if (st != EL_OK)
        return st;
    cli->partial = done.interrupted;
    cli->answer_is_no = done.n_failed > 0;
    st = cli->json ? el_cli_json(cli, el_profiled_json(&done), err)
                   : el_profile_text(cli, &done, err);
    el_profiled_clear(&done);
    return st;
}

static el_status write_slurm(el_cli *cli, const el_profile_opts *a,
                             const el_profile_args *p, el_error *err)
{
    el_profile_plan plan;
    el_buf script = {0};
    el_status st = el_profile_plan_read(&p->plan, &cli->task, &plan, err);

    if (st != EL_OK)
        return st;
    st = el_profile_slurm(cli, el_profile_options, a, &plan, &script, err);
    if (st == EL_OK)
        st = el_file_write(a->slurm, script.text, script.len, err);
    if (st == EL_OK && strcmp(a->slurm, "-") != 0)
        el_buf_printf(&cli->out,
                      "%s: an array of %zu tasks and their merge into %s; "
                      "submit it with: sh %s\n",
                      a->slurm, plan.n, a->store, a->slurm);
    el_buf_clear(&script);
    el_profile_plan_clear(&plan);
    return st;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const el_profile_opts *a = args;
    el_buf logs = {0}, key = {0};
    el_profile_args p;
    el_status st = EL_OK;

    if (!a->logs && !strstr(a->store, "://"))
        el_buf_printf(&logs, "%s%s", a->store, LOGS_END);
    if (!el_buf_ok(&logs))
        st = el_fail(err, EL_E_NOMEM, "out of memory");
    if (st == EL_OK && a->api_key)
        st = el_load_key(a->api_key, &key, err);
    p = profile_of(cli, a, a->logs ? a->logs : logs.text,
                   a->api_key ? el_buf_text(&key) : NULL);
    if (st == EL_OK && a->slurm)
        st = write_slurm(cli, a, &p, err);
    else if (st == EL_OK && a->dry_run)
        st = el_app_profile_dry_run(&p, &cli->task, &cli->out, err);
    else if (st == EL_OK)
        st = measure(cli, a, &p, err);
    el_load_key_clear(&key);
    el_buf_clear(&logs);
    return st;
}

static const el_example examples[] = {
    {"energylens profile data/plans/four.csv --dry-run --engine-cmd \"vllm "
     "serve {model} --tensor-parallel-size {tp} --dtype {dtype} --port "
     "{port}\"",
     "What it would start and ask."},
    {"energylens profile data/plans/four.csv --slurm profile.job "
     "--sbatch=--gpus=4 --engine-cmd \"vllm serve {model} "
     "--tensor-parallel-size {tp} --port {port}\"",
     "The same as an array job of Slurm."},
    {NULL, NULL}};

const el_verb el_verb_profile = {
    .name = "profile",
    .group = "Measure",
    .summary = "carry out a plan against a real engine, with real meters",
    .usage = "PLAN.csv",
    .about =
        "Each configuration of the plan is loaded with as many requests at a "
        "time as its batch_size says, of exactly its lengths, until tokens and "
        "power are steady; the energy of whole rounds of requests is read from "
        "the meter, idle power before and after, and that is repeated until "
        "the mean is known well enough. Each run is kept in the store the "
        "moment it is over: Ctrl-C, kill -9 or a power cut lose the run under "
        "way and no other, and --resume goes on.\n\nAn engine of --engine-cmd "
        "is started once for all configurations that fill its command in "
        "alike, and ends with us, however we end. A configuration that fails "
        "is kept as failed with its reason, and the next one is tried: exit "
        "1.\n\nFit what was measured with: energylens fit runs.db",
    .min_pos = 1,
    .max_pos = 1,
    .options = el_profile_options,
    .examples = examples,
    .args_size = sizeof(el_profile_opts),
    .run = run};
