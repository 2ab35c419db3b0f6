/* SPDX-License-Identifier: Apache-2.0 */
/* One small file a format, made up here; layouts are those of the tools. */
#ifndef EL_IMPORT_SAMPLE_H
#define EL_IMPORT_SAMPLE_H
#include <stddef.h>

typedef struct el_import_sample {
    const char *name, *text, *format;
    size_t rows, readings, windows;
} el_import_sample;

#define EL_SAMPLE_VLLM                                                         \
    "{\"date\": \"20260102-120020\", \"backend\": \"vllm\", \"model_id\": "    \
    "\"meta-llama/Llama-3.1-8B\", \"num_prompts\": 20, \"request_rate\": "     \
    "\"inf\", \"burstiness\": 1.0, \"max_concurrency\": 4, \"duration\": "     \
    "10.0, \"completed\": 20, \"total_input_tokens\": 2000, "                  \
    "\"total_output_tokens\": 640, \"request_throughput\": 2.0, "              \
    "\"request_goodput:\": null, \"output_throughput\": 64.0, "                \
    "\"mean_ttft_ms\": 50.0, \"mean_itl_ms\": 21.0, \"mean_e2el_ms\": 700.0}"

#define EL_SAMPLE_SGLANG                                                       \
    "{\"backend\": \"sglang\", \"dataset_name\": \"random\", "                 \
    "\"request_rate\": Infinity, \"max_concurrency\": 8, "                     \
    "\"random_input_len\": 64, \"server_info\": {\"model_path\": \"a/b\", "    \
    "\"tp_size\": 2, \"dtype\": \"auto\"}, \"duration\": 4.0, "                \
    "\"completed\": 40, \"total_input_tokens\": 2560, "                        \
    "\"total_output_tokens\": 1280, \"output_throughput\": 320.0, "            \
    "\"mean_e2e_latency_ms\": 800.0, \"mean_ttft_ms\": 30.0, "                 \
    "\"mean_itl_ms\": 24.0, \"concurrency\": 8.0}\n"

static const el_import_sample el_import_samples[] = {
    {"bench.json", EL_SAMPLE_VLLM, "vllm", 1, 0, 0},
    {"bench.jsonl", EL_SAMPLE_VLLM "\n" EL_SAMPLE_VLLM "\n", "vllm", 2, 0, 0},
    {"latency.json",
     "{\"avg_latency\": 7.5, \"latencies\": [7.4, 7.6], \"percentiles\": {}}",
     "vllm", 1, 0, 0},
    {"suite.json",
     "[{\"Test name\": \"tp8_qps_01\", \"GPU\": \"1xVM x 1\", \"# of req.\": "
     "200, \"Tput (req/s)\": 2.0, \"Output Tput (tok/s)\": 400.0, \"Total Tput "
     "(tok/s)\": 1000.0, \"Mean TTFT (ms)\": 65.0, \"Mean ITL (ms)\": 24.0}]",
     "vllm", 1, 0, 0},
    {"sglang.jsonl", EL_SAMPLE_SGLANG EL_SAMPLE_SGLANG, "sglang", 2, 0, 0},
    {"trtllm.json",
     "{\"engine\": {\"model\": \"a/b\", \"dtype\": \"bfloat16\", "
     "\"quantization\": \"FP8\"}, \"machine\": {\"name\": \"NVIDIA L4\"}, "
     "\"world_info\": {\"tp_size\": 2, \"pp_size\": 1, \"world_size\": 2, "
     "\"max_batch_size\": 4}, \"request_info\": {\"num_requests\": 10, "
     "\"avg_input_length\": 128.0, \"avg_output_length\": 32.0, "
     "\"avg_num_concurrent_requests\": 3.5}, \"performance\": "
     "{\"total_latency_ms\": 2000.0, \"avg_request_latency_ms\": 500.0, "
     "\"system_output_throughput_tok_s\": 160.0}, \"energy\": "
     "{\"total_energy_j\": 240.0, \"average_gpu_power\": 60.0}, "
     "\"streaming_metrics\": {\"avg_ttft_ms\": 20.0, \"avg_tpot_ms\": 15.0}}",
     "trtllm", 1, 0, 0},
    {"aiperf.json",
     "{\"request_throughput\": {\"unit\": \"requests/sec\", \"avg\": 2.0}, "
     "\"request_latency\": {\"unit\": \"ms\", \"avg\": 1500.0}, "
     "\"request_count\": {\"unit\": \"requests\", \"avg\": 20.0}, "
     "\"time_to_first_token\": {\"unit\": \"ms\", \"avg\": 40.0}, "
     "\"inter_token_latency\": {\"unit\": \"ms\", \"avg\": 20.0}, "
     "\"output_token_throughput\": {\"unit\": \"tokens/sec\", \"avg\": 128.0}, "
     "\"output_sequence_length\": {\"unit\": \"tokens\", \"avg\": 64.0}, "
     "\"input_sequence_length\": {\"unit\": \"tokens\", \"avg\": 100.0}, "
     "\"benchmark_duration\": {\"unit\": \"sec\", \"avg\": 10.0}, "
     "\"min_request_timestamp\": {\"unit\": \"ns\", \"avg\": 1.75e18}, "
     "\"max_response_timestamp\": {\"unit\": \"ns\", \"avg\": 1.75000001e18}, "
     "\"input_config\": {\"endpoint\": {\"model_names\": [\"a/b\"]}, "
     "\"loadgen\": {\"concurrency\": 4}}, \"telemetry_data\": {\"endpoints\": "
     "{\"h:1\": {\"gpus\": {\"gpu_0\": {\"gpu_name\": \"NVIDIA L4\", "
     "\"gpu_uuid\": \"GPU-1\", \"metrics\": {\"gpu_power_usage\": {\"unit\": "
     "\"W\", \"avg\": 70.0}, \"energy_consumption\": {\"unit\": \"MJ\", "
     "\"min\": 1.0, \"max\": 1.0007}}}}}, \"h:2\": {\"gpus\": {\"gpu_0\": "
     "{\"gpu_uuid\": \"GPU-1\", \"metrics\": {}}}}}}}",
     "aiperf", 1, 0, 0},
    {"aiperf.csv",
     "Metric,avg,min\r\nInput Sequence Length (tokens),100.00,100.00\r\n"
     "Output Sequence Length (tokens),64.00,64.00\r\n"
     "Request Latency (ms),1500.00,1400.00\r\n"
     "Time to First Token (ms),40.00,30.00\r\n"
     "Inter Token Latency (ms),20.00,10.00\r\n\r\nMetric,Value\r\n"
     "Benchmark Duration (sec),10.00\r\nRequest Count,20.00\r\n"
     "Output Token Throughput (tokens/sec),128.00\r\n",
     "aiperf-csv", 1, 0, 0},
    {"analyze.csv",
     "Config Name,Concurrency,ISL,Num Prompts,p99 Time To First Token (ms),"
     "Avg. Output Token Throughput (tokens/sec),Request Throughput "
     "(requests/sec)\r\nc1,32,200,175,184.43,1200.00,10.00\r\n"
     "c2,16,200,100,150.00,600.00,5.00\r\n\r\n"
     "Config Name,GPU,p99 GPU Power Usage (W)\r\nc1,gpu0,80.43\r\n",
     "aiperf-csv", 2, 0, 0},
    {"telemetry.jsonl",
     "{\"timestamp_ns\": 1750000000000000000, \"dcgm_url\": \"u1\", "
     "\"gpu_index\": 0, \"gpu_uuid\": \"GPU-1\", \"gpu_model_name\": \"NVIDIA "
     "L4\", \"telemetry_data\": {\"gpu_power_usage\": 60.0, "
     "\"energy_consumption\": 2.0}}\n"
     "{\"timestamp_ns\": 1750000000000000000, \"dcgm_url\": \"u2\", "
     "\"gpu_index\": 0, \"gpu_uuid\": \"GPU-1\", \"telemetry_data\": "
     "{\"gpu_power_usage\": 60.0, \"energy_consumption\": 2.0}}\n"
     "{\"timestamp_ns\": 1750000001000000000, \"dcgm_url\": \"u1\", "
     "\"gpu_index\": 0, \"gpu_uuid\": \"GPU-1\", \"telemetry_data\": "
     "{\"gpu_power_usage\": 62.0, \"energy_consumption\": 2.000061}}\n",
     "aiperf-telemetry", 0, 2, 0},
    {"llama.json",
     ">>> a name\n[{\"model_filename\": \"/m/Qwen3-4B-Q8_0.gguf\", "
     "\"model_type\": \"qwen3 4B Q8_0\", \"gpu_info\": \"NVIDIA L4\", "
     "\"model_n_params\": 4000000000, \"n_prompt\": 512, \"n_gen\": 0, "
     "\"n_depth\": 0, \"avg_ns\": 100000000, \"avg_ts\": 5120.0}, "
     "{\"model_filename\": \"/m/Qwen3-4B-Q8_0.gguf\", \"model_type\": \"qwen3 "
     "4B Q8_0\", \"gpu_info\": \"NVIDIA L4\", \"model_n_params\": 4000000000, "
     "\"n_prompt\": 0, \"n_gen\": 128, \"n_depth\": 256, \"avg_ns\": "
     "2560000000, \"avg_ts\": 50.0}]\n=== stderr ===\n",
     "llama-bench", 2, 0, 0},
    {"llama.csv",
     "model_filename,model_type,gpu_info,model_n_params,n_prompt,n_gen,n_depth,"
     "avg_ns,avg_ts\n\"m/x.gguf\",\"llama 7B Q4_K - Medium\",\"NVIDIA L4\","
     "\"7000000000\",\"0\",\"128\",\"0\",\"2560000000\",\"50.0\"\n",
     "llama-bench", 1, 0, 0},
    {"llama.md",
     "| model | size | params | test | t/s |\n| --- | ---: | ---: | ---: | "
     "---: |\n| llama 7B Q4_K | 3.5 GiB | 7 B | pp512 @ d1024 | 1000.00 \xC2"
     "\xB1 1.00 |\n| llama 7B Q4_K | 3.5 GiB | 7 B | tg128 | 50.00 \xC2\xB1 "
     "0.10 |\n",
     "llama-bench", 2, 0, 0},
    {"optimum.json",
     "{\"config\": {\"backend\": {\"name\": \"pytorch\", \"model\": \"a/b\", "
     "\"device\": \"cuda\"}, \"scenario\": {\"input_shapes\": {\"batch_size\": "
     "2, \"sequence_length\": 64}, \"generate_kwargs\": {\"max_new_tokens\": "
     "11}}, \"environment\": {\"gpu\": [\"NVIDIA L4\"]}}, \"report\": "
     "{\"prefill\": {\"latency\": {\"unit\": \"s\", \"mean\": 0.1}, "
     "\"energy\": "
     "{\"unit\": \"kWh\", \"gpu\": 1e-6, \"total\": 2e-6}}, \"decode\": "
     "{\"latency\": {\"unit\": \"s\", \"mean\": 0.5}, \"energy\": {\"unit\": "
     "\"kWh\", \"gpu\": 4e-6, \"total\": 5e-6}}}}",
     "optimum-benchmark", 1, 0, 0},
    {"optimum.csv",
     "model,benchmark.input_shapes.batch_size,benchmark.new_tokens,generate."
     "latency(s),generate.throughput(tokens/s)\na/b,4,100,8.0,50.0\n",
     "optimum-benchmark-csv", 1, 0, 0},
    {"mlenergy.json",
     "{\"model_id\": \"a/b\", \"task\": \"chat\", \"total_params_billions\": "
     "14.0, \"configurations\": [{\"gpu_model\": \"H100\", \"num_gpus\": 2, "
     "\"max_num_seqs\": 8, \"avg_output_len\": 100.0, "
     "\"energy_per_request_joules\": 50.0, \"energy_per_token_joules\": 0.5, "
     "\"median_itl_ms\": 12.0, \"parallelization\": {\"tensor_parallel\": "
     "2}}]}",
     "mlenergy", 1, 0, 0},
    {"mlenergy2.json",
     "{\"Model\": \"a/b\", \"GPU\": \"NVIDIA H100 80GB HBM3\", \"TP\": 1, "
     "\"PP\": 1, \"Energy/req (J)\": 55.0, \"Avg TPOT (s)\": 0.2, \"Token tput "
     "(tok/s)\": 2000.0, \"Avg Output Tokens\": 480.0, \"Max BS (reqs)\": 64}",
     "mlenergy", 1, 0, 0},
    {"argonne.csv",
     "Hardware,Num of Hardware,Framework,Model,Input Output Length,Batch Size,"
     "Latency,Throughput,avg_power\n\nNvidia A100 GPU,1,vLLM,a/b,1024,16,10.0,"
     "3276.8,250000.0\n",
     "llm-inference-bench", 1, 0, 0},
    {"smi.csv",
     "timestamp, index, name, power.draw [W], utilization.gpu [%]\n"
     "2026/01/02 12:00:00.000, 0, NVIDIA L4, 60.50 W, 95 %\n"
     "2026/01/02 12:00:01.000, 0, NVIDIA L4, [N/A], 95 %\n"
     "2026/01/02 12:00:02.000, 0, NVIDIA L4, 61.50 W, 95 %\n",
     "nvidia-smi", 0, 2, 0},
    {"nounits.csv",
     "timestamp, power.draw [W]\n2026/01/02 12:00:00.000, 60.50\n"
     "2026/01/02 12:00:01.000, 61.50\n",
     "nvidia-smi", 0, 2, 0},
    {"semicolon.csv",
     "timestamp;index;power.draw [W]\n2026/01/02 12:00:00,000;0;60,50 W\n"
     "2026/01/02 12:00:01,000;0;61,50 W\n",
     "nvidia-smi", 0, 2, 0},
    {"dmon.txt",
     "#Date       Time        gpu    pwr  gtemp\n#YYYYMMDD   HH:MM:SS    Idx "
     "     W      C\n 20260102   12:00:00      0     60     42\n 20260102   "
     "12:00:01      0      -     42\n 20260102   12:00:02      0     62     "
     "42\n",
     "nvidia-smi-dmon", 0, 2, 0},
    {"smi.xml",
     "<?xml version=\"1.0\" ?>\n<nvidia_smi_log>\n<gpu id=\"0\">"
     "<product_name>NVIDIA L4</product_name><uuid>GPU-1</uuid>"
     "<gpu_power_readings><power_draw>60.25 W</power_draw>"
     "</gpu_power_readings></gpu>\n<gpu id=\"1\"><uuid>GPU-2</uuid>"
     "<power_readings><power_draw>N/A</power_draw></power_readings></gpu>\n"
     "</nvidia_smi_log>\n",
     "nvidia-smi-xml", 0, 1, 0},
    {"dcgm.prom",
     "# TYPE DCGM_FI_DEV_POWER_USAGE gauge\n"
     "DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",UUID=\"GPU-1\",modelName=\"NVIDIA "
     "L4\",GPU_I_ID=\"1\"} 60.5 1750000000000\n"
     "DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",UUID=\"GPU-1\",modelName=\"NVIDIA "
     "L4\",GPU_I_ID=\"2\"} 60.5 1750000000000\n"
     "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu=\"0\",UUID=\"GPU-1\"} 5000 "
     "1750000000000\n"
     "DCGM_FI_DEV_POWER_USAGE{gpu=\"1\",UUID=\"GPU-2\"} 9223372036854775794\n",
     "prometheus", 0, 2, 0},
    {"rocm.json",
     "{\"card0\": {\"Average Graphics Package Power (W)\": \"39.0\"}, "
     "\"card1\": {\"Accumulated Energy (uJ)\": \"5000000\"}, \"system\": "
     "{\"Driver version\": \"5.0\"}}",
     "rocm-smi", 0, 2, 0},
    {"amd.csv",
     "timestamp,gpu,activity,socket_power\n1750000000,0,\"['N/A', "
     "'1']\",140\n\n1750000001,0,\"['N/A']\",N/A\n1750000002,0,x,141\n",
     "amd-smi", 0, 2, 0},
    {"amd.json",
     "[{\"gpu\": 0, \"power\": {\"socket_power\": {\"value\": 140, \"unit\": "
     "\"W\"}}, \"energy\": {\"total_energy_consumption\": {\"value\": 5.5, "
     "\"unit\": \"J\"}}}]",
     "amd-smi", 0, 1, 0},
    {"xpu.csv",
     "Timestamp, DeviceId, GPU Power (W), GPU Energy Consumed (J)\n"
     "23:59:59.000,    0, 300.00, 1000.00\n00:00:00.000,    0, 300.00, "
     "1300.00\n",
     "xpu-smi", 0, 2, 0},
    {"zeus.csv",
     "start_time,window_name,elapsed_time,gpu0_energy,gpu1_energy\n"
     "1000.5,a,10.0,3000.0,3100.0\n1012.5,b,10.0,3000.0,0.0\n",
     "zeus", 0, 0, 3},
    {"emissions.csv",
     "timestamp,run_id,duration,emissions,gpu_energy,energy_consumed\n"
     "2026-01-02T12:00:10,r1,10.0,1e-5,1e-3,2e-3\n"
     "2026-01-02T12:00:20,r1,20.0,2e-5,3e-3,4e-3\n",
     "codecarbon", 0, 0, 2},
};

#define EL_N_IMPORT_SAMPLES                                                    \
    (sizeof el_import_samples / sizeof *el_import_samples)

#endif
