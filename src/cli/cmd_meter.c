/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "app/meter.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/meter_text.h"
#include "cli/signals.h"
#include "cli/term.h"
#include "cli/verbs.h"

#define EXIT_PARTIAL 4

enum { FORMAT_TEXT, FORMAT_CSV };

typedef struct meter_args {
    const char *meter, *samples;
    el_names gpus;
    double interval_s, idle_s;
    bool allow_short;
    int format;
} meter_args;

static const char *const formats[] = {"text", "csv", NULL};

static const el_opt options[] = {
    {.name = "meter",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(meter_args, meter),
     .meta = "METER",
     .def = "auto",
     .group = "Measuring",
     .help = "nvml, rocm, xpu (Intel GPUs), rapl (CPU), dcgm:URL (a page of "
             "dcgm-exporter or Kepler), replay:FILE (a recording, see "
             "--samples); auto takes the first of nvml, rocm, xpu and rapl "
             "that is there."},
    {.name = "gpus",
     .kind = EL_OPT_NAMES,
     EL_OPT_AT(meter_args, gpus),
     .meta = "GPU,...",
     .group = "Measuring",
     .help = "Devices by index, by UUID or by its beginning. Without it all "
             "of them, or those of CUDA_VISIBLE_DEVICES."},
    {.name = "interval",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(meter_args, interval_s),
     .meta = "TIME",
     .def = "20ms",
     .min = 1e-3,
     .max = 60,
     .group = "Measuring",
     .help = "Time between readings."},
    {.name = "idle",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(meter_args, idle_s),
     .meta = "TIME",
     .def = "2s",
     .min = 0,
     .max = 3600,
     .group = "Measuring",
     .help = "How long idle power is measured, before and after; 0s leaves "
             "it out."},
    {.name = "allow-short",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(meter_args, allow_short),
     .group = "Measuring",
     .help = "Take the energy of a command that ran for less than 3 s, "
             "flagged."},
    {.name = "samples",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(meter_args, samples),
     .meta = "FILE",
     .group = "Answer",
     .help = "Write every reading to FILE as CSV, which --meter replay:FILE "
             "plays back."},
    {.name = "format",
     .kind = EL_OPT_ENUM,
     .choices = formats,
     EL_OPT_AT(meter_args, format),
     .def = "text",
     .group = "Answer",
     .help = "text, or CSV with a row for each device."},
    {.name = NULL}};

static int signal_to_pass(void *ctx)
{
    (void)ctx;
    return el_signals_by_terminal() ? 0 : el_signals_got();
}

static el_status answer(el_cli *cli, const meter_args *a, const el_metered *m,
                        const char *const *argv, el_error *err)
{
    cli->partial = el_signals_got() != 0;
    if (m->partial && cli->exit_code == 0)
        cli->exit_code = EXIT_PARTIAL;
    if (cli->json)
        return el_cli_json(cli, el_metered_json(m, argv), err);
    if (a->format == FORMAT_CSV)
        el_metered_csv(m, &cli->out);
    else
        return el_meter_text(cli, m, err);
    return EL_OK;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const meter_args *a = args;
    const char **argv = el_array(cli->n_pos + 1, sizeof *argv);
    el_metered m = {.n = 0};
    el_meter_query q = {.meter = a->meter,
                        .gpu = a->gpus.v,
                        .n_gpu = a->gpus.n,
                        .interval_s = a->interval_s,
                        .idle_s = a->idle_s,
                        .allow_short = a->allow_short,
                        .keep_stdout =
                            cli->output && strcmp(cli->output, "-") != 0,
                        .samples = a->samples,
                        .pass = signal_to_pass};
    el_status st;

    if (!argv)
        return el_fail(err, EL_E_NOMEM, "out of memory");
    memcpy(argv, cli->pos, cli->n_pos * sizeof *argv);
    q.argv = argv;
    st = el_app_meter(&q, &cli->task, &m, err);
    cli->exit_code = m.exit_code;
    if (st == EL_OK)
        st = answer(cli, a, &m, argv, err);
    el_metered_clear(&m);
    el_free(argv);
    return st;
}

static const el_example examples[] = {
    {"energylens meter --meter replay:data/power/two-gpus.csv --allow-short "
     "--idle 500ms -- sleep 0.5",
     "A recording in place of GPUs, to see what the answer looks like."},
    {"energylens meter --meter replay:data/power/two-gpus.csv --gpus 0 "
     "--allow-short --idle 0s --json -- sleep 0.2",
     "One device, for a program."},
    {NULL, NULL}};

const el_verb el_verb_meter = {
    .name = "meter",
    .group = "Measure",
    .summary = "measure the energy of any command",
    .usage = "-- COMMAND [ARGUMENT ...]",
    .about =
        "Idle power is measured, the command is run (no shell in between), "
        "idle power is measured again. Energy comes from the device's own "
        "counter where it has one, else from polled power.\n\n"
        "What the command prints goes to standard error, so that standard "
        "output holds the result alone; with -o FILE it is left as it is. The "
        "exit code is the command's own. Where that is 0: 3 when it ran for "
        "less than 3 s, 4 when a device could not be read to the end (the "
        "energy up to there is printed and marked partial). Ctrl-C is passed "
        "on to the command, and what was measured is printed.",
    .min_pos = 1,
    .max_pos = SIZE_MAX,
    .options = options,
    .examples = examples,
    .args_size = sizeof(meter_args),
    .run = run};
