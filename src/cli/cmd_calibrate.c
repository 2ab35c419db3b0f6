/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "app/calibrate.h"
#include "cli/calibrate_text.h"
#include "cli/cli.h"
#include "cli/term.h"
#include "cli/verbs.h"
#include "io/json.h"

typedef struct calibrate_args {
    const char *gpu, *collective;
    double gpus;
} calibrate_args;

static const el_opt options[] = {
    {.name = "gpu",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(calibrate_args, gpu),
     .meta = "NAME",
     .group = "What the files do not say",
     .help = "GPU whose links were measured; nccl-tests prints it."},
    {.name = "collective",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(calibrate_args, collective),
     .meta = "NAME",
     .group = "What the files do not say",
     .help = "all_reduce, reduce_scatter, all_gather, all_to_all, send: of "
             "text output that neither says it nor has it in its name."},
    {.name = "gpus",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(calibrate_args, gpus),
     .min = 2,
     .max = 65536,
     .meta = "N",
     .group = "What the files do not say",
     .help = "GPUs that took part, of text output without a list of ranks."},
    {.name = NULL}};

/* The curves go to the file of -o; people still want to see how it went. */
static el_status tell(el_cli *cli, const el_calibration *c, el_error *err)
{
    const el_plot_text_style style = {
        .width = el_term_width(STDERR_FILENO),
        .utf8 = cli->utf8,
        .color = el_term_color(EL_COLOR_AUTO, STDERR_FILENO)};

    if (cli->quiet || !cli->output || strcmp(cli->output, "-") == 0)
        return EL_OK;
    return el_calibrate_text(c, &style, &cli->after, err);
}

static el_status print(el_cli *cli, const el_calibration *c, el_error *err)
{
    const el_plot_text_style style = {
        .width = cli->width, .utf8 = cli->utf8, .color = cli->color};
    json_t *doc;
    el_status st;

    if (!cli->json && (!cli->output || strcmp(cli->output, "-") == 0))
        return el_calibrate_text(c, &style, &cli->out, err);
    doc = el_links_json(&c->report, cli->task.seed);
    st = el_json_print(doc, &cli->out, err);
    json_decref(doc);
    return st == EL_OK ? tell(cli, c, err) : st;
}

static el_status hint_of(const calibrate_args *a, el_link_hint *out,
                         el_error *err)
{
    out->gpus = a->gpus;
    if (!a->collective)
        return EL_OK;
    out->has_collective = true;
    if (el_collective_parse(a->collective, strlen(a->collective),
                            &out->collective))
        return EL_OK;
    return el_fail(err, EL_E_ARG,
                   "--collective: unknown \"%.40s\": all_reduce, "
                   "reduce_scatter, all_gather, all_to_all or send",
                   a->collective);
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const calibrate_args *a = args;
    el_calibrate_args ask = {.path = cli->pos + 1,
                             .n_path = cli->n_pos - 1,
                             .catalog_dir = cli->catalog_dir,
                             .gpu = a->gpu};
    el_calibration c;
    el_status st;

    if (strcmp(cli->pos[0], "comm") != 0)
        return el_fail(err, EL_E_ARG,
                       "\"%.40s\" cannot be calibrated: calibrate comm FILE...",
                       cli->pos[0]);
    st = hint_of(a, &ask.hint, err);
    if (st == EL_OK)
        st = el_calibrate_comm(&ask, &cli->task, &c, err);
    if (st != EL_OK)
        return st;
    st = print(cli, &c, err);
    el_calibration_clear(&c);
    return st;
}

static const el_example examples[] = {
    {"energylens calibrate comm ../shared/data/kernels/h100_sxm_nccl.csv "
     "--gpu h100 -o h100.links.json",
     "Fit the links of an H100 node and keep them for --links."},
    {NULL, NULL}};

const el_verb el_verb_calibrate = {
    .name = "calibrate",
    .group = "Fit and check",
    .summary = "fit the links of a machine to measured collectives",
    .usage = "comm FILE ...",
    .about =
        "Reads what nccl-tests and rccl-tests print (all_reduce_perf, "
        "all_gather_perf, reduce_scatter_perf, alltoall_perf, sendrecv_perf, "
        "from one node) or CSV tables of collectives, and fits time = alpha + "
        "bytes on the bus / bandwidth, with a start that fills and a ramp to "
        "the plateau, for each collective and number of GPUs.\n\nWith -o the "
        "file is for --links of predict, explain, optimize and explore; "
        "collectives that it lacks keep the built-in constants. Watts are "
        "fitted where a CSV has a column power_w, of one GPU.",
    .min_pos = 2,
    .max_pos = SIZE_MAX,
    .options = options,
    .examples = examples,
    .args_size = sizeof(calibrate_args),
    .run = run};
