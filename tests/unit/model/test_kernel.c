/* SPDX-License-Identifier: Apache-2.0 */
#include "el_device_sample.h"

static el_cost cost(const el_device *d, el_op op)
{
    el_cost c;

    el_kernel_cost(d, &op, &c);
    return c;
}

/* TensorRT-LLM on an A100: analytic notes, V3 (us). Within 15 %. */
static void test_gemm_published(void **state)
{
    static const double us[][2] = {{1, 88},    {64, 92},     {128, 114},
                                   {512, 317}, {2048, 1008}, {8192, 4189}};
    el_device d = el_sample_device(el_sample_a100());

    (void)state;
    d.cap_w = 1e9;
    for (size_t i = 0; i < 6; i++)
        assert_close(cost(&d, el_sample_gemm(us[i][0], 8192, 8192)).time_s,
                     us[i][1] * 1e-6, 0.15, 0);
}

static void test_gemm_tiles(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    el_op op = el_sample_gemm(1024, 4096, 4096);
    double t;

    (void)state;
    d.cap_w = 1e9;
    /* one row more than whole tiles starts new ones */
    assert_true(cost(&d, el_sample_gemm(1025, 4096, 4096)).time_s >
                cost(&d, op).time_s);
    /* few tiles and a long k: split, so far from k times slower */
    t = cost(&d, el_sample_gemm(64, 256, 16384)).time_s;
    assert_true(t < 4 * cost(&d, el_sample_gemm(64, 256, 2048)).time_s);
    /* batched products are as many tiles */
    op.batch = 4;
    op.flop *= 4;
    op.weight_bytes *= 4;
    op.act_bytes *= 4;
    assert_true(cost(&d, op).time_s >
                3 * cost(&d, el_sample_gemm(1024, 4096, 4096)).time_s);
    /* fused into the op before: no start */
    op = el_sample_gemm(64, 64, 64);
    t = cost(&d, op).time_s;
    op.launches = false;
    assert_close(t - cost(&d, op).time_s, 3.04e-6, 1e-6, 0);
    /* no shape: a roofline */
    op = el_sample_gemm(0, 0, 0);
    op.flop = 1e12;
    assert_close(cost(&d, op).time_s, 3.04e-6 + 1e12 / (3.12e14 * 0.85), 1e-9,
                 0);
}

static void test_quantised(void **state)
{
    el_device a = el_sample_device(el_sample_a100());
    el_device b = el_sample_device(el_sample_b200());
    el_op w16 = el_sample_gemm(8, 8192, 8192), w8 = w16, w4 = w16, big;

    (void)state;
    a.cap_w = b.cap_w = 1e9;
    w8.weight_bits = 8;
    w8.weight_bytes /= 2;
    w4.weight_bits = 4.25;
    w4.weight_bytes *= 4.25 / 16;
    /* decode: time follows the weights */
    assert_true(cost(&a, w8).time_s < 0.7 * cost(&a, w16).time_s);
    assert_true(cost(&a, w4).time_s < 0.8 * cost(&a, w8).time_s);
    /* prefill: 8-bit units are twice as fast, 4 bits are unpacked to 16 */
    big = el_sample_gemm(8192, 8192, 8192);
    w8 = w4 = big;
    w8.weight_bits = 8;
    w4.weight_bits = 4.25;
    assert_true(cost(&a, w8).time_s < 0.65 * cost(&a, big).time_s);
    assert_true(cost(&a, w4).time_s > 1.1 * cost(&a, big).time_s);
    /* where there are 4-bit units they are used */
    assert_true(cost(&b, w4).time_s < 0.5 * cost(&b, big).time_s);
    assert_true(cost(&b, w4).energy_j < 0.5 * cost(&b, big).energy_j);
    /* no 8-bit units: unpacked too */
    a.flop_s_8 = 0;
    assert_true(cost(&a, w8).time_s > 1.1 * cost(&a, big).time_s);
}

/* TensorRT-LLM on an A100, one head: data/kernels, rows of 12/12 heads. */
static void test_attention(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    el_op op = el_sample_attention(8, 1, 65536, 12, 12), bare;

    (void)state;
    d.cap_w = 1e9;
    assert_close(cost(&d, op).time_s, 1873e-6, 0.1, 0);
    /* a window reads less */
    op.context = 4096;
    op.kv_bytes /= 16;
    op.flop /= 16;
    assert_true(cost(&d, op).time_s < 0.3 * 1873e-6);
    /* grouped heads read less KV: V5, b 16, 2048 tokens, 95 us */
    assert_close(cost(&d, el_sample_attention(16, 1, 2048, 64, 8)).time_s,
                 95e-6, 0.1, 0);
    /* latent attention: 128 query heads on one latent head, math counts */
    op = el_sample_attention(64, 1, 8192, 128, 1);
    op.flop *= 4;
    assert_true(cost(&d, op).time_s > op.flop / d.flop_s_16);
    /* prefill: V5, 64/8 heads, 2048 and 8192 tokens */
    assert_close(cost(&d, el_sample_attention(1, 2048, 2048, 64, 8)).time_s,
                 672e-6, 0.2, 0);
    assert_close(cost(&d, el_sample_attention(1, 8192, 8192, 64, 8)).time_s,
                 8042e-6, 0.2, 0);
    /* a chunk after a prefix attends to more than without */
    assert_true(cost(&d, el_sample_attention(1, 512, 8192, 64, 8)).time_s >
                3 * cost(&d, el_sample_attention(1, 512, 512, 64, 8)).time_s);
    bare = el_sample_attention(1, 512, 512, 64, 8);
    bare.batch = 0;
    bare.heads = bare.kv_heads = 0;
    assert_true(cost(&d, bare).time_s > 11e-6);
    op = el_sample_attention(1, 1, 128, 8, 8);
    bare = op;
    bare.launches = false;
    assert_close(cost(&d, op).time_s - cost(&d, bare).time_s, 10.37e-6, 1e-6,
                 0);
}

static void test_small_kinds(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    el_op op = {.kind = EL_OP_ELEMENTWISE, .launches = true};

    (void)state;
    d.cap_w = 1e9;
    assert_close(cost(&d, op).time_s, 2.3e-6, 1e-9, 0);
    op.act_bytes = 1e9;
    assert_close(cost(&d, op).time_s, 2.3e-6 + 1e9 / (0.9 * 2.039e12), 1e-9, 0);
    op.launches = false;
    assert_close(cost(&d, op).time_s, 1e9 / (0.9 * 2.039e12), 1e-9, 0);
    op.kind = EL_OP_EMBED;
    assert_close(cost(&d, op).time_s, 1e9 / (0.834 * 2.039e12), 1e-9, 0);
    op.launches = true;
    assert_true(cost(&d, op).time_s > 1e9 / (0.834 * 2.039e12) + 2e-6);
    op.kind = EL_OP_SCAN;
    op.flop = 1e9;
    assert_true(cost(&d, op).time_s > 1e9 / (0.834 * 2.039e12));
    op.launches = false;
    op.flop = 1e12;
    assert_close(cost(&d, op).time_s, 1e12 / (108 * 1.41e9 * 40.0), 1e-9, 0);
    op.m = 256; /* in chunks, on tensor cores */
    assert_close(cost(&d, op).time_s, 1e12 / (312e12 * 0.471 * 0.19), 1e-9, 0);
    op.flop = 0; /* 0.59 of the peak bandwidth, as measured in vLLM */
    assert_close(cost(&d, op).time_s, 1e9 / (0.59 * 2.039e12), 1e-9, 0);
    op.m = 0;
    assert_close(cost(&d, op).time_s, 1e9 / (0.59 * 2.039e12), 1e-9, 0);
    op.kind = EL_OP_COMM;
    assert_close(cost(&d, op).time_s, 0, 0, 0);
    assert_close(el_eager_floor(&d, 100), 800e-6, 1e-9, 0);
}

/* E = (V/V0)^2 (eF flop + eB act) + eS stream; published fits. */
static void test_energy(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    double v2 = (918.75 / 893.75) * (918.75 / 893.75);

    (void)state;
    assert_close(el_kernel_energy(&d, 1e12, 16, 0, 0), v2 * 1.343, 1e-6, 0);
    assert_close(el_kernel_energy(&d, 0, 16, 0, 1e9), v2 * 0.1713, 1e-6, 0);
    assert_close(el_kernel_energy(&d, 0, 16, 1e9, 0), 0.10488, 1e-6, 0);
    assert_close(el_kernel_energy(&d, 1e12, 8, 0, 0), 0.65 * v2 * 1.343, 1e-6,
                 0);
}

static void test_cap(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    el_cost c = {.time_s = 1.0, .energy_j = 100.0};
    double room = d.cap_w - d.idle_w;

    (void)state;
    el_cost_cap(&d, &c); /* below: unchanged */
    assert_close(c.time_s, 1.0, 0, 0);
    c.energy_j = 1.21 * room; /* clock falls by 1.1 */
    el_cost_cap(&d, &c);
    assert_close(c.time_s, 1.1, 1e-9, 0);
    assert_close(c.energy_j, 1.1 * room, 1e-9, 0);
    c = (el_cost){.time_s = 1.0, .energy_j = 4 * room}; /* floor of clock */
    el_cost_cap(&d, &c);
    assert_close(c.energy_j, 3 * room, 1e-9, 0);
    assert_close(c.time_s, 3.0, 1e-9, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm_published),
        cmocka_unit_test(test_gemm_tiles),
        cmocka_unit_test(test_quantised),
        cmocka_unit_test(test_attention),
        cmocka_unit_test(test_small_kinds),
        cmocka_unit_test(test_energy),
        cmocka_unit_test(test_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
