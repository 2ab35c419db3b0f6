/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "app/profile.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/profile_slurm.h"
#include "cli/profile_text.h"
#include "cli/profile_view.h"
#include "cli/term.h"
#include "cli/verbs.h"
#include "io/file.h"

#define LOGS_END ".logs" /* after the store's name */

typedef struct profile_args {
    const char *store, *campaign;
    bool resume, dry_run;
    el_ints row;
    const char *engine_cmd, *engine_url, *engine_model, *logs;
    double start_timeout_s, stop_s;
    const char *served, *api_key, *ca_file;
    int api, engine, prompt;
    double request_timeout_s;
    uint64_t retries;
    const char *meter;
    el_names gpus;
    double interval_s, idle_s, window_s, max_s;
    bool allow_short;
    uint64_t repeats, max_repeats;
    el_amount confidence;
    int split;
    const char *slurm;
    el_names sbatch;
} profile_args;

static const char *const apis[] = {"completions", "chat", NULL};
static const char *const engines[] = {
#define X(name, text, owner) text,
    EL_LOAD_ENGINE_LIST(X)
#undef X
        NULL};
static const char *const prompts[] = {"auto", "ids", "text", NULL};
static const char *const splits[] = {"both", "difference", "phases", "none",
                                     NULL};

static const el_opt options[] = {
    {.name = "store",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(profile_args, store),
     .meta = "STORE",
     .def = "runs.db",
     .group = "Runs",
     .help = "Where runs are kept, each as soon as it is over: a file, or "
             "postgresql://... for a team."},
    {.name = "campaign",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(profile_args, campaign),
     .meta = "NAME",
     .group = "Runs",
     .help = "Name of this plan's runs in the store. Without it the plan's "
             "file name."},
    {.name = "resume",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(profile_args, resume),
     .group = "Runs",
     .help = "Go on with what the store has of this plan: what is settled is "
             "not measured again, what failed is tried again."},
    {.name = "row",
     .kind = EL_OPT_INTS,
     EL_OPT_AT(profile_args, row),
     .meta = "N,...",
     .min = 1,
     .max = 1e9,
     .group = "Runs",
     .help = "Only these rows of the plan, counted from 1."},
    {.name = "dry-run",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(profile_args, dry_run),
     .group = "Runs",
     .help = "Print every command and request instead."},
    {.name = "engine-cmd",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(profile_args, engine_cmd),
     .meta = "COMMAND",
     .group = "Engine",
     .help = "Starts the server; started again only where the filled-in "
             "command changes. No shell: blanks separate words, quotes and "
             "backslashes keep them together, nothing else is special. {model} "
             "{tp} {pp} {ep} {dp} {gpus} {dtype} {batch} {input} {output} "
             "{port} stand for values, {{ for a brace."},
    {.name = "engine-url",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(profile_args, engine_url),
     .meta = "URL",
     .group = "Engine",
     .help = "A server that is running; or where the one of --engine-cmd "
             "listens, if not on {port} of 127.0.0.1."},
    {.name = "engine-model",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(profile_args, engine_model),
     .meta = "MODEL",
     .group = "Engine",
     .help = "What {model} stands for. Without it the catalogue's "
             "\"org/model\", else the plan's name."},
    {.name = "logs",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(profile_args, logs),
     .meta = "FOLDER",
     .group = "Engine",
     .help = "Folder for what the engines print, a file for each command. "
             "Without it STORE.logs."},
    {.name = "start-timeout",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(profile_args, start_timeout_s),
     .meta = "TIME",
     .def = "15min",
     .min = 0,
     .max = 86400,
     .group = "Engine",
     .help = "How long an engine may take until it answers."},
    {.name = "stop-timeout",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(profile_args, stop_s),
     .meta = "TIME",
     .def = "20s",
     .min = 0,
     .max = 3600,
     .group = "Engine",
     .help = "Between SIGTERM and SIGKILL."},
    {.name = "load-engine",
     .kind = EL_OPT_ENUM,
     .choices = engines,
     EL_OPT_AT(profile_args, engine),
     .def = "auto",
     .group = "Load",
     .help = "How lengths are enforced; auto asks the server what it is."},
    {.name = "api",
     .kind = EL_OPT_ENUM,
     .choices = apis,
     EL_OPT_AT(profile_args, api),
     .def = "completions",
     .group = "Load",
     .help = "/v1/completions, or /v1/chat/completions."},
    {.name = "prompt",
     .kind = EL_OPT_ENUM,
     .choices = prompts,
     EL_OPT_AT(profile_args, prompt),
     .def = "auto",
     .group = "Load",
     .help = "Prompts as token ids (exact) or as text of calibrated words."},
    {.name = "served-model",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(profile_args, served),
     .meta = "NAME",
     .group = "Load",
     .help = "The model's name in requests, where the server has several."},
    {.name = "api-key",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(profile_args, api_key),
     .meta = "env:NAME",
     .group = "Load",
     .help = "env:NAME or file:PATH with the server's key, which is never "
             "stored or printed."},
    {.name = "ca-file",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(profile_args, ca_file),
     .meta = "FILE",
     .group = "Load",
     .help = "Certificates (PEM) to trust for https; always verified."},
    {.name = "request-timeout",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(profile_args, request_timeout_s),
     .meta = "TIME",
     .def = "10min",
     .min = 0.01,
     .max = 86400,
     .group = "Load",
     .help = "Longest wait for a first token."},
    {.name = "retries",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(profile_args, retries),
     .def = "2",
     .min = 0,
     .max = 100,
     .group = "Load",
     .help = "Of a request that the server refused to begin."},
    {.name = "meter",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(profile_args, meter),
     .meta = "METER",
     .def = "auto",
     .group = "Measuring",
     .help = "As of energylens meter: nvml, rocm, xpu, rapl, dcgm:URL, "
             "replay:FILE; none measures times alone."},
    {.name = "gpus",
     .kind = EL_OPT_NAMES,
     EL_OPT_AT(profile_args, gpus),
     .meta = "GPU,...",
     .group = "Measuring",
     .help = "GPUs of the node by index or UUID; the plan's num_gpus first of "
             "them do the work. Without it all, or those of "
             "CUDA_VISIBLE_DEVICES."},
    {.name = "interval",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(profile_args, interval_s),
     .meta = "TIME",
     .def = "20ms",
     .min = 1e-3,
     .max = 60,
     .group = "Measuring",
     .help = "Between readings of the meter."},
    {.name = "idle",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(profile_args, idle_s),
     .meta = "TIME",
     .def = "2s",
     .min = 0,
     .max = 3600,
     .group = "Measuring",
     .help = "Idle power before and after each run; 0s leaves it out."},
    {.name = "window",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(profile_args, window_s),
     .meta = "TIME",
     .def = "10s",
     .min = 0.05,
     .max = 86400,
     .group = "Measuring",
     .help = "Least length of the steady window; it holds whole rounds of "
             "requests, so it may be longer."},
    {.name = "allow-short",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(profile_args, allow_short),
     .group = "Measuring",
     .help = "Take a --window of less than 3 s, flagged; it is not tested for "
             "a steady state."},
    {.name = "max-time",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(profile_args, max_s),
     .meta = "TIME",
     .def = "10min",
     .min = 0.1,
     .max = 864000,
     .group = "Measuring",
     .help = "Longest load of a run. What is not steady by then is taken as it "
             "is, flagged not_steady."},
    {.name = "repeats",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(profile_args, repeats),
     .def = "3",
     .min = 1,
     .max = 1000,
     .group = "Measuring",
     .help = "Least runs of a configuration."},
    {.name = "max-repeats",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(profile_args, max_repeats),
     .def = "10",
     .min = 1,
     .max = 1000,
     .group = "Measuring",
     .help = "Most runs, where --confidence is not reached."},
    {.name = "confidence",
     .kind = EL_OPT_AMOUNT,
     EL_OPT_AT(profile_args, confidence),
     .meta = "SHARE",
     .def = "3%",
     .min = 0,
     .max = 100,
     .group = "Measuring",
     .help = "Repeat until the 95 % interval of the mean energy per token is "
             "no wider than this on either side; 0: --repeats runs."},
    {.name = "split",
     .kind = EL_OPT_ENUM,
     .choices = splits,
     EL_OPT_AT(profile_args, split),
     .def = "both",
     .group = "Measuring",
     .help = "How prefill is told from decode: by difference to a load of one "
             "output token (twice the time), by the phases of the requests in "
             "flight, both (the column by difference), or not."},
    {.name = "slurm",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(profile_args, slurm),
     .meta = "FILE",
     .group = "Cluster",
     .help = "Write a job script instead: an array with a task for each row "
             "that goes on by itself, and a merge into --store. sh FILE "
             "submits it."},
    {.name = "sbatch",
     .kind = EL_OPT_REPEATED,
     EL_OPT_AT(profile_args, sbatch),
     .meta = "OPTION",
     .group = "Cluster",
     .help = "For the script: --sbatch=--partition=gpu, --sbatch=--gpus=4, "
             "..."},
    {.name = NULL}};

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

static el_profile_args profile_of(const el_cli *cli, const profile_args *a,
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

static el_status measure(el_cli *cli, const profile_args *a, el_profile_args *p,
                         el_error *err)
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
                   : el_profile_text(cli, &done, a->store, err);
    el_profiled_clear(&done);
    return st;
}

static el_status write_slurm(el_cli *cli, const profile_args *a,
                             const el_profile_args *p, el_error *err)
{
    el_profile_plan plan;
    el_buf script = {0};
    el_status st = el_profile_plan_read(&p->plan, &cli->task, &plan, err);

    if (st != EL_OK)
        return st;
    st = el_profile_slurm(cli, options, a, &plan, &script, err);
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
    const profile_args *a = args;
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
    .options = options,
    .examples = examples,
    .args_size = sizeof(profile_args),
    .run = run};
