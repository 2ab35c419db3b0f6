/* SPDX-License-Identifier: Apache-2.0 */
/* Lowering: sizes by hand, communication by algebra, errors by name. */
#include "energylens/graph.h"

#include <stdio.h>

#include "base/mem.h"
#include "el_graph_sample.h"
#include "el_test.h"

#define ONE                                                                    \
    {                                                                          \
        .tp = 1, .pp = 1, .ep = 1, .cp = 1                                     \
    }

static const el_shard one = ONE;

/* Llama-3-70B: 80 layers of 855,638,016 weights (without norms); 2 FLOP each;
   attention 4 t heads head_dim per token. */
static void llama_flops(void **state)
{
    el_plan *plan = el_sample_plan(el_llama, NULL, one);
    const double weights = 855638016.0 * 80, b = 4, t = 1000;
    double gemm = 0, attention = 0, bytes = 0;

    (void)state;
    for (size_t i = 0; i < el_plan_n_ops(plan); i++) {
        el_op op;

        el_plan_op(plan, i, b, 1, t, &op);
        gemm += op.kind == EL_OP_GEMM ? op.count * op.flop : 0;
        attention += op.kind == EL_OP_ATTENTION ? op.count * op.flop : 0;
        bytes += op.count * op.weight_bytes;
        assert_int_equal(op.comm, EL_COMM_NONE);
    }
    assert_close(gemm, 2 * weights * b, 1e-12, 0);
    /* QK and AV; softmax and rope are a few FLOP more */
    assert_close(attention, 80 * 4 * b * t * 64 * 128, 0.03, 0);
    assert_close(bytes, 2 * weights, 1e-4, 0);
    assert_close(el_plan_weight_bytes(plan), bytes, 1e-12, 0);
    assert_close(el_plan_cache_bytes(plan, 100), 80 * 2 * 8 * 128 * 2 * 100,
                 1e-12, 0);
    assert_close(el_plan_gpus(plan), 1, 0, 0);
    assert_string_equal(el_plan_note(plan), "");
    el_plan_free(plan);
}

static void gemm_letters(void **state)
{
    el_plan *plan = el_sample_plan(
        el_llama, NULL, (el_shard){.tp = 4, .pp = 1, .ep = 1, .cp = 1});
    el_op op = el_sample_op(plan, "QKV", 0, 3, 5, 7);

    (void)state;
    assert_string_equal(op.layer, "decoder");
    assert_close(op.batch, 1, 0, 0);
    assert_close(op.m, 15, 0, 0);
    assert_close(op.n, 10 * 2 * 128, 0, 0);
    assert_close(op.k, 8192, 0, 0);
    assert_close(op.act_bytes, 2 * 15 * (8192 + 2560), 1e-12, 0);
    assert_true(op.launches && op.comm == EL_COMM_NONE);
    op = el_sample_op(plan, "O", 0, 3, 5, 7);
    assert_int_equal(op.comm, EL_COMM_ALL_REDUCE);
    assert_close(op.comm_bytes, 2 * 15 * 8192, 0, 0);
    assert_close(op.comm_degree, 4, 0, 0);
    assert_close(op.overlap_stages, 4, 0, 0);
    assert_close(op.overlap_sm, 16, 0, 0);
    op = el_sample_op(plan, "Attention", 0, 3, 1, 7);
    assert_close(op.heads, 16, 0, 0);
    assert_close(op.kv_heads, 2, 0, 0);
    assert_close(op.head_dim, 128, 0, 0);
    assert_close(op.context, 7, 0, 0);
    assert_close(op.kv_bytes, 3 * 7 * 2 * 2 * 128 * 2, 0, 0);
    el_plan_free(plan);
}

/* Add and norm: 2 in, residual and norm out; unfused one read more. */
static void fusion(void **state)
{
    el_shard apart = ONE;
    el_plan *plan = el_sample_plan(el_llama, NULL, one), *whole;
    el_op add = el_sample_op(plan, "add", 0, 1, 1, 1);
    el_op norm = el_sample_op(plan, "rmsnorm", 0, 1, 1, 1);
    el_op ln1 = el_sample_op(plan, "ln1", 0, 1, 1, 1);

    (void)state;
    assert_close(add.act_bytes, 3 * 2 * 8192, 0, 0);
    assert_close(norm.act_bytes, 2 * 8192, 0, 0);
    assert_close(ln1.act_bytes, 2 * 8192, 0, 0);
    assert_true(add.launches && !norm.launches && !ln1.launches);
    apart.unfused = true;
    whole = el_sample_plan(el_llama, NULL, apart);
    norm = el_sample_op(whole, "rmsnorm", 0, 1, 1, 1);
    assert_close(norm.act_bytes, 2 * 2 * 8192, 0, 0);
    assert_true(norm.launches);
    assert_true(el_sample_op(whole, "Attention", 0, 1, 1, 1).count > 0);
    el_plan_free(whole);
    el_plan_free(plan);
    /* the result of a product stays inside; group by its label */
    plan = el_sample_plan(el_qwen_moe, NULL, one);
    add = el_sample_op(plan, "swiglu", 0, 16, 1, 1);
    assert_false(add.launches);
    assert_close(add.act_bytes, 2 * 16 * 8 * 768, 1e-12, 0);
    add = el_sample_op(plan, "MoE13", 0, 16, 1, 1);
    assert_close(add.act_bytes, 2 * 16 * 8 * 2048, 1e-12, 0);
    el_plan_free(plan);
}

static void replicated_heads(void **state)
{
    el_plan *plan = el_sample_plan(
        el_llama, NULL, (el_shard){.tp = 16, .pp = 1, .ep = 1, .cp = 1});
    el_op op = el_sample_op(plan, "Attention", 0, 1, 1, 100);

    (void)state;
    assert_string_equal(el_plan_note(plan),
                        "K = 8 key-value heads replicated over tp 16");
    assert_close(op.heads, 4, 0, 0);
    assert_close(op.kv_heads, 1, 0, 0);
    assert_close(el_sample_op(plan, "QKV", 0, 1, 1, 1).n, 6 * 128, 0, 0);
    assert_close(el_sample_op(plan, "O", 0, 1, 1, 1).k, 4 * 128, 0, 0);
    assert_close(el_sample_op(plan, "O", 0, 1, 1, 1).comm_degree, 16, 0, 0);
    el_plan_free(plan);
}

static void sequence_parallel(void **state)
{
    el_shard shard = {
        .tp = 4, .pp = 1, .ep = 1, .cp = 1, .sequence_parallel = true};
    el_plan *plan = el_sample_plan(el_llama, NULL, shard);
    el_op op = el_sample_op(plan, "O", 0, 2, 8, 8);

    (void)state;
    assert_int_equal(op.comm, EL_COMM_REDUCE_SCATTER);
    assert_close(op.comm_bytes, 2 * 16 * 8192, 0, 0);
    op = el_sample_op(plan, "AllGather", 1, 2, 8, 8);
    assert_int_equal(op.kind, EL_OP_COMM);
    assert_int_equal(op.comm, EL_COMM_ALL_GATHER);
    assert_close(op.comm_bytes, 2 * 16 * 8192, 0, 0);
    assert_close(el_sample_op(plan, "AllGather", 2, 1, 1, 1).count, -1, 0, 0);
    /* norms and sums work on a quarter of the tokens */
    assert_close(el_sample_op(plan, "add", 0, 2, 8, 8).flop, 16 * 8192 / 4.0, 0,
                 0);
    el_plan_free(plan);
}

static void pipeline(void **state)
{
    el_plan *plan = el_sample_plan(
        el_llama, NULL, (el_shard){.tp = 1, .pp = 3, .ep = 1, .cp = 1});
    el_op op = el_sample_op(plan, "QKV", 0, 2, 3, 3);

    (void)state;
    assert_close(op.count, 27, 1e-12, 0);
    assert_close(op.total, 80, 0, 0);
    op = el_sample_op(plan, "Send", 0, 2, 3, 3);
    assert_int_equal(op.comm, EL_COMM_SEND);
    assert_close(op.comm_bytes, 2 * 6 * 8192, 0, 0);
    assert_close(op.total, 2, 0, 0);
    assert_string_equal(el_plan_note(plan),
                        "80 layers over pp 3: the fullest stage has 27");
    assert_close(el_plan_gpus(plan), 3, 0, 0);
    el_plan_free(plan);
}

static el_plan *small(const char *ops, el_shard shard)
{
    el_buf text = {0};
    el_plan *plan;

    el_buf_add(&text, "dim m = 64\ndim K = 4\ndim h = 8\ndim g = 2\ndim F = "
                      "96\ndim E = 8\ndim f = 32\n");
    el_buf_add(&text, ops);
    plan = el_sample_plan(text.text, NULL, shard);
    el_buf_clear(&text);
    return plan;
}

static const char attention[] =
    "op \"bsgKh,btKh->bgKst\" kind=attn label=QK fuse=a %s\n"
    "op \"bgKst,btKh->bsgKh\" kind=attn label=AV fuse=a %s\n";

static el_op attend(const char *keys, double s, double t, double *cache)
{
    char text[512];
    el_plan *plan;
    el_op op;

    (void)snprintf(text, sizeof text, attention, keys, keys);
    plan = small(text, one);
    op = el_sample_op(plan, "Attention", 0, 1, s, t);
    if (cache)
        *cache = el_plan_cache_bytes(plan, t);
    op.label = op.layer = op.routing = "";
    el_plan_free(plan);
    return op;
}

/* Mean of min(position, window) by adding up. */
static double mean_seen(double s, double t, double window)
{
    double sum = 0;

    for (int i = 0; i < (int)s; i++) {
        double p = t - i;

        sum += window > 0 && p > window ? window : p;
    }
    return sum / s;
}

static void context(void **state)
{
    const double token = 2 * 4 * 8 * 2; /* bytes of keys and values */
    static const double window[] = {0, 1, 7, 40, 50, 51, 64, 65, 200};
    double cache = 0;

    (void)state;
    for (size_t i = 0; i < sizeof window / sizeof *window; i++) {
        char key[32];
        el_op op;

        (void)snprintf(key, sizeof key, "window=%.0f", window[i]);
        op = attend(key, 15, 64, &cache);
        assert_close(op.context, mean_seen(15, 64, window[i]), 1e-12, 0);
        assert_close(op.kv_bytes / token,
                     window[i] > 0 ? fmin(64, window[i] + 14) : 64, 1e-12, 0);
        assert_close(cache / token, window[i] > 0 ? fmin(64, window[i]) : 64,
                     1e-12, 0);
        op = attend(key, 1, 64, NULL);
        assert_close(op.context, window[i] > 0 ? fmin(64, window[i]) : 64,
                     1e-12, 0);
    }
    assert_close(attend("mask=full window=7", 15, 64, NULL).context, 7, 0, 0);
    assert_close(attend("mask=full", 64, 64, NULL).context, 64, 0, 0);
    assert_close(attend("sparse=8", 1, 64, &cache).kv_bytes / token, 8, 0, 0);
    assert_close(cache / token, 64, 0, 0);
    assert_close(attend("ratio=4 window=8", 1, 64, &cache).kv_bytes / token, 24,
                 0, 0);
    assert_close(cache / token, 24, 0, 0);
    assert_close(attend("ratio=4", 1, 64, NULL).context, 16, 0, 0);
    assert_close(attend("kv=shared", 1, 64, &cache).kv_bytes / token, 64, 0, 0);
    assert_close(cache, 0, 0, 0);
    assert_close(attend("kv=seen", 1, 64, NULL).kv_bytes, 0, 0, 0);
    assert_true(attend("kv=plain", 1, 64, NULL).act_bytes > 64 * token);
    assert_close(attend("dtype=fp8", 1, 64, NULL).kv_bytes / token, 32, 0, 0);
    /* a query longer than its context is the context */
    assert_close(attend("", 10, 1, NULL).context, 5.5, 0, 0);
    assert_close(attend("when=prefill", 1, 64, &cache).count, 0, 0, 0);
    assert_close(cache, 0, 0, 0);
    assert_close(attend("when=decode", 2, 64, NULL).count, 0, 0, 0);
    assert_close(attend("when=decode", 1, 64, NULL).count, 1, 0, 0);
}

/* Eager attention writes its scores; context parallel parts are summed. */
static void attention_forms(void **state)
{
    el_plan *plan = small("op \"bsgKh,btKh->bgKst\" kind=attn label=QK\n"
                          "op \"bgKst->bgKst\" kind=softmax\n"
                          "op \"bgKst,btKh->bsgKh\" kind=attn label=AV\n",
                          one);
    el_op op = el_sample_op(plan, "QK", 0, 2, 16, 16);

    (void)state;
    assert_int_equal(op.kind, EL_OP_GEMM);
    assert_close(op.flop, 2 * 2 * 16 * 16 * 8 * 8, 0, 0);
    assert_close(op.act_bytes, 2 * 2 * (16 * 8 * 8 + 8 * 16 * 16), 0, 0);
    assert_close(op.batch, 2 * 4, 0, 0);
    op = el_sample_op(plan, "AV", 0, 2, 16, 16);
    assert_close(op.k, 16, 0, 0);
    el_plan_free(plan);
    plan = small("op \"bsgKh->bsgKh\" kind=rope fuse=f\n"
                 "op \"bsgKh,btKh->bgKst\" kind=attn fuse=f parallel=t:cp\n"
                 "op \"bgKst,btKh->bsgKh\" kind=attn fuse=f parallel=t:cp\n",
                 (el_shard){.tp = 1, .pp = 1, .ep = 1, .cp = 4});
    op = el_sample_op(plan, "Attention", 0, 2, 1, 16);
    assert_close(op.context, 4, 0, 0);
    assert_int_equal(op.comm, EL_COMM_ALL_REDUCE);
    assert_close(op.comm_degree, 4, 0, 0);
    assert_close(el_plan_gpus(plan), 4, 0, 0);
    el_plan_free(plan);
}

static void other_kinds(void **state)
{
    el_plan *plan =
        small("dim n = 16\ndim w = 4\ndim v = 99 pad\n"
              "op \"bs,vm->bsm\" kind=embed weight=2 parallel=v\n"
              "op \"bsm,mw->bsm\" kind=conv weight=2\n"
              "op \"bsm,bmn->bsm\" kind=scan flops=5\n"
              "op \"bsm->bsm\" kind=layernorm\n"
              "op \"mF,bsm->bsF\" weight=1 parallel=F?,m? label=swap\n"
              "op \"bsm->bs\" kind=softmax\n"
              "op \"bs->bs\" kind=rmsnorm label=bare\n",
              (el_shard){.tp = 5, .pp = 1, .ep = 1, .cp = 1});
    el_op op = el_sample_op(plan, "embed", 0, 2, 3, 3);

    (void)state;
    assert_close(op.flop, 0, 0, 0);
    assert_close(op.stored_bytes, 20 * 64 * 2, 0, 0);
    assert_close(op.weight_bytes, 6 * 64 * 2, 0, 0);
    assert_int_equal(op.comm, EL_COMM_ALL_REDUCE);
    op = el_sample_op(plan, "conv", 0, 2, 3, 3);
    assert_int_equal(op.kind, EL_OP_SCAN);
    assert_close(op.kv_bytes, 2 * 64 * 4 * 2 * 2, 0, 0);
    op = el_sample_op(plan, "scan", 0, 2, 3, 3);
    assert_close(op.flop, 5 * 6 * 64 * 16, 0, 0);
    assert_close(op.kv_bytes, 2 * 2 * 64 * 16 * 4, 0, 0);
    assert_close(el_plan_cache_bytes(plan, 9), 64 * 16 * 4 + 64 * 4 * 2, 0, 0);
    op = el_sample_op(plan, "layernorm", 0, 2, 3, 3);
    assert_close(op.weight_bytes, 2 * 64 * 2, 0, 0);
    op = el_sample_op(plan, "swap", 0, 2, 3, 3);
    assert_close(op.m, 6, 0, 0);
    assert_close(op.n, 96, 0, 0);
    assert_int_equal(op.comm, EL_COMM_NONE);
    assert_string_equal(el_plan_note(plan),
                        "swap: m = 64 replicated over tp 5; swap: F = 96 "
                        "replicated over tp 5");
    assert_close(el_sample_op(plan, "bare", 0, 2, 3, 3).weight_bytes, 0, 0, 0);
    el_plan_free(plan);
}

static const el_arch_desc arch = {.hidden = 64,
                                  .vocab = 100,
                                  .heads = 8,
                                  .kv_heads = 2,
                                  .head_dim = 8,
                                  .mlp_matrices = 3,
                                  .other_params = 10,
                                  .experts = 8,
                                  .top_k = 2,
                                  .moe_intermediate = 32};

static const struct {
    const char *text;
    el_shard shard;
    el_status status;
    const char *message;
} bad[] = {
    {"op \"bsm->bsm\" kind=add",
     {.tp = 0, .pp = 1, .ep = 1, .cp = 1},
     EL_E_ARG,
     "plan: tp: not a whole number from 1 to 65536 (0)"},
    {"op \"bsm->bsm\" kind=add",
     {.tp = 1, .pp = 1.5, .ep = 1, .cp = 1},
     EL_E_ARG,
     "plan: pp: not a whole number from 1 to 65536 (1.5)"},
    {"op \"bsm->bsm\" kind=add",
     {.tp = 4, .pp = 1, .ep = 6, .cp = 1},
     EL_E_DATA,
     "plan: tp 4 and ep 6: neither divides the other"},
    {"op \"bsm->bsm\" kind=add parallel=m",
     {.tp = 3, .pp = 1, .ep = 1, .cp = 1},
     EL_E_DATA,
     "f:1:4: letter m: size 64 is not divisible by tp 3"},
    {"op \"bsKh->bsKh\" kind=add parallel=K",
     {.tp = 16, .pp = 1, .ep = 1, .cp = 1},
     EL_E_DATA,
     "f:1:4: letter g: size 4 is not divisible by 8 (tp 16 over 2 K)"},
    {"dim g = 9\ndim K = 3 spill=g\nop \"bsKh->bsKh\" kind=add parallel=K",
     {.tp = 4, .pp = 1, .ep = 1, .cp = 1},
     EL_E_DATA,
     "f:3:4: letter K: size 3 is not divisible by tp 4"},
    {"op \"bsF->bsF\" kind=add", ONE, EL_E_DATA,
     "f:1:4: letter F: size 0 is not a whole number from 1 to 1e+12"},
    {"dim x = 1 / 0\nop \"bsx->bsx\" kind=add", ONE, EL_E_DATA,
     "f:2:4: letter x has no size here"},
    {"dim x = 3 / 2\nop \"bsx->bsx\" kind=add", ONE, EL_E_DATA,
     "f:2:4: letter x: size 1.5 is not a whole number from 1 to 1e+12"},
    {"dim x = 1 / 0\nop \"bsm->bsm\" kind=add if=x", ONE, EL_E_DATA,
     "f:2:4: if= has no value here"},
    {"dim x = 1 / 0\nop \"bsm->bsm\" kind=add window=x", ONE, EL_E_DATA,
     "f:2:4: window, sparse or ratio is not a number"},
    {"layer a x 3 / 2 {\nop \"bsm->bsm\" kind=add\n}", ONE, EL_E_DATA,
     "f:1:7: layer a: count 1.5 is not a whole number from 0 to 100000"},
    {"layer a x 3 stored=4 {\nop \"bsm->bsm\" kind=add\n}", ONE, EL_E_DATA,
     "f:1:7: layer a: stored is not a number from 0 to its count"},
    {"layer a x 3 {\nop \"bsm->bsm\" kind=add\n}",
     {.tp = 1, .pp = 4, .ep = 1, .cp = 1},
     EL_E_DATA,
     "f: 3 layers cannot be spread over pp 4 stages"},
    {"op \"ETm,Emf->ETf\" kind=moe topk=9", ONE, EL_E_DATA,
     "f:1:4: topk 9 of experts 8: want 1 <= topk <= experts"},
    {"dim x = 1 / 0\nop \"ETm,Emf->ETf\" kind=moe shared=x", ONE, EL_E_DATA,
     "f:2:4: shared is not a number"},
    {"op \"ETm,Emf->ETf\" kind=moe weight=2 shared=1 parallel=f",
     {.tp = 3, .pp = 1, .ep = 1, .cp = 1},
     EL_E_DATA,
     "f:1:4: letter f: size 32 is not divisible by tp 3"},
};

static void errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        el_graph *graph = NULL;
        el_plan *plan = NULL;
        el_error err = {0};

        assert_int_equal(
            el_graph_parse(bad[i].text, strlen(bad[i].text), "f", &graph, NULL),
            EL_OK);
        assert_int_equal(el_plan_make(graph, &arch, &bad[i].shard, &plan, &err),
                         bad[i].status);
        assert_string_equal(err.message, bad[i].message);
        assert_null(plan);
        el_graph_free(graph);
        assert_int_equal(el_mem_live(), 0);
    }
}

static void absurd(void **state)
{
    el_buf text = {0};
    el_graph *graph;
    el_plan *plan = NULL;
    el_error err = {0};

    (void)state;
    for (int c = 'A'; c <= 'L'; c++)
        el_buf_printf(&text, "dim %c = 999999999999\ndim %c = 999999999999\n",
                      c, c == 'L' ? 'z' : c - 'A' + 'e');
    el_buf_add(&text, "op \"ABCDEFGHIJKL,efghijklmno->A\" label=big");
    graph = el_sample_graph(text.text);
    assert_int_equal(el_plan_make(graph, &arch, &one, &plan, &err), EL_E_DATA);
    assert_string_equal(err.message, "sample: embed.big: absurd size");
    el_graph_free(graph);
    el_buf_clear(&text);
}

static void arguments(void **state)
{
    el_graph *graph = el_sample_graph(el_llama);
    el_plan *plan = NULL;

    (void)state;
    assert_int_equal(el_plan_make(NULL, NULL, &one, &plan, NULL), EL_E_ARG);
    assert_int_equal(el_plan_make(graph, NULL, NULL, &plan, NULL), EL_E_ARG);
    assert_int_equal(el_plan_make(graph, NULL, &one, NULL, NULL), EL_E_ARG);
    el_plan_free(NULL);
    el_graph_free(graph);
    /* sizes of an architecture that is not there */
    graph = el_sample_graph("op \"bsm->bsm\" kind=add");
    {
        el_error err = {0};

        assert_int_equal(el_plan_make(graph, NULL, &one, &plan, &err),
                         EL_E_DATA);
        assert_string_equal(err.message, "sample:1:4: letter m has no size "
                                         "here (no architecture is given)");
    }
    assert_int_equal(el_plan_make(graph, &arch, &one, &plan, NULL), EL_OK);
    assert_close(el_plan_weight_bytes(plan), 20, 0, 0);
    el_plan_free(plan);
    el_graph_free(graph);
    /* top-k and experts of the architecture; a layer that is not there */
    plan = el_sample_plan("layer none x 0 {\nop \"bsF->bsF\" kind=add\n}\n"
                          "op \"ETm,Emf->ETf\" kind=moe weight=2",
                          &arch, one);
    assert_close(el_sample_op(plan, "moe", 0, 4, 1, 1).m, 1, 0, 0);
    assert_int_equal(el_plan_n_ops(plan), 1);
    el_plan_free(plan);
}

static void out_of_memory(void **state)
{
    static const char *const text[] = {el_llama, el_qwen_moe};
    static const el_shard shard[] = {
        {.tp = 4, .pp = 2, .ep = 1, .cp = 1, .sequence_parallel = true},
        {.tp = 1, .pp = 1, .ep = 4, .cp = 1},
        {.tp = 4, .pp = 1, .ep = 4, .cp = 1, .moe_comm = EL_MOE_RS_AG},
        {.tp = 4, .pp = 1, .ep = 2, .cp = 1, .moe_comm = EL_MOE_ALL_TO_ALL}};

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        el_graph *graph = el_sample_graph(text[i / 4]);
        long before = el_mem_live(), k = 0;
        el_status st;

        do {
            el_plan *plan = NULL;

            el_mem_fail_at(k);
            st = el_plan_make(graph, NULL, &shard[i % 4], &plan, NULL);
            el_mem_fail_at(-1);
            assert_true(st == EL_OK || st == EL_E_NOMEM);
            assert_true((st == EL_OK) == (plan != NULL));
            el_plan_free(plan);
            assert_int_equal(el_mem_live(), before);
        } while (st != EL_OK && ++k < 200);
        assert_int_equal(st, EL_OK);
        el_graph_free(graph);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(llama_flops),
        cmocka_unit_test(gemm_letters),
        cmocka_unit_test(fusion),
        cmocka_unit_test(replicated_heads),
        cmocka_unit_test(sequence_parallel),
        cmocka_unit_test(pipeline),
        cmocka_unit_test(context),
        cmocka_unit_test(attention_forms),
        cmocka_unit_test(other_kinds),
        cmocka_unit_test(errors),
        cmocka_unit_test(absurd),
        cmocka_unit_test(arguments),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
