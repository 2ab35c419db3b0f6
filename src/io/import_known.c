/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is that no importer reads: from what stands in it. */
#include <string.h>

#include "io/import_docs.h"

typedef struct known {
    const char *mark[3]; /* all must occur in the first bytes */
    const char *what;
} known;

/* The first that fits counts: put the particular before the general. */
static const known table[] = {
    {{"\"architectures\"", "\"diffusion\"", "\"last_updated\""},
     "the index of ML.ENERGY: the files that it lists hold the results"},
    {{"\"model_type\"", "\"hidden_size\""},
     "a Hugging Face config.json, not a measurement: give it to --model"},
    {{"\"architectures\": ["},
     "a Hugging Face config.json, not a measurement: give it to --model"},
    {{"\"projection_dim\"", "\"patch_size\""},
     "a Hugging Face config.json, not a measurement: give it to --model"},
    {{"\"quantization\"", "\"producer\""},
     "a hf_quant_config.json, not a measurement: give the folder to --model"},
    {{"\"quantization_config\""},
     "a piece of a Hugging Face config.json, not a measurement"},
    {{"\"vendor_id\"", "\"asic\"", "\"gpu_data\""},
     "what amd-smi static prints, without a reading: amd-smi metric would be "
     "needed"},
    {{"vllm:", "# TYPE"},
     "the /metrics of a vLLM server, counters since its start: the result of "
     "vllm bench serve would be needed"},
    {{"# AIPerf Server Metrics Export"},
     "server metrics of AIPerf: profile_export_aiperf.json would be needed"},
    {{"DCGM FIELD", "Prometheus metric type"},
     "a list of counters for a DCGM exporter: what it scraped would be needed"},
    {{"kepler_", "_watts{"},
     "Kepler's CPU and platform power, no GPU: kepler_node_gpu_watts would be "
     "needed"},
    {{"kepler_container_"},
     "Kepler's counters of containers: of which GPU is not told; "
     "kepler_node_gpu_joules_total would be needed"},
    {{"kepler_node_package_joules_total"},
     "Kepler's counter of CPU packages, no GPU: kepler_node_gpu_joules_total "
     "would be needed"},
    {{"kepler_node_platform_joules_total"},
     "Kepler's counter of the platform, no GPU: kepler_node_gpu_joules_total "
     "would be needed"},
    {{"kepler_node_energy_stat"},
     "Kepler's statistics of a node, no GPU: kepler_node_gpu_joules_total "
     "would be needed"},
    {{"node_rapl_", "_joules_total"},
     "CPU energy of node_exporter, no GPU: a GPU exporter would be needed"},
    {{"power/energy-"},
     "perf stat of CPU energy (RAPL), no GPU: a GPU meter would be needed"},
    {{"Processor Power_0"},
     "Intel Power Gadget, CPU alone: a GPU meter would be needed"},
    {{"PkgWatt", "CorWatt"},
     "turbostat, CPU alone: a GPU meter would be needed"},
    {{"Running tasks", "CPU Power", "mW"},
     "macOS powermetrics: not supported, nothing was converted"},
    {{"CPU Power:", "mW"},
     "macOS powermetrics: not supported, nothing was converted"},
    {{"NVIDIA-SMI", "Driver Version", "|"},
     "the table that nvidia-smi shows people, whole watts of one instant: "
     "--query-gpu=timestamp,index,power.draw --format=csv would be needed"},
    {{"# gpu", "pid", "command"},
     "nvidia-smi pmon, which has no power: dmon or --query-gpu would be "
     "needed"},
    {{"nvidia-smi --list-gpus"},
     "a transcript without power: --query-gpu=timestamp,index,power.draw would "
     "be needed"},
    {{"+ load:", "+ latency:"},
     "optimum-benchmark's report for people: benchmark_report.json would be "
     "needed"},
    {{"ContextTokens", "GeneratedTokens"},
     "a workload trace, not a measurement"},
    {{"num_prefill_tokens", "num_decode_tokens"},
     "a workload trace, not a measurement"},
    {{"prompt_size", "token_size"}, "a workload trace, not a measurement"},
    {{"Request tokens", "Response tokens"},
     "a workload trace, not a measurement"},
    {{"\"hash_ids\"", "\"input_length\""},
     "a workload trace, not a measurement"},
    {{"\"conversations\"", "\"from\""},
     "conversations for a load generator, not a measurement"},
    {{"DCGM_FI_DEV_"},
     "a DCGM scrape without power or energy: DCGM_FI_DEV_POWER_USAGE would be "
     "needed"},
    {{"\"guidellm"}, "a guidellm report: not supported yet"},
    {{"\"power_watts", "\"suite"}, "an AccelMark result: not supported yet"},
    {{"\"successes\"", "\"load_summary\""},
     "an inference-perf report: not supported yet"},
    {{"\"tput_per_gpu\""},
     "an aggregate of InferenceX (per GPU, seconds): its raw result, which "
     "the same folder holds, would be needed"},
    {{"\"request_output_throughput_token_per_s\""},
     "an LLMPerf result: not supported yet"},
    {{"\"gpu_avg_power\"", "\"energy_per_token\""},
     "a TokenPowerBench result: not supported yet"},
    {{"instance id", "request id"}, "a simulator's output, not a measurement"},
    {{"prompt_throughput", "gen_throughput"},
     "a simulator's time series, not a measurement"},
    {{"\"input_toks\"", "\"output_toks\""},
     "a workload trace, not a measurement"},
    {{"Time,TIMESTAMP"}, "a workload trace, not a measurement"},
    {{"\"out_len_expected\""}, "a log of a replayed trace: not supported"},
    {{"power_limit", "average_power"},
     "a power profile of training (Zeus): no inference in it"},
    {{"partition_method", "num_microbatches"},
     "a training profile (Perseus): no inference in it"},
    {{"arc,hellaswag,truthfulqa"},
     "scores of a leaderboard, no energy and no time in it"},
};

#define LOOK 65536u /* bytes that are looked at */

static bool occurs(const char *text, size_t len, const char *mark)
{
    size_t n = strlen(mark);

    for (const char *p = text; len >= n; p++, len--) {
        const char *hit = memchr(p, *mark, len - n + 1);

        if (!hit)
            return false;
        len -= (size_t)(hit - p);
        p = hit;
        if (memcmp(p, mark, n) == 0)
            return true;
    }
    return false;
}

const char *el_import_known(const el_import_file *file)
{
    size_t len = file->len < LOOK ? file->len : LOOK;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool all = true;

        for (size_t k = 0; k < 3 && table[i].mark[k]; k++)
            all = all && occurs(file->text, len, table[i].mark[k]);
        if (all)
            return table[i].what;
    }
    return NULL;
}
