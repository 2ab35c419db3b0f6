/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/mem.h"
#include "base/task.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/serve.h"
#include "cli/verbs.h"
#include "io/kept.h"

#define TOKEN_BYTES 16u
#define MOST_GPUS   65536.0
#define LOOK_MS     100 /* between two looks at Ctrl-C */

typedef struct serve_args {
    const char *address, *token;
    uint64_t port;
    const char *meter, *watch, *config;
    double every_s;
    el_ask_args ask;
} serve_args;

static const el_opt options[] = {
    {.name = "port",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(serve_args, port),
     .def = "8350",
     .min = 0,
     .max = 65535,
     .group = "Where",
     .help = "Port to listen on; 0: any free one."},
    {.name = "address",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(serve_args, address),
     .def = "127.0.0.1",
     .meta = "IPV4",
     .group = "Where",
     .help = "Address to listen on. Others than 127.0.0.1 let other machines "
             "ask; there is no encryption."},
    {.name = "token",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(serve_args, token),
     .meta = "TEXT",
     .group = "Where",
     .help = "What requests that hand over files must bring in "
             "X-Energylens-Token; by default one that is drawn and printed."},
    {.name = "meter",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(serve_args, meter),
     .meta = "METER",
     .group = "Metrics",
     .help = "Also tell watts and joules of this machine in /metrics: nvml, "
             "rocm, xpu, rapl, dcgm:URL, auto (as in energylens meter)."},
    {.name = "watch",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(serve_args, watch),
     .meta = "URL",
     .group = "Metrics",
     .help =
         "Also tell joules of a vLLM server, from the counters of its "
         "/metrics by the model; --config and --model with --gpu, or --fit, "
         "say what it runs."},
    {.name = "every",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(serve_args, every_s),
     .def = "5s",
     .group = "Metrics",
     .help = "Time between looks at that server; at least 100 ms."},
    {.name = "config",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(serve_args, config),
     .meta = "CONFIG",
     .group = "Metrics",
     .help = "What that server runs: \"tp=2,batch=256\"; without dp as many "
             "replicas as its page has engines."},
    EL_ASK_FIT_OPTIONS(serve_args),
    {.name = NULL}};

static el_status draw_token(char out[2 * TOKEN_BYTES + 1], el_error *err)
{
    unsigned char bytes[TOKEN_BYTES];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return el_fail(err, EL_E_DEVICE, "no random bytes for a token");
    for (size_t i = 0; i < TOKEN_BYTES; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return EL_OK;
}

static void wait_for_stop(const el_cli *cli)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};

    while (!el_task_is_cancelled(&cli->task))
        (void)nanosleep(&look, NULL);
}

static el_status serve(el_cli *cli, const serve_args *a, const char *token,
                       el_serve *state, el_error *err)
{
    const el_web_options web_options = {.address = a->address,
                                        .port = (uint16_t)a->port,
                                        .token = token,
                                        .max_body = EL_SERVE_MAX_BODY,
                                        .threads = cli->task.threads};
    el_web *web;
    el_status st =
        el_web_start(&web_options, el_serve_answer, state, &web, err);

    if (st != EL_OK)
        return st;
    (void)printf("http://%s:%u/#token=%s\n", a->address,
                 (unsigned)el_web_port(web), token);
    (void)fflush(stdout); /* who waits for the line must see it now */
    wait_for_stop(cli);
    state->stopping = true;
    el_web_stop(web);
    return EL_OK;
}

static el_status check(const serve_args *a, el_error *err)
{
    if (a->token && strlen(a->token) < 8)
        return el_fail(err, EL_E_ARG, "--token: at least 8 characters");
    if (a->every_s < 0.1)
        return el_fail(err, EL_E_ARG, "--every: at least 100 ms");
    return EL_OK;
}

/* NULL where nothing is to be watched. */
static el_status open_live(const el_cli *cli, const serve_args *a,
                           el_live **out, el_error *err)
{
    el_live_ask ask = {.meter = a->meter,
                       .url = a->watch,
                       .every_s = a->every_s,
                       .ask = el_ask_from_args(cli, &a->ask)};

    *out = NULL;
    if (!a->meter && !a->watch)
        return EL_OK;
    ask.ask.current = a->config;
    ask.ask.query.gpus = MOST_GPUS; /* of which --config takes some */
    ask.ask.query.node_gpus = 1.0;
    return el_live_open(&ask, &cli->task, out, err);
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const serve_args *a = args;
    char drawn[2 * TOKEN_BYTES + 1] = "";
    el_serve *state;
    el_status st = check(a, err);

    if (st == EL_OK && !a->token)
        st = draw_token(drawn, err);
    if (st != EL_OK)
        return st;
    state = el_array(1, sizeof *state);
    if (!state)
        return el_fail(err, EL_E_NOMEM, "serve: out of memory");
    st = el_kept_open(err);
    if (st == EL_OK)
        st = el_serve_init(state, cli->pos, cli->n_pos, err);
    if (st == EL_OK) {
        st = open_live(cli, a, &state->live, err);
        if (st == EL_OK)
            st = serve(cli, a, a->token ? a->token : drawn, state, err);
        el_live_close(state->live);
        el_serve_clear(state);
    }
    el_kept_close();
    el_free(state);
    cli->written = true; /* there is nothing but the line above */
    return st;
}

static const el_example examples[] = {
    {"energylens serve data/fits/a100-sxm4-40gb.fit.json",
     "Open the address that it prints."},
    {NULL, NULL}};

const el_verb el_verb_serve = {
    .name = "serve",
    .group = "Predict and decide",
    .summary = "a local web page to explore trade-offs, and a JSON API",
    .usage = "[FILE ...]",
    .max_pos = EL_SERVE_MAX_FILES / 2,
    .about =
        "Prints the address of a page on this machine and serves it until "
        "Ctrl-C. FILEs (fits, tables, config.json, logs of requests) can be "
        "picked there; others can be dropped on the page. The JSON API under "
        "/api/v1 takes the options of the verbs by their long names and gives "
        "what they give with --json (/api/v1/openapi.json); /metrics counts "
        "for Prometheus, and tells watts and joules with --meter and --watch. "
        "Pages of other sites are refused, files can be handed "
        "over only with the token in the address, and no request can name a "
        "file that was not handed over.",
    .options = options,
    .examples = examples,
    .args_size = sizeof(serve_args),
    .run = run};
