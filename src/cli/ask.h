/* SPDX-License-Identifier: Apache-2.0 */
/* Options that optimize and explore share, and how they become a question.
 * Layer: cli. */
#ifndef EL_CLI_ASK_H
#define EL_CLI_ASK_H
#include "app/optimize.h"
#include "cli/cli.h"
#include "cli/measured_opt.h"
#include "io/optimize_json.h"

typedef struct el_ask_args {
    const char *fit, *calibrate, *model, *workload;
    el_names gpu, precision, quantization, kv, engine, clock, power, overlap,
        fusion;
    double gpus, node_gpus, pue;
    int scope;
    el_ints tp, pp, ep, dp, batch;
    bool ep_is_tp;
    el_measured_args measured;
} el_ask_args;

typedef struct el_limit_args {
    double ttft_s, tpot_s, percentile;
} el_limit_args;

typedef struct el_load_args {
    double isl, osl, request_rate_hz, latency_s;
    el_limit_args limits;
} el_load_args;

extern const char *const el_scope_choices[]; /* in the order of el_scope */

/* Rows for an option table; `type` has a member `ask` of el_ask_args. */
#define EL_ASK_FIT_OPTIONS(type)                                               \
    {.name = "fit",                                                            \
     .kind = EL_OPT_STRING,                                                    \
     EL_OPT_AT(type, ask.fit),                                                 \
     .meta = "FIT.json",                                                       \
     .group = "Fit",                                                           \
     .help = "Fit file to predict from. Without it the physical prior "        \
             "answers: --model and --gpu are then needed."},                   \
        {.name = "calibrate",                                                  \
         .kind = EL_OPT_STRING,                                                \
         EL_OPT_AT(type, ask.calibrate),                                       \
         .meta = "RUNS.csv",                                                   \
         .group = "Fit",                                                       \
         .help = "Measurements that correct the analytic model (CALIBRATED): " \
                 "the rows of the same model, GPU, precision and engine."},    \
        EL_MEASURED_OPTIONS(type, ask.measured, "Fit"),                        \
        {.name = "model",                                                      \
         .kind = EL_OPT_STRING,                                                \
         EL_OPT_AT(type, ask.model),                                           \
         .meta = "NAME",                                                       \
         .group = "Fit",                                                       \
         .help = "Model, where the fit file has several; catalogue names and " \
                 "Hugging Face ids are understood."},                          \
        {.name = "gpu",                                                        \
         .kind = EL_OPT_NAMES,                                                 \
         EL_OPT_AT(type, ask.gpu),                                             \
         .meta = "NAMES",                                                      \
         .group = "Setups",                                                    \
         .help = "GPU types to compare: one ranked answer over all. "          \
                 "h100:8,l40s:16 says how many there are of each."},           \
        {.name = "precision",                                                  \
         .alias = "dtype",                                                     \
         .kind = EL_OPT_NAMES,                                                 \
         EL_OPT_AT(type, ask.precision),                                       \
         .meta = "NAMES",                                                      \
         .group = "Setups",                                                    \
         .help =                                                               \
             "Precisions to try (bfloat16, fp8, int4 ...); one that a fit "    \
             "did not measure is extrapolated."},                              \
        {.name = "quantization",                                               \
         .kind = EL_OPT_NAMES,                                                 \
         EL_OPT_AT(type, ask.quantization),                                    \
         .meta = "NAMES",                                                      \
         .group = "Setups",                                                    \
         .help = "Weight formats; stand before --precision."},                 \
        {.name = "kv-cache-dtype",                                             \
         .kind = EL_OPT_NAMES,                                                 \
         EL_OPT_AT(type, ask.kv),                                              \
         .meta = "NAMES",                                                      \
         .group = "Setups",                                                    \
         .help = "Formats of the KV cache to try: auto, fp8, int8. This and "  \
                 "the rest of this group is of the analytic model alone."},    \
        {.name = "engine",                                                     \
         .kind = EL_OPT_NAMES,                                                 \
         EL_OPT_AT(type, ask.engine),                                          \
         .meta = "NAMES",                                                      \
         .group = "Setups",                                                    \
         .help = "Serving engines to try."},                                   \
        {.name = "gpu-clock",                                                  \
         .kind = EL_OPT_NAMES,                                                 \
         EL_OPT_AT(type, ask.clock),                                           \
         .meta = "MHZ,...",                                                    \
         .group = "Setups",                                                    \
         .help = "Locked GPU clocks to try, auto: the GPU's own."},            \
        {.name = "gpu-power",                                                  \
         .kind = EL_OPT_NAMES,                                                 \
         EL_OPT_AT(type, ask.power),                                           \
         .meta = "W,...",                                                      \
         .group = "Setups",                                                    \
         .help = "Power limits of a GPU to try, auto: the board's."},          \
        {.name = "overlap",                                                    \
         .kind = EL_OPT_NAMES,                                                 \
         EL_OPT_AT(type, ask.overlap),                                         \
         .meta = "SxN,...",                                                    \
         .group = "Setups",                                                    \
         .help = "Overlap of GEMMs and collectives to try: 0, or stages x "    \
                 "SMs: 4x1,4x4,4x16."},                                        \
        {.name = "fusion",                                                     \
         .kind = EL_OPT_NAMES,                                                 \
         EL_OPT_AT(type, ask.fusion),                                          \
         .meta = "on,off",                                                     \
         .group = "Setups",                                                    \
         .help = "With and without fused kernels."},                           \
    {                                                                          \
        .name = "workload", .kind = EL_OPT_STRING,                             \
        EL_OPT_AT(type, ask.workload), .meta = "LABEL", .group = "Load",       \
        .help = "Workload label of the measurements, for fits whose prompt "   \
                "lengths were not recorded."                                   \
    }

/* Limits; `member` is an el_limit_args of `type`, `of` what percentiles count.
 * A member and a text to be joined take no brackets:
 * NOLINTBEGIN(bugprone-macro-parentheses) */
#define EL_ASK_TIME_OPTIONS(type, member)                                      \
    {.name = "ttft",                                                           \
     .kind = EL_OPT_DURATION,                                                  \
     EL_OPT_AT(type, member.ttft_s),                                           \
     .group = "Limits",                                                        \
     .help = "Longest time to the first token."},                              \
    {                                                                          \
        .name = "tpot", .kind = EL_OPT_DURATION,                               \
        EL_OPT_AT(type, member.tpot_s), .group = "Limits",                     \
        .help = "Longest time per output token after the first."               \
    }
#define EL_ASK_PERCENTILE_OPTION(type, member, of)                             \
    {                                                                          \
        .name = "percentile", .kind = EL_OPT_DOUBLE,                           \
        EL_OPT_AT(type, member.percentile), .def = "95", .min = 50,            \
        .max = 99.99, .meta = "P", .group = "Limits",                          \
        .help = "The limits hold at this percentile of the " of "."            \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

/* The load and its limits; `type` has a member `load` of el_load_args. */
#define EL_ASK_LOAD_OPTIONS(type)                                              \
    {.name = "isl",                                                            \
     .alias = "input",                                                         \
     .kind = EL_OPT_DOUBLE,                                                    \
     EL_OPT_AT(type, load.isl),                                                \
     .min = 1,                                                                 \
     .max = 1e8,                                                               \
     .meta = "TOKENS",                                                         \
     .group = "Load",                                                          \
     .help = "Input tokens per request (mean)."},                              \
        {.name = "osl",                                                        \
         .alias = "output",                                                    \
         .kind = EL_OPT_DOUBLE,                                                \
         EL_OPT_AT(type, load.osl),                                            \
         .min = 1,                                                             \
         .max = 1e8,                                                           \
         .meta = "TOKENS",                                                     \
         .group = "Load",                                                      \
         .help = "Output tokens per request (mean)."},                         \
        {.name = "request-rate",                                               \
         .kind = EL_OPT_DOUBLE,                                                \
         EL_OPT_AT(type, load.request_rate_hz),                                \
         .min = 1e-9,                                                          \
         .max = 1e9,                                                           \
         .meta = "PER-SECOND",                                                 \
         .group = "Load",                                                      \
         .help = "Requests per second, all replicas together. Without it the " \
                 "work is offline and every batch is full."},                  \
        EL_ASK_TIME_OPTIONS(type, load.limits),                                \
        {.name = "e2e",                                                        \
         .kind = EL_OPT_DURATION,                                              \
         EL_OPT_AT(type, load.latency_s),                                      \
         .group = "Limits",                                                    \
         .help = "Longest time of a whole request."},                          \
        EL_ASK_PERCENTILE_OPTION(type, load.limits, "predictions")

#define EL_ASK_GRID_OPTIONS(type)                                              \
    {.name = "gpus",                                                           \
     .kind = EL_OPT_DOUBLE,                                                    \
     EL_OPT_AT(type, ask.gpus),                                                \
     .def = "8",                                                               \
     .min = 1,                                                                 \
     .max = 65536,                                                             \
     .meta = "N",                                                              \
     .group = "Configurations",                                                \
     .help = "GPUs that there are."},                                          \
        {.name = "tp",                                                         \
         .alias = "tensor-parallel-size",                                      \
         .kind = EL_OPT_INTS,                                                  \
         EL_OPT_AT(type, ask.tp),                                              \
         .min = 1,                                                             \
         .max = 65536,                                                         \
         .group = "Configurations",                                            \
         .help =                                                               \
             "Tensor-parallel degrees to try; by default powers of two up to " \
             "--gpus."},                                                       \
        {.name = "pp",                                                         \
         .alias = "pipeline-parallel-size",                                    \
         .kind = EL_OPT_INTS,                                                  \
         EL_OPT_AT(type, ask.pp),                                              \
         .min = 1,                                                             \
         .max = 65536,                                                         \
         .group = "Configurations",                                            \
         .help = "Pipeline-parallel degrees to try; by default 1."},           \
        {.name = "ep",                                                         \
         .kind = EL_OPT_INTS,                                                  \
         EL_OPT_AT(type, ask.ep),                                              \
         .min = 1,                                                             \
         .max = 65536,                                                         \
         .group = "Configurations",                                            \
         .help = "Expert-parallel degrees to try; by default 1."},             \
        {.name = "enable-expert-parallel",                                     \
         .kind = EL_OPT_FLAG,                                                  \
         EL_OPT_AT(type, ask.ep_is_tp),                                        \
         .group = "Configurations",                                            \
         .help = "Spread experts over the GPUs of a replica: ep = tp."},       \
        {.name = "dp",                                                         \
         .alias = "data-parallel-size",                                        \
         .kind = EL_OPT_INTS,                                                  \
         EL_OPT_AT(type, ask.dp),                                              \
         .min = 1,                                                             \
         .max = 65536,                                                         \
         .group = "Configurations",                                            \
         .help = "Numbers of replicas to try; by default " EL_ASK_DP_HELP},    \
    {                                                                          \
        .name = "batch", .alias = "max-num-seqs", .kind = EL_OPT_INTS,         \
        EL_OPT_AT(type, ask.batch), .min = 1, .max = 1e6,                      \
        .group = "Configurations",                                             \
        .help = "Batch limits per replica to try; by default 1, 2, 3, 4, 6, "  \
                "8, 12, ... up to what the KV cache holds."                    \
    }

#define EL_ASK_NODE_OPTIONS(type)                                              \
    {.name = "scope",                                                          \
     .kind = EL_OPT_ENUM,                                                      \
     .choices = el_scope_choices,                                              \
     EL_OPT_AT(type, ask.scope),                                               \
     .def = "gpus",                                                            \
     .group = "Boundary of energy",                                            \
     .help = "Whose energy counts: gpus in use, node (its idle GPUs too), or " \
             "facility (node times PUE)."},                                    \
    {                                                                          \
        .name = "node-gpus", .kind = EL_OPT_DOUBLE,                            \
        EL_OPT_AT(type, ask.node_gpus), .def = "8", .min = 1, .max = 1024,     \
        .meta = "N", .group = "Boundary of energy",                            \
        .help = "GPUs in one node."                                            \
    }

#define EL_ASK_SCOPE_OPTIONS(type)                                             \
    EL_ASK_NODE_OPTIONS(type),                                                 \
    {                                                                          \
        .name = "pue", .kind = EL_OPT_DOUBLE, EL_OPT_AT(type, ask.pue),        \
        .def = "1.2", .min = 1, .max = 10, .group = "Boundary of energy",      \
        .help = "Facility watts for one watt of its GPUs (scope facility)."    \
    }

/* Everything but the load, which is left unknown. */
el_ask el_ask_from_args(const el_cli *cli, const el_ask_args *args);
void el_limits_from_args(const el_limit_args *args, el_optimize_query *query);
void el_load_from_args(const el_load_args *args, el_optimize_query *query);
void el_values_from_ints(const el_ints *ints, el_values *out);

el_optimize_context el_ask_context(const el_ask_state *state);

#endif
