/* SPDX-License-Identifier: Apache-2.0 */
#include "el_device_sample.h"

#include "base/mem.h"
#include "energylens/kernel_table.h"

static double seconds(const el_device *d, const el_op *op)
{
    el_cost c;

    el_kernel_cost(d, op, &c);
    return c.time_s;
}

static el_device uncapped(void)
{
    el_device d = el_sample_device(el_sample_a100());

    d.cap_w = 1e9;
    return d;
}

static el_kernel_table *new_table(const el_device *d)
{
    el_kernel_table *t = NULL;

    assert_int_equal(el_kernel_table_new(d, &t, NULL), EL_OK);
    return t;
}

static void add(el_kernel_table *t, el_op op, double time_s)
{
    assert_int_equal(el_kernel_table_add(t, &op, 1, time_s, NULL), EL_OK);
}

/* Measured shapes give measured times; between them the ratio goes log-linear.
 */
static void test_gemm(void **state)
{
    el_device d = uncapped(), plain = d;
    el_kernel_table *t = new_table(&d);
    el_op op = el_sample_gemm(16, 4096, 4096);
    double base = seconds(&d, &op), model;
    el_cost with, without;

    (void)state;
    add(t, op, 2 * base);
    op = el_sample_gemm(64, 4096, 4096);
    add(t, op, 3 * seconds(&d, &op));
    el_kernel_table_finish(t);
    d.kernel_table = t;
    assert_int_equal(el_kernel_table_size(t), 2);
    op = el_sample_gemm(16, 4096, 4096);
    el_kernel_cost(&d, &op, &with);
    el_kernel_cost(&plain, &op, &without);
    assert_close(with.time_s, 2 * base, 1e-12, 0);
    assert_close(with.energy_j, without.energy_j, 1e-12, 0);
    op.m = 32; /* halfway in ln m */
    assert_close(el_kernel_table_ratio(t, &op), sqrt(6), 1e-12, 0);
    op.m = 8;
    assert_close(el_kernel_table_ratio(t, &op), 2, 1e-12, 0);
    op.m = 7.9;
    assert_false(el_is_known(el_kernel_table_ratio(t, &op)));
    op = el_sample_gemm(16, 8192, 2048); /* as far as it reaches */
    assert_close(el_kernel_table_ratio(t, &op), 2, 1e-9, 0);
    op = el_sample_gemm(16, 8200, 4096);
    assert_false(el_is_known(el_kernel_table_ratio(t, &op)));
    model = seconds(&plain, &op);
    assert_close(seconds(&d, &op), model, 0, 0);
    /* another format, a part of a fused kernel, a batch: not measured */
    op = el_sample_gemm(16, 4096, 4096);
    op.weight_bits = 8;
    assert_false(el_is_known(el_kernel_table_ratio(t, &op)));
    op = el_sample_gemm(16, 4096, 4096);
    op.launches = false;
    assert_false(el_is_known(el_kernel_table_ratio(t, &op)));
    op = el_sample_gemm(16, 4096, 4096);
    op.batch = 4;
    assert_false(el_is_known(el_kernel_table_ratio(t, &op)));
    el_kernel_table_free(t);
}

/* Four nearest (n, k), not all; repeats by geometric mean. */
static void test_nearest(void **state)
{
    el_device d = uncapped();
    el_kernel_table *t = new_table(&d);
    el_op op;
    double r;

    (void)state;
    for (int i = 0; i < 9; i++) {
        op = el_sample_gemm(16, 2048 + 256 * i, 4096);
        add(t, op, (2 + i) * seconds(&d, &op));
    }
    op = el_sample_gemm(16, 2048, 4096);
    add(t, op, 8 * seconds(&d, &op));
    el_kernel_table_finish(t);
    assert_int_equal(el_kernel_table_size(t), 9);
    assert_close(el_kernel_table_ratio(t, &op), 4, 1e-9, 0);
    op = el_sample_gemm(16, 2048 + 256 * 6.5, 4096);
    r = el_kernel_table_ratio(t, &op);
    assert_true(r > 7.9 && r < 9.1);
    el_kernel_table_free(t);
}

static void test_attention(void **state)
{
    el_device d = uncapped();
    el_kernel_table *t = new_table(&d);
    el_op op;

    (void)state;
    op = el_sample_attention(8, 1, 1024, 32, 8);
    add(t, op, 1.5 * seconds(&d, &op));
    op = el_sample_attention(2, 2048, 2048, 32, 8);
    add(t, op, 0.8 * seconds(&d, &op));
    el_kernel_table_finish(t);
    op = el_sample_attention(8, 1, 1500, 32, 8);
    assert_close(el_kernel_table_ratio(t, &op), 1.5, 1e-9, 0);
    op = el_sample_attention(12, 1, 1024, 32, 8);
    assert_close(el_kernel_table_ratio(t, &op), 1.5, 1e-9, 0);
    op = el_sample_attention(8, 1, 1024, 32, 4);
    assert_false(el_is_known(el_kernel_table_ratio(t, &op)));
    op = el_sample_attention(8, 1, 1024, 32, 8);
    op.kv_bytes /= 2; /* cache of 8 bits */
    assert_false(el_is_known(el_kernel_table_ratio(t, &op)));
    op = el_sample_attention(2, 2048, 2048, 32, 8);
    assert_close(el_kernel_table_ratio(t, &op), 0.8, 1e-9, 0);
    op = el_sample_attention(2, 2048, 4096, 32, 8); /* a later chunk */
    assert_false(el_is_known(el_kernel_table_ratio(t, &op)));
    op = el_sample_attention(2, 2048, 2048, 32, 8);
    op.context = 500; /* a window */
    assert_false(el_is_known(el_kernel_table_ratio(t, &op)));
    op.heads = 0;
    assert_false(el_is_known(el_kernel_table_ratio(t, &op)));
    el_kernel_table_free(t);
}

/* A row times both products of a layer, and each takes its share. */
static void test_moe(void **state)
{
    el_device d = uncapped();
    el_kernel_table *t = new_table(&d);
    el_op op[2], other;

    (void)state;
    op[0] = el_sample_moe(64, 128, 8, 2, "powerlaw:1.2");
    op[1] = op[0];
    op[1].n = 2048;
    op[1].k = 768;
    op[1].flop /= 2;
    op[1].weight_bytes /= 2;
    assert_int_equal(
        el_kernel_table_add(
            t, op, 2, 1.7 * (seconds(&d, op) + seconds(&d, op + 1)), NULL),
        EL_OK);
    el_kernel_table_finish(t);
    assert_close(el_kernel_table_ratio(t, &op[0]), 1.7, 1e-9, 0);
    assert_close(el_kernel_table_ratio(t, &op[1]), 1.7, 1e-9, 0);
    d.kernel_table = t;
    other = op[0];
    other.routing = "uniform"; /* the model carries it to other loads */
    assert_close(el_kernel_table_ratio(t, &other), 1.7, 1e-9, 0);
    assert_true(seconds(&d, &other) != seconds(&d, &op[0]));
    d.align_rows = 128; /* whatever kernel was measured */
    other = op[0];
    other.aligned = other.blocks = true;
    assert_close(seconds(&d, &other), seconds(&d, &op[0]), 0, 0);
    d.kernel_table = NULL;
    assert_true(seconds(&d, &other) > seconds(&d, &op[0]));
    other = el_sample_moe(64, 128, 8, 4, "");
    assert_false(el_is_known(el_kernel_table_ratio(t, &other)));
    other.tokens = 0;
    assert_false(el_is_known(el_kernel_table_ratio(t, &other)));
    el_kernel_table_free(t);
}

static void test_refused(void **state)
{
    el_device d = uncapped();
    el_kernel_table *t = new_table(&d);
    el_op op = el_sample_gemm(8192, 8192, 8192);

    (void)state;
    add(t, op, 1e-3); /* 1.1 PFLOP/s */
    assert_int_equal(el_kernel_table_impossible(t), 1);
    assert_int_equal(el_kernel_table_size(t), 0);
    el_kernel_table_finish(t);
    assert_false(el_is_known(el_kernel_table_ratio(t, &op)));
    assert_int_equal(el_kernel_table_add(t, &op, 1, 0, NULL), EL_E_ARG);
    assert_int_equal(el_kernel_table_add(t, &op, 0, 1, NULL), EL_E_ARG);
    assert_int_equal(el_kernel_table_add(t, &op, 1, HUGE_VAL, NULL), EL_E_ARG);
    op.kind = EL_OP_SCAN;
    assert_int_equal(el_kernel_table_add(t, &op, 1, 1, NULL), EL_E_ARG);
    el_kernel_table_free(t);
    el_kernel_table_free(NULL);
}

/* At a lower clock the measurement moves as the model does. */
static void test_clock(void **state)
{
    el_gpu gpu = el_sample_a100();
    el_device d = uncapped(), slow;
    el_kernel_table *t = new_table(&d);
    el_op op = el_sample_gemm(8192, 8192, 8192);
    double model;

    (void)state;
    add(t, op, 1.2 * seconds(&d, &op));
    el_kernel_table_finish(t);
    assert_int_equal(el_device_make(&gpu, 1e9, EL_UNKNOWN, &slow, NULL), EL_OK);
    slow.cap_w = 1e9;
    model = seconds(&slow, &op);
    slow.kernel_table = t;
    assert_close(seconds(&slow, &op), 1.2 * model, 1e-9, 0);
    el_kernel_table_free(t);
}

static void test_oom(void **state)
{
    el_device d = uncapped();
    el_op op = el_sample_gemm(16, 1024, 1024);
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_kernel_table *t = NULL;

        el_mem_fail_at(k);
        st = el_kernel_table_new(&d, &t, NULL);
        if (st == EL_OK)
            st = el_kernel_table_add(t, &op, 1, 1e-3, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
        el_kernel_table_free(t);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 20);
    assert_int_equal(st, EL_OK);
    assert_true(k > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm),      cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_attention), cmocka_unit_test(test_moe),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_clock),
        cmocka_unit_test(test_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
