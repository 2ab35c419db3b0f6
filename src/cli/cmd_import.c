/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/import_store.h"
#include "cli/cli.h"
#include "cli/import_text.h"
#include "cli/verbs.h"
#include "io/import_csv.h"
#include "io/json.h"

typedef struct import_args {
    int format; /* in formats[] */
    const char *offset;
    el_names power;
    const char *store, *campaign;
    const char *model, *gpu, *precision, *engine, *workload;
    double tp, pp, ep, dp, num_gpus, batch, input, output;
} import_args;

static const char *const formats[] = {"auto",
#define X(name, shown) shown,
                                      EL_IMPORTER_LIST(X)
#undef X
                                          NULL};

#define GIVEN "What the files do not say"

/* One row of `options` for a member of import_args. */
#define TEXT_OPTION(long_name, other, member, what)                            \
    {                                                                          \
        .name = (long_name), .alias = (other), .kind = EL_OPT_STRING,          \
        EL_OPT_AT(import_args, member), .meta = "NAME", .group = GIVEN,        \
        .help = (what)                                                         \
    }
#define COUNT_OPTION(long_name, other, member, what)                           \
    {                                                                          \
        .name = (long_name), .alias = (other), .kind = EL_OPT_DOUBLE,          \
        EL_OPT_AT(import_args, member), .min = 1, .max = 1e7, .meta = "N",     \
        .group = GIVEN, .help = (what)                                         \
    }

static const el_opt options[] = {
    {.name = "format",
     .kind = EL_OPT_ENUM,
     EL_OPT_AT(import_args, format),
     .choices = formats,
     .meta = "NAME",
     .def = "auto",
     .group = "Files",
     .help = "What FILE is. auto looks at the content, never at the name."},
    {.name = "power",
     .kind = EL_OPT_REPEATED,
     EL_OPT_AT(import_args, power),
     .meta = "LOG",
     .group = "Files",
     .help = "Power log of the same time: runs that it covers get energy_j "
             "and avg_power_w. May be given again; a power log among FILE "
             "does the same."},
    {.name = "offset",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(import_args, offset),
     .meta = "TIME",
     .group = "Files",
     .help = "Added to the times of power logs (2s, -1h): clocks that differ, "
             "or a log in local time beside a report in UTC. Without it only "
             "clocks of the same kind are joined, as they stand."},
    {.name = "store",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(import_args, store),
     .meta = "STORE",
     .group = "Files",
     .help = "Keep the rows in this store too (a file, or postgresql://...); "
             "the same rows again are not kept twice."},
    {.name = "campaign",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(import_args, campaign),
     .meta = "NAME",
     .def = "import",
     .group = "Files",
     .help = "What these runs are called in the store."},
    TEXT_OPTION("model", NULL, model, "Model of all rows."),
    TEXT_OPTION("gpu", NULL, gpu, "GPU of all rows."),
    TEXT_OPTION("precision", "dtype", precision, "Precision of all rows."),
    TEXT_OPTION("engine", NULL, engine, "Engine of all rows."),
    TEXT_OPTION("workload", NULL, workload, "Workload of all rows."),
    COUNT_OPTION("tp", "tensor-parallel-size", tp, "Tensor parallel degree."),
    COUNT_OPTION("pp", "pipeline-parallel-size", pp,
                 "Pipeline parallel degree."),
    COUNT_OPTION("ep", NULL, ep, "Expert parallel degree."),
    COUNT_OPTION("dp", "data-parallel-size", dp,
                 "Replicas; the concurrency of a report is divided by them."),
    COUNT_OPTION("num-gpus", NULL, num_gpus, "GPUs in use."),
    COUNT_OPTION("batch", "max-num-seqs", batch,
                 "Requests in flight per replica."),
    COUNT_OPTION("isl", "input", input, "Input tokens of a request."),
    COUNT_OPTION("osl", "output", output, "Output tokens of a request."),
    {.name = NULL}};

/* "-1h" is a duration with a sign. */
static el_status offset_of(const char *text, double *out, el_error *err)
{
    static const el_opt duration = {
        .name = "offset", .kind = EL_OPT_DURATION, .size = sizeof(double)};
    bool negative = *text == '-';
    el_strings strings = {0};
    double v = EL_UNKNOWN;
    el_status st = el_opt_store(&duration, &v, "--offset", text + negative,
                                false, &strings, err);

    el_strings_clear(&strings);
    if (st == EL_OK)
        *out = negative ? -v : v;
    return st;
}

static el_status ask_of(const el_cli *cli, const import_args *a,
                        el_import_args *ask, el_error *err)
{
    el_import_row *g = &ask->given;

    el_import_args_init(ask);
    ask->path = cli->pos;
    ask->n_path = cli->n_pos;
    ask->power = a->power.v;
    ask->n_power = a->power.n;
    g->model = a->model;
    g->gpu = a->gpu;
    g->precision = a->precision;
    g->engine = a->engine;
    g->workload = a->workload;
    g->tp = a->tp;
    g->pp = a->pp;
    g->ep = a->ep;
    g->dp = a->dp;
    g->num_gpus = a->num_gpus;
    g->batch_size = a->batch;
    g->input_tokens = a->input;
    g->output_tokens = a->output;
    if (a->format > 0)
        ask->format = el_importers[a->format - 1];
    ask->has_offset = a->offset != NULL;
    return a->offset ? offset_of(a->offset, &ask->offset_s, err) : EL_OK;
}

static json_t *names_json(const el_import_names *names)
{
    json_t *list = json_array();

    for (size_t i = 0; i < names->n; i++)
        if (json_array_append_new(list, json_string(names->name[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *source_json(const el_import_source *s)
{
    const el_import *i = &s->import;

    if (s->refused[0])
        return json_pack("{s:s, s:s}", "file", s->path, "refused", s->refused);
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s, s:o, s:o}", "file",
        s->path, "format", i->format, "rows", (json_int_t)i->n_row, "readings",
        (json_int_t)i->n_sample, "windows", (json_int_t)i->n_window,
        "records_passed_over", (json_int_t)i->n_skipped, "values_not_above_0",
        (json_int_t)i->n_not_positive, "used", names_json(&i->used), "ignored",
        names_json(&i->ignored), "notes", el_buf_text(&i->said), "span_s",
        el_json_number(s->is_power ? s->span_s : EL_UNKNOWN), "energy_j",
        el_json_number(s->is_power ? s->energy_j : EL_UNKNOWN));
}

static el_status print_json(el_cli *cli, const el_imported *in, el_error *err)
{
    json_t *files = json_array();

    for (size_t i = 0; files && i < in->n_source; i++)
        if (json_array_append_new(files, source_json(&in->source[i])) != 0) {
            json_decref(files);
            files = NULL;
        }
    return el_cli_json(cli,
                       json_pack("{s:o, s:o, s:s}", "files", files, "rows",
                                 el_import_rows_json(in->row, in->n_row),
                                 "joins", el_buf_text(&in->said)),
                       err);
}

/* The table goes to stdout or -o, what became of the files to stderr. */
static el_status tell(el_cli *cli, const el_imported *in, el_error *err)
{
    bool to_file = cli->output && strcmp(cli->output, "-") != 0;
    el_buf text = {0};
    el_status st;

    if (cli->quiet)
        return EL_OK;
    if (to_file)
        return el_import_summary(in, cli->width, &cli->after, err);
    st = el_import_summary(in, cli->width, &text, err);
    if (st == EL_OK)
        (void)fputs(el_buf_text(&text), stderr);
    el_buf_clear(&text);
    return st;
}

static el_status keep(const el_cli *cli, const import_args *a,
                      const el_imported *in, el_error *err)
{
    size_t n_new = 0;
    el_status st = el_app_import_store(in, a->store, a->campaign, &n_new, err);

    if (st == EL_OK && !cli->quiet)
        (void)fprintf(stderr, "Stored    %zu new, %zu were there already\n",
                      n_new, in->n_row - n_new);
    return st;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const import_args *a = args;
    el_import_args ask;
    el_imported in;
    el_status st = ask_of(cli, a, &ask, err);

    if (st == EL_OK)
        st = el_app_import(&ask, &cli->task, &in, err);
    if (st != EL_OK)
        return st;
    st = cli->json ? print_json(cli, &in, err)
                   : el_import_csv(in.row, in.n_row, &cli->out, err);
    if (st == EL_OK)
        st = tell(cli, &in, err);
    if (st == EL_OK && a->store)
        st = keep(cli, a, &in, err);
    cli->answer_is_no = in.n_refused > 0 || in.n_row == 0;
    el_imported_clear(&in);
    return st;
}

static const el_example examples[] = {
    {"energylens import "
     "../shared/samples/vllm/bench_serve_v0.25.1.json --gpu a100-sxm4-40gb "
     "--tp 1 -o runs.csv",
     "A vLLM result as rows of a measurement table."},
    {NULL, NULL}};

const el_verb el_verb_import = {
    .name = "import",
    .group = "Measure",
    .summary = "bring results and power logs of other tools into a table",
    .usage = "FILE ...",
    .about =
        "Reads what benchmarks and power meters wrote, found out by content, "
        "and prints the rows as a measurement table (CSV, version 1) that fit "
        "and evaluate read. What a file leaves out stays blank; units are "
        "converted.\n\nRuns whose file says when they took place get their "
        "energy from the power logs that cover them, by the trapezoid rule on "
        "time or from the energy counter. What was used, ignored, derived and "
        "refused is told for every file on stderr. Exit 1: a file was refused "
        "or no row came out.",
    .min_pos = 1,
    .max_pos = SIZE_MAX,
    .options = options,
    .examples = examples,
    .args_size = sizeof(import_args),
    .run = run};
