/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/str.h"
#include "energylens/arch.h"
#include "model/arch_parts.h"

/* Llama 3.1 8B: 8,030,261,248 parameters (its safetensors index). */
static el_arch_desc llama_8b(void)
{
    el_arch_desc a = {.hidden = 4096,
                      .vocab = 128256,
                      .heads = 32,
                      .kv_heads = 8,
                      .head_dim = 128,
                      .intermediate = 14336,
                      .n_block = 1};

    a.block[0] = (el_arch_block){
        .count = 32, .mixer = EL_MIXER_GQA, .ffn = EL_FFN_DENSE};
    return a;
}

static void counts_llama(void **state)
{
    el_arch_desc a = llama_8b(), again;

    (void)state;
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    assert_close(a.params, 8030261248.0, 0, 0);
    assert_close(a.active_params, 8030261248.0 - 4096 * 128256.0, 0, 0);
    assert_close(a.body_params, a.active_params - 4096 * 128256.0, 0, 0);
    assert_close(a.weight_bytes, 2 * a.params, 0, 0);
    assert_close(a.kv_bytes_per_token, 131072, 0, 0);
    assert_close(a.state_bytes, 0, 0, 0);
    assert_close(a.block[0].heads, 32, 0, 0);
    assert_close(a.block[0].intermediate, 14336, 0, 0);
    again = a;
    assert_int_equal(el_arch_count(&again, NULL), EL_OK);
    assert_close(again.params, a.params, 0, 0);
    assert_close(again.weight_bytes, a.weight_bytes, 0, 0);
    a.tied = true;
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    assert_close(a.params, a.active_params, 0, 0);
}

static void windows_bound_the_cache(void **state)
{
    el_arch_desc a = llama_8b();

    (void)state;
    a.n_block = 2;
    a.block[1] = a.block[0];
    a.block[0].count = 16;
    a.block[1].count = 16;
    a.block[1].window = 1000;
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    assert_close(el_arch_layers(&a), 32, 0, 0);
    assert_close(el_arch_kv_bytes(&a, 500), 500 * 131072.0, 0, 0);
    assert_close(el_arch_kv_bytes(&a, 9000), 65536.0 * (9000 + 1000), 0, 0);
    a.block[1].kv_ratio = 4; /* the window besides the compressed entries */
    assert_close(el_arch_kv_bytes(&a, 8000), 65536.0 * (8000 + 3000), 0, 0);
    a.block[1].kv_shared = true;
    assert_close(el_arch_kv_bytes(&a, 8000), 65536.0 * 8000, 0, 0);
}

/* DeepSeek-V3, arXiv 2412.19437, section 4.2: 671 B, 37 B active. */
static el_arch_desc deepseek_v3(void)
{
    el_arch_desc a = {.hidden = 7168,
                      .vocab = 129280,
                      .heads = 128,
                      .kv_heads = 128,
                      .head_dim = 128,
                      .v_head_dim = 128,
                      .q_lora_rank = 1536,
                      .kv_lora_rank = 512,
                      .qk_nope_dim = 128,
                      .qk_rope_dim = 64,
                      .intermediate = 18432,
                      .experts = 256,
                      .top_k = 8,
                      .shared_experts = 1,
                      .moe_intermediate = 2048,
                      .n_block = 2};

    a.block[0] =
        (el_arch_block){.count = 3, .mixer = EL_MIXER_MLA, .ffn = EL_FFN_DENSE};
    a.block[1] =
        (el_arch_block){.count = 58, .mixer = EL_MIXER_MLA, .ffn = EL_FFN_MOE};
    return a;
}

static void counts_latent_moe(void **state)
{
    el_arch_desc a = deepseek_v3();

    (void)state;
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    assert_close(a.params, 671.026e9, 1e-5, 0);
    assert_close(a.active_params, 36.6e9, 2e-3, 0);
    assert_close(a.kv_bytes_per_token, 70272, 0, 0);
    a.index_heads = 64;
    a.index_dim = 128;
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    assert_close(a.kv_bytes_per_token, 70272 + 61 * 128.0, 0, 0);
    assert_close(el_arch_kv_bytes(&a, 10), 10 * a.kv_bytes_per_token, 0, 0);
}

static void counts_state_space(void **state)
{
    el_arch_desc a = {.hidden = 4096,
                      .vocab = 65024,
                      .ssm_inner = 8192,
                      .ssm_state = 16,
                      .ssm_conv = 4,
                      .ssm_dt_rank = 256,
                      .n_block = 1};

    (void)state; /* Falcon-Mamba 7B: 7.27 B */
    a.block[0] = (el_arch_block){.count = 64, .mixer = EL_MIXER_SSM};
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    assert_close(a.params, 7.27e9, 2e-3, 0);
    assert_close(a.kv_bytes_per_token, 0, 0, 0);
    assert_close(a.state_bytes, 64 * 8192 * (16 * 4 + 4 * 2.0), 0, 0);
    assert_close(el_arch_kv_bytes(&a, 4096), 0, 0, 0);
}

static void counts_other_mixers(void **state)
{
    el_arch_desc a = llama_8b();
    double before;

    (void)state;
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    before = a.params;
    a.ssm_inner = 8192;
    a.ssm_state = 128;
    a.ssm_heads = 128;
    a.ssm_groups = 8;
    a.ssm_conv = 4;
    a.n_block = 3;
    a.block[1] = (el_arch_block){.count = 1, .mixer = EL_MIXER_SSM2};
    a.block[2] = (el_arch_block){.count = 1, .mixer = EL_MIXER_LINEAR};
    a.linear_key_heads = 16;
    a.linear_value_heads = 32;
    a.linear_key_dim = a.linear_value_dim = 128;
    a.linear_conv = 4;
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    assert_close(a.params - before,
                 4096.0 * (3 * 8192 + 2048 + 128) + 10240 * 5 + 3 * 128 + 8192 +
                     4096 + 4096.0 * (2 * 2048 + 3 * 4096 + 64) + 8192 * 4 +
                     64 + 128 + 4096,
                 0, 0);
    assert_close(a.state_bytes,
                 8192 * 128 * 4 + 10240 * 8 + 4096 * 128 * 4 + 8192 * 8.0, 0,
                 0);
    a.block[0].mixer = EL_MIXER_CROSS;
    a.vision.tokens_per_image = 1601;
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    assert_close(a.kv_bytes_per_image, 1601 * 131072.0, 0, 0);
    assert_close(a.kv_bytes_per_token, 0, 0, 0);
    assert_close(el_arch_kv_bytes(&a, 10), 0, 0, 0);
}

/* Each optional part adds what its matrices have. */
static void parts_add_up(void **state)
{
    el_arch_desc a = llama_8b();
    el_arch_parts plain = el_arch_parts_of(&a, &a.block[0]), p;

    (void)state;
    a.mlp_matrices = 3;
    a.attn_gate = a.qkv_bias = a.out_bias = a.qk_norm = a.mlp_bias = true;
    p = el_arch_parts_of(&a, &a.block[0]);
    assert_close(p.attn_in - plain.attn_in, 4096.0 * 4096, 0, 0);
    assert_close(p.rest - plain.rest,
                 4096 + 2 * 1024 + 4096 + 2 * 128 + 2 * 14336 + 4096.0, 0, 0);
    a.block[0].k_is_v = true;
    assert_close(p.attn_in - el_arch_parts_of(&a, &a.block[0]).attn_in,
                 4096.0 * 1024, 0, 0);
    a = deepseek_v3();
    plain = el_arch_parts_of(&a, &a.block[0]);
    a.absorbed = true;
    a.o_lora_rank = 1024;
    a.o_groups = 8;
    p = el_arch_parts_of(&a, &a.block[0]);
    assert_close(plain.attn_in - p.attn_in, 512 * 128 * 256.0, 0, 0);
    assert_close(p.attn_out, 16384.0 * 1024 + 8 * 1024 * 7168.0, 0, 0);
    a.mlp_bias = true;
    a.mlp_matrices = 3;
    a.block[1].ffn = EL_FFN_MOE;
    p = el_arch_parts_of(&a, &a.block[1]);
    assert_close(p.expert, 3 * 7168.0 * 2048 + 2 * 2048 + 7168, 0, 0);
}

/* ---- absurd shapes ---- */

static void refuse(el_arch_desc a, const char *what)
{
    el_arch_desc before = a;
    el_error err = {0};

    assert_int_equal(el_arch_count(&a, &err), EL_E_DATA);
    if (!strstr(err.message, what))
        fail_msg("%s: lacks %s", err.message, what);
    assert_memory_equal(&a, &before, sizeof a);
}

static void refuses_absurd_sizes(void **state)
{
    el_arch_desc a = llama_8b();

    (void)state;
    assert_int_equal(el_arch_count(NULL, NULL), EL_E_ARG);
    a.hidden = 0;
    refuse(a, "hidden");
    a.hidden = (double)NAN;
    refuse(a, "hidden");
    a = llama_8b();
    a.vocab = 0;
    refuse(a, "vocab");
    a.vocab = -5;
    refuse(a, "vocab");
    a = llama_8b();
    a.n_block = 0;
    refuse(a, "blocks");
    a = llama_8b();
    a.block[0].count = 5000;
    refuse(a, "layers");
    a.block[0].count = 1e300;
    refuse(a, "layers");
    a = llama_8b();
    a.heads = 0;
    refuse(a, "heads");
    a = llama_8b();
    a.kv_heads = 0;
    refuse(a, "kv_heads");
    a = llama_8b();
    a.head_dim = 0;
    refuse(a, "head_dim");
    a = llama_8b();
    a.intermediate = 0;
    refuse(a, "intermediate");
    a = llama_8b();
    a.hidden = a.intermediate = 0x1p30;
    refuse(a, "parameters");
    (void)memcpy(a.name, "x", 2);
    refuse(a, "x: parameters");
}

static void refuses_missing_parts(void **state)
{
    el_arch_desc a = deepseek_v3();

    (void)state;
    a.kv_lora_rank = 0;
    refuse(a, "kv_lora_rank");
    a = deepseek_v3();
    a.v_head_dim = a.head_dim = 0;
    refuse(a, "v_head_dim");
    a = deepseek_v3();
    a.heads = 0;
    refuse(a, "heads");
    a = deepseek_v3();
    a.experts = 0;
    refuse(a, "experts");
    a = deepseek_v3();
    a.moe_intermediate = a.intermediate = 0;
    a.block[0].ffn = EL_FFN_NONE;
    refuse(a, "moe_intermediate");
    a = llama_8b();
    a.block[0].mixer = EL_MIXER_SSM;
    refuse(a, "ssm_inner");
    a.block[0].mixer = EL_MIXER_LINEAR;
    refuse(a, "linear_value_heads");
}

/* ---- formats ---- */

static void quantises(void **state)
{
    el_arch_desc a = llama_8b();
    double embed = 2 * 4096 * 128256.0;

    (void)state;
    assert_int_equal(el_arch_quantise(&a, "fp8", "fp8", NULL), EL_OK);
    assert_string_equal(a.quantisation, "fp8");
    assert_close(a.weight_bits, 8, 0, 0);
    assert_close(a.kv_bytes_per_token, 65536, 0, 0);
    assert_close(a.weight_bytes, 2 * embed + (a.params - embed), 1e-3, 0);
    assert_int_equal(el_arch_quantise(&a, "AWQ", "", NULL), EL_OK);
    assert_close(a.weight_bits, 4.15625, 1e-12, 0);
    assert_close(a.kv_bytes_per_token, 65536, 0, 0);
    assert_int_equal(el_arch_quantise(&a, NULL, "bfloat16", NULL), EL_OK);
    assert_close(a.weight_bits, 4.15625, 1e-12, 0);
    assert_close(a.kv_bytes_per_token, 131072, 0, 0);
    assert_int_equal(el_arch_quantise(&a, "mxfp4", NULL, NULL), EL_OK);
    assert_close(a.weight_bits, 4.25, 1e-12, 0);
    assert_int_equal(el_arch_quantise(&a, "bfloat16", NULL, NULL), EL_OK);
    assert_string_equal(a.quantisation, "");
    assert_close(a.weight_bytes, 2 * a.params, 0, 0);
}

static void quantises_experts_alone(void **state)
{
    el_arch_desc a = deepseek_v3();

    (void)state;
    assert_int_equal(el_arch_quantise(&a, "mxfp4", "", NULL), EL_OK);
    assert_close(a.weight_bits, 16, 0, 0);
    assert_close(a.expert_bits, 4.25, 0, 0);
    assert_int_equal(el_arch_quantise(&a, "nvfp4", "", NULL), EL_OK);
    assert_close(a.weight_bits, 4.5, 1e-12, 0);
    assert_close(a.embed_bits, 16, 0, 0);
}

static void scales_blocks(void **state)
{
    el_arch_desc a = deepseek_v3(), b = llama_8b();

    (void)state;
    el_str_copy(a.family, sizeof a.family, "deepseek_v3");
    assert_int_equal(el_arch_quantise(&a, "fp8", "", NULL), EL_OK);
    assert_true(el_arch_block_scaled(&a));
    el_str_copy(a.family, sizeof a.family, "llama4"); /* scales rows */
    assert_false(el_arch_block_scaled(&a));
    el_str_copy(a.family, sizeof a.family, "qwen3_moe");
    assert_true(el_arch_block_scaled(&a));
    assert_int_equal(el_arch_quantise(&a, "int8", "", NULL), EL_OK);
    assert_false(el_arch_block_scaled(&a));
    assert_int_equal(el_arch_quantise(&a, "bfloat16", "", NULL), EL_OK);
    assert_false(el_arch_block_scaled(&a));
    assert_false(el_arch_block_scaled(&b));
}

static void refuses_unknown_formats(void **state)
{
    el_arch_desc a = llama_8b();
    el_error err = {0};

    (void)state;
    assert_int_equal(el_arch_quantise(NULL, "", "", NULL), EL_E_ARG);
    assert_int_equal(el_arch_quantise(&a, "int3", "", &err), EL_E_ARG);
    assert_non_null(strstr(err.message, "int3"));
    assert_non_null(strstr(err.message, "nvfp4"));
    assert_int_equal(el_arch_quantise(&a, "", "nvfp4", NULL), EL_E_ARG);
    assert_int_equal(el_arch_quantise(&a, "", "e5m2", NULL), EL_E_ARG);
    assert_close(a.weight_bits, 0, 0, 0);
    a.hidden = 0;
    assert_int_equal(el_arch_quantise(&a, "fp8", "", NULL), EL_E_DATA);
    assert_close(a.weight_bits, 0, 0, 0);
}

/* ---- from the catalogue ---- */

static el_llm entry(void)
{
    el_llm m = {.slug = "m", .name = "M", .family = "llama"};

    m.layers = 32;
    m.hidden = 4096;
    m.heads = 32;
    m.kv_heads = 8;
    m.head_dim = 128;
    m.attention_layers = 32;
    m.intermediate = 14336;
    m.mlp_matrices = 3;
    m.vocab = 128256;
    m.params = 8030261248.0;
    m.active_params = 7504924672.0;
    m.kv_bytes_per_token = 131072;
    m.weight_bits = 16;
    return m;
}

static void reads_an_entry(void **state)
{
    el_llm m = entry();
    el_arch_desc a;

    (void)state;
    assert_int_equal(el_arch_from_llm(&m, &a, NULL), EL_OK);
    assert_close(a.params, m.params, 0, 0);
    assert_false(a.generic || a.tied);
    assert_string_equal(a.note, "");
    m.weight_bits = 8;
    m.sliding_window = 4096;
    m.window_layers = 16;
    m.vision_params = 3e8;
    m.active_params = EL_UNKNOWN;
    assert_int_equal(el_arch_from_llm(&m, &a, NULL), EL_OK);
    assert_int_equal(a.n_block, 2);
    assert_close(a.block[0].window, 4096, 0, 0);
    assert_close(a.weight_bits, 8, 0, 0);
    assert_string_equal(a.quantisation, "fp8");
    assert_close(a.vision.params, 3e8, 0, 0);
    assert_close(a.vision.tokens_per_image, 576, 0, 0);
    m.params = 9e9;
    assert_int_equal(el_arch_from_llm(&m, &a, NULL), EL_OK);
    assert_true(a.generic);
    assert_non_null(strstr(a.note, "9.00 B"));
}

static void fits_unknown_widths(void **state)
{
    el_llm m = entry();
    el_arch_desc a;

    (void)state; /* a hybrid of whose scan the catalogue says nothing */
    m.family = "jamba";
    m.arch = EL_ARCH_HYBRID;
    m.attention_layers = 4;
    m.params = 9.5e9;
    m.active_params = m.params - 4096 * 128256.0;
    m.kv_bytes_per_token = 16384;
    assert_int_equal(el_arch_from_llm(&m, &a, NULL), EL_OK);
    assert_close(a.params, m.params, 1e-3, 0);
    assert_true(a.generic && a.state_bytes > 0);
    m.family = "qwen3_5";
    assert_int_equal(el_arch_from_llm(&m, &a, NULL), EL_OK);
    assert_close(a.params, m.params, 3e-3, 0);
    m.family = "nemotron_nas";
    m.params = 6e9;
    m.active_params = m.params - 4096 * 128256.0;
    assert_int_equal(el_arch_from_llm(&m, &a, NULL), EL_OK);
    assert_close(a.params, m.params, 1e-3, 0);
    m.family = "nemotron_h";
    assert_int_equal(el_arch_from_llm(&m, &a, NULL), EL_OK);
    assert_close(el_arch_layers(&a), 32, 0, 0);
    m.family = "mllama";
    m.params = 8030261248.0;
    m.active_params = 7504924672.0;
    assert_int_equal(el_arch_from_llm(&m, &a, NULL), EL_OK);
    assert_int_equal(a.block[1].mixer, EL_MIXER_CROSS);
}

static void refuses_an_empty_entry(void **state)
{
    el_llm m = entry();
    el_arch_desc a = {.hidden = -1};
    el_error err = {0};

    (void)state;
    assert_int_equal(el_arch_from_llm(NULL, &a, NULL), EL_E_ARG);
    assert_int_equal(el_arch_from_llm(&m, NULL, NULL), EL_E_ARG);
    m.layers = EL_UNKNOWN;
    assert_int_equal(el_arch_from_llm(&m, &a, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "m: "));
    m = entry();
    m.slug = NULL;
    m.vocab = 0;
    assert_int_equal(el_arch_from_llm(&m, &a, NULL), EL_E_DATA);
    m = entry();
    m.heads = EL_UNKNOWN;
    m.kv_heads = EL_UNKNOWN;
    m.head_dim = EL_UNKNOWN;
    assert_int_equal(el_arch_from_llm(&m, &a, NULL), EL_E_DATA);
    assert_close(a.hidden, -1, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_llama),
        cmocka_unit_test(windows_bound_the_cache),
        cmocka_unit_test(counts_latent_moe),
        cmocka_unit_test(counts_state_space),
        cmocka_unit_test(counts_other_mixers),
        cmocka_unit_test(parts_add_up),
        cmocka_unit_test(refuses_absurd_sizes),
        cmocka_unit_test(refuses_missing_parts),
        cmocka_unit_test(quantises),
        cmocka_unit_test(quantises_experts_alone),
        cmocka_unit_test(scales_blocks),
        cmocka_unit_test(refuses_unknown_formats),
        cmocka_unit_test(reads_an_entry),
        cmocka_unit_test(fits_unknown_widths),
        cmocka_unit_test(refuses_an_empty_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
