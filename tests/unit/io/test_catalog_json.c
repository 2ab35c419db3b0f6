/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/catalog_json.h"
#include "io/csv.h"
#include "io/json.h"

static el_catalog *built_in(void)
{
    el_catalog *c = NULL;
    el_error err = {0};

    if (el_catalog_load(NULL, &c, &err) != EL_OK)
        fail_msg("%s", err.message);
    return c;
}

/* ---- what is compiled in ---- */

static void check_entry(const el_entry *entry)
{
    static const char slug_char[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";

    assert_int_equal(strspn(entry->slug, slug_char), strlen(entry->slug));
    assert_true(entry->slug[0] != '\0');
    assert_true(entry->n_alias > 0);
    for (size_t i = 0; i < entry->n_fact; i++) {
        const el_fact *f = &entry->fact[i];

        if (el_is_known(f->value) && (!isfinite(f->value) || f->value < 0.0))
            fail_msg("%s: %s = %g", entry->path, f->key, f->value);
        assert_true(f->source[0] != '\0');
        assert_true(f->confidence[0] != '\0');
    }
}

static void entries_are_sound(void **state)
{
    el_catalog *c = built_in();

    (void)state;
    assert_true(el_catalog_n_gpus(c) >= 25);
    assert_true(el_catalog_n_llms(c) >= 60);
    for (size_t i = 0; i < el_catalog_n_gpus(c); i++) {
        const el_gpu *gpu = el_catalog_gpu_at(c, i);

        check_entry(el_catalog_gpu_entry(c, i));
        assert_ptr_equal(el_catalog_find_gpu(c, gpu->slug), gpu);
        assert_ptr_equal(el_catalog_find_gpu(c, gpu->name), gpu);
        assert_true(gpu->memory_bytes > 1e10 && gpu->fp16_flop_s > 1e13);
        assert_true(gpu->tdp_w > 50.0 && gpu->mem_bw_bytes_s > 1e11);
        assert_true(!(gpu->idle_context_w < gpu->idle_w));
        if (i > 0)
            assert_true(strcmp(el_catalog_gpu_at(c, i - 1)->slug, gpu->slug) <
                        0);
    }
    for (size_t i = 0; i < el_catalog_n_llms(c); i++) {
        const el_llm *llm = el_catalog_llm_at(c, i);

        check_entry(el_catalog_llm_entry(c, i));
        assert_ptr_equal(el_catalog_find_llm(c, llm->slug), llm);
        assert_ptr_equal(el_catalog_find_llm(c, llm->name), llm);
        assert_true(llm->family[0] != '\0');
        assert_true(llm->params >= llm->active_params);
        assert_true(llm->active_params > llm->body_params);
        assert_true(llm->body_params > 1e7 && llm->vocab > 1e4);
        assert_true(llm->window_layers <= llm->attention_layers);
        assert_true((llm->window_layers > 0.0) == (llm->sliding_window > 0.0));
        assert_true((llm->experts > 0.0) == (llm->moe_layers > 0.0));
        assert_true((llm->attention_layers > 0.0) ==
                    (llm->kv_bytes_per_token > 0.0));
        assert_true(llm->weight_bits >= 4.0 && llm->weight_bits <= 16.0);
        if (llm->experts == 0.0 && llm->arch != EL_ARCH_VLM)
            assert_true(llm->params < 1.7 * llm->active_params);
    }
    el_catalog_free(c);
}

static void is_gpu(const el_catalog *c, const char *name, const char *slug)
{
    const el_gpu *gpu = el_catalog_find_gpu(c, name);

    if (!gpu || strcmp(gpu->slug, slug) != 0)
        fail_msg("\"%s\" is %s, want %s", name, gpu ? gpu->slug : "unknown",
                 slug);
}

static void is_llm(const el_catalog *c, const char *name, const char *slug)
{
    const el_llm *llm = el_catalog_find_llm(c, name);

    if (!llm || strcmp(llm->slug, slug) != 0)
        fail_msg("\"%s\" is %s, want %s", name, llm ? llm->slug : "unknown",
                 slug);
}

static void gpu_aliases(void **state)
{
    static const char *const pair[][2] = {
        {"h100", "h100-sxm5-80gb"},
        {"h200-sxm", "h200-sxm-141gb"},
        {"h200_sxm", "h200-sxm-141gb"},
        {"b200", "b200-sxm-180gb"},
        {"NVIDIA A100-SXM4-40GB", "a100-sxm4-40gb"},
        {"A100-PCIE-40GB", "a100-pcie-40gb"},
        {"NVIDIA A100 80GB PCIe", "a100-pcie-80gb"},
        {"NVIDIA H100 80GB HBM3", "h100-sxm5-80gb"},
        {"NVIDIA H100 PCIe", "h100-pcie-80gb"},
        {"NVIDIA H100 NVL", "h100-nvl-94gb"},
        {"NVIDIA H200", "h200-sxm-141gb"},
        {"NVIDIA GH200 480GB", "gh200-96gb"},
        {"GH200-96GB (HBM3)", "gh200-96gb"},
        {"NVIDIA B200", "b200-sxm-180gb"},
        {"NVIDIA L40S", "l40s"},
        {"NVIDIA A10G", "a10g"},
        {"Tesla V100-SXM2-32GB", "v100-sxm2-32gb"},
        {"Tesla V100-PCIE-16GB", "v100-pcie-16gb"},
        {"NVIDIA GeForce RTX 4090", "rtx-4090"},
        {"RTX4090", "rtx-4090"},
        {"AMD Instinct MI300X", "mi300x"},
        {"AMD Instinct MI355 OAM", "mi355x"},
        {"Intel(R) Data Center GPU Max 1550", "max-1550"},
        {"Intel Data Center GPU Max 1550", "max-1550"},
        {"Max1550", "max-1550"},
        /* form and memory in other words */
        {"NVIDIA B200-SXM6-192GB", "b200-sxm-180gb"},
        {"AMD Instinct MI300X-OAM-192GB-HBM3", "mi300x"},
        {"NVIDIA H200 141GB HBM3e", "h200-sxm-141gb"},
        {"L40S-48GB", "l40s"},
        {"RTX-4090-24GB", "rtx-4090"},
    };
    el_catalog *c = built_in();

    (void)state;
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        is_gpu(c, pair[i][0], pair[i][1]);
    assert_null(el_catalog_find_gpu(c, "a100"));
    assert_null(el_catalog_find_gpu(c, "a100-80gb"));
    assert_null(el_catalog_find_gpu(c, "v100"));
    assert_null(el_catalog_find_gpu(c, "H100-64GB")); /* another board */
    assert_null(el_catalog_find_gpu(c, "H100-SXM5-96GB"));
    assert_null(el_catalog_find_gpu(c, "NVIDIA A100-SXM4-40GB MIG 1g.5gb"));
    el_catalog_free(c);
}

static void llm_aliases(void **state)
{
    static const char *const pair[][2] = {
        {"meta-llama/Meta-Llama-3-8B", "llama-3-8b"},
        {"meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"},
        {"meta-llama/Llama-2-70b-chat-hf", "llama-2-70b"},
        {"llama2-70b", "llama-2-70b"},
        {"nvidia/Llama-3.3-70B-Instruct-FP4", "llama-3.3-70b"},
        {"hugging-quants/Meta-Llama-3.1-405B-Instruct-AWQ-INT4",
         "llama-3.1-405b"},
        {"Qwen/Qwen2.5-14B-Instruct", "qwen2.5-14b"},
        {"Qwen/Qwen2.5-72B-Instruct-GPTQ-Int4", "qwen2.5-72b"},
        {"Qwen/Qwen3-235B-A22B-Thinking-2507-FP8", "qwen3-235b-a22b"},
        {"Qwen/Qwen3-VL-30B-A3B-Instruct", "qwen3-vl-30b-a3b"},
        {"deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
         "deepseek-r1-distill-qwen-32b"},
        {"deepseek-ai/DeepSeek-R1-0528", "deepseek-r1"},
        {"nvidia/DeepSeek-V3.1-NVFP4", "deepseek-v3.1"},
        {"mistralai/Mistral-7B-Instruct-v0.3", "mistral-7b-v0.3"},
        {"mistralai/Mixtral-8x7B-Instruct-v0.1", "mixtral-8x7b"},
        {"google/gemma-2-2b-it", "gemma-2-2b"},
        {"google/gemma-2b-it", "gemma-2b"},
        {"openai/gpt-oss-120b", "gpt-oss-120b"},
        {"microsoft/Phi-3-mini-4k-instruct", "phi-3-mini-4k"},
        {"RedHatAI/Llama-4-Scout-17B-16E-Instruct-FP8-dynamic",
         "llama-4-scout-17b-16e"},
        {"TheBloke/Llama-2-7b-Chat-GPTQ", "llama-2-7b"},
        {"qwen-qwen2.5-7b-instruct-awq", "qwen2.5-7b"},
    };
    el_catalog *c = built_in();

    (void)state;
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        is_llm(c, pair[i][0], pair[i][1]);
    assert_null(el_catalog_find_llm(c, "mistral-7b"));
    assert_null(el_catalog_find_llm(c, "Qwen/Qwen3-5B"));
    assert_null(el_catalog_find_llm(c, "my-private-model"));
    assert_null(el_catalog_find_llm(c, "x/7B")); /* not Qwen-7B */
    assert_null(el_catalog_find_llm(c, "R1"));
    el_catalog_free(c);
}

/* Values that the published configurations fix. */
static void known_shapes(void **state)
{
    el_catalog *c = built_in();
    const el_llm *v3 = el_catalog_find_llm(c, "deepseek-v3");
    const el_llm *oss = el_catalog_find_llm(c, "gpt-oss-20b");
    const el_llm *qwq = el_catalog_find_llm(c, "qwq-32b");
    const el_llm *jamba = el_catalog_find_llm(c, "jamba-v0.1");

    (void)state;
    assert_true(v3 && oss && qwq && jamba);
    assert_close(v3->kv_bytes_per_token, 2.0 * 576 * 61, 0, 0); /* MLA */
    assert_close(v3->params, 671e9, 0.001, 0);
    assert_close(v3->weight_bits, 8, 0, 0);
    assert_close(oss->weight_bits, 5.3, 0.05, 0); /* MXFP4 experts, BF16 rest */
    assert_close(oss->sliding_window, 128, 0, 0);
    assert_close(oss->window_layers, 12, 0, 0);
    assert_string_equal(qwq->base, "qwen2.5-32b");
    assert_close(qwq->params, el_catalog_find_llm(c, "qwen2.5-32b")->params, 0,
                 0);
    assert_int_equal(jamba->arch, EL_ARCH_HYBRID);
    assert_close(jamba->attention_layers, 4, 0, 0);
    assert_close(el_catalog_find_llm(c, "mistral-7b-v0.2")->sliding_window, 0,
                 0, 0);
    el_catalog_free(c);
}

/* ---- against the tables that are not in the repository ---- */

static el_csv *shared_csv(const char *name)
{
    char path[1024];
    el_csv *csv = NULL;
    el_error err = {0};

    (void)snprintf(path, sizeof path, EL_SHARED "/%s", name);
    if (access(path, R_OK) != 0)
        return NULL;
    if (el_csv_read(path, &csv, &err) != EL_OK)
        fail_msg("%s", err.message);
    return csv;
}

static void cell(const el_csv *csv, size_t row, const char *column, char *out,
                 size_t cap)
{
    el_slice s = el_csv_cell(csv, row, el_csv_column(csv, column));

    assert_true(s.len < cap);
    memcpy(out, s.text, s.len);
    out[s.len] = '\0';
}

static int unresolved_in(const el_catalog *c, const char *file)
{
    el_csv *csv = shared_csv(file);
    char model[200] = "", gpu[200] = "", last[200] = "";
    int bad = 0;

    if (!csv)
        return -1;
    for (size_t i = 0; i < el_csv_n_records(csv); i++) {
        cell(csv, i, "model", model, sizeof model);
        cell(csv, i, "gpu", gpu, sizeof gpu);
        if (strcmp(model, last) != 0 && !el_catalog_find_llm(c, model)) {
            print_message("%s: model %s does not resolve\n", file, model);
            bad++;
        }
        if (!el_catalog_find_gpu(c, gpu)) {
            print_message("%s: GPU %s does not resolve\n", file, gpu);
            bad++;
        }
        memcpy(last, model, sizeof last);
    }
    el_csv_free(csv);
    return bad;
}

static void measured_names_resolve(void **state)
{
    static const char *const file[] = {"argonne_synthetic", "mlenergy_v2",
                                       "mlenergy_v3_h100",
                                       "splitwise_llama2_70b"};
    el_catalog *c = built_in();
    int bad = 0;

    (void)state;
    for (size_t i = 0; i < sizeof file / sizeof *file && bad >= 0; i++) {
        char path[128];
        int n;

        (void)snprintf(path, sizeof path, "data/measurements/%s.csv", file[i]);
        n = unresolved_in(c, path);
        bad = n < 0 ? -1 : bad + n;
    }
    el_catalog_free(c);
    if (bad < 0)
        skip();
    assert_int_equal(bad, 0);
}

/* Compare with a computed column [billions], to 1 %; blank: nothing. */
static void compare(const el_csv *csv, size_t row, const char *column,
                    double have)
{
    el_slice s = el_csv_cell(csv, row, el_csv_column(csv, column));
    double want;

    if (s.len == 0)
        return;
    assert_true(el_parse_double(s.text, s.len, &want));
    assert_close(have, want * 1e9, 0.01, 0.0006e9);
}

static void table_models_agree(void **state)
{
    el_csv *csv = shared_csv("catalog/models.csv");
    el_catalog *c;

    (void)state;
    if (!csv)
        skip();
    c = built_in();
    for (size_t i = 0; i < el_csv_n_records(csv); i++) {
        char name[100];
        const el_llm *llm;

        cell(csv, i, "model", name, sizeof name);
        if (strcmp(name, "Llama-3/3.1/3.3-70B") == 0)
            (void)strcpy(name, "Llama-3.3-70B"); /* one entry each */
        else if (strcmp(name, "Qwen2/2.5-72B") == 0)
            (void)strcpy(name, "Qwen2.5-72B");
        else if (strcmp(name, "DeepSeek-V3 / R1") == 0)
            (void)strcpy(name, "DeepSeek-R1");
        llm = el_catalog_find_llm(c, name);
        if (!llm) {
            fail_msg("%s: unknown", name);
            continue;
        }
        /* rows of text models count the text part alone */
        compare(csv, i, "params_total_B_computed",
                llm->params +
                    (llm->arch == EL_ARCH_VLM ? llm->vision_params : 0.0));
        compare(csv, i, "params_active_B_computed", llm->active_params);
        compare(csv, i, "params_body_active_B", llm->body_params);
    }
    el_catalog_free(c);
    el_csv_free(csv);
}

static void table_gpus_agree(void **state)
{
    el_csv *csv = shared_csv("catalog/gpus.csv");
    el_catalog *c;

    (void)state;
    if (!csv)
        skip();
    c = built_in();
    for (size_t i = 0; i < el_csv_n_records(csv); i++) {
        char name[100];
        const el_gpu *gpu;

        cell(csv, i, "gpu", name, sizeof name);
        if (strcmp(name, "V100-PCIe-16/32GB") == 0)
            (void)strcpy(name, "V100-PCIe-32GB");
        gpu = el_catalog_find_gpu(c, name);
        if (!gpu) {
            fail_msg("%s: unknown", name);
            continue;
        }
        compare(csv, i, "mem_bw_GBps", gpu->mem_bw_bytes_s);
        compare(csv, i, "fp16_bf16_dense_TFLOPS", gpu->fp16_flop_s / 1e3);
        compare(csv, i, "memory_GB", gpu->memory_bytes * 1e9 / 0x1p30);
    }
    el_catalog_free(c);
    el_csv_free(csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_sound),
        cmocka_unit_test(gpu_aliases),
        cmocka_unit_test(llm_aliases),
        cmocka_unit_test(known_shapes),
        cmocka_unit_test(measured_names_resolve),
        cmocka_unit_test(table_models_agree),
        cmocka_unit_test(table_gpus_agree),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
