/* SPDX-License-Identifier: Apache-2.0 */
/* Synthetic configs: families without a sample, towers, formats. */
#include "el_test.h"

#include <stdio.h>
#include <string.h>

#include "io/hf_config.h"
#include "io/hf_config_reader.h"
#include "io/json.h"

/* A small network; more keys come before or override by `type`. */
#define SIZES                                                                  \
    "\"hidden_size\":64,\"num_hidden_layers\":4,\"num_attention_heads\":4,"    \
    "\"intermediate_size\":128,\"vocab_size\":1000"
#define NET(type, more) "{\"model_type\":\"" type "\"," SIZES more "}"

static el_arch_desc parse(const char *text)
{
    el_arch_desc a = {0};
    el_error err = {0};

    if (el_hf_config_parse(text, strlen(text), "c.json", NULL, 0, &a, &err) !=
        EL_OK)
        fail_msg("%s: %s", text, err.message);
    return a;
}

static void refuse(const char *text, const char *says)
{
    el_arch_desc a = {.hidden = -1};
    el_error err = {0};

    assert_int_equal(
        el_hf_config_parse(text, strlen(text), "c.json", NULL, 0, &a, &err),
        EL_E_DATA);
    if (!strstr(err.message, says) || strncmp(err.message, "c.json:", 7) != 0)
        fail_msg("%s: lacks %s", err.message, says);
    assert_null(strchr(err.message, '\n'));
    assert_close(a.hidden, -1, 0, 0);
}

static double n_of(const el_arch_desc *a, el_mixer mixer, el_ffn ffn)
{
    double n = 0;

    for (size_t i = 0; i < a->n_block; i++)
        if (a->block[i].mixer == mixer && a->block[i].ffn == ffn)
            n += a->block[i].count;
    return n;
}

/* ---- families ---- */

static void plain_defaults(void **state)
{
    el_arch_desc a = parse(NET("llama", ""));

    (void)state;
    assert_false(a.generic || a.tied);
    assert_close(a.head_dim, 16, 0, 0);
    assert_close(a.kv_heads, 4, 0, 0);
    assert_string_equal(a.name, "c");
    assert_close(
        a.params,
        4 * (4 * 64 * 64 + 3 * 64 * 128 + 2 * 64) + 64 + 2 * 64 * 1000.0, 0, 0);
    a = parse("{\"architectures\":[\"LlamaForCausalLM\"]," SIZES "}");
    assert_string_equal(a.family, "llama");
    assert_false(a.generic);
    a = parse(NET("gemma", ""));
    assert_true(a.tied);
    a = parse(NET("falcon", ",\"multi_query\":true"));
    assert_close(a.kv_heads, 1, 0, 0);
    assert_close(a.kv_bytes_per_token, 4 * 2 * 16 * 2, 0, 0);
    a = parse(NET("falcon", ",\"new_decoder_architecture\":true,"
                            "\"num_kv_heads\":2"));
    assert_close(a.kv_heads, 2, 0, 0);
    a = parse(NET("llama", ",\"tie_word_embeddings\":true,\"head_dim\":32,"
                           "\"attention_bias\":true"));
    assert_true(a.tied && a.qkv_bias && a.out_bias);
    assert_close(a.head_dim, 32, 0, 0);
}

static void patterns_of_experts(void **state)
{
    static const struct {
        const char *keys;
        double moe;
    } want[] = {{"", 4},
                {",\"first_k_dense_replace\":1", 3},
                {",\"moe_layer_freq\":2", 2},
                {",\"moe_layer_freq\":[0,1,1,0]", 2},
                {",\"decoder_sparse_step\":2", 2},
                {",\"mlp_only_layers\":[0]", 3},
                {",\"moe_layers\":[3]", 1},
                {",\"mlp_layer_types\":[\"dense\",\"sparse\",\"sparse\","
                 "\"sparse\"]",
                 3}};
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        el_arch_desc a;

        (void)snprintf(text, sizeof text,
                       "{\"model_type\":\"qwen3_moe\"," SIZES
                       ",\"num_experts\":8,\"num_experts_per_tok\":2,"
                       "\"moe_intermediate_size\":32%s}",
                       want[i].keys);
        a = parse(text);
        assert_close(n_of(&a, EL_MIXER_GQA, EL_FFN_MOE), want[i].moe, 0, 0);
    }
    refuse("{\"model_type\":\"qwen3_moe\",\"hidden_size\":64,"
           "\"num_hidden_layers\":2,\"num_attention_heads\":4,"
           "\"vocab_size\":10,\"num_experts\":8,\"num_experts_per_tok\":2,"
           "\"moe_intermediate_size\":32,\"first_k_dense_replace\":1}",
           "intermediate_size: missing (layer 0 is dense)");
}

static void patterns_of_windows(void **state)
{
    el_arch_desc a = parse(NET("gemma2", ",\"sliding_window\":16"));

    (void)state;
    assert_int_equal(a.n_block, 2);
    assert_close(a.block[0].count, 2, 0, 0);
    a = parse(NET("qwen2", ",\"use_sliding_window\":true,"
                           "\"sliding_window\":16,\"max_window_layers\":3"));
    assert_close(a.block[1].count, 1, 0, 0);
    assert_close(a.block[1].window, 16, 0, 0);
    a = parse(NET("qwen2", ",\"use_sliding_window\":false,"
                           "\"sliding_window\":16"));
    assert_int_equal(a.n_block, 1);
    a = parse(NET("cohere2", ",\"sliding_window\":16,"
                             "\"layer_types\":[\"chunked_attention\","
                             "\"full_attention\",\"full_attention\","
                             "\"sliding_attention\"]"));
    assert_close(el_arch_kv_bytes(&a, 100) / (a.kv_bytes_per_token / 4),
                 2 * 100 + 2 * 16, 1e-12, 0);
}

static void state_spaces(void **state)
{
    el_arch_desc a = parse("{\"d_model\":2560,\"n_layer\":64,"
                           "\"vocab_size\":50277,\"ssm_cfg\":{},"
                           "\"pad_vocab_size_multiple\":8}");

    (void)state; /* Mamba 2.8B: 2.77 B, state of 64 x 5120 x (64 + 8) */
    assert_string_equal(a.family, "mamba");
    assert_close(a.params, 2.768e9, 1e-3, 0);
    assert_close(a.state_bytes, 64 * 5120 * 72.0, 0, 0);
    a = parse("{\"model_type\":\"mamba2\",\"hidden_size\":64,"
              "\"num_hidden_layers\":2,\"vocab_size\":100,\"num_heads\":8,"
              "\"head_dim\":16,\"state_size\":32,\"n_groups\":2}");
    assert_close(n_of(&a, EL_MIXER_SSM2, EL_FFN_NONE), 2, 0, 0);
    assert_close(a.ssm_inner, 128, 0, 0);
    a = parse(NET("falcon_h1", ",\"mamba_n_heads\":8,\"mamba_d_head\":16,"
                               "\"mamba_d_ssm\":100"));
    assert_close(n_of(&a, EL_MIXER_GQA, EL_FFN_NONE), 4, 0, 0);
    assert_close(n_of(&a, EL_MIXER_SSM2, EL_FFN_DENSE), 4, 0, 0);
    assert_close(a.ssm_inner, 100, 0, 0);
    a = parse(NET("bamba", ",\"mamba_n_heads\":8,\"mamba_d_head\":\"auto\","
                           "\"attn_layer_indices\":[1]"));
    assert_close(n_of(&a, EL_MIXER_GQA, EL_FFN_DENSE), 1, 0, 0);
    assert_close(a.ssm_inner, 128, 0, 0);
    a = parse(NET("granitemoehybrid",
                  ",\"mamba_n_heads\":8,\"mamba_d_head\":16,"
                  "\"num_local_experts\":0,\"shared_intermediate_size\":96,"
                  "\"layer_types\":[\"mamba\",\"mamba\",\"attention\","
                  "\"mamba\"]"));
    assert_close(n_of(&a, EL_MIXER_SSM2, EL_FFN_DENSE), 3, 0, 0);
    assert_close(a.intermediate, 96, 0, 0);
}

/* Zamba2 7B: 7.36 B on its card (adapters, 0.8 %, left out). */
static void shared_blocks(void **state)
{
    el_arch_desc a =
        parse("{\"model_type\":\"zamba2\",\"hidden_size\":3584,"
              "\"num_hidden_layers\":81,\"num_attention_heads\":32,"
              "\"intermediate_size\":14336,\"vocab_size\":32000,"
              "\"n_mamba_heads\":112,\"mamba_headdim\":64,\"mamba_ngroups\":2,"
              "\"mamba_d_state\":64,\"num_mem_blocks\":2,\"hybrid_layer_ids\":"
              "[6,11,17,23,29,35,41,47,53,59,65,71,77]}");

    (void)state;
    assert_close(a.params, 7.36e9, 0.01, 0);
    assert_close(n_of(&a, EL_MIXER_GQA, EL_FFN_DENSE), 13, 0, 0);
    assert_close(a.kv_bytes_per_token, 13 * 2 * 7168 * 2, 0, 0);
    assert_true(a.body_params > a.params); /* 13 runs of 2 copies */
    refuse(NET("zamba2", ",\"n_mamba_heads\":4"), "hybrid_layer_ids");
}

static void linear_hybrids(void **state)
{
    static const char qwen[] = ",\"linear_num_key_heads\":2,"
                               "\"linear_num_value_heads\":4,"
                               "\"linear_key_head_dim\":8,"
                               "\"linear_value_head_dim\":8";
    char text[512];
    el_arch_desc a;

    (void)state;
    (void)snprintf(text, sizeof text,
                   "{\"model_type\":\"qwen3_next\"," SIZES "%s}", qwen);
    a = parse(text);
    assert_close(n_of(&a, EL_MIXER_LINEAR, EL_FFN_DENSE), 3, 0, 0);
    assert_true(a.attn_gate);
    a = parse(NET("minimax_text_01", ",\"attn_type_list\":[0,1,0,0]"));
    assert_close(n_of(&a, EL_MIXER_GQA, EL_FFN_DENSE), 1, 0, 0);
    a = parse(NET("minimax", ",\"layer_types\":[\"full_attention\","
                             "\"linear_attention\",\"linear_attention\","
                             "\"full_attention\"]"));
    assert_close(n_of(&a, EL_MIXER_GQA, EL_FFN_DENSE), 2, 0, 0);
}

static void odd_families(void **state)
{
    el_arch_desc a = parse(
        "{\"model_type\":\"dbrx\",\"d_model\":64,\"n_heads\":4,"
        "\"n_layers\":2,\"vocab_size\":100,\"attn_config\":{\"kv_n_heads\":2},"
        "\"ffn_config\":{\"moe_num_experts\":4,\"moe_top_k\":2,"
        "\"ffn_hidden_size\":32}}");

    (void)state;
    assert_close(a.kv_heads, 2, 0, 0);
    assert_close(n_of(&a, EL_MIXER_GQA, EL_FFN_MOE), 2, 0, 0);
    a = parse("{\"model_type\":\"gpt2\",\"n_embd\":768,\"n_head\":12,"
              "\"n_layer\":12,\"vocab_size\":50257,\"n_positions\":1024}");
    assert_close(a.params, 124439808, 1e-3, 0); /* GPT-2: 124 M */
    a = parse(NET("gemma4_text",
                  ",\"hidden_size_per_layer_input\":8,"
                  "\"num_kv_shared_layers\":2,\"sliding_window\":16,"
                  "\"use_double_wide_mlp\":true,\"num_key_value_heads\":2"));
    assert_close(a.other_params, 8 * 4 * 1000, 0, 0);
    assert_close(el_arch_kv_bytes(&a, 8), 2 * 8 * 2 * 2 * 16 * 2.0, 0, 0);
    a = parse("{\"model_type\":\"nemotron-nas\",\"hidden_size\":64,"
              "\"num_hidden_layers\":1,\"num_attention_heads\":4,"
              "\"vocab_size\":9,\"block_configs\":[{\"attention\":"
              "{\"num_key_value_heads\":2},\"ffn\":"
              "{\"intermediate_size\":100}}]}");
    assert_close(a.block[0].intermediate, 100, 0, 0);
    a = parse("{\"thinker_config\":{\"text_config\":{\"model_type\":"
              "\"qwen3_omni_moe_text\"," SIZES "},\"audio_config\":{}},"
              "\"model_type\":\"qwen3_omni_moe\"}");
    assert_true(a.audio);
    assert_non_null(strstr(a.note, "audio"));
}

static void llama4_and_v4(void **state)
{
    el_arch_desc a = parse(NET("llama4_text", ",\"intermediate_size_mlp\":64,"
                                              "\"num_local_experts\":2,"
                                              "\"num_experts_per_tok\":1,"
                                              "\"interleave_moe_layer_step\":2,"
                                              "\"attention_chunk_size\":8,"
                                              "\"no_rope_layers\":[1,0,1,0]"));

    (void)state;
    assert_close(n_of(&a, EL_MIXER_GQA, EL_FFN_MOE), 2, 0, 0);
    assert_close(el_arch_kv_bytes(&a, 100) / (a.kv_bytes_per_token / 4),
                 2 * 100 + 2 * 8, 1e-12, 0);
    refuse(NET("llama4_text", ""), "intermediate_size_mlp: missing");
    refuse(NET("llama4_text", ",\"intermediate_size_mlp\":64,"
                              "\"no_rope_layers\":[1]"),
           "no_rope_layers: wrong length");
    refuse(NET("deepseek_v4", ",\"n_routed_experts\":2,"
                              "\"num_experts_per_tok\":1,"
                              "\"q_lora_rank\":8,\"qk_rope_head_dim\":4,"
                              "\"compress_ratios\":[0,4,-4,4]"),
           "compress_ratios: layer 2 is out of range");
    refuse("{\"model_type\":\"dbrx\",\"d_model\":64,\"n_heads\":4,"
           "\"n_layers\":2,\"vocab_size\":100}",
           "ffn_config: missing");
}

static void unknown_family_is_estimated(void **state)
{
    el_arch_desc a = parse(NET("frob", ",\"hidden_act\":\"gelu\""));

    (void)state;
    assert_true(a.generic);
    assert_non_null(strstr(a.note, "frob"));
    assert_close(a.mlp_matrices, 2, 0, 0);
    a = parse(NET("frob", ",\"num_experts\":4,\"num_experts_per_tok\":1"));
    assert_non_null(strstr(a.note, "MoE"));
    assert_close(a.mlp_matrices, 3, 0, 0);
    refuse("{}", "model_type: unknown family \"\" without hidden_size, "
                 "num_hidden_layers, num_attention_heads, vocab_size");
    refuse("{\"model_type\":\"frob\",\"n_embd\":3}", "num_hidden_layers");
}

static void nested_defaults(void **state)
{
    el_arch_desc a =
        parse("{\"model_type\":\"gemma3\",\"text_config\":{\"model_type\":"
              "\"gemma3_text\",\"hidden_size\":2560,\"intermediate_size\":"
              "10240,\"num_hidden_layers\":34,\"sliding_window\":1024}}");

    (void)state; /* Gemma 3 4B: 3.88 B of text */
    assert_close(a.params, 3.88e9, 1e-3, 0);
    assert_close(a.kv_heads, 4, 0, 0);
    a = parse("{\"model_type\":\"llava\",\"text_config\":{\"model_type\":"
              "\"mistral\"}}");
    assert_close(a.params, 7241732096.0, 0, 0);
    refuse("{\"model_type\":\"mistral\"}", "hidden_size: missing");
}

static void towers(void **state)
{
    el_arch_desc a =
        parse(NET("pixtral", ",\"vision_config\":{\"hidden_size\":32,"
                             "\"num_hidden_layers\":2,\"image_size\":[64,64],"
                             "\"patch_size\":16,\"intermediate_size\":64}"));

    (void)state;
    assert_close(a.vision.tokens_per_image, 16, 0, 0);
    assert_close(a.vision.mlp_matrices, 3, 0, 0);
    a = parse("{\"model_type\":\"mistral3\",\"spatial_merge_size\":2,"
              "\"text_config\":{\"model_type\":\"mistral\"},"
              "\"vision_config\":{\"hidden_size\":1024,"
              "\"num_hidden_layers\":24,\"image_size\":1540,"
              "\"patch_size\":14,\"intermediate_size\":4096}}");
    assert_close(a.vision.tokens_per_image, 55 * 55, 0, 0);
    a = parse("{\"model_type\":\"internvl_chat\",\"downsample_ratio\":0.5,"
              "\"llm_config\":{\"model_type\":\"qwen2\"," SIZES "},"
              "\"vision_config\":{\"hidden_size\":8,\"depth\":1,"
              "\"image_size\":28,\"mlp_ratio\":2}}");
    assert_close(a.vision.tokens_per_image, 1, 0, 0);
    assert_close(a.vision.intermediate, 16, 0, 0);
    a = parse("{\"model_type\":\"gemma4\",\"text_config\":{\"model_type\":"
              "\"gemma4_text\"," SIZES "},\"vision_config\":{\"hidden_size\":"
              "8,\"depth\":1,\"image_size\":28}}");
    assert_close(a.vision.tokens_per_image, 4, 0, 0);
    refuse(NET("mllama", ",\"cross_attention_layers\":[1],"
                         "\"vision_config\":{\"hidden_size\":8,"
                         "\"depth\":1}"),
           "vision_config.vision_output_dim: missing");
    refuse(NET("llava", ",\"vision_config\":3"),
           "vision_config: not an object");
    refuse(NET("llava", ",\"vision_config\":{}"),
           "vision_config.embed_dim: missing");
    refuse(NET("llava", ",\"vision_config\":{\"hidden_size\":8,"
                        "\"depth\":1,\"image_size\":[-1]}"),
           "vision_config.image_size: out of range");
    refuse(NET("gemma3", ",\"mm_tokens_per_image\":-4,\"vision_config\":"
                         "{\"hidden_size\":8,\"depth\":1}"),
           "mm_tokens_per_image");
}

/* What is out of place in a tower is taken as the usual. */
static void odd_towers(void **state)
{
#define VISION(more)                                                           \
    ",\"vision_config\":{\"hidden_size\":8,\"depth\":1,\"image_size\":56" more \
    "}"
    el_arch_desc a =
        parse(NET("mistral3", ",\"spatial_merge_size\":1000" VISION("")));

    (void)state;
    assert_close(a.vision.tokens_per_image, 16, 0, 0);
    a = parse(NET("mistral3", ",\"spatial_merge_size\":\"x\"" VISION("")));
    assert_close(a.vision.tokens_per_image, 16, 0, 0);
    a = parse(NET("internvl_chat", ",\"downsample_ratio\":5" VISION("")));
    assert_close(a.vision.tokens_per_image, 4, 0, 0);
    a = parse(NET("internvl_chat", ",\"downsample_ratio\":1" VISION("")));
    assert_close(a.vision.tokens_per_image, 16, 0, 0);
    a = parse(NET("llama4_text", ",\"intermediate_size_mlp\":8" VISION(
                                     ",\"pixel_shuffle_ratio\":0")));
    assert_close(a.vision.tokens_per_image, 4, 0, 0);
    a = parse(NET("qwen2_vl", VISION(",\"num_position_embeddings\":5")));
    assert_close(a.vision.tokens_per_image, 16, 0, 0);
    a = parse(NET("llava", VISION(",\"num_position_embeddings\":5")));
    assert_close(a.vision.tokens_per_image, 16, 0, 0);
    a = parse(
        "{\"architectures\":[\"LlamaForCausalLM\"]," SIZES VISION("") "}");
    assert_true(a.vision.params > 0);
#undef VISION
}

/* ---- weight formats ---- */

static void formats(void **state)
{
    static const struct {
        const char *config, *name;
        double bits;
    } want[] = {
        {"{\"quant_method\":\"awq\",\"bits\":4,\"group_size\":64}", "awq",
         4.3125},
        {"{\"quant_method\":\"bitsandbytes\",\"load_in_4bit\":true}", "nf4",
         4.5},
        {"{\"quant_method\":\"bitsandbytes\",\"load_in_4bit\":true,"
         "\"bnb_4bit_use_double_quant\":true}",
         "nf4", 4.127},
        {"{\"quant_method\":\"bitsandbytes\",\"load_in_8bit\":true}", "int8",
         8},
        {"{\"quant_method\":\"eetq\"}", "int8", 8},
        {"{\"quant_method\":\"hqq\",\"quant_config\":{\"weight_quant_params\":"
         "{\"nbits\":4,\"group_size\":64}}}",
         "hqq", 4.3125},
        {"{\"quant_method\":\"quark\",\"global_quant_config\":{\"weight\":"
         "{\"dtype\":\"fp8_e4m3\"}}}",
         "fp8", 8},
        {"{\"quant_method\":\"quark\",\"global_quant_config\":{\"weight\":"
         "{\"dtype\":\"fp4\",\"group_size\":32}}}",
         "mxfp4", 4.25},
        {"{\"quant_method\":\"quark\",\"global_quant_config\":{\"weight\":"
         "{\"dtype\":\"int4\",\"group_size\":128}}}",
         "int4", 4.15625},
        {"{\"quant_method\":\"compressed-tensors\",\"config_groups\":{\"g\":"
         "{\"targets\":[\"Linear\"],\"weights\":{\"num_bits\":4,"
         "\"type\":\"int\",\"group_size\":128}}}}",
         "int4", 4.125},
        {"{\"quant_method\":\"compressed-tensors\",\"config_groups\":{\"g\":"
         "{\"weights\":{\"num_bits\":4,\"type\":\"float\","
         "\"group_size\":32}}}}",
         "mxfp4", 4.25},
        {"{\"quant_method\":\"compressed-tensors\",\"config_groups\":{\"g\":"
         "{\"weights\":{\"num_bits\":8,\"type\":\"int\"}}}}",
         "int8", 8},
        {"{\"quant_method\":\"quark\",\"global_quant_config\":{\"weight\":"
         "{\"dtype\":\"int8\"}}}",
         "int8", 8},
        {"{\"config_groups\":{\"g\":{\"weights\":{\"num_bits\":4,"
         "\"type\":\"float\"}},\"h\":{\"weights\":{}}}}",
         "nvfp4", 4.5},
        {"{\"bits\":4,\"group_size\":128}", "int4", 4.15625},
        {"{\"quant_algo\":\"NVFP4\",\"group_size\":32}", "nvfp4", 4.25},
        {"{\"quant_method\":\"fp8\",\"ignore\":[1,\"visual.mlp\",\"mtp.mlp\","
         "\"audio.mlp\"],\"kv_cache_scheme\":{\"num_bits\":64}}",
         "fp8", 8},
        {"{\"quant_algo\":\"W4A16_AWQ\",\"group_size\":128}", "awq", 4.15625},
        {"{\"quant_algo\":\"MIXED_PRECISION\",\"quantized_layers\":{"
         "\"model.layers.0.mlp.up_proj\":{\"quant_algo\":\"FP8\"}}}",
         "mixed", 13.6},
    };

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        char text[1024];
        el_arch_desc a;

        (void)snprintf(text, sizeof text,
                       "{\"model_type\":\"llama\"," SIZES
                       ",\"quantization_config\":%s}",
                       want[i].config);
        a = parse(text);
        assert_string_equal(a.quantisation, want[i].name);
        /* one MLP of four in fp8, MLPs are 3/5 of the weights */
        if (strcmp(want[i].name, "mixed") == 0)
            assert_close(a.ffn_bits, 14, 0, 0);
        else
            assert_close(a.weight_bits, want[i].bits, 1e-12, 0);
    }
}

static void unknown_format_is_noted(void **state)
{
    el_arch_desc a = parse(
        NET("llama", ",\"quantization_config\":{\"quant_method\":\"zip\"}"));

    (void)state;
    assert_close(a.weight_bits, 16, 0, 0);
    assert_non_null(strstr(a.note, "zip"));
    a = parse(NET("llama", ",\"audio_config\":{},\"quantization_config\":"
                           "{\"quant_method\":\"gptq\",\"bits\":99}"));
    assert_non_null(strstr(a.note, "; quantisation \"gptq\""));
    a = parse(NET("llama", ",\"quantization_config\":"
                           "{\"quant_method\":\"quark\"}"));
    assert_non_null(strstr(a.note, "quark"));
    a = parse(NET("falcon", ",\"multi_query\":0,\"tie_word_embeddings\":1,"
                            "\"quantization_config\":{}"));
    assert_close(a.kv_heads, 4, 0, 0);
    assert_true(a.tied);
    refuse(NET("llama", ",\"quantization_config\":7"),
           "quantization_config: not an object");
    a = parse(NET("llama", ",\"quantization_config\":{\"quant_method\":"
                           "\"fp8\",\"ignored_layers\":[\"self_attn\"],"
                           "\"kv_cache_dtype\":\"fp8_e4m3\"}"));
    assert_close(a.attn_bits, 16, 0, 0);
    assert_close(a.ffn_bits, 8, 0, 0);
    assert_close(a.kv_bits, 8, 0, 0);
    a = parse(NET("mixtral", ",\"num_local_experts\":4,"
                             "\"num_experts_per_tok\":2,\"expert_dtype\":"
                             "\"fp4\",\"quantization_config\":"
                             "{\"quant_method\":\"fp8\"}"));
    assert_close(a.expert_bits, 4.25, 0, 0);
}

static void patterns(void **state)
{
    static const struct {
        const char *pattern, *module;
        bool match;
    } want[] = {
        {"lm_head", "layers.0.mlp.up_proj", false},
        {"gate", "layers.0.mlp.gate_proj", false},
        {"gate", "layers.0.mlp.gate", true},
        {"mlp.experts", "layers.0.mlp.experts.3.up_proj", true},
        {"model.layers.*.self_attn", "layers.12.self_attn.q_proj", true},
        {"model.layers.1.self_attn", "layers.12.self_attn.q_proj", false},
        {"model.layers.1*", "layers.12.self_attn.q_proj", true},
        {"backbone.layers.4.mixer.in_proj", "layers.4.mixer.in_proj", true},
        {"language_model.model.layers.3.mlp.shared_expert*",
         "layers.3.mlp.shared_experts.up_proj", true},
        {"", "layers.0.mlp", false},
        {"*", "layers.0.mlp", true},
        {"re:.*self_attn.*", "layers.0.self_attn.q_proj", true},
        {"re:.*ffn.*(gate|up|down)_proj$", "layers.0.ffn.up_proj", true},
        {"re:.*ffn.*(gate|up|down)_proj$", "layers.0.ffn.up_projx", false},
        {"re:.*\\.layers\\.\\d+\\.mlp", "model.layers.12.mlp.up", true},
        {"re:layers\\.[0-3]\\.", "layers.2.mlp", true},
        {"re:layers\\.[^0-3]\\.", "layers.2.mlp", false},
        {"re:^layers.(?:1|2)?.mlp$", "layers.2.mlp", true},
        {"re:layers\\.[ab1]", "layers.1", true},
        {"re:layers\\.[a-c]", "layers.b", true},
        {"re:layers\\.[ab]", "layers.1", false},
        {"re:mlp?x", "mx", false},
        {"sublayers.1", "layers.1.mlp", false},
        {"re:layers(ab)*x", "layersababx", true},
        {"re:layers(ab)+x", "layersababx", true},
        {"re:layers(ab)+x", "layersx", false},
        {"re:layer(s|t)+", "layers.2", true},
        {"re:(((((.*)*)*)*)*)*x", "layers.0.mlp.up_proj", false},
        {"re:(", "layers", false},
        {"re:[", "layers", false},
        {"re:\\", "layers", false},
        {"re:x?layers", "layers", true},
        {"re:a+", "bb", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (el_hf_match(want[i].pattern, want[i].module) != want[i].match)
            fail_msg("%s on %s", want[i].pattern, want[i].module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_defaults),
        cmocka_unit_test(patterns_of_experts),
        cmocka_unit_test(patterns_of_windows),
        cmocka_unit_test(state_spaces),
        cmocka_unit_test(shared_blocks),
        cmocka_unit_test(linear_hybrids),
        cmocka_unit_test(odd_families),
        cmocka_unit_test(llama4_and_v4),
        cmocka_unit_test(unknown_family_is_estimated),
        cmocka_unit_test(nested_defaults),
        cmocka_unit_test(towers),
        cmocka_unit_test(odd_towers),
        cmocka_unit_test(formats),
        cmocka_unit_test(unknown_format_is_noted),
        cmocka_unit_test(patterns),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
