/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/facts.h"

#include <string.h>

#include "el_facts_sample.h"
#include "el_test.h"

static const el_llm llama8b = {.slug = "llama-3.1-8b",
                               .arch = EL_ARCH_DENSE,
                               .layers = 32,
                               .hidden = 4096,
                               .attention_layers = 32,
                               .params = 8.03e9,
                               .active_params = 8.03e9,
                               .kv_bytes_per_token = 131072,
                               .weight_bits = 16};

static const el_llm mixtral = {.slug = "mixtral-8x7b",
                               .arch = EL_ARCH_MOE,
                               .layers = 32,
                               .hidden = 4096,
                               .attention_layers = 32,
                               .experts = 8,
                               .top_k = 2,
                               .params = 46.7e9,
                               .active_params = 12.88e9,
                               .kv_bytes_per_token = 131072,
                               .weight_bits = 16};

static const el_gpu a100 = {.slug = "a100",
                            .memory_bytes = 40.0 * 1073741824.0,
                            .mem_bw_bytes_s = 1.555e12,
                            .fp16_flop_s = 312e12,
                            .fp8_flop_s = 624e12,
                            .fp4_flop_s = 1248e12,
                            .tdp_w = 400,
                            .idle_w = 57,
                            .idle_context_w = 80};

static el_facts make(const el_llm *llm, const el_gpu *gpu,
                     const char *precision)
{
    el_facts f;

    assert_int_equal(el_facts_make(llm, gpu, precision, NULL, &f, NULL), EL_OK);
    return f;
}

static void precision_sets_bytes_and_peak(void **state)
{
    const struct {
        const char *precision;
        double bits, flop_s;
    } want[] = {
        {"bfloat16", 16, 312e12}, {"bfloat16/float16", 16, 312e12},
        {"FP8", 8, 624e12},       {"int8", 8, 624e12},
        {"AWQ", 4.25, 1248e12},   {"nvfp4", 4.5, 1248e12},
        {"float32", 32, 312e12},
    };

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        el_facts f = make(&llama8b, &a100, want[i].precision);
        assert_close(f.dense_bytes, 8.03e9 * fmin(want[i].bits, 16) / 8, 1e-12,
                     0);
        assert_close(f.gpu_flop_s, want[i].flop_s, 0, 0);
        assert_close(el_facts_weight_bits(&f), fmin(want[i].bits, 16), 1e-12,
                     0);
    }
}

static void moe_splits_weights_by_active_share(void **state)
{
    el_facts f = make(&mixtral, &a100, "bfloat16");
    double routed = (46.7e9 - 12.88e9) / (1 - 2.0 / 8.0);

    (void)state;
    assert_close(el_facts_weight_bits(&f), 16, 1e-12, 0);
    assert_close(f.expert_bytes, 2 * routed, 1e-12, 0);
    assert_close(f.dense_bytes, 2 * (46.7e9 - routed), 1e-12, 0);
    /* one request streams what is active, many stream everything */
    assert_close(el_facts_streamed_bytes(&f, 1), 2 * 12.88e9, 1e-9, 0);
    assert_close(el_facts_streamed_bytes(&f, 1e9), 2 * 46.7e9, 1e-6, 0);
    f = make(&llama8b, &a100, "bfloat16");
    assert_close(el_facts_streamed_bytes(&f, 64), f.dense_bytes, 0, 0);
}

static void capacity_follows_the_notes_formula(void **state)
{
    el_facts f = make(&llama8b, &a100, "bfloat16");
    double gib = 1073741824.0;
    double want = ((0.9 * 0.985 * 40 * gib - 1.2e9) * 2 - 16.06e9) / 131072.0;

    (void)state;
    assert_close(el_facts_kv_capacity(&f, 2, 1), want, 1e-12, 0);
    assert_close(el_facts_kv_capacity(&f, 1, 2), want, 1e-12, 0);
    f.dense_bytes = 141e9; /* does not fit one card */
    assert_true(el_facts_kv_capacity(&f, 1, 1) < 0);
    f = el_sample_ssm();
    assert_true(isinf(el_facts_kv_capacity(&f, 1, 1)));
    f.dense_bytes = 141e9;
    assert_true(el_facts_kv_capacity(&f, 1, 1) < 0);
    f = make(&llama8b, NULL, "bfloat16"); /* GPU not known */
    assert_false(el_is_known(el_facts_kv_capacity(&f, 1, 1)));
}

static void windowed_layers_stop_reading(void **state)
{
    el_facts f = el_sample_moe(); /* half of 131072 bytes, window 1024 */

    (void)state;
    assert_close(el_facts_kv_read_bytes(&f, 512), 512 * 131072.0, 0, 0);
    assert_close(el_facts_kv_read_bytes(&f, 4096),
                 4096 * 65536.0 + 1024 * 65536.0, 0, 0);
}

static void idle_power_takes_the_best_known(void **state)
{
    el_gpu g = a100;

    (void)state;
    assert_close(make(&llama8b, &g, "fp8").gpu_idle_w, 80, 0, 0);
    g.idle_context_w = EL_UNKNOWN;
    assert_close(make(&llama8b, &g, "fp8").gpu_idle_w, 57, 0, 0);
    g.idle_w = EL_UNKNOWN;
    assert_close(make(&llama8b, &g, "fp8").gpu_idle_w, 60, 1e-12, 0);
    g.fp4_flop_s = g.fp8_flop_s = EL_UNKNOWN; /* falls back to 16 bit */
    assert_close(make(&llama8b, &g, "awq").gpu_flop_s, 312e12, 0, 0);
}

/* h = 128 L, N = 12 L h^2: 7 B gives about 33 layers of 4,195. */
static void unknown_model_is_estimated_and_says_so(void **state)
{
    el_facts_hint hint = {7e9, EL_UNKNOWN, "dense"};
    el_facts f;

    (void)state;
    assert_int_equal(el_facts_make(NULL, NULL, "bfloat16", &hint, &f, NULL),
                     EL_OK);
    assert_close(f.layers, 32.9, 0.01, 0);
    assert_close(12 * f.layers * f.hidden * f.hidden, 7e9, 1e-9, 0);
    assert_close(f.estimated, 1, 0, 0);
    hint.arch = "ssm";
    assert_int_equal(el_facts_make(NULL, NULL, "bfloat16", &hint, &f, NULL),
                     EL_OK);
    assert_close(f.kv_bytes_per_token, 0, 0, 0);
    hint = (el_facts_hint){30e9, 3e9, "moe"};
    assert_int_equal(el_facts_make(NULL, NULL, "bfloat16", &hint, &f, NULL),
                     EL_OK);
    assert_true(f.expert_bytes > 0);
    assert_close(f.arch, EL_ARCH_MOE, 0, 0);
}

static void missing_facts_are_refused(void **state)
{
    el_facts_hint hint = {EL_UNKNOWN, EL_UNKNOWN, ""};
    el_facts f = {.layers = -1};
    el_error e;

    (void)state;
    assert_int_equal(el_facts_make(NULL, &a100, "fp8", &hint, &f, &e),
                     EL_E_DATA);
    assert_non_null(strstr(e.message, "params_b"));
    assert_int_equal(el_facts_make(&llama8b, &a100, NULL, NULL, &f, &e),
                     EL_E_ARG);
    assert_close(f.layers, -1, 0, 0);
}

/* 100 GB of weights, 20 usable on each of 8 GPUs a node. */
static void test_room(void **state)
{
    el_facts f = {.dense_bytes = 80e9,
                  .expert_bytes = 20e9,
                  .kv_bytes_per_token = 1e6,
                  .gpu_memory_bytes = (20e9 + 1.2e9) / (0.9 * 0.985)};
    el_room room = el_facts_room(&f, 4, 8, 0);
    el_buf text = {0};

    (void)state;
    assert_close(room.need_bytes, 25e9, 1e-12, 0);
    assert_close(room.have_bytes, 20e9, 1e-12, 0);
    /* five GPUs hold it, a power of two is eight; exactly full is full */
    assert_close(room.tp * room.pp, 8, 0, 0);
    assert_true(el_facts_kv_capacity(&f, room.tp, room.pp) > 0);
    el_room_print(&room, &text);
    assert_string_equal(el_buf_text(&text),
                        "needs 23.3 GiB per GPU on 4 GPUs, 18.6 GiB usable; "
                        "the smallest that fits: tp=8 (8 GPUs)");
    el_buf_clear(&text);
    /* a cache of 100,000 tokens more: 200 GB, over two nodes */
    room = el_facts_room(&f, 16, 8, 1e5);
    assert_close(room.need_bytes, 12.5e9, 1e-12, 0);
    assert_close(room.tp, 8, 0, 0);
    assert_close(room.pp, 2, 0, 0);
    el_room_print(&room, &text); /* it fits where it is */
    assert_string_equal(el_buf_text(&text),
                        "needs 11.6 GiB per GPU on 16 GPUs, 18.6 GiB usable");
    el_buf_clear(&text);
    room = el_facts_room(&f, 1, 1, 0); /* nodes of one GPU: pipelines */
    assert_close(room.tp, 1, 0, 0);
    assert_close(room.pp, 5, 0, 0);
    f.gpu_memory_bytes = 1e9; /* the runtime alone is larger */
    room = el_facts_room(&f, 1, 8, 0);
    assert_true(room.have_bytes == 0 && isnan(room.tp));
    f.gpu_memory_bytes = NAN;
    room = el_facts_room(&f, 1, 8, 0);
    assert_true(isnan(room.have_bytes) && isnan(room.tp));
    el_room_print(&room, &text);
    assert_string_equal(el_buf_text(&text), "needs 93.1 GiB per GPU on 1 GPU");
    el_buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(precision_sets_bytes_and_peak),
        cmocka_unit_test(moe_splits_weights_by_active_share),
        cmocka_unit_test(capacity_follows_the_notes_formula),
        cmocka_unit_test(windowed_layers_stop_reading),
        cmocka_unit_test(idle_power_takes_the_best_known),
        cmocka_unit_test(unknown_model_is_estimated_and_says_so),
        cmocka_unit_test(missing_facts_are_refused),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
