/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "app/analytic.h"
#include "app/predict.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/images.h"
#include "cli/measured_opt.h"
#include "cli/predict_text.h"
#include "cli/verbs.h"
#include "io/predict_csv.h"
#include "io/predict_json.h"
#include "io/table_csv.h"
#include "model/table.h"

#define MAX_DEGREE 65536
#define MAX_COUNT  1e9

typedef struct predict_args {
    const char *fit, *calibrate, *rows, *model, *precision, *quantization,
        *engine, *workload;
    el_names gpu;
    el_ints tp, batch;
    uint64_t pp, ep, dp;
    double isl, osl, node_gpus, pue;
    int scope;
    bool expert_parallel, explain;
    el_measured_args measured;
    el_images_args images;
} predict_args;

static const char *const scopes[] = {"gpus", "node", "facility", NULL};

static const el_opt options[] = {
    {.name = "fit",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(predict_args, fit),
     .meta = "FIT.json",
     .group = "Where numbers come from",
     .help = "Fit file; without it, and for models or GPUs that it does not "
             "have, the physical prior answers (MODELLED)."},
    {.name = "calibrate",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(predict_args, calibrate),
     .meta = "RUNS.csv",
     .group = "Where numbers come from",
     .help = "Measurements that correct the analytic model (CALIBRATED): the "
             "rows of the same model, GPU, precision and engine."},
    EL_MEASURED_OPTIONS(predict_args, measured, "Where numbers come from"),
    {.name = "rows",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(predict_args, rows),
     .meta = "IN.csv",
     .group = "Many configurations",
     .help = "Predict every row of a table: its columns, then the predictions. "
             "Measured columns are never read."},
    {.name = "model",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(predict_args, model),
     .meta = "NAME",
     .group = "One configuration",
     .help = "Model; may be left out where the fit file has one only."},
    {.name = "gpu",
     .kind = EL_OPT_NAMES,
     EL_OPT_AT(predict_args, gpu),
     .meta = "NAME,...",
     .group = "One configuration",
     .help = "GPU, or several to compare; may be left out likewise."},
    {.name = "precision",
     .alias = "dtype",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(predict_args, precision),
     .meta = "NAME",
     .group = "One configuration",
     .help = "bfloat16, fp8, ...; by default that of the fit."},
    {.name = "quantization",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(predict_args, quantization),
     .meta = "NAME",
     .group = "One configuration",
     .help = "Weight format (awq, gptq, fp8, ...); stands before "
             "--precision."},
    {.name = "engine",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(predict_args, engine),
     .meta = "NAME",
     .group = "One configuration",
     .help = "Serving engine; by default that of the fit."},
    {.name = "tp",
     .alias = "tensor-parallel-size",
     .kind = EL_OPT_INTS,
     EL_OPT_AT(predict_args, tp),
     .def = "1",
     .min = 1,
     .max = MAX_DEGREE,
     .group = "One configuration",
     .help = "Tensor-parallel degree, or several to compare."},
    {.name = "pp",
     .alias = "pipeline-parallel-size",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(predict_args, pp),
     .def = "1",
     .min = 1,
     .max = MAX_DEGREE,
     .group = "One configuration",
     .help = "Pipeline-parallel degree."},
    {.name = "ep",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(predict_args, ep),
     .def = "1",
     .min = 1,
     .max = MAX_DEGREE,
     .group = "One configuration",
     .help = "Expert-parallel degree."},
    {.name = "enable-expert-parallel",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(predict_args, expert_parallel),
     .group = "One configuration",
     .help = "Spread experts over all GPUs of a replica: ep = tp."},
    {.name = "dp",
     .alias = "data-parallel-size",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(predict_args, dp),
     .def = "1",
     .min = 1,
     .max = MAX_DEGREE,
     .group = "One configuration",
     .help = "Replicas."},
    {.name = "batch",
     .alias = "max-num-seqs",
     .kind = EL_OPT_INTS,
     EL_OPT_AT(predict_args, batch),
     .def = "1",
     .min = 1,
     .max = MAX_COUNT,
     .group = "One configuration",
     .help = "Requests in flight in a replica, or several to compare."},
    {.name = "isl",
     .alias = "input",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(predict_args, isl),
     .min = 1,
     .max = MAX_COUNT,
     .meta = "TOKENS",
     .group = "One configuration",
     .help = "Tokens of a prompt, those of images among them; unknown where "
             "left out."},
    {.name = "osl",
     .alias = "output",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(predict_args, osl),
     .min = 1,
     .max = MAX_COUNT,
     .meta = "TOKENS",
     .group = "One configuration",
     .help = "Tokens of an answer; needed without --rows."},
    EL_IMAGES_OPTIONS(predict_args, "One configuration"),
    {.name = "workload",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(predict_args, workload),
     .meta = "LABEL",
     .group = "One configuration",
     .help = "Label of the measurements, for fits without prompt lengths."},
    {.name = "scope",
     .kind = EL_OPT_ENUM,
     .choices = scopes,
     EL_OPT_AT(predict_args, scope),
     .def = "gpus",
     .group = "Boundary of energy",
     .help = "GPUs in use, the node (its idle GPUs too), or the facility "
             "(node times PUE)."},
    {.name = "node-gpus",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(predict_args, node_gpus),
     .meta = "N",
     .min = 1,
     .max = 1024,
     .group = "Boundary of energy",
     .help = "GPUs in one node; needed for node and facility."},
    {.name = "pue",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(predict_args, pue),
     .def = "1.2",
     .min = 1,
     .max = 10,
     .group = "Boundary of energy",
     .help = "Facility watts for one watt of its GPUs."},
    {.name = "explain",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(predict_args, explain),
     .group = "Report",
     .help = "Show where the joules go, cause by cause."},
    {.name = NULL}};

static bool all_ok(const el_answer *answer, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!answer[i].ok)
            return false;
    return true;
}

/* Rows of a table that came from csv. */
static el_status predict_table(el_cli *cli, const el_predictor *predictor,
                               const el_csv *csv, const el_table *table,
                               el_error *err)
{
    size_t n = el_table_n_rows(table);
    const el_row *row = el_table_rows(table);
    el_scope scope = el_predictor_scope(predictor);
    el_answer *answer = n ? el_array(n, sizeof *answer) : NULL;
    el_status st;

    if (n > 0 && !answer)
        return el_fail(err, EL_E_NOMEM, "predict: %zu rows", n);
    st = el_predictor_rows(predictor, row, n, &cli->task, answer, err);
    if (st == EL_OK && cli->json)
        st = el_cli_json(cli, el_predict_json(scope, row, answer, n), err);
    else if (st == EL_OK)
        st = el_predict_csv(csv, scope, answer, n, &cli->task, &cli->out, err);
    if (st == EL_OK)
        cli->answer_is_no = !all_ok(answer, n);
    el_free(answer);
    return st;
}

static el_status predict_rows(el_cli *cli, const predict_args *a,
                              const el_predictor *predictor, el_error *err)
{
    el_csv *csv = NULL;
    el_table *table = NULL;
    el_status st = el_csv_read(a->rows, &csv, err);

    if (st == EL_OK)
        st = el_table_new(&table, err);
    if (st == EL_OK)
        st = el_table_add_csv(table, csv, EL_TABLE_QUERY, &cli->task, err);
    if (st == EL_OK)
        st = predict_table(cli, predictor, csv, table, err);
    el_table_free(table);
    el_csv_free(csv);
    return st;
}

/* Everything but gpu, tp and batch of the row asked for. */
static el_row base_row(const predict_args *a, const el_group_key *key)
{
    bool path = a->model && el_model_is_path(a->model); /* may be long */
    el_row r = el_row_blank();

    r.file = "options";
    r.model = path ? a->model : key->model;
    r.precision = key->precision;
    r.engine = key->engine;
    r.workload = a->workload ? a->workload : "";
    r.pp = (double)a->pp;
    r.dp = (double)a->dp;
    r.input_tokens = a->isl;
    r.output_tokens = a->osl;
    return r;
}

/* One row for each tp and batch on the GPU of key. */
static size_t fill_rows(const predict_args *a, const el_images *images,
                        const el_group_key *key, el_row *row)
{
    size_t n = 0;

    for (size_t t = 0; t < a->tp.n; t++) {
        for (size_t b = 0; b < a->batch.n; b++) {
            el_row r = base_row(a, key);

            r.gpu = key->gpu;
            r.images = *images;
            r.tp = (double)a->tp.v[t];
            r.ep = a->expert_parallel ? r.tp : (double)a->ep;
            r.num_gpus = r.pp * r.dp * fmax(r.tp, r.ep);
            r.batch_size = (double)a->batch.v[b];
            r.requests = r.batch_size * r.dp;
            row[n++] = r;
        }
    }
    return n;
}

static el_status choose(const predict_args *a, const el_predictor *predictor,
                        el_group_key *key, el_error *err)
{
    size_t n = a->gpu.n ? a->gpu.n : 1;
    el_status st = EL_OK;

    for (size_t i = 0; i < n && st == EL_OK; i++) {
        el_fit_wish wish = {.model = a->model,
                            .gpu = a->gpu.n ? a->gpu.v[i] : NULL,
                            .precision = a->quantization ? a->quantization
                                                         : a->precision,
                            .engine = a->engine};

        st = el_predictor_key(predictor, &wish, &key[i], err);
    }
    return st;
}

/* Of a note: what is said of the whole model and GPU. */
static int first_part(const char *note)
{
    return (int)strcspn(note, ";");
}

/* A table has no room for notes: what it was calibrated on, once a GPU. */
static void print_calibrated(const el_row *row, const el_answer *answer,
                             size_t n, el_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const char *note = answer[i].note;

        if (answer[i].p.source == EL_SOURCE_CALIBRATED &&
            (i == 0 || row[i].gpu != row[i - 1].gpu))
            el_buf_printf(out, "%s: %.*s\n", row[i].gpu, first_part(note),
                          note);
    }
}

static el_status print_answers(el_cli *cli, const predict_args *a,
                               el_scope scope, const el_row *row,
                               const el_answer *answer, size_t n, el_error *err)
{
    cli->answer_is_no = !all_ok(answer, n);
    if (cli->json)
        return el_cli_json(cli, el_predict_json(scope, row, answer, n), err);
    if (n > 1 && !a->explain) {
        el_status st =
            el_predict_text_table(cli, row, answer, n, &cli->out, err);

        if (st == EL_OK)
            print_calibrated(row, answer, n, &cli->out);
        return st;
    }
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            el_buf_add(&cli->out, "\n");
        el_predict_text_one(cli, scope, &row[i], &answer[i], a->explain,
                            &cli->out);
    }
    return EL_OK;
}

/* A measurement was handed in for each of them: one without is an error. */
static el_status check_calibrated(const el_answer *answer, size_t n,
                                  el_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (answer[i].ok && answer[i].p.source != EL_SOURCE_CALIBRATED)
            return el_fail(err, EL_E_DATA, "--calibrate: %.*s",
                           first_part(answer[i].note), answer[i].note);
    return EL_OK;
}

static el_status predict_options(el_cli *cli, const predict_args *a,
                                 const el_predictor *predictor, el_error *err)
{
    size_t n_gpu = a->gpu.n ? a->gpu.n : 1;
    size_t cap = n_gpu * a->tp.n * a->batch.n, n = 0;
    el_group_key *key = el_array(n_gpu, sizeof *key);
    el_row *row = el_array(cap, sizeof *row);
    el_answer *answer = el_array(cap, sizeof *answer);
    el_images images;
    el_status st;

    if (!key || !row || !answer) {
        st = el_fail(err, EL_E_NOMEM, "predict: %zu configurations", cap);
        goto done;
    }
    st = el_images_of(&a->images, &images, err);
    if (st == EL_OK)
        st = choose(a, predictor, key, err);
    if (st != EL_OK)
        goto done;
    for (size_t i = 0; i < n_gpu; i++)
        n += fill_rows(a, &images, &key[i], row + n);
    st = el_predictor_rows(predictor, row, n, &cli->task, answer, err);
    if (st == EL_OK && a->calibrate)
        st = check_calibrated(answer, n, err);
    if (st == EL_OK)
        st = print_answers(cli, a, el_predictor_scope(predictor), row, answer,
                           n, err);
done:
    el_free(answer);
    el_free(row);
    el_free(key);
    return st;
}

static el_status check_args(const predict_args *a, el_error *err)
{
    if (a->rows &&
        (a->model || a->gpu.n || el_is_known(a->osl) || el_is_known(a->isl)))
        return el_fail(err, EL_E_ARG,
                       "--rows brings its own configurations: leave out "
                       "--model, --gpu, --isl and --osl");
    if (a->fit && a->calibrate)
        return el_fail(err, EL_E_ARG,
                       "--calibrate corrects the analytic model: leave out "
                       "--fit");
    if (!a->rows && !el_is_known(a->osl))
        return el_fail(err, EL_E_ARG,
                       "--osl: how many tokens has an answer? (or give --rows "
                       "IN.csv)");
    if (!a->rows && !a->fit && (!a->model || !a->gpu.n))
        return el_fail(err, EL_E_ARG,
                       "without --fit, --model and --gpu are needed");
    return EL_OK;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const predict_args *a = args;
    const el_boundary boundary = {(el_scope)a->scope, a->node_gpus, a->pue};
    const el_measured_files files = el_measured_files_from(&a->measured);
    el_predictor *predictor = NULL;
    el_status st = check_args(a, err);

    if (st == EL_OK)
        st = el_predictor_open(a->fit, cli->catalog_dir, &boundary, &predictor,
                               err);
    if (st != EL_OK)
        return st;
    if (a->calibrate)
        st = el_predictor_calibrate(predictor, a->calibrate, &cli->task, err);
    if (st == EL_OK)
        st = el_predictor_measure(predictor, &files, a->gpu.v, a->gpu.n,
                                  &cli->task, err);
    if (st == EL_OK)
        st = a->rows ? predict_rows(cli, a, predictor, err)
                     : predict_options(cli, a, predictor, err);
    el_predictor_close(predictor);
    return st;
}

static const el_example examples[] = {
    {"energylens predict --fit data/fits/a100-sxm4-40gb.fit.json --model "
     "llama-3-8b --tp 2 --batch 8 --isl 512 --osl 256 --explain",
     "One configuration, and where its joules go."},
    {"energylens predict --fit data/fits/h100-sxm5-80gb.fit.json --model "
     "gpt-oss-120b --tp 1,2 --batch 8,64,256 --osl 1000 --workload gpqa",
     "Several side by side."},
    {"energylens predict --model qwen3-8b --gpu h200-sxm,b200 --batch 64 --isl "
     "2000 --osl 400",
     "No measurements at all: the physical prior, with honest ranges."},
    {"energylens predict --model Qwen/Qwen3-8B --gpu h100 --calibrate "
     "../shared/data/measurements/mlenergy_v3_h100.csv --batch 32,512 --osl "
     "700 --workload lm-arena-chat",
     "A few measurements correct the model."},
    {"energylens predict --model qwen3-vl-8b --gpu h200-sxm --batch 32 --isl "
     "2500 --osl 400 --images 2 --explain",
     "Two images in each prompt."},
    {NULL, NULL}};

const el_verb el_verb_predict = {
    .name = "predict",
    .group = "Predict and decide",
    .summary = "predict joules and times of configurations",
    .about =
        "Every number says where it comes from: FITTED (inside the measured "
        "range), EXTRAPOLATED (which axis, how far), CALIBRATED (the analytic "
        "model, corrected by measurements) or MODELLED (no measurement), and "
        "carries a 90 % range.\n\nWith --rows the answer is a table with as "
        "many lines as the input, in the same order. A row that cannot be "
        "predicted is blank with its reason in note, and the exit code is 1.",
    .options = options,
    .examples = examples,
    .args_size = sizeof(predict_args),
    .run = run};
