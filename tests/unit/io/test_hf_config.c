/* SPDX-License-Identifier: Apache-2.0 */
/* Published configs give their published parameter counts. */
#include "el_test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/catalog_json.h"
#include "io/file.h"
#include "io/hf_config.h"
#include "io/json.h"

#include "base/mem.h"

#define HF    EL_SHARED "/samples/hf_config/"
#define QUANT EL_SHARED "/samples/hf_quant/"

/*
 * Parameters in billions as published: `exact` is the sum of tensors that the
 * hub shows for the repository, `card` the rounded number of the model card or
 * report (recalled, not fetched here; ../shared/catalog/models.csv agrees
 * where it has the model). `tower` says that the number has the vision tower
 * in it. Multi-token-prediction layers are in none of them: cards of
 * DeepSeek-V3 (671 B), GLM-4.5 (355 B) and Step leave them out, as
 * el_arch_desc does.
 */
typedef struct published {
    const char *file;
    double params_b;
    const char *source; /* card or exact */
    bool tower;
    double kv_bytes; /* of one token, 16 bits (MLA: latent) or as stored */
} published;

static const published table[] = {
    {HF "EleutherAI__gpt-neox-20b.json", 20.55, "card", false, 1081344},
    {HF "LGAI-EXAONE__EXAONE-3.0-7.8B-Instruct.json", 7.82, "card", false,
     131072},
    {HF "MiniMaxAI__MiniMax-M2.5.json", 229, "exact", false, 253952},
    {HF "NousResearch__Llama-2-13b-hf.json", 13.015864320, "exact", false,
     819200},
    {HF "OpenGVLab__InternVL2_5-1B.json", 0.938, "card", true, 12288},
    {HF "Qwen__Qwen-7B.json", 7.721324544, "exact", false, 524288},
    {HF "Qwen__Qwen2-7B.json", 7.615616512, "exact", false, 57344},
    {HF "Qwen__Qwen2.5-0.5B.json", 0.494032768, "exact", false, 12288},
    {HF "Qwen__Qwen2.5-32B.json", 32.763876352, "exact", false, 262144},
    {HF "Qwen__Qwen2.5-3B.json", 3.085938688, "exact", false, 36864},
    {HF "Qwen__Qwen2.5-72B.json", 72.706203648, "exact", false, 327680},
    {HF "Qwen__Qwen2.5-7B.json", 7.615616512, "exact", false, 57344},
    {HF "Qwen__Qwen2.5-VL-7B-Instruct.json", 8.292166656, "exact", true, 57344},
    {HF "Qwen__Qwen3-0.6B.json", 0.596049920, "exact", false, 114688},
    {HF "Qwen__Qwen3-14B.json", 14.768307200, "exact", false, 163840},
    {HF "Qwen__Qwen3-235B-A22B.json", 235.093634560, "exact", false, 192512},
    {HF "Qwen__Qwen3-30B-A3B.json", 30.532122624, "exact", false, 98304},
    {HF "Qwen__Qwen3-32B.json", 32.762123264, "exact", false, 262144},
    {HF "Qwen__Qwen3-4B.json", 4.022468096, "exact", false, 147456},
    {HF "Qwen__Qwen3-8B.json", 8.190735360, "exact", false, 147456},
    {HF "Qwen__Qwen3-VL-2B-Instruct.json", 2.127532032, "exact", true, 114688},
    {HF "Qwen__Qwen3-VL-30B-A3B-Instruct.json", 31.070754032, "exact", true,
     98304},
    /* 27.8 B on the hub: with the MTP layer of 0.42 B, which we leave out */
    {HF "Qwen__Qwen3.5-27B.json", 27.36, "card", true, 65536},
    {HF "THUDM__chatglm3-6b.json", 6.243584032, "exact", false, 28672},
    {HF "THUDM__glm-4-9b.json", 9.399951392, "exact", false, 40960},
    {HF "ai21labs__AI21-Jamba-1.5-Mini.json", 51.570323328, "exact", false,
     16384},
    {HF "bigscience__bloom-7b1.json", 7.069016064, "exact", false, 491520},
    {HF "codellama__CodeLlama-34b-Instruct-hf.json", 33.743970304, "exact",
     false, 196608},
    {HF "deepseek-ai__DeepSeek-R1.json", 671, "card", false, 70272},
    {HF "deepseek-ai__DeepSeek-V2-Lite.json", 15.706484224, "exact", false,
     31104},
    {HF "deepseek-ai__DeepSeek-V3.json", 671, "card", false, 70272},
    {HF "facebook__opt-1.3b.json", 1.315758080, "exact", false, 196608},
    {HF "google__gemma-2-9b.json", 9.241705984, "exact", false, 344064},
    {HF "google__gemma-3-1b-it.json", 0.999885952, "exact", false, 26624},
    {HF "google__gemma-3-27b-it.json", 27.432406640, "exact", true, 507904},
    /* 25.2 B on the card, without the tower of about 0.55 B */
    {HF "google__gemma-4-26B-A4B.json", 25.2, "card", false, 225280},
    {HF "google__gemma-7b.json", 8.537680896, "exact", false, 458752},
    {HF "ibm-granite__granite-3.3-8b-instruct.json", 8.17, "card", false,
     163840},
    {HF "llava-hf__llava-1.5-7b-hf.json", 7.063427072, "exact", true, 524288},
    {HF "meta-llama__Llama-2-70b-hf.json", 68.976648192, "exact", false,
     327680},
    {HF "meta-llama__Llama-2-7b-hf.json", 6.738415616, "exact", false, 524288},
    {HF "meta-llama__Llama-3.1-70B-Instruct.json", 70.553706496, "exact", false,
     327680},
    /* 32 self-attention layers; 8 more cache the image */
    {HF "meta-llama__Llama-3.2-11B-Vision-Instruct.json", 10.670220835, "exact",
     true, 131072},
    {HF "meta-llama__Llama-3.2-1B-Instruct.json", 1.235814400, "exact", false,
     32768},
    {HF "meta-llama__Llama-4-Scout-17B-16E-Instruct.json", 108.641793536,
     "exact", true, 196608},
    {HF "meta-llama__Meta-Llama-3-70B.json", 70.553706496, "exact", false,
     327680},
    {HF "meta-llama__Meta-Llama-3.1-405B.json", 405.853388800, "exact", false,
     516096},
    {HF "meta-llama__Meta-Llama-3.1-8B.json", 8.030261248, "exact", false,
     131072},
    {HF "microsoft__Phi-3-mini-128k-instruct.json", 3.821079552, "exact", false,
     393216},
    {HF "microsoft__Phi-3-small-8k-instruct.json", 7.39, "card", false, 131072},
    {HF "microsoft__Phi-4-mini-instruct.json", 3.836021760, "exact", false,
     131072},
    {HF "microsoft__Phi-4-mini-reasoning.json", 3.836021760, "exact", false,
     131072},
    {HF "microsoft__Phi-mini-MoE-instruct.json", 7.6, "card", false, 131072},
    {HF "mistralai__Mistral-7B-v0.1.json", 7.241732096, "exact", false, 131072},
    {HF "mistralai__Mistral-Nemo-Instruct-2407.json", 12.247782400, "exact",
     false, 163840},
    {HF "mistralai__Mixtral-8x22B-v0.1.json", 140.6, "card", false, 229376},
    {HF "mistralai__Mixtral-8x7B-v0.1.json", 46.702792704, "exact", false,
     131072},
    /* "1T" on the card; 1.026 T in its tensors, block scales aside */
    {HF "moonshotai__Kimi-K2-Instruct.json", 1026, "exact", false, 70272},
    {HF "nvidia__Llama-3_3-Nemotron-Super-49B-v1.json", 49.867145216, "exact",
     false, 200704},
    {HF "nvidia__Nemotron-H-56B-Base-8K.json", 56, "card", false, 40960},
    {HF "openai__gpt-oss-120b.json", 116.829156672, "card", false, 73728},
    {HF "openbmb__MiniCPM3-4B.json", 4.07, "card", false, 35712},
    /* 196 B language model on the card of Step-3.5, 3 MTP layers aside */
    {HF "stepfun-ai__Step-3.7-Flash.json", 196, "card", false, 184320},
    {HF "tiiuae__falcon-7b.json", 6.921720704, "exact", false, 8192},
    {HF "zai-org__GLM-4.5.json", 355, "card", false, 376832},
    /* with 128 bytes a layer of the indexer's cache */
    {HF "zai-org__GLM-5.json", 744, "card", false, 89856 + 78 * 128},
    {QUANT "Qwen__Qwen3-235B-A22B-FP8.json", 235.093634560, "exact", false,
     192512},
    {QUANT "Qwen__Qwen3-32B-FP8.json", 32.762123264, "exact", false, 262144},
    {QUANT "Qwen__Qwen3-32B-FP8-Static-PerTensor.json", 32.762123264, "exact",
     false, 131072},
    {QUANT "RedHatAI__DeepSeek-V4-Flash-NVFP4-FP8.json", 284, "card", false, 0},
    {QUANT "RedHatAI__Llama-4-Scout-17B-16E-Instruct-FP8-dynamic.json",
     108.641793536, "exact", true, 196608},
    {QUANT "TheBloke__Llama-2-70B-GPTQ.json", 68.976648192, "exact", false,
     327680},
    {QUANT "TheBloke__Llama-2-7b-Chat-GPTQ.json", 6.738415616, "exact", false,
     524288},
    {QUANT "ibm-granite__granite-3.3-8b-instruct-FP8.json", 8.17, "card", false,
     163840},
    {QUANT "meta-llama__Llama-3.1-405B-Instruct-FP8.json", 405.853388800,
     "exact", false, 516096},
    {QUANT "meta-llama__Llama-4-Maverick-17B-128E-Instruct-FP8.json", 401.6,
     "exact", true, 196608},
    {QUANT "nvidia__Llama-3.1-70B-Instruct-FP8.json", 70.553706496, "exact",
     false, 163840},
    {QUANT "nvidia__NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4.json", 31.6, "card",
     false, 3072},
    {QUANT "nvidia__Qwen3.5-122B-A10B-NVFP4.json", 122, "card", false, 12288},
    {EL_SHARED "/samples/awkward/command_r_35b_minimal_config.json",
     34.980831232, "exact", false, 1310720},
    {EL_SHARED "/samples/awkward/"
               "llama-3.1-8b-instruct_missing_rope_scaling_config.json",
     8.030261248, "exact", false, 131072},
};

static void need_samples(void)
{
    if (access(HF, R_OK) != 0)
        skip();
}

static el_arch_desc load(const char *path)
{
    el_arch_desc a = {0};
    el_error err = {0};

    if (el_hf_config_read(path, &a, &err) != EL_OK)
        fail_msg("%s", err.message);
    return a;
}

static void counts_are_published(void **state)
{
    double worst = 0;

    (void)state;
    need_samples();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const published *p = &table[i];
        el_arch_desc a = load(p->file);
        double n = a.params + (p->tower ? a.vision.params : 0);
        double off = n / (p->params_b * 1e9) - 1;
        double limit = strcmp(p->source, "exact") == 0 ? 0.002 : 0.01;

        print_message("%-66s %12.6f B %10.4f B %+.4f %%\n",
                      strrchr(p->file, '/') + 1, n / 1e9, p->params_b,
                      100 * off);
        if (fabs(off) > limit)
            fail_msg("%s: %.6f B, published %.6f B", p->file, n / 1e9,
                     p->params_b);
        if (p->kv_bytes > 0)
            assert_close(a.kv_bytes_per_token, p->kv_bytes, 0, 0);
        assert_false(a.generic);
        worst = fmax(worst, fabs(off));
    }
    print_message("worst %.3f %%\n", 100 * worst);
}

static void active_counts_are_published(void **state)
{
    /* from model cards, billions; most count the embedding too */
    static const struct {
        const char *file;
        double low, high;
    } active[] = {{HF "Qwen__Qwen3-30B-A3B.json", 3.0, 3.4},
                  {HF "Qwen__Qwen3-235B-A22B.json", 21.5, 22.3},
                  {HF "deepseek-ai__DeepSeek-V3.json", 36.5, 37.6},
                  {HF "mistralai__Mixtral-8x7B-v0.1.json", 12.7, 12.9},
                  {HF "openai__gpt-oss-120b.json", 5.1, 5.2},
                  {HF "zai-org__GLM-4.5.json", 32, 33},
                  {HF "moonshotai__Kimi-K2-Instruct.json", 31.5, 32.9},
                  {HF "google__gemma-4-26B-A4B.json", 3.8, 4.0},
                  {HF "ai21labs__AI21-Jamba-1.5-Mini.json", 11.8, 12.1}};

    (void)state;
    need_samples();
    for (size_t i = 0; i < sizeof active / sizeof *active; i++) {
        el_arch_desc a = load(active[i].file);

        assert_in_range((int)(a.active_params / 1e7),
                        (int)(active[i].low * 100),
                        (int)(active[i].high * 100));
    }
}

static double layers_with(const el_arch_desc *a, double window)
{
    double n = 0;

    for (size_t i = 0; i < a->n_block; i++)
        if (a->block[i].window == window)
            n += a->block[i].count;
    return n;
}

static void windows_follow_the_pattern(void **state)
{
    static const struct {
        const char *file;
        double window, layers;
    } want[] = {
        {HF "google__gemma-2-9b.json", 4096, 21},
        {HF "google__gemma-3-1b-it.json", 512, 22},
        {HF "google__gemma-3-27b-it.json", 1024, 52},
        {HF "google__gemma-4-26B-A4B.json", 1024, 25},
        {HF "openai__gpt-oss-120b.json", 128, 18},
        {HF "mistralai__Mistral-7B-v0.1.json", 4096, 32},
        {HF "mistralai__Mistral-Nemo-Instruct-2407.json", 0, 40},
        {HF "stepfun-ai__Step-3.7-Flash.json", 512, 33},
        {HF "meta-llama__Llama-4-Scout-17B-16E-Instruct.json", 8192, 36},
        {HF "microsoft__Phi-3-mini-128k-instruct.json", 0, 32},
        {HF "Qwen__Qwen2.5-7B.json", 0, 28}};

    (void)state;
    need_samples();
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        el_arch_desc a = load(want[i].file);

        if (layers_with(&a, want[i].window) != want[i].layers)
            fail_msg("%s: %g layers of window %g, want %g", want[i].file,
                     layers_with(&a, want[i].window), want[i].window,
                     want[i].layers);
    }
}

static void images_become_tokens(void **state)
{
    static const struct {
        const char *file;
        double tokens, params;      /* of the tower, published or summed */
        double tiles, patches, all; /* of an image of 1024 x 1024 */
    } want[] = {
        {HF "llava-hf__llava-1.5-7b-hf.json", 576, 324.5e6, 1, 576, 576},
        {HF "Qwen__Qwen2.5-VL-7B-Instruct.json", 1369, 676.5e6, 1, 5476, 1369},
        {HF "Qwen__Qwen3-VL-2B-Instruct.json", 1024, 406.9e6, 1, 4096, 1024},
        {HF "google__gemma-3-27b-it.json", 256, 423.0e6, 1, 4096, 256},
        {HF "google__gemma-4-26B-A4B.json", 280, 570e6, 1, 2520, 280},
        {HF "OpenGVLab__InternVL2_5-1B.json", 256, 308.5e6, 10, 1024, 2560},
        {HF "meta-llama__Llama-3.2-11B-Vision-Instruct.json", 1601, 895e6, 1,
         6400, 6404},
        {HF "meta-llama__Llama-4-Scout-17B-16E-Instruct.json", 144, 871.9e6, 17,
         576, 2448}};

    (void)state;
    need_samples();
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        el_arch_desc a = load(want[i].file);
        el_image_work work;

        assert_close(a.vision.tokens_per_image, want[i].tokens, 0, 0);
        assert_close(a.vision.params, want[i].params, 0.01, 0);
        el_tower_image(&a.vision, 1024, 1024, &work);
        assert_close(work.tiles, want[i].tiles, 0, 0);
        assert_close(work.patches, want[i].patches, 0, 0);
        assert_close(work.tokens, want[i].all, 0, 0);
    }
    assert_close(load(want[6].file).kv_bytes_per_image,
                 8 * 4 * 1601 * 2 * 8 * 128 * 2.0, 0, 0); /* four tiles */
}

static void states_of_hybrids(void **state)
{
    el_arch_desc a;

    (void)state;
    need_samples();
    a = load(HF "ai21labs__AI21-Jamba-1.5-Mini.json");
    assert_close(a.state_bytes, 28 * 8192 * (64 + 8.0), 0, 0);
    a = load(HF "nvidia__Nemotron-H-56B-Base-8K.json");
    assert_close(a.state_bytes, 54 * (16384 * 256 * 4 + (16384 + 4096) * 8.0),
                 0, 0);
    assert_close(el_arch_layers(&a), 118, 0, 0);
    a = load(HF "Qwen__Qwen3.5-27B.json");
    assert_close(a.state_bytes, 48 * (48 * 128 * 128 * 4 + 10240 * 8.0), 0, 0);
    assert_true(a.attn_gate);
    a = load(HF "nvidia__Llama-3_3-Nemotron-Super-49B-v1.json");
    assert_int_equal(a.n_block, 8);
    assert_close(a.mtp_layers, 0, 0, 0);
    assert_string_equal(a.name, "nvidia/Llama-3_3-Nemotron-Super-49B-v1");
}

/* A config.json where one stands is called by what it says of itself. */
static void test_name_by_itself(void **state)
{
    static const struct {
        const char *path, *says, *want;
    } known[] = {
        {"./config.json", "", "qwen3"},
        {"config.json", ", \"_name_or_path\": \"org/tuned\"", "org/tuned"},
        {"../config.json", ", \"_name_or_path\": \"/home/me/m\"", "qwen3"},
        {"./config.json", ", \"_name_or_path\": \"a\\u001b[2Jb\"", "qwen3"},
        {"/m/qwen3-8b/config.json", ", \"_name_or_path\": \"x\"", "qwen3-8b"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char text[512];
        el_arch_desc a;
        int n =
            snprintf(text, sizeof text,
                     "{\"model_type\": \"qwen3\", \"hidden_size\": 4096, "
                     "\"num_hidden_layers\": 36, \"num_attention_heads\": 32, "
                     "\"num_key_value_heads\": 8, \"head_dim\": 128, "
                     "\"intermediate_size\": 12288, \"vocab_size\": 151936%s}",
                     known[i].says);

        assert_int_equal(el_hf_config_parse(text, (size_t)n, known[i].path,
                                            NULL, 0, &a, NULL),
                         EL_OK);
        assert_string_equal(a.name, known[i].want);
    }
}

/* ---- weight formats ---- */

typedef struct stored {
    const char *file, *quantisation;
    double attn, ffn, expert, kv;
} stored;

static void formats_are_read(void **state)
{
    static const stored want[] = {
        {HF "deepseek-ai__DeepSeek-V3.json", "fp8", 8, 8, 8, 16},
        {HF "openai__gpt-oss-120b.json", "mxfp4", 16, 0, 4.25, 16},
        {QUANT "Qwen__Qwen3-32B-FP8.json", "fp8", 8, 8, 0, 16},
        {QUANT "Qwen__Qwen3-32B-FP8-Static-PerTensor.json", "fp8", 8, 8, 0, 8},
        {QUANT "nvidia__Llama-3.1-70B-Instruct-FP8.json", "fp8", 8, 8, 0, 8},
        {QUANT "TheBloke__Llama-2-7b-Chat-GPTQ.json", "gptq", 4.15625, 4.15625,
         0, 16},
        {QUANT "TheBloke__Llama-2-70B-GPTQ.json", "gptq", 4, 4, 0, 16},
        {QUANT "RedHatAI__Llama-4-Scout-17B-16E-Instruct-FP8-dynamic.json",
         "fp8", 16, 0, 8, 16},
        {QUANT "meta-llama__Llama-4-Maverick-17B-128E-Instruct-FP8.json", "fp8",
         16, 16, 8, 16},
        {QUANT "RedHatAI__DeepSeek-V4-Flash-NVFP4-FP8.json", "nvfp4", 8, 0, 4.5,
         16},
        {QUANT "nvidia__NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4.json", "nvfp4", 16,
         0, 4.5, 8},
        {QUANT "nvidia__Qwen3.5-122B-A10B-NVFP4.json", "nvfp4", 16, 0, 4.5, 8},
        {QUANT "ibm-granite__granite-3.3-8b-instruct-FP8.json", "fp8", 8, 8, 0,
         16},
    };

    (void)state;
    need_samples();
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        el_arch_desc a = load(want[i].file);

        print_message("%s %g %g %g\n", strrchr(want[i].file, '/') + 1,
                      a.attn_bits, a.ffn_bits, a.expert_bits);
        assert_string_equal(a.quantisation, want[i].quantisation);
        assert_close(a.attn_bits, want[i].attn, 0, 0);
        assert_close(a.kv_bits, want[i].kv, 0, 0);
        if (want[i].ffn > 0)
            assert_close(a.ffn_bits, want[i].ffn, 0, 0);
        if (want[i].expert > 0)
            assert_close(a.expert_bits, want[i].expert, 0, 0);
    }
    /* 60.8 GiB on its card; layers 0 and 125 stay in bf16 */
    assert_close(load(HF "openai__gpt-oss-120b.json").weight_bytes,
                 60.8 * 0x1p30, 0.005, 0);
    assert_true(
        load(QUANT "meta-llama__Llama-3.1-405B-Instruct-FP8.json").ffn_bits >
        8.1);
}

/* The latent projections stay in bf16, the output projection does not. */
static void side_file_of_modelopt(void **state)
{
    char *config = NULL, *quant = NULL;
    size_t n = 0, n_quant = 0;
    el_arch_desc a;

    (void)state;
    need_samples();
    assert_int_equal(el_file_read(HF "deepseek-ai__DeepSeek-V3.json", 1 << 20,
                                  &config, &n, NULL),
                     EL_OK);
    assert_int_equal(
        el_file_read(QUANT "nvidia__DeepSeek-V3.1-NVFP4__hf_quant_config.json",
                     1 << 20, &quant, &n_quant, NULL),
        EL_OK);
    assert_int_equal(
        el_hf_config_parse(config, n, "v3.json", quant, n_quant, &a, NULL),
        EL_OK);
    assert_string_equal(a.quantisation, "nvfp4");
    assert_close(a.attn_bits,
                 (4.5 * 16384 * 7168 + 16 * (187105280.0 - 16384 * 7168)) /
                     187105280.0,
                 1e-6, 0);
    assert_close(a.expert_bits, 4.5, 0, 0);
    assert_close(a.kv_bytes_per_token, 35136, 0, 0);
    el_free(quant);
    el_free(config);
}

static void refusals_of_samples(void **state)
{
    static const struct {
        const char *file, *says;
    } want[] = {
        {QUANT "TheBloke__zephyr-7B-alpha-AWQ__FRAGMENT.json",
         "hidden_size: missing"},
        {QUANT "nvidia__DeepSeek-V3.1-NVFP4__hf_quant_config.json",
         "not the network"},
        {EL_SHARED "/samples/awkward/clip_vision_windows_path_config.json",
         "clip_vision_model"},
        {EL_SHARED "/samples/awkward/git_lfs_pointer_BurstGPT_1.csv", "LFS"},
        {EL_SHARED "/samples/awkward/only_newline_emissions.csv", ":"}};
    el_arch_desc a = {.hidden = -1};

    (void)state;
    need_samples();
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        el_error err = {0};

        assert_int_equal(el_hf_config_read(want[i].file, &a, &err), EL_E_DATA);
        print_message("%s\n", err.message);
        if (!strstr(err.message, want[i].says))
            fail_msg("lacks %s", want[i].says);
        assert_null(strchr(err.message, '\n'));
        assert_close(a.hidden, -1, 0, 0);
    }
}

/* Every entry that is compiled in has a shape of its size. */
static void catalogue_has_shapes(void **state)
{
    el_catalog *c = NULL;

    (void)state;
    assert_int_equal(el_catalog_load(NULL, &c, NULL), EL_OK);
    for (size_t i = 0; i < el_catalog_n_llms(c); i++) {
        const el_llm *m = el_catalog_llm_at(c, i);
        el_arch_desc a;
        el_error err = {0};

        if (el_arch_from_llm(m, &a, &err) != EL_OK)
            fail_msg("%s", err.message);
        if (!(fabs(a.params / m->params - 1) < 0.01))
            fail_msg("%s: %g, catalogue %g", m->slug, a.params, m->params);
        if (!(fabs(a.active_params / m->active_params - 1) < 0.01))
            fail_msg("%s: active %g, catalogue %g", m->slug, a.active_params,
                     m->active_params);
    }
    el_catalog_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_by_itself),
        cmocka_unit_test(counts_are_published),
        cmocka_unit_test(active_counts_are_published),
        cmocka_unit_test(windows_follow_the_pattern),
        cmocka_unit_test(images_become_tokens),
        cmocka_unit_test(states_of_hybrids),
        cmocka_unit_test(formats_are_read),
        cmocka_unit_test(side_file_of_modelopt),
        cmocka_unit_test(refusals_of_samples),
        cmocka_unit_test(catalogue_has_shapes),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
