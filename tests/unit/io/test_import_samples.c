/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every file of ../shared/samples is imported or refused with a reason. What
 * is expected was typed in from the files and their SOURCE.md; energies of logs
 * were integrated apart from the importer.
 */
#include "el_test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/import.h"
#include "io/import_power.h"
#include "io/json.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): readdir on own streams */

#define SAMPLES EL_SHARED "/samples/"

typedef struct wanted {
    const char *file, *format;
    size_t rows, readings, windows;
} wanted;

/* What is not here is refused. */
static const wanted table[] = {
    {"awkward/padded_columns_emissions.csv", "codecarbon", 0, 0, 46},
    {"awkward/sglang_old_llama_3_3_70b_output_online.jsonl", "sglang", 5, 0, 0},
    {"awkward/truncated_24576_nvidia-smi.csv", "nvidia-smi", 0, 570, 0},
    {"codecarbon/emissions_codecarbon_examples_HEAD.csv", "codecarbon", 0, 0,
     28},
    {"codecarbon/emissions_v2.2.2_RTX2060.csv", "codecarbon", 0, 0, 2},
    {"codecarbon/emissions_v3.2.2_IT.csv", "codecarbon", 0, 0, 2},
    {"codecarbon/emissions_v3.2.3_water_util.csv", "codecarbon", 0, 0, 6},
    {"genai_perf_aiperf/"
     "aiperf_0.8__kimik2.7_tp4_conc16_kvdram__profile_export_aiperf.csv",
     "aiperf-csv", 1, 0, 0},
    {"genai_perf_aiperf/"
     "aiperf_0.8__kimik2.7_tp4_conc16_kvdram__profile_export_aiperf.json",
     "aiperf", 1, 0, 0},
    {"genai_perf_aiperf/"
     "aiperf_0.8__kimik2.7_tp4_conc1_kvnone__profile_export_aiperf.csv",
     "aiperf-csv", 1, 0, 0},
    {"genai_perf_aiperf/"
     "aiperf_0.8__kimik2.7_tp4_conc1_kvnone__profile_export_aiperf.json",
     "aiperf", 1, 0, 0},
    {"genai_perf_aiperf/aiperf__llama_concurrency4__profile_export_aiperf.json",
     "aiperf", 1, 0, 0},
    {"genai_perf_aiperf/aiperf__qwen_concurrency1__profile_export.jsonl",
     "aiperf", 1, 0, 0},
    {"genai_perf_aiperf/aiperf__qwen_concurrency1__profile_export_aiperf.json",
     "aiperf", 1, 0, 0},
    {"genai_perf_aiperf/aiperf__qwen_concurrency2__gpu_telemetry_export.jsonl",
     "aiperf-telemetry", 0, 10, 0},
    {"genai_perf_aiperf/aiperf__varA36v26__profile_export_aiperf.csv",
     "aiperf-csv", 1, 0, 0},
    {"genai_perf_aiperf/aiperf_early__run1__profile_export.jsonl", "aiperf", 1,
     0, 0},
    {"genai_perf_aiperf/aiperf_early__run1__profile_export_aiperf.csv",
     "aiperf-csv", 1, 0, 0},
    {"genai_perf_aiperf/aiperf_early__run1__profile_export_aiperf.json",
     "aiperf", 1, 0, 0},
    {"genai_perf_aiperf/analyze_export_genai_perf.csv", "aiperf-csv", 5, 0, 0},
    {"llama_bench/"
     "kyuz0__Qwen3.5-122B-A10B-UD-Q4_K_XL-00001-of-00003__llama-rocm-7.2.4__"
     "curve-generation__fa1__ub2048.jsonl",
     "llama-bench", 9, 0, 0},
    {"llama_bench/"
     "kyuz0__rpc__GLM-4.6-UD-Q4_K_XL-00001-of-00005__rocm6_4_4__hblt0__"
     "longctx32768__rpc.log",
     "llama-bench", 2, 0, 0},
    {"llama_bench/"
     "mistralrs__gemma4_b200_sweep_20260529__llama_26b_q8_decode.json",
     "llama-bench", 6, 0, 0},
    {"llama_bench/"
     "mistralrs__gemma4_b200_sweep_20260529__llama_e4b_q8_prefill.json",
     "llama-bench", 6, 0, 0},
    {"llama_bench/"
     "mistralrs__gemma4_cuda_sweep_20260525__full_resweep_20260526__llamacpp_"
     "e4b_q8_prompt.json",
     "llama-bench", 6, 0, 0},
    {"llama_bench/"
     "mistralrs__releases__v0.9.0__raw__raw_affinity__lcpp_qwen3-4b_q8_0_"
     "taskset_prefill.txt",
     "llama-bench", 1, 0, 0},
    {"llama_bench/"
     "strixhalo__llama-cpp-fix-wmma__shisa-v2-unphi4-14b.lhl-tune-tile.jsonl",
     "llama-bench", 8, 0, 0},
    {"llama_bench/strixhalo__llm-bench__gpt-oss-20b-F16__raw_runs.jsonl",
     "llama-bench", 40, 0, 0},
    {"llm_inference_bench/Fig_16_a_power_results.csv", "llm-inference-bench",
     40, 0, 0},
    {"llm_inference_bench/Fig_2_b_All_results.csv", "llm-inference-bench", 66,
     0, 0},
    {"llm_inference_bench/SN40L_latency_throughput.csv", "llm-inference-bench",
     40, 0, 0},
    {"llm_inference_bench/all_results_TTFT_ITL.csv", "llm-inference-bench", 27,
     0, 0},
    {"llm_inference_bench/results_Meta-Llama-3-8B-Instruct-FP8.csv",
     "llm-inference-bench", 20, 0, 0},
    {"mlenergy/Qwen__Qwen3-14B__gpqa.json", "mlenergy", 9, 0, 0},
    {"mlenergy/Qwen__Qwen3-VL-8B-Instruct__video-chat.json", "mlenergy", 9, 0,
     0},
    {"mlenergy/deepseek-ai__DeepSeek-R1-0528__gpqa.json", "mlenergy", 5, 0, 0},
    {"mlenergy/nvidia__NVIDIA-Nemotron-Nano-12B-v2-VL-BF16__image-chat.json",
     "mlenergy", 3, 0, 0},
    {"mlenergy/stabilityai__stable-diffusion-3.5-large__text-to-image.json",
     "mlenergy", 72, 0, 0},
    {"mlenergy/"
     "v2__diffusion__image-to-video__H100_80GB_HBM3__stabilityai__stable-video-"
     "diffusion-img2vid-xt__bs3+steps25+frames25.json",
     "mlenergy", 1, 0, 0},
    {"mlenergy/"
     "v2__diffusion__text-to-image__A100-SXM4-40GB__stabilityai__sdxl-turbo__"
     "bs16+steps25.json",
     "mlenergy", 1, 0, 0},
    {"mlenergy/"
     "v2__llm_text_generation__chat__A100-SXM4-40GB__mistralai__Mixtral-8x22B-"
     "Instruct-v0.1__bs768+tp8+pp2.json",
     "mlenergy", 1, 0, 0},
    {"mlenergy/"
     "v2__llm_text_generation__chat__H100_80GB_HBM3__meta-llama__Meta-Llama-3."
     "1-8B-Instruct__bs768+tp1+pp1.json",
     "mlenergy", 1, 0, 0},
    {"mlenergy/zai-org__CogVideoX-2b__text-to-video.json", "mlenergy", 32, 0,
     0},
    {"optimum_llmperf/aienergyscore__benchmark_report.json",
     "optimum-benchmark", 1, 0, 0},
    {"optimum_llmperf/running-llamas_fp16_b16_s256_inference_results.csv",
     "optimum-benchmark-csv", 1, 0, 0},
    {"optimum_llmperf/running-mistrals_A100-80GB_full_report.csv",
     "optimum-benchmark-csv", 20, 0, 0},
    {"power_amd/amd-smi_mi355x_gpu_metrics_energy_start.csv", "amd-smi", 0, 8,
     0},
    {"power_amd/amd-smi_mi355x_gpu_metrics_first14rows.csv", "amd-smi", 0, 14,
     0},
    {"power_amd/amd_device_metrics_exporter_metrics_mini.txt", "prometheus", 0,
     1, 0},
    {"power_amd/rocm-smi_mi100_rocm571.json", "rocm-smi", 0, 6, 0},
    {"power_amd/rocm-smi_rx6700xt_rocm430.json", "rocm-smi", 0, 1, 0},
    {"power_amd/rocm-smi_rx6700xt_rocm612.json", "rocm-smi", 0, 1, 0},
    {"power_amd/rocm-smi_vega-20-WKS-GL-XE.json", "rocm-smi", 0, 1, 0},
    {"power_dcgm/dcgm_exporter_tesla_t4.prom", "prometheus", 0, 2, 0},
    {"power_intel_xpu/polaris_sample_nvidia-smi.csv", "nvidia-smi", 0, 71, 0},
    {"power_intel_xpu/sample_xpu-smi.csv", "xpu-smi", 0, 82, 0},
    {"power_nvidia_smi/ap461719_results_gpu_power_log.csv", "nvidia-smi", 0, 25,
     0},
    {"power_nvidia_smi/flame_nvidia-smi.csv", "nvidia-smi", 0, 73, 0},
    {"power_nvidia_smi/gtx1650_gpu_power.csv", "nvidia-smi", 0, 80, 0},
    {"power_nvidia_smi/rtx4090_vlm_gpu_log.csv", "nvidia-smi", 0, 1499, 0},
    {"power_nvidia_smi/smi_h100mig_idle_dmon.txt", "nvidia-smi-dmon", 0, 5, 0},
    {"power_nvidia_smi/smi_h100mig_idle_query-gpu.csv", "nvidia-smi", 0, 1, 0},
    {"power_nvidia_smi/smi_h100mig_load_dmon.txt", "nvidia-smi-dmon", 0, 5, 0},
    {"power_nvidia_smi/smi_h100mig_load_query-gpu.csv", "nvidia-smi", 0, 1, 0},
    {"power_nvidia_smi/smi_h200_idle_dmon.txt", "nvidia-smi-dmon", 0, 5, 0},
    {"power_nvidia_smi/smi_h200_idle_query-gpu.csv", "nvidia-smi", 0, 1, 0},
    {"power_nvidia_smi/smi_h200_load_dmon.txt", "nvidia-smi-dmon", 0, 5, 0},
    {"power_nvidia_smi/smi_h200_load_query-gpu.csv", "nvidia-smi", 0, 1, 0},
    {"power_nvidia_smi/smi_l40s_load_dmon.txt", "nvidia-smi-dmon", 0, 5, 0},
    {"power_nvidia_smi/smi_l40s_load_query-gpu.csv", "nvidia-smi", 0, 1, 0},
    {"power_nvidia_smi/smi_output_win10_v466.63.txt", "nvidia-smi", 0, 1, 0},
    {"power_nvidia_smi/smi_q_x_a100-sxm4-v12.xml", "nvidia-smi-xml", 0, 1, 0},
    {"power_nvidia_smi/smi_q_x_tesla-t4.xml", "nvidia-smi-xml", 0, 1, 0},
    {"power_nvidia_smi/smi_rtx2080s_win_idle_dmon.txt", "nvidia-smi-dmon", 0, 5,
     0},
    {"power_nvidia_smi/smi_rtx2080s_win_idle_query-gpu.csv", "nvidia-smi", 0, 1,
     0},
    {"power_nvidia_smi/smi_rtx2080s_win_load_dmon.txt", "nvidia-smi-dmon", 0, 5,
     0},
    {"power_nvidia_smi/smi_rtx2080s_win_load_query-gpu.csv", "nvidia-smi", 0, 1,
     0},
    {"power_nvidia_smi/smi_rtx4080s_load_dmon.txt", "nvidia-smi-dmon", 0, 5, 0},
    {"power_nvidia_smi/smi_rtx4080s_load_query-gpu.csv", "nvidia-smi", 0, 1, 0},
    {"power_nvidia_smi/smi_sample-output.csv", "nvidia-smi", 0, 1, 0},
    {"power_nvidia_smi/tesla-p100_nounits.csv", "nvidia-smi", 0, 1, 0},
    {"power_nvidia_smi/wilkins_a100_mistral-7b_100ms_nvidia-smi.csv",
     "nvidia-smi", 0, 1999, 0},
    {"power_nvidia_smi/wilkins_single_sample_nvidia-smi.csv", "nvidia-smi", 0,
     2, 0},
    {"sglang/agg_n100_in512_out128_c32.jsonl", "sglang", 1, 0, 0},
    {"sglang/agg_n50_in128_out64_c8.jsonl", "sglang", 1, 0, 0},
    {"sglang/agg_n50_in512_out128_c32.jsonl", "sglang", 1, 0, 0},
    {"sglang/inferencex__sglang_fp4_dpa_tp4_conc16_isl8192_osl1024.json",
     "vllm", 1, 0, 0},
    {"sglang/inferencex__sglang_fp4_dpa_tp8_conc32_isl8192_osl1024.json",
     "vllm", 1, 0, 0},
    {"sglang/inferencex__sglang_fp4_mtp_tp4_conc4_isl8192_osl1024.json", "vllm",
     1, 0, 0},
    {"sglang/llama_3_3_70b_offline_output.jsonl", "sglang", 7, 0, 0},
    {"sglang/llama_3_3_70b_online_output.jsonl", "sglang", 7, 0, 0},
    {"sglang/pd_1p1d_n100_in512_out128_c64.jsonl", "sglang", 1, 0, 0},
    {"trtllm/trtllm-bench_1.3.0rc12_report_GB10_SELFTEST.json", "trtllm", 1, 0,
     0},
    {"trtllm/"
     "trtllm-bench_rtx4070ti_qwen25_0p5b_official_cli__in16_out40_bs1.json",
     "trtllm", 1, 0, 0},
    {"trtllm/"
     "trtllm-bench_rtx4070ti_qwen25_0p5b_official_cli_longctx__in1024_out40_"
     "bs1.json",
     "trtllm", 1, 0, 0},
    {"trtllm/"
     "trtllm-bench_rtx6000_qwen25_0p5b_official_cli_longctx__in4096_out40_bs1."
     "json",
     "trtllm", 1, 0, 0},
    {"vllm/"
     "FP16-1xH100-results-8B-llama-date-2025-03-25__openai-10.0qps-itkns-512-"
     "otkns-85-concurrency32-Llama-3.1-8B-Instruct-20250325-230634.json",
     "vllm", 1, 0, 0},
    {"vllm/"
     "FP8-1xL40s--8B-llama-qps-16.0-2025-04-20__openai-16.0qps-itkns-512-otkns-"
     "256-concurrency8-Meta-Llama-3.1-8B-Instruct-FP8-20250420-160652.json",
     "vllm", 1, 0, 0},
    {"vllm/"
     "FP8-2xH100-results-70B-llama-date-2025-03-28__openai-10.0qps-itkns-512-"
     "otkns-85-concurrency8-Meta-Llama-3.1-70B-Instruct-FP8-20250328-233303."
     "json",
     "vllm", 1, 0, 0},
    {"vllm/ascend__benchmarks__results_qwen__serving_llama8B_tp1_qps_16.json",
     "vllm", 1, 0, 0},
    {"vllm/ascend__benchmarks__tem_res__serving_llama8B_tp1_2.json", "vllm", 1,
     0, 0},
    {"vllm/ascend__results__latency_llama8B_tp1.json", "vllm", 1, 0, 0},
    {"vllm/ascend__results__serving_llama8B_tp1_qps_1.json", "vllm", 1, 0, 0},
    {"vllm/ascend__results__serving_llama8B_tp1_qps_inf.json", "vllm", 1, 0, 0},
    {"vllm/ascend__results__throughput_llama8B_tp1.json", "vllm", 1, 0, 0},
    {"vllm/bench_serve_v0.25.1.json", "vllm", 1, 0, 0},
    {"vllm/buildkite_benchmark_results_llama3.3-70b_tp8_pp1.json", "vllm", 4, 0,
     0},
    {"vllm/"
     "inferencex__gpt-oss-120b__concurrency_128_req_rate_inf_gpus_16_ctx_8_gen_"
     "8.json",
     "vllm", 1, 0, 0},
    {"vllm/"
     "inferencex__kimik2.5_8k1k_int4_vllm_tp8-ep1-dpafalse_disagg-false_spec-"
     "mtp_conc64_MI355-gbt350-odcdh5-wbb3.json",
     "vllm", 1, 0, 0},
    {"vllm/inferencex__results__glm5_fp8_vllm_tp8_isl8192_osl128_conc8.json",
     "vllm", 1, 0, 0},
    {"vllm/"
     "inferencex__results__minimax_m25_vllm_tep8_isl8192_osl128_conc8.json",
     "vllm", 1, 0, 0},
    {"vllm/llm-d__A100__llm-d-1p1d__benchmark_2025-05-11_23-00-27.json", "vllm",
     1, 0, 0},
    {"vllm/llm-d__A100__vllm-3replicas__benchmark_2025-05-12_00-03-23.json",
     "vllm", 1, 0, 0},
    {"vllm/llm-d__H100__llm-d-1p1d__benchmark_2025-05-13_04-47-20.json", "vllm",
     1, 0, 0},
    {"vllm/nerdalert__results.json", "vllm", 12, 0, 0},
    {"vllm/"
     "serving_meta-llama-Llama-3.3-70B-Instruct_tp4_pp2_sharegpt_qps_inf.json",
     "vllm", 1, 0, 0},
    {"vllm/"
     "serving_meta-llama-Llama-3.3-70B-Instruct_tp8_pp1_sharegpt_qps_04.json",
     "vllm", 1, 0, 0},
    {"vllm/vllm_sweep_v0.25.1__SERVE--max_num_seqs=4__run=0.json", "vllm", 1, 0,
     0},
    {"vllm/vllm_sweep_v0.25.1__SERVE--max_num_seqs=4__summary.json", "vllm", 2,
     0, 0},
    {"vllm/vllm_sweep_v0.25.1__SERVE--max_num_seqs=8__summary.json", "vllm", 2,
     0, 0},
    {"zeus/A40+bert-base-uncased+gpu0.csv", "zeus", 0, 0, 9},
    {"zeus/A40+resnet50+gpu0,1,2,3.csv", "zeus", 0, 0, 36},
    {"zeus/V100+shufflenetv2+gpu0.csv", "zeus", 0, 0, 7},
};

#define N_TABLE (sizeof table / sizeof *table)

static const wanted *find(const char *file)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (strcmp(table[i].file, file) == 0)
            return &table[i];
    return NULL;
}

static void check_row(const char *file, const el_import_row *row)
{
#define X(name)                                                                \
    if (el_is_known(row->name) && !(row->name > 0 && isfinite(row->name)))     \
        fail_msg("%s: " #name " is %g", file, row->name);
    EL_IMPORT_NUMBERS(X)
#undef X
    assert_non_null(row->source_file);
}

static void one(const char *folder, const char *name)
{
    char file[512], path[1024];
    const wanted *w;
    el_import got = {0};
    el_error err = {0};
    el_status st;

    (void)snprintf(file, sizeof file, "%s/%s", folder, name);
    (void)snprintf(path, sizeof path, SAMPLES "%s", file);
    w = find(file);
    st = el_import_read(path, NULL, &got, &err);
    if (!w) {
        if (st != EL_E_DATA)
            fail_msg("%s: not refused", file);
        assert_non_null(strstr(err.message, name));
        assert_null(strchr(err.message, '\n'));
        return;
    }
    if (st != EL_OK)
        fail_msg("%s: refused: %s", file, err.message);
    if (strcmp(got.format, w->format) != 0 || got.n_row != w->rows ||
        got.n_sample != w->readings || got.n_window != w->windows)
        fail_msg("%s: %s with %zu rows, %zu readings, %zu windows", file,
                 got.format, got.n_row, got.n_sample, got.n_window);
    for (size_t i = 0; i < got.n_row; i++)
        check_row(file, &got.row[i]);
    el_import_clear(&got);
}

static void test_all(void **state)
{
    struct dirent *folder, *file;
    DIR *top = opendir(SAMPLES);
    size_t n = 0, n_imported = 0;

    (void)state;
    assert_non_null(top);
    while ((folder = readdir(top)) != NULL) {
        char path[1024];
        DIR *dir;

        if (*folder->d_name == '.' || strchr(folder->d_name, '.'))
            continue;
        (void)snprintf(path, sizeof path, SAMPLES "%s", folder->d_name);
        dir = opendir(path);
        while (dir && (file = readdir(dir)) != NULL) {
            char name[512];

            if (*file->d_name == '.' || strcmp(file->d_name, "SOURCE.md") == 0)
                continue;
            one(folder->d_name, file->d_name);
            (void)snprintf(name, sizeof name, "%s/%s", folder->d_name,
                           file->d_name);
            n_imported += find(name) != NULL;
            n++;
        }
        if (dir)
            (void)closedir(dir);
    }
    (void)closedir(top);
    assert_true(n >= N_TABLE);
    assert_int_equal(n_imported, N_TABLE);
}

typedef struct number {
    const char *file;
    size_t row, at; /* of the number in el_import_row */
    double want;    /* NaN: blank */
} number;

#define V          "vllm/"
#define AT(member) offsetof(el_import_row, member)

static const number numbers[] = {
    {V "bench_serve_v0.25.1.json", 0, AT(ttft_s), 0.21553594200008774},
    {V "bench_serve_v0.25.1.json", 0, AT(input_tokens), 32},
    {V "bench_serve_v0.25.1.json", 0, AT(output_tokens), 16},
    {V "bench_serve_v0.25.1.json", 0, AT(requests), 8},
    {V "bench_serve_v0.25.1.json", 0, AT(concurrency), 2},
    {V "bench_serve_v0.25.1.json", 0, AT(latency_s), NAN},
    {V "bench_serve_v0.25.1.json", 0, AT(tp), NAN},
    {V "inferencex__results__glm5_fp8_vllm_tp8_isl8192_osl128_conc8.json", 0,
     AT(ttft_s), 1.997974555939436}, /* medians in s */
    {V "inferencex__results__glm5_fp8_vllm_tp8_isl8192_osl128_conc8.json", 0,
     AT(latency_s), 9.921726539731026},
    {V "ascend__benchmarks__results_qwen__serving_llama8B_tp1_qps_16.json", 0,
     AT(ttft_s), 0.39169906636700034},
    {V "ascend__benchmarks__results_qwen__serving_llama8B_tp1_qps_16.json", 0,
     AT(output_tokens), NAN}, /* no duration, no counts */
    {V "ascend__results__latency_llama8B_tp1.json", 0, AT(latency_s),
     7.419569773475329},
    {V "ascend__results__throughput_llama8B_tp1.json", 0, AT(throughput_tok_s),
     NAN}, /* of all tokens */
    {V "nerdalert__results.json", 0, AT(input_tokens), 1000},
    {V "nerdalert__results.json", 0, AT(output_tokens), 100},
    {V "buildkite_benchmark_results_llama3.3-70b_tp8_pp1.json", 0,
     AT(output_tokens), 208.17717816867716 / 0.9745666315653629},
    {"sglang/llama_3_3_70b_offline_output.jsonl", 0, AT(ttft_s),
     91.28220983641222},
    {"sglang/llama_3_3_70b_offline_output.jsonl", 0, AT(input_tokens),
     1525074. / 3000},
    {"sglang/agg_n100_in512_out128_c32.jsonl", 0, AT(avg_batch),
     28.450295820896617},
    {"sglang/agg_n100_in512_out128_c32.jsonl", 0, AT(tp), 1},
    {"sglang/pd_1p1d_n100_in512_out128_c64.jsonl", 0, AT(num_gpus), 2},
    {"sglang/pd_1p1d_n100_in512_out128_c64.jsonl", 0, AT(tp), NAN},
    {"trtllm/trtllm-bench_1.3.0rc12_report_GB10_SELFTEST.json", 0, AT(energy_j),
     56.1},
    {"trtllm/trtllm-bench_1.3.0rc12_report_GB10_SELFTEST.json", 0,
     AT(avg_power_w), 11.83},
    {"trtllm/trtllm-bench_rtx4070ti_qwen25_0p5b_official_cli_longctx__in1024_"
     "out40_bs1.json",
     0, AT(itl_s), 0.0039679297174358976},
    {"trtllm/trtllm-bench_rtx4070ti_qwen25_0p5b_official_cli_longctx__in1024_"
     "out40_bs1.json",
     0, AT(energy_j), NAN},
    {"genai_perf_aiperf/aiperf__llama_concurrency4__profile_export_aiperf.json",
     0, AT(latency_s), 3.9320831918906247},
    {"genai_perf_aiperf/aiperf__llama_concurrency4__profile_export_aiperf.json",
     0, AT(concurrency), 4},
    /* counter and power of the telemetry differ by 44 % */
    {"genai_perf_aiperf/aiperf__llama_concurrency4__profile_export_aiperf.json",
     0, AT(measured_j), NAN},
    {"genai_perf_aiperf/aiperf_early__run1__profile_export_aiperf.csv", 0,
     AT(requests), 89},
    {"genai_perf_aiperf/aiperf_early__run1__profile_export_aiperf.csv", 0,
     AT(latency_s), 9.05965},
    {"genai_perf_aiperf/aiperf_early__run1__profile_export.jsonl", 0,
     AT(requests), 49},
    {"genai_perf_aiperf/analyze_export_genai_perf.csv", 0, AT(output_tokens),
     1134.92 / 10.12},
    {"genai_perf_aiperf/analyze_export_genai_perf.csv", 0, AT(ttft_s), NAN},
    {"llama_bench/mistralrs__gemma4_b200_sweep_20260529__llama_26b_q8_decode."
     "json",
     0, AT(itl_s), 1.327801360 / 256},
    {"llama_bench/mistralrs__gemma4_b200_sweep_20260529__llama_26b_q8_decode."
     "json",
     0, AT(input_tokens), 128},
    {"llama_bench/kyuz0__rpc__GLM-4.6-UD-Q4_K_XL-00001-of-00005__rocm6_4_4__"
     "hblt0__longctx32768__rpc.log",
     1, AT(throughput_tok_s), 4.12},
    {"mlenergy/Qwen__Qwen3-14B__gpqa.json", 0, AT(energy_per_request_j),
     9599.698100812033},
    {"mlenergy/Qwen__Qwen3-14B__gpqa.json", 0, AT(itl_s), 0.03362808651581872},
    {"mlenergy/deepseek-ai__DeepSeek-R1-0528__gpqa.json", 0, AT(ep), 8},
    {"mlenergy/deepseek-ai__DeepSeek-R1-0528__gpqa.json", 0, AT(num_gpus), 8},
    {"mlenergy/zai-org__CogVideoX-2b__text-to-video.json", 0,
     AT(energy_per_request_j), 27038.686000019312},
    {"mlenergy/zai-org__CogVideoX-2b__text-to-video.json", 0, AT(output_tokens),
     NAN},
    {"mlenergy/v2__llm_text_generation__chat__A100-SXM4-40GB__mistralai__"
     "Mixtral-8x22B-Instruct-v0.1__bs768+tp8+pp2.json",
     0, AT(energy_per_request_j), 514.278854500996},
    {"mlenergy/v2__llm_text_generation__chat__A100-SXM4-40GB__mistralai__"
     "Mixtral-8x22B-Instruct-v0.1__bs768+tp8+pp2.json",
     0, AT(pp), 2},
    /* 222122 without a unit are milliwatts; throughput counts the input too */
    {"llm_inference_bench/Fig_16_a_power_results.csv", 0, AT(avg_power_w),
     222.1222711864407},
    {"llm_inference_bench/Fig_16_a_power_results.csv", 0, AT(throughput_tok_s),
     146.5279250599716 / 2},
    {"llm_inference_bench/all_results_TTFT_ITL.csv", 0, AT(ttft_s),
     2.2758256473345684},
    {"llm_inference_bench/all_results_TTFT_ITL.csv", 0, AT(output_tokens), NAN},
    {"optimum_llmperf/running-mistrals_A100-80GB_full_report.csv", 0,
     AT(latency_s), 29.2},
    {"optimum_llmperf/running-mistrals_A100-80GB_full_report.csv", 0,
     AT(output_tokens), 1000},
    {"optimum_llmperf/running-mistrals_A100-80GB_full_report.csv", 0,
     AT(energy_j), NAN}, /* benchmark.energy is a switch */
    {"optimum_llmperf/aienergyscore__benchmark_report.json", 0, AT(requests),
     1000},
    {"optimum_llmperf/aienergyscore__benchmark_report.json", 0,
     AT(output_tokens), 10},
    /* medians of the measures above 0 */
    {"optimum_llmperf/aienergyscore__benchmark_report.json", 0,
     AT(prefill_energy_j), 288041.62343311444},
    {"optimum_llmperf/aienergyscore__benchmark_report.json", 0,
     AT(decode_energy_j), 246376.69010119454},
};

/* el_import_clear */
static el_import read_sample(const char *file)
{
    char path[1024];
    el_import got = {0};

    (void)snprintf(path, sizeof path, SAMPLES "%s", file);
    assert_int_equal(el_import_read(path, NULL, &got, NULL), EL_OK);
    return got;
}

static void test_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const number *n = &numbers[i];
        el_import got = read_sample(n->file);
        double v;

        assert_true(n->row < got.n_row);
        memcpy(&v, (const char *)&got.row[n->row] + n->at, sizeof v);
        if (isnan(n->want) ? !isnan(v)
                           : !(fabs(v - n->want) <= 1e-12 * fabs(n->want)))
            fail_msg("%s: offset %zu: %.17g, want %.17g", n->file, n->at, v,
                     n->want);
        el_import_clear(&got);
    }
}

/* Energy from the first reading to the last [J]. */
static void test_energy(void **state)
{
    static const struct {
        const char *file;
        double want;
    } logs[] = {
        {"power_nvidia_smi/ap461719_results_gpu_power_log.csv", 1766.17422911},
        {"power_nvidia_smi/flame_nvidia-smi.csv", 79.820331552},
        {"power_nvidia_smi/gtx1650_gpu_power.csv", 18.169349726},
        {"power_nvidia_smi/wilkins_a100_mistral-7b_100ms_nvidia-smi.csv",
         14310.8227305},
        {"awkward/truncated_24576_nvidia-smi.csv", 3265.0934008},
        {"power_intel_xpu/polaris_sample_nvidia-smi.csv", 17932.7414704},
        {"power_intel_xpu/sample_xpu-smi.csv", 35751.85}, /* counter */
        {"genai_perf_aiperf/aiperf__qwen_concurrency2__gpu_telemetry_export."
         "jsonl",
         219.982} /* counter in MJ of one of two exporters */
    };

    (void)state;
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        el_import got = read_sample(logs[i].file);
        double from, to;
        el_power_sum sum;

        assert_int_equal(el_power_span(&got, &from, &to, NULL), EL_OK);
        assert_int_equal(el_power_between(&got, from, to, &sum, NULL), EL_OK);
        if (!(fabs(sum.energy_j / logs[i].want - 1) < 1e-6))
            fail_msg("%s: %.12g J, want %.12g", logs[i].file, sum.energy_j,
                     logs[i].want);
        el_import_clear(&got);
    }
}

static void test_readings(void **state)
{
    static const struct {
        const char *file;
        double power_w, counter_j, window_j;
    } first[] = {
        {"power_nvidia_smi/smi_h200_load_dmon.txt", 630, NAN, NAN},
        {"power_nvidia_smi/tesla-p100_nounits.csv", 28.16, NAN, NAN},
        {"power_nvidia_smi/smi_q_x_a100-sxm4-v12.xml", 67.03, NAN, NAN},
        {"power_dcgm/dcgm_exporter_tesla_t4.prom", 8.969, NAN, NAN},
        {"power_amd/amd-smi_mi355x_gpu_metrics_energy_start.csv", NAN,
         416143212.215, NAN},
        {"power_amd/rocm-smi_rx6700xt_rocm430.json", 6, NAN, NAN},
        {"zeus/A40+bert-base-uncased+gpu0.csv", NAN, NAN, 2924.4619999974966},
        {"codecarbon/emissions_v2.2.2_RTX2060.csv", NAN, NAN,
         0.116291512443353 * 3.6e6},
    };

    (void)state;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        el_import got = read_sample(first[i].file);

        if (!isnan(first[i].window_j)) {
            assert_close(got.window[0].energy_j, first[i].window_j, 1e-12, 0);
        } else {
            assert_true(
                el_known_equal(got.sample[0].power_w, first[i].power_w));
            assert_true(
                el_known_equal(got.sample[0].counter_j, first[i].counter_j));
        }
        el_import_clear(&got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_energy), cmocka_unit_test(test_readings)};
    DIR *dir = opendir(SAMPLES);

    if (!dir)
        return 77;
    (void)closedir(dir);
    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(concurrency-mt-unsafe) */
