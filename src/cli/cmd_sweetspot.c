/* SPDX-License-Identifier: Apache-2.0 */
#include "app/sweetspot.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/sweetspot_text.h"
#include "cli/verbs.h"
#include "io/sweetspot_json.h"

#define MAX_TOKENS 1e8

typedef struct sweetspot_args {
    const char *fit, *model, *gpu, *precision, *engine, *trace;
    el_range isl, osl;
    el_ints tp, batch;
} sweetspot_args;

static const el_opt options[] = {
    {.name = "fit",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(sweetspot_args, fit),
     .meta = "FIT.json",
     .group = "Where joules come from",
     .help = "Fit file, in place of a table."},
    {.name = "model",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(sweetspot_args, model),
     .meta = "NAME",
     .group = "Where joules come from",
     .help = "Catalogue name, Hugging Face id, or a path to a config.json. "
             "Without a table, --fit and --gpu: its shape on one H100."},
    {.name = "gpu",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(sweetspot_args, gpu),
     .meta = "NAME",
     .group = "Where joules come from",
     .help = "GPU: of the table or fit, or for the analytic model."},
    {.name = "precision",
     .alias = "dtype",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(sweetspot_args, precision),
     .meta = "NAME",
     .group = "Where joules come from",
     .help = "bfloat16, fp8, ...; by default that of the source."},
    {.name = "engine",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(sweetspot_args, engine),
     .meta = "NAME",
     .group = "Where joules come from",
     .help = "Serving engine; by default that of the source."},
    {.name = "isl",
     .alias = "input",
     .kind = EL_OPT_RANGE,
     EL_OPT_AT(sweetspot_args, isl),
     .min = 1,
     .max = MAX_TOKENS,
     .group = "Lengths",
     .help = "Input tokens from:to; by default those of the trace, else of "
             "the source."},
    {.name = "osl",
     .alias = "output-tokens",
     .kind = EL_OPT_RANGE,
     EL_OPT_AT(sweetspot_args, osl),
     .min = 1,
     .max = MAX_TOKENS,
     .group = "Lengths",
     .help = "Output tokens from:to; likewise."},
    {.name = "trace",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(sweetspot_args, trace),
     .meta = "TRACE.csv",
     .group = "Lengths",
     .help = "Log of your requests (ContextTokens, GeneratedTokens, as Azure's "
             "traces): ranks what would save joules."},
    {.name = "batch",
     .alias = "max-num-seqs",
     .kind = EL_OPT_INTS,
     EL_OPT_AT(sweetspot_args, batch),
     .min = 1,
     .max = 1e6,
     .group = "Configurations",
     .help = "Requests in flight, a surface each; the first is the one in "
             "use. By default 1, of a table all."},
    {.name = "tp",
     .alias = "tensor-parallel-size",
     .kind = EL_OPT_INTS,
     EL_OPT_AT(sweetspot_args, tp),
     .min = 1,
     .max = 65536,
     .group = "Configurations",
     .help = "Tensor-parallel degrees, likewise."},
    {.name = NULL}};

static void take_ints(const el_ints *ints, el_values *out)
{
    out->n = ints->n;
    for (size_t i = 0; i < ints->n; i++)
        out->v[i] = (double)ints->v[i];
}

static el_sweetspot_ask ask_of(const el_cli *cli, const sweetspot_args *a)
{
    el_sweetspot_ask ask = {.table = cli->n_pos ? cli->pos[0] : NULL,
                            .fit_path = a->fit,
                            .catalog_dir = cli->catalog_dir,
                            .trace = a->trace,
                            .model = a->model,
                            .gpu = a->gpu,
                            .precision = a->precision,
                            .engine = a->engine,
                            .isl_lo = a->isl.lo,
                            .isl_hi = a->isl.hi,
                            .osl_lo = a->osl.lo,
                            .osl_hi = a->osl.hi};

    take_ints(&a->batch, &ask.batch);
    take_ints(&a->tp, &ask.tp);
    return ask;
}

static el_status answer(el_cli *cli, const el_sweetspot_answer *a,
                        el_error *err)
{
    bool picture = cli->output && el_sweetspot_is_picture(cli->output);
    el_status st;

    if (cli->json && picture)
        return el_fail(err, EL_E_ARG, "-o %s: --json is no picture",
                       cli->output);
    if (cli->json)
        return el_cli_json(cli, el_sweetspot_json(a), err);
    if (!picture)
        return el_sweetspot_text(cli, a, &cli->out, err);
    st = el_sweetspot_save_picture(cli, a, cli->output, err);
    cli->written = st == EL_OK;
    return st;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    el_sweetspot_ask ask = ask_of(cli, args);
    el_sweetspot_answer *a = el_array(1, sizeof *a);
    el_status st;

    if (!a)
        return el_fail(err, EL_E_NOMEM, "sweetspot: out of memory");
    st = el_app_sweetspot(&ask, &cli->task, a, err);
    if (st == EL_OK) {
        st = answer(cli, a, err);
        el_sweetspot_answer_clear(a);
    }
    el_free(a);
    return st;
}

static const el_example examples[] = {
    {"energylens sweetspot --model llama-3.1-8b",
     "From the shape of the model alone, on one H100."},
    {"energylens sweetspot --model llama-3.1-8b --gpu a100-sxm4-80gb --batch "
     "1,8,64 --tp 1,2 --isl 64:8192 --osl 16:4096",
     "The analytic model on another GPU: a surface for each batch and degree."},
    {"energylens sweetspot --model qwen2-7b --isl 64:4096 --osl 64:4096 -o "
     "heat.svg",
     "The heat map as a picture; heat.png and heat.html work too."},
    {NULL, NULL}};

const el_verb el_verb_sweetspot = {
    .name = "sweetspot",
    .group = "Predict and decide",
    .summary = "find the prompt and answer lengths that cost least per token",
    .usage = "[TABLE.csv]",
    .max_pos = 1,
    .about =
        "Joules per output token over a grid of input and output lengths: the "
        "best cell, the region within 10 % of it, the worst, the best answer "
        "length for each prompt length, and with --trace what your own "
        "requests would save by shorter prompts, capped answers, merged "
        "calls, or another batch or degree. Capped answers lose tokens too: "
        "how many is told.\n\n"
        "A table is fitted by SweetSpot's form (arXiv 2602.05695), which has "
        "no batch and no degree in it: each pair is fitted apart, and those "
        "whose lengths do not tell its terms apart are named and left out. "
        "Joules are those of the GPUs in use.",
    .options = options,
    .examples = examples,
    .args_size = sizeof(sweetspot_args),
    .run = run};
