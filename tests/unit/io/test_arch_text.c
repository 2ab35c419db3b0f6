/* SPDX-License-Identifier: Apache-2.0 */
/* Built-in families: composed, parsed, lowered; work and memory agree with
 * the counts of the architecture for every config.json at hand. */
#include "io/arch_text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "el_hf_samples.h"
#include "energylens/graph.h"
#include "io/hf_config.h"
#include "io/json.h"

static el_arch_desc llama(void)
{
    el_arch_desc a = {.name = "llama-3-70b",
                      .hidden = 8192,
                      .vocab = 128256,
                      .heads = 64,
                      .kv_heads = 8,
                      .head_dim = 128,
                      .intermediate = 28672,
                      .mlp_matrices = 3,
                      .n_block = 1};

    a.block[0] = (el_arch_block){
        .count = 80, .mixer = EL_MIXER_GQA, .ffn = EL_FFN_DENSE};
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    return a;
}

/* Products with weights in decode: 2 FLOP a weight. */
static double products(const el_plan *plan)
{
    double sum = 0;

    for (size_t i = 0; i < el_plan_n_ops(plan); i++) {
        el_op op;

        el_plan_op(plan, i, 1, 1, 1, &op);
        if (op.kind == EL_OP_GEMM || op.kind == EL_OP_MOE)
            sum += op.count * op.flop;
    }
    return sum;
}

static void llama_counts(void **state)
{
    el_arch_desc a = llama();
    el_plan *plan = el_hf_plan(&a, 1);

    (void)state;
    assert_close(products(plan), 2 * a.active_params, 1e-3, 0);
    assert_close(el_plan_weight_bytes(plan), a.weight_bytes, 1e-3, 0);
    assert_close(el_plan_cache_bytes(plan, 1000), el_arch_kv_bytes(&a, 1000),
                 1e-12, 0);
    el_plan_free(plan);
    plan = el_hf_plan(&a, 8);
    assert_close(el_plan_weight_bytes(plan), a.weight_bytes / 8, 1e-3, 0);
    el_plan_free(plan);
    assert_int_equal(el_mem_live(), 0);
}

/* Every mixer and feed-forward part, with a block's own sizes. */
static void compositions(void **state)
{
    static const el_mixer mixer[] = {EL_MIXER_GQA,   EL_MIXER_MLA,
                                     EL_MIXER_SSM,   EL_MIXER_SSM2,
                                     EL_MIXER_CROSS, EL_MIXER_LINEAR};
    el_arch_desc a = llama();

    (void)state;
    a.q_lora_rank = 512;
    a.kv_lora_rank = 256;
    a.qk_nope_dim = 64;
    a.qk_rope_dim = 32;
    a.v_head_dim = 64;
    a.experts = 8;
    a.top_k = 2;
    a.moe_intermediate = 1024;
    a.shared_experts = 1;
    a.ssm_inner = 4096;
    a.ssm_state = 16;
    a.ssm_conv = 4;
    a.ssm_dt_rank = 64;
    a.ssm_heads = 64;
    a.ssm_groups = 8;
    a.linear_key_heads = a.linear_value_heads = 16;
    a.linear_key_dim = a.linear_value_dim = a.vision.tokens_per_image = 128;
    a.linear_conv = 4;
    a.n_block = 7;
    for (size_t i = 0; i < 6; i++)
        a.block[i] = (el_arch_block){.count = 2,
                                     .mixer = mixer[i],
                                     .ffn = i % 2 ? EL_FFN_MOE : EL_FFN_NONE,
                                     .window = i == 0 ? 100 : 0,
                                     .heads = i == 0 ? 32 : 0};
    a.block[6] = (el_arch_block){.count = 3, .stored = 2, .ffn = EL_FFN_DENSE};
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    for (int tied = 0; tied < 2; tied++) {
        el_plan *plan;

        a.tied = tied;
        assert_int_equal(el_arch_count(&a, NULL), EL_OK);
        plan = el_hf_plan(&a, 1);
        assert_close(el_plan_weight_bytes(plan), a.weight_bytes, 0.01, 0);
        el_plan_free(plan);
    }
    a.n_block = 1;
    a.block[0] =
        (el_arch_block){.count = 2, .mixer = EL_MIXER_GQA, .ffn = EL_FFN_DENSE};
    a.parallel_residual = true;
    {
        el_buf text = {0};

        assert_int_equal(el_arch_describe(&a, &text, NULL), EL_OK);
        assert_non_null(strstr(text.text, "comm=later"));
        el_buf_clear(&text);
    }
    a.block[0].mixer = EL_MIXER_MLA;
    a.absorbed = true;
    el_plan_free(el_hf_plan(&a, 4));
    a.o_lora_rank = 64;
    a.o_groups = 8;
    el_plan_free(el_hf_plan(&a, 4));
    assert_int_equal(el_mem_live(), 0);
}

static void refusals(void **state)
{
    el_arch_desc a = llama();
    el_buf text = {0};
    el_error err = {0};

    (void)state;
    assert_null(el_arch_part("no-such-part"));
    assert_non_null(el_arch_part("gqa"));
    a.block[0] = (el_arch_block){.count = 1};
    assert_int_equal(el_arch_describe(&a, &text, &err), EL_E_DATA);
    assert_string_equal(err.message, "llama-3-70b: block 0 has neither a mixer "
                                     "nor a feed-forward part");
    a.n_block = 0;
    assert_int_equal(el_arch_describe(&a, &text, NULL), EL_E_DATA);
    assert_int_equal(el_arch_describe_vision(&a, &text, NULL), EL_E_DATA);
    assert_int_equal(el_arch_describe_file("/no/such.ein", &text, NULL),
                     EL_E_IO);
    assert_null(text.text);
}

static void vision(void **state)
{
    static const el_shard eight = {.tp = 8, .pp = 1, .ep = 1, .cp = 1};
    el_arch_desc a = llama();
    el_buf text = {0};
    el_graph *graph = NULL;
    el_plan *plan = NULL;

    (void)state;
    /* 25 heads: not divisible, so attention is whole on every GPU */
    a.vision = (el_tower){.layers = 45,
                          .hidden = 3200,
                          .heads = 25,
                          .intermediate = 12800,
                          .mlp_matrices = 2,
                          .patch = 14,
                          .params = 5.5e9};
    assert_int_equal(el_arch_describe_vision(&a, &text, NULL), EL_OK);
    assert_int_equal(el_graph_parse(text.text, text.len, "v", &graph, NULL),
                     EL_OK);
    assert_int_equal(el_plan_make(graph, &a, &eight, &plan, NULL), EL_OK);
    assert_non_null(strstr(el_plan_note(plan), "a = 25 replicated over tp 8"));
    el_plan_free(plan);
    el_graph_free(graph);
    el_buf_clear(&text);
}

static void users_file(void **state)
{
    char path[] = "/tmp/el_arch_text_XXXXXX";
    int fd = mkstemp(path);
    el_buf text = {0};

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "dim x = 1\n", 10), 10);
    assert_int_equal(close(fd), 0);
    assert_int_equal(el_arch_describe_file(path, &text, NULL), EL_OK);
    assert_string_equal(text.text, "dim x = 1\n");
    el_buf_clear(&text);
    (void)unlink(path);
}

static void out_of_memory(void **state)
{
    el_arch_desc a = llama();
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_buf text = {0};

        el_mem_fail_at(k);
        st = el_arch_describe(&a, &text, NULL);
        el_mem_fail_at(-1);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        assert_true((st == EL_OK) == (text.len > 0));
        el_buf_clear(&text);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
}

static void check_config(const char *name)
{
    char path[512];
    el_arch_desc a = {.hidden = 0};
    el_plan *plan;
    double cross;

    (void)snprintf(path, sizeof path, EL_HF_SAMPLES "/%s", name);
    if (el_hf_config_read(path, &a, NULL) != EL_OK)
        return; /* what cannot be read is another test's */
    plan = el_hf_plan(&a, 1);
    /* keys and values of images are made in prefill */
    cross = a.kv_bytes_per_image > 0 ? 0.01 : 1e-3;
    if (fabs(products(plan) / (2 * a.active_params) - 1) > cross ||
        fabs(el_plan_weight_bytes(plan) / a.weight_bytes - 1) > 1e-3)
        fail_msg("%s: %.6g of %.6g FLOP, %.6g of %.6g bytes", name,
                 products(plan), 2 * a.active_params,
                 el_plan_weight_bytes(plan), a.weight_bytes);
    assert_close(el_plan_cache_bytes(plan, 4096),
                 el_arch_kv_bytes(&a, 4096) + a.state_bytes +
                     a.kv_bytes_per_image,
                 1e-3, 0);
    el_plan_free(plan);
    assert_int_equal(el_mem_live(), 0);
}

static void published_configs(void **state)
{
    (void)state;
    el_each_hf_sample(check_config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(llama_counts),      cmocka_unit_test(compositions),
        cmocka_unit_test(refusals),          cmocka_unit_test(vision),
        cmocka_unit_test(users_file),        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(published_configs),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
