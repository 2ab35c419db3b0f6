/* SPDX-License-Identifier: Apache-2.0 */
/* What fusion saves, kernel by kernel, and scans in chunks: sizes by hand. */
#include "energylens/graph.h"

#include "base/mem.h"
#include "el_graph_sample.h"
#include "el_test.h"

#define ONE(apart)                                                             \
    {                                                                          \
        .tp = 1, .pp = 1, .ep = 1, .cp = 1, .unfused = (apart)                 \
    }
#define DIMS                                                                   \
    "dim m = 64\ndim K = 2\ndim g = 4\ndim h = 8\ndim k = 2\n"                 \
    "dim i = g + 2\ndim F = 96\ndim j = 2\n"

static const el_shard fused = ONE(false), apart = ONE(true);

static const char layer[] =
    DIMS "layer l x 3 {\n"
         "op \"bsm->bsm\" kind=rmsnorm label=Norm fuse=res\n"
         "op \"bsm,miKh->bsiKh\" label=QKV parallel=K weight=2 stack=g,1,1\n"
         "op \"bsiKh->bsiKh\" kind=rope label=Rope parallel=K fuse=fa\n"
         "op \"bskKh->bskKh\" kind=add label=Write parallel=K fuse=fa flops=0\n"
         "op \"bsgKh,btKh->bgKst\" kind=attn parallel=K fuse=fa\n"
         "op \"bgKst->bgKst\" kind=softmax parallel=K fuse=fa\n"
         "op \"bgKst,btKh->bsgKh\" kind=attn parallel=K fuse=fa\n"
         "op \"bsgKh,gKhm->bsm\" label=O parallel=K weight=2\n"
         "op \"bsm,bsm->bsm\" kind=add label=Sum fuse=res\n"
         "op \"bsm->bsm\" kind=rmsnorm label=Norm fuse=res\n"
         "op \"bsm,mjF->bsjF\" label=Up parallel=F weight=2 dtype=fp8 "
         "stack=1,(j - 1)\n"
         "op \"bsjF->bsF\" kind=swiglu label=Act parallel=F\n"
         "op \"bsF,Fm->bsm\" label=Down parallel=F weight=2\n"
         "op \"bsm,bsm->bsm\" kind=add label=Sum fuse=res\n"
         "}\n";

static size_t launches(const el_plan *plan, double s)
{
    size_t n = 0;

    for (size_t i = 0; i < el_plan_n_ops(plan); i++) {
        el_op op;

        el_plan_op(plan, i, 5, s, 9, &op);
        n += op.launches && op.count > 0;
    }
    return n;
}

/* Sum of a member over all ops of a label. */
#define SUM(plan, name, member)                                                \
    (el_sample_op(plan, name, 0, 5, 1, 9).member +                             \
     el_sample_op(plan, name, 1, 5, 1, 9).member +                             \
     el_sample_op(plan, name, 2, 5, 1, 9).member)

/* QKV, attention, O, sum, Up, Act, Down, sum; norms ride along. */
static void one_kernel_each(void **state)
{
    el_plan *a = el_sample_plan(layer, NULL, fused);
    el_plan *b = el_sample_plan(layer, NULL, apart);

    (void)state;
    assert_int_equal(launches(a, 1), 8);
    assert_int_equal(launches(a, 9), 8);
    /* norms 2, Q K V, rope, write, attention, O, sums 2, quantise, gate, up,
       silu, product, Down */
    assert_int_equal(launches(b, 1), 17);
    assert_close(el_plan_weight_bytes(a), el_plan_weight_bytes(b), 1e-12, 0);
    assert_close(el_plan_cache_bytes(a, 9), el_plan_cache_bytes(b, 9), 0, 0);
    el_plan_free(a);
    el_plan_free(b);
}

/* Each part reads all of the input, and writes its own result. */
static void parts_of_a_product(void **state)
{
    el_plan *a = el_sample_plan(layer, NULL, fused);
    el_plan *b = el_sample_plan(layer, NULL, apart);
    el_op q = el_sample_op(b, "QKV", 0, 5, 1, 9);
    el_op v = el_sample_op(b, "QKV", 2, 5, 1, 9);
    double out = 5 * 6 * 2 * 8 * 2, in = 5 * 64 * 2;

    (void)state;
    assert_close(el_sample_op(a, "QKV", 0, 5, 1, 9).act_bytes, in + out, 0, 0);
    assert_close(q.n, 4 * 2 * 8, 1e-12, 0);
    assert_close(v.n, 2 * 8, 1e-12, 0);
    assert_close(q.act_bytes, in + out * 4 / 6, 1e-12, 0);
    assert_close(v.weight_bytes, 64 * 2 * 8 * 2, 1e-12, 0);
    assert_close(SUM(b, "QKV", flop), el_sample_op(a, "QKV", 0, 5, 1, 9).flop,
                 1e-12, 0);
    assert_close(el_sample_op(b, "QKV", 3, 5, 1, 9).count, -1, 0, 0);
    assert_close(el_sample_op(b, "Up", 1, 5, 1, 9).n, 96, 1e-12, 0);
    assert_close(el_sample_op(b, "Quantise", 0, 5, 1, 9).act_bytes, 5 * 64 * 3,
                 0, 0);
    assert_close(el_sample_op(a, "Quantise", 0, 5, 1, 9).count, -1, 0, 0);
    el_plan_free(a);
    el_plan_free(b);
}

/* Experts: tokens once, then all picks, fused or not. */
static void experts_quantise(void **state)
{
    static const char text[] =
        "dim m = 64\ndim E = 8\ndim e = 8\ndim f = 96\ndim j = 2\n"
        "layer moe x 3 {\n"
        "op \"bsm,me->bse\" kind=router weight=2\n"
        "op \"ETm,Emjf->ETjf\" kind=moe parallel=E:ep,f topk=2 experts=8 "
        "weight=2 dtype=fp8 label=MoE13\n"
        "op \"ETjf->ETf\" kind=swiglu parallel=E:ep,f fuse=MoE13\n"
        "op \"ETf,Efm->ETm\" kind=moe parallel=E:ep,f weight=2 dtype=fp8 "
        "label=MoE2\n"
        "op \"bsm,bsm->bsm\" kind=add\n"
        "}\n";

    (void)state;
    for (int k = 0; k < 2; k++) {
        el_plan *plan = el_sample_plan(text, NULL, k ? apart : fused);
        double bytes[2];

        for (size_t i = 0; i < 2; i++)
            bytes[i] = el_sample_op(plan, "Quantise", i, 5, 2, 9).act_bytes;
        assert_close(bytes[0], 5 * 2 * 64 * 3, 1e-12, 0);
        assert_close(bytes[1], 5 * 2 * 2 * 96 * 3, 1e-12, 0);
        assert_close(el_sample_op(plan, "Quantise", 2, 5, 1, 9).count, -1, 0,
                     0);
        el_plan_free(plan);
    }
}

/* Fused: residual and sum's operands in, residual and norm out, in decode and
   prefill alike. Apart: the norm reads the residual again. */
static void elementwise_bytes(void **state)
{
    el_plan *a = el_sample_plan(layer, NULL, fused);
    el_plan *b = el_sample_plan(layer, NULL, apart);
    double f = 5 * 96 * 2;

    (void)state;
    for (unsigned tokens = 1; tokens < 300; tokens += 255) {
        double s = tokens, x = 5 * s * 64 * 2;

        assert_close(el_sample_op(a, "Sum", 0, 5, s, 300).act_bytes, 3 * x, 0,
                     0);
        assert_close(el_sample_op(a, "Norm", 1, 5, s, 300).act_bytes, x, 0, 0);
        assert_false(el_sample_op(a, "Norm", 1, 5, s, 300).launches);
        assert_close(el_sample_op(b, "Norm", 1, 5, s, 300).act_bytes, 2 * x, 0,
                     0);
    }
    assert_close(el_sample_op(a, "Act", 0, 5, 1, 9).act_bytes, 3 * f, 0, 0);
    assert_close(el_sample_op(b, "Act", 0, 5, 1, 9).act_bytes, 2 * f, 0, 0);
    assert_close(el_sample_op(b, "Act", 1, 5, 1, 9).act_bytes, 3 * f, 0, 0);
    /* rope reads and writes query, key and value; the write key and value */
    assert_close(el_sample_op(b, "Rope", 0, 5, 1, 9).act_bytes,
                 2 * 5 * 6 * 2 * 8 * 2, 0, 0);
    assert_close(el_sample_op(b, "Write", 0, 5, 1, 9).act_bytes,
                 2 * 5 * 2 * 2 * 8 * 2, 0, 0);
    el_plan_free(a);
    el_plan_free(b);
}

static el_status make(const char *text, el_shard shard, el_error *err)
{
    el_graph *graph = el_sample_graph(text);
    el_plan *plan = NULL;
    el_status st = el_plan_make(graph, NULL, &shard, &plan, err);

    el_plan_free(plan);
    el_graph_free(graph);
    return st;
}

/* Mamba-2: c channels of n states. 2 q c + 4 c n operations a token; the states
   of all chunks are made, carried on and read: 4 passes of 4 bytes. */
static void chunked_scan(void **state)
{
    static const char text[] =
        "dim c = 64\ndim n = 16\n"
        "op \"bsc,bcn->bsc\" kind=scan label=Step flops=6 when=decode\n"
        "op \"bsc,bcn->bsc\" kind=scan label=Chunks chunk=32 when=prefill\n";
    el_plan *plan = el_sample_plan(text, NULL, fused);
    el_op op = el_sample_op(plan, "Chunks", 0, 3, 100, 100);

    (void)state;
    assert_close(op.m, 32, 0, 0);
    assert_close(op.flop, 300 * (2 * 32 * 64 + 4 * 64 * 16), 1e-12, 0);
    assert_close(op.act_bytes, 300 * (2 * 64 * 2 + 4 * 4 * 64 * 16 / 32.0),
                 1e-12, 0);
    assert_close(op.kv_bytes, 3 * 2 * 4 * 64 * 16, 0, 0);
    assert_close(el_sample_op(plan, "Step", 0, 3, 100, 100).count, 0, 0, 0);
    op = el_sample_op(plan, "Step", 0, 3, 1, 100);
    assert_close(op.flop, 6 * 3 * 64 * 16, 0, 0);
    assert_close(op.kv_bytes, 3 * 2 * 4 * 64 * 16, 0, 0);
    assert_close(el_sample_op(plan, "Chunks", 0, 3, 1, 100).count, 0, 0, 0);
    assert_close(el_plan_cache_bytes(plan, 100), 4 * 64 * 16, 0, 0);
    el_plan_free(plan);
}

static void refusals(void **state)
{
    el_error err = {0};

    (void)state;
    assert_int_equal(
        make("dim c = 4\nop \"bsc->bsc\" kind=scan chunk=8\n", fused, &err),
        EL_E_DATA);
    assert_string_equal(err.message,
                        "sample:2:4: chunk wants a size and a state");
    assert_int_equal(make("dim m = 4\ndim n = 8\ndim z = 1 / (m - 4)\n"
                          "op \"bsm,mn->bsn\" weight=2 stack=z,1\n",
                          apart, &err),
                     EL_E_DATA);
    assert_string_equal(err.message,
                        "sample:4:4: stack is not a list of sizes");
    assert_int_equal(el_mem_live(), 0);
}

static void out_of_memory(void **state)
{
    el_graph *graph = el_sample_graph(layer);
    long live = el_mem_live(), k = 0;
    el_status st;

    (void)state;
    do {
        el_plan *plan = NULL;

        el_mem_fail_at(k);
        st = el_plan_make(graph, NULL, &apart, &plan, NULL);
        el_mem_fail_at(-1);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        assert_true((st == EL_OK) == (plan != NULL));
        el_plan_free(plan);
        assert_int_equal(el_mem_live(), live);
    } while (st != EL_OK && ++k < 1000);
    assert_int_equal(st, EL_OK);
    assert_true(k > 5);
    el_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_kernel_each),
        cmocka_unit_test(experts_quantise),
        cmocka_unit_test(parts_of_a_product),
        cmocka_unit_test(elementwise_bytes),
        cmocka_unit_test(chunked_scan),
        cmocka_unit_test(refusals),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
