/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "energylens/files.h"
#include "io/kernel_csv.h"

#define KERNELS EL_SHARED "/data/kernels/"
#define GPU     "a100-sxm4-80gb"

static el_catalog *catalog;
static el_device device;

static int setup(void **state)
{
    el_error err;

    (void)state;
    assert_int_equal(el_catalog_load(NULL, &catalog, &err), EL_OK);
    assert_int_equal(el_device_make(el_catalog_find_gpu(catalog, GPU),
                                    EL_UNKNOWN, EL_UNKNOWN, &device, &err),
                     EL_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    el_catalog_free(catalog);
    return 0;
}

static el_kernel_table *new_table(void)
{
    el_kernel_table *t = NULL;

    assert_int_equal(el_kernel_table_new(&device, &t, NULL), EL_OK);
    return t;
}

static el_status add(const char *text, el_kernel_table *t,
                     el_kernel_csv_rows *rows, el_error *err)
{
    el_csv *csv = NULL;
    el_status st = el_csv_parse(text, strlen(text), "t.csv", &csv, err);

    if (st == EL_OK)
        st = el_kernel_csv_add(csv, catalog, GPU, t, rows, err);
    el_csv_free(csv);
    return st;
}

/* Seconds of an op with the table on the device, cap lifted. */
static double seconds(const el_kernel_table *t, const el_op *op)
{
    el_device d = device;
    el_cost c;

    d.cap_w = 1e9;
    d.kernel_table = t;
    el_kernel_cost(&d, op, &c);
    return c.time_s;
}

static void test_gemm(void **state)
{
    el_kernel_table *t = new_table();
    el_kernel_csv_rows rows = {0};
    el_op op = {.kind = EL_OP_GEMM,
                .launches = true,
                .batch = 1,
                .m = 16,
                .n = 4096,
                .k = 8192,
                .flop = 2.0 * 16 * 4096 * 8192,
                .weight_bytes = 2.0 * 4096 * 8192,
                .act_bytes = 2.0 * 16 * (4096 + 8192),
                .weight_bits = 16};

    (void)state;
    assert_int_equal(add("latency_ms,k,n,m,gemm_dtype,gpu,comment\n"
                         "0.0777,8192,4096,16,bfloat16,A100-SXM4-80GB,x\n"
                         "0.0500,8192,4096,16,fp8,a100-sxm4-80gb,y\n"
                         "0.0001,8192,4096,4096,half,a100-sxm4-80gb,\n",
                         t, &rows, NULL),
                     EL_OK);
    el_kernel_table_finish(t);
    assert_int_equal(rows.used, 2);
    assert_int_equal(rows.impossible, 1);
    assert_int_equal(rows.other, 0);
    assert_close(seconds(t, &op), 77.7e-6, 1e-9, 0);
    op.weight_bits = 8;
    op.weight_bytes /= 2;
    assert_close(seconds(t, &op), 50e-6, 1e-9, 0);
    el_kernel_table_free(t);
}

#define ATTENTION                                                              \
    "batch_size,isl,num_heads,num_key_value_heads,head_dim,window_size,"       \
    "beam_width,attn_dtype,kv_cache_dtype,step,latency_ms\n"

static void test_attention(void **state)
{
    el_kernel_table *t = new_table();
    el_kernel_csv_rows rows = {0};
    el_op op = {.kind = EL_OP_ATTENTION,
                .launches = true,
                .batch = 16 * 8,
                .m = 4,
                .n = 1024,
                .k = 128,
                .heads = 32,
                .kv_heads = 8,
                .head_dim = 128,
                .context = 1024,
                .flop = 4.0 * 16 * 32 * 1024 * 128,
                .kv_bytes = 4.0 * 16 * 8 * 1024 * 128,
                .act_bytes = 4.0 * 16 * 32 * 128,
                .weight_bits = 16};

    (void)state;
    assert_int_equal(add(ATTENTION
                         "16,1,32,8,128,0,1,bfloat16,bfloat16,1023,0.0612\n"
                         "2,2048,32,8,128,0,1,bfloat16,bfloat16,0,0.9\n"
                         "2,4,32,8,128,0,1,bfloat16,bfloat16,0,0.9\n"
                         "2,2048,32,8,128,512,1,bfloat16,bfloat16,0,0.9\n"
                         "2,2048,32,8,128,0,4,bfloat16,bfloat16,0,0.9\n",
                         t, &rows, NULL),
                     EL_OK);
    el_kernel_table_finish(t);
    assert_int_equal(rows.used, 2);
    assert_int_equal(rows.other, 3);
    assert_close(seconds(t, &op), 61.2e-6, 1e-9, 0);
    op.m *= 2048; /* the prompt of one request */
    op.batch = 2 * 8;
    op.n = op.context = 1024.5;
    op.flop = 4.0 * 2 * 32 * 2048 * 1024.5 * 128;
    op.kv_bytes = 4.0 * 2 * 8 * 2048 * 128;
    op.act_bytes = 2.0 * 2 * 2048 * (64 + 16) * 128;
    assert_close(seconds(t, &op), 0.9e-3, 1e-9, 0);
    el_kernel_table_free(t);
}

#define MOE                                                                    \
    "moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,"            \
    "moe_tp_size,moe_ep_size,distribution,latency_ms\n"

/* Both products of a layer together take what was measured. */
static void test_moe(void **state)
{
    el_kernel_table *t = new_table();
    el_kernel_csv_rows rows = {0};
    double rank_rows = 256.0 * 8 / 4;
    el_op op = {.kind = EL_OP_MOE,
                .launches = true,
                .batch = 32,
                .m = rank_rows / 32,
                .n = 768,
                .k = 2048,
                .flop = 2 * rank_rows * 768 * 2048,
                .weight_bytes = 2.0 * 768 * 2048 * 32,
                .act_bytes = 2 * rank_rows * (768 + 2048),
                .weight_bits = 16,
                .experts = 32,
                .top_k = 8,
                .tokens = 256,
                .routing = "powerlaw:1.2"};
    double first;

    (void)state;
    assert_int_equal(add(MOE
                         "bfloat16,256,2048,768,8,128,2,4,power_law_1.2,0.4\n"
                         "bfloat16,256,2048,768,8,128,1,4,sampled,0.4\n"
                         "bfloat16,256,2048,768,8,128,1,4,balanced,0.4\n",
                         t, &rows, NULL),
                     EL_OK);
    el_kernel_table_finish(t);
    assert_int_equal(rows.used, 2);
    assert_int_equal(rows.other, 1);
    first = seconds(t, &op);
    op.n = 2048;
    op.k = 384;
    op.flop /= 2;
    op.weight_bytes /= 2;
    op.act_bytes = 2 * rank_rows * (384 + 2048);
    assert_close(first + seconds(t, &op), 0.4e-3, 1e-9, 0);
    el_kernel_table_free(t);
}

static void test_bad(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"a,b\n1,2\n", "t.csv:1: not a table of kernels"},
        {"gemm_dtype,m,n,k\nhalf,1,1,1\n", "t.csv:1: not a table of kernels"},
        {"gemm_dtype,m,n,k,latency_ms\nhalf,1,1,x,1\n",
         "t.csv:2: k: not a number: \"x\""},
        {"gemm_dtype,m,n,k,latency_ms\nhalf,1,1,1,1\nhalf,0,1,1,1\n",
         "t.csv:3: m: must be from 1"},
        {"gemm_dtype,m,n,k,latency_ms\nhalf,1,1,1,0\n",
         "t.csv:2: latency_ms: must be above 0"},
        {"gemm_dtype,m,n,k,latency_ms\nhalf,1,1,1,\n",
         "t.csv:2: latency_ms: not a number"},
        {"gemm_dtype,m,n,k,latency_ms\nhalf,1,1,1,-1\n",
         "t.csv:2: latency_ms: must be from 0"},
        {"gemm_dtype,m,n,k,latency_ms\nint3,1,1,1,1\n",
         "t.csv:2: gemm_dtype: unknown type: \"int3\""},
        {"gemm_dtype,m,n,k,latency_ms,gpu\nhalf,1,1,1,1,h100-sxm5-80gb\n",
         "t.csv:2: gpu: not a100-sxm4-80gb: \"h100-sxm5-80gb\""},
        {"gemm_dtype,m,n,k,latency_ms,gpu\nhalf,1,1,1,1,\n", "t.csv:2: gpu"},
        {ATTENTION "1,1,8,3,128,0,1,half,half,-5,1\n", "t.csv:2: step"},
        {ATTENTION "1,1,8,8,128,w,1,half,half,5,1\n", "t.csv:2: window_size"},
        {ATTENTION "1,1,8,8,128,0,1,half,,5,1\n", "t.csv:2: kv_cache_dtype"},
        {MOE "half,1,1,1,8,4,1,1,balanced,1\n", "t.csv:2: num_experts: fewer"},
        {MOE "half,1,1,1,2,4,1,8,balanced,1\n", "t.csv:2: num_experts: fewer"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        el_kernel_table *t = new_table();
        el_kernel_csv_rows rows = {99, 99, 99};
        el_error err = {0};

        if (add(bad[i].text, t, &rows, &err) != EL_E_DATA)
            fail_msg("%zu is taken", i);
        if (!strstr(err.message, bad[i].says))
            fail_msg("\"%s\" lacks \"%s\"", err.message, bad[i].says);
        assert_int_equal(rows.used, 99);
        el_kernel_table_free(t);
    }
}

static size_t read_real(const char *file, el_kernel_table *t)
{
    char path[256];
    el_csv *csv = NULL;
    el_kernel_csv_rows rows = {0};

    (void)snprintf(path, sizeof path, KERNELS "%s", file);
    assert_int_equal(el_csv_read(path, &csv, NULL), EL_OK);
    assert_int_equal(el_kernel_csv_add(csv, catalog, GPU, t, &rows, NULL),
                     EL_OK);
    assert_int_equal(rows.used + rows.impossible + rows.other,
                     el_csv_n_records(csv));
    el_csv_free(csv);
    return rows.used;
}

static void test_real(void **state)
{
    el_kernel_table *t = new_table();
    el_op op = {.kind = EL_OP_GEMM,
                .launches = true,
                .batch = 1,
                .m = 8192,
                .n = 8192,
                .k = 8192,
                .flop = 2.0 * 8192 * 8192 * 8192,
                .weight_bytes = 2.0 * 8192 * 8192,
                .act_bytes = 4.0 * 8192 * 8192,
                .weight_bits = 16};

    (void)state;
    if (access(KERNELS, R_OK) != 0) {
        el_kernel_table_free(t);
        skip();
    }
    assert_int_equal(read_real("a100_sxm_gemm.csv", t), 9240);
    assert_true(read_real("a100_sxm_attention_decode.csv", t) > 4500);
    assert_true(read_real("a100_sxm_attention_prefill.csv", t) > 4800);
    assert_true(read_real("a100_sxm_moe.csv", t) > 6000);
    el_kernel_table_finish(t);
    assert_close(seconds(t, &op), 4189e-6, 0.001, 0); /* design page, V3 */
    op.m = 1;
    op.flop = 2.0 * 8192 * 8192;
    op.act_bytes = 2.0 * 2 * 8192;
    assert_close(seconds(t, &op), 88e-6, 0.01, 0);
    el_kernel_table_free(t);
}

static void test_oom(void **state)
{
    const char *text = "gemm_dtype,m,n,k,latency_ms\nhalf,64,1024,1024,1\n";
    el_status st;
    long k = 0;
    long live = el_mem_live();

    (void)state;
    do {
        el_kernel_table *t = NULL;
        el_kernel_csv_rows rows = {0};

        el_mem_fail_at(k);
        st = el_kernel_table_new(&device, &t, NULL);
        if (st == EL_OK)
            st = add(text, t, &rows, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
        el_kernel_table_free(t);
        assert_int_equal(el_mem_live(), live);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
    assert_true(k > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm), cmocka_unit_test(test_attention),
        cmocka_unit_test(test_moe),  cmocka_unit_test(test_bad),
        cmocka_unit_test(test_real), cmocka_unit_test(test_oom),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
