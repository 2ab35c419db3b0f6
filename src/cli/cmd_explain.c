/* SPDX-License-Identifier: Apache-2.0 */
#include "app/explain.h"
#include "cli/cli.h"
#include "cli/explain_text.h"
#include "cli/images.h"
#include "cli/measured_opt.h"
#include "cli/verbs.h"
#include "io/explain_json.h"

#define MAX_DEGREE 65536
#define MAX_COUNT  1e9

typedef struct explain_args {
    const char *model, *gpu, *precision, *quantization, *engine, *arch;
    uint64_t tp, pp, ep, batch;
    double isl, osl;
    int phase;
    bool ep_is_tp, print_arch, what_if;
    el_measured_args measured;
    el_images_args images;
} explain_args;

enum { PREFILL, DECODE, BOTH };
static const char *const phases[] = {"prefill", "decode", "both", NULL};

static const el_opt options[] = {
    {.name = "model",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(explain_args, model),
     .meta = "NAME",
     .group = "Model and GPU",
     .help = "Catalogue name, Hugging Face id, or a path to a config.json."},
    {.name = "gpu",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(explain_args, gpu),
     .meta = "NAME",
     .group = "Model and GPU",
     .help = "GPU; not needed with --print-arch."},
    {.name = "precision",
     .alias = "dtype",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(explain_args, precision),
     .def = "bfloat16",
     .meta = "NAME",
     .group = "Model and GPU",
     .help = "bfloat16 (as released), fp8, int4, mxfp4, ..."},
    {.name = "quantization",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(explain_args, quantization),
     .meta = "NAME",
     .group = "Model and GPU",
     .help = "Weight format (awq, gptq, fp8, ...); stands before "
             "--precision."},
    {.name = "engine",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(explain_args, engine),
     .def = "vLLM",
     .meta = "NAME",
     .group = "Model and GPU",
     .help = "Serving engine: vLLM, \"vLLM (eager)\", SGLang, TensorRT-LLM, "
             "HF."},
    {.name = "arch",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(explain_args, arch),
     .meta = "FILE",
     .group = "Model and GPU",
     .help = "Einsum description to lower instead of the built-in one; start "
             "from --print-arch."},
    EL_MEASURED_OPTIONS(explain_args, measured, "Model and GPU"),
    {.name = "tp",
     .alias = "tensor-parallel-size",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(explain_args, tp),
     .def = "1",
     .min = 1,
     .max = MAX_DEGREE,
     .group = "Configuration",
     .help = "Tensor-parallel degree."},
    {.name = "pp",
     .alias = "pipeline-parallel-size",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(explain_args, pp),
     .def = "1",
     .min = 1,
     .max = MAX_DEGREE,
     .group = "Configuration",
     .help = "Pipeline-parallel degree."},
    {.name = "ep",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(explain_args, ep),
     .def = "1",
     .min = 1,
     .max = MAX_DEGREE,
     .group = "Configuration",
     .help = "Expert-parallel degree."},
    {.name = "enable-expert-parallel",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(explain_args, ep_is_tp),
     .group = "Configuration",
     .help = "Spread experts over all GPUs of the replica: ep = tp."},
    {.name = "batch",
     .alias = "max-num-seqs",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(explain_args, batch),
     .def = "1",
     .min = 1,
     .max = MAX_COUNT,
     .group = "Configuration",
     .help = "Requests in flight."},
    {.name = "isl",
     .alias = "input",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(explain_args, isl),
     .def = "1024",
     .min = 1,
     .max = MAX_COUNT,
     .meta = "TOKENS",
     .group = "Configuration",
     .help = "Tokens of a prompt, those of images among them."},
    {.name = "osl",
     .alias = "output",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(explain_args, osl),
     .def = "256",
     .min = 1,
     .max = MAX_COUNT,
     .meta = "TOKENS",
     .group = "Configuration",
     .help = "Tokens of an answer; the step shown is half way through it."},
    EL_IMAGES_OPTIONS(explain_args, "Configuration"),
    {.name = "phase",
     .kind = EL_OPT_ENUM,
     .choices = phases,
     EL_OPT_AT(explain_args, phase),
     .def = "both",
     .group = "Report",
     .help = "Prefill reads the prompts, decode makes one token for each "
             "request."},
    {.name = "what-if",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(explain_args, what_if),
     .group = "Report",
     .help = "Joules and milliseconds saved by fp8 weights or cache, another "
             "batch, tp, ep, clock or power limit, overlap of collectives, and "
             "by fusion: most joules first, with bands and bars."},
    {.name = "print-arch",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(explain_args, print_arch),
     .group = "Report",
     .help = "Print the model as einsums, to edit and give back with --arch."},
    {.name = NULL}};

static el_explain_ask ask_of(const el_cli *cli, const explain_args *a)
{
    el_explain_ask ask = {
        .wish = {.model = a->model,
                 .gpu = a->gpu,
                 .precision = a->quantization ? a->quantization : a->precision,
                 .engine = a->engine,
                 .arch_path = a->arch,
                 .clock_hz = EL_UNKNOWN,
                 .cap_w = EL_UNKNOWN},
        .catalog_dir = cli->catalog_dir,
        .files = el_measured_files_from(&a->measured),
        .task = &cli->task,
        .point = {.tp = (double)a->tp,
                  .pp = (double)a->pp,
                  .ep = (double)(a->ep_is_tp ? a->tp : a->ep),
                  .dp = 1.0,
                  .batch = (double)a->batch,
                  .isl = a->isl,
                  .osl = a->osl,
                  .workload = -1},
        .prefill = a->phase != DECODE,
        .decode = a->phase != PREFILL,
        .what_if = a->what_if};

    return ask;
}

static el_status print_arch(el_cli *cli, const el_explain_ask *ask,
                            el_error *err)
{
    el_buf text = {0};
    el_status st = el_explain_arch(ask, &text, err);

    if (st == EL_OK && cli->json)
        st = el_cli_json(
            cli, json_pack("{s:s}", "description", el_buf_text(&text)), err);
    else if (st == EL_OK)
        el_buf_add(&cli->out, el_buf_text(&text));
    el_buf_clear(&text);
    return st;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const explain_args *a = args;
    el_explain_ask ask = ask_of(cli, a);
    el_explain_state state;
    el_status st;

    st = el_images_of(&a->images, &ask.point.images, err);
    if (st != EL_OK)
        return st;
    if (!a->model)
        return el_fail(err, EL_E_ARG, "--model: which model?");
    if (a->print_arch)
        return print_arch(cli, &ask, err);
    if (!a->gpu)
        return el_fail(err, EL_E_ARG, "--gpu: on which GPU?");
    st = el_explain_open(&ask, &state, err);
    if (st != EL_OK)
        return st;
    st = cli->json ? el_cli_json(cli, el_explain_json(&state.answer), err)
                   : el_explain_text(cli, &state.answer, err);
    el_explain_close(&state);
    return st;
}

static const el_example examples[] = {
    {"energylens explain --model llama-3.1-70b --gpu h100-sxm5-80gb --tp 4 "
     "--batch 32 --phase decode",
     "One step: where its time and joules go, kernel by kernel."},
    {"energylens explain --model qwen3-30b-a3b --gpu a100-sxm4-80gb --tp 2 "
     "--batch 64 --isl 2000 --osl 400 --what-if",
     "What would save most."},
    {"energylens explain --model qwen3-vl-8b --gpu h200-sxm --batch 8 --isl "
     "1500 --images 1 --image-px 1280x720 --phase prefill",
     "What an image costs before its prompt."},
    {"energylens explain --model llama-3.1-8b --print-arch",
     "The model as einsums: edit it and give it back with --arch FILE."},
    {NULL, NULL}};

const el_verb el_verb_explain = {
    .name = "explain",
    .group = "Predict and decide",
    .summary = "show one forward pass, kernel by kernel",
    .about =
        "The model is lowered to the kernels and collectives of one GPU, each "
        "with its FLOP, bytes, time and joules. Work and bytes are those of "
        "all its runs in one pass; energies are of all GPUs and hold the idle "
        "watts of their time. A kernel is bound by math, by memory, or by its "
        "launch where start-up takes longer than either.\n\nNothing is "
        "measured: every number is MODELLED.",
    .options = options,
    .examples = examples,
    .args_size = sizeof(explain_args),
    .run = run};
