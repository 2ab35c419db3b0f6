/* SPDX-License-Identifier: Apache-2.0 */
/* Random descriptions and shardings: what must hold for all of them. */
#include <stdio.h>

#include "base/mem.h"
#include "el_graph_sample.h"
#include "el_test.h"

#define ROUNDS 300

static uint64_t seed = 0x5eed;

static size_t pick(size_t n)
{
    return (size_t)(el_test_next(&seed) % n);
}

/* depth bounds it: NOLINTNEXTLINE(misc-no-recursion) */
static void add_expr(el_buf *out, int depth)
{
    static const char *const leaf[] = {"x", "y", "3", "12", "heads"};
    static const char *const sign[] = {" + ", " - ", " * ", " / "};

    if (depth == 0 || pick(3) == 0) {
        el_buf_add(out, leaf[pick(5)]);
        return;
    }
    el_buf_add(out, pick(6) == 0 ? "!(" : "(");
    add_expr(out, depth - 1);
    el_buf_add(out, sign[pick(4)]);
    add_expr(out, depth - 1);
    el_buf_add(out, ")");
}

static void add_op(el_buf *out)
{
    static const char *const op[] = {"\"bsm,mF->bsF\" weight=2 parallel=F",
                                     "\"bsF,Fm->bsm\" weight=2",
                                     "\"bsm,bsm->bsm\" kind=add",
                                     "\"bsm->bsm\" kind=rmsnorm",
                                     "\"ETm,Emf->ETf\" kind=moe weight=2",
                                     "\"bsgKh,btKh->bgKst\" kind=attn"};
    static const char *const key[] = {
        " fuse=a",    " label=L1",   " when=decode", " comm=rs_ag", " store=0",
        " mask=full", " flops=0.25", " kv=shared",   " dtype=fp8"};

    el_buf_printf(out, "op %s", op[pick(6)]);
    for (size_t i = 0; i < 9; i++)
        if (pick(4) == 0)
            el_buf_add(out, key[i]);
    if (pick(3) == 0) {
        el_buf_add(out, " window=(");
        add_expr(out, 3);
        el_buf_add(out, ")");
    }
    el_buf_add(out, "\n");
}

static void round_trip(void **state)
{
    (void)state;
    for (int r = 0; r < ROUNDS; r++) {
        el_buf text = {0}, first = {0}, second = {0};
        el_graph *a, *b;

        el_buf_add(&text, "dim x = 4\ndim y = 7 pad\ndim z = ");
        add_expr(&text, 5);
        el_buf_add(&text, "\nlayer l x x {\n");
        for (size_t i = 0; i < 1 + pick(8); i++)
            add_op(&text);
        el_buf_add(&text, "}\n");
        add_op(&text);
        a = el_sample_graph(text.text);
        el_graph_print(a, &first);
        b = el_sample_graph(first.text);
        el_graph_print(b, &second);
        assert_string_equal(first.text, second.text);
        el_graph_free(b);
        el_graph_free(a);
        el_buf_clear(&second);
        el_buf_clear(&first);
        el_buf_clear(&text);
        assert_int_equal(el_mem_live(), 0);
    }
}

/* FLOP that are sharded; norms, adds and the router are repeated on ranks. */
static double flop(const el_plan *plan, double b, double s, double t)
{
    double sum = 0;

    for (size_t i = 0; i < el_plan_n_ops(plan); i++) {
        el_op op;

        el_plan_op(plan, i, b, s, t, &op);
        if (strcmp(op.label, "Gate") != 0 && op.kind != EL_OP_ELEMENTWISE)
            sum += op.total * op.flop;
    }
    return sum;
}

/* Ranks together do what one GPU does, KV heads not being replicated. */
static void conserves_flop(void **state)
{
    (void)state;
    for (int r = 0; r < ROUNDS; r++) {
        double tp = (double)(1u << pick(4)), pp = 1.0 + (double)pick(9);
        double ep = (double)(1u << pick(4)), b = 8.0 * (1.0 + (double)pick(64));
        double s = 1.0 + (double)pick(100), t = s + (double)pick(5000);
        el_shard one = {.tp = 1, .pp = 1, .ep = 1, .cp = 1};
        el_shard dense = {.tp = tp, .pp = pp, .ep = 1, .cp = 1};
        el_shard moe = {.tp = tp, .pp = pp, .ep = ep, .cp = 1};
        el_plan *whole = el_sample_plan(el_llama, NULL, one);
        el_plan *part = el_sample_plan(el_llama, NULL, dense);

        assert_close(tp * flop(part, b, s, t), flop(whole, b, s, t), 1e-12, 0);
        el_plan_free(part);
        el_plan_free(whole);
        whole = el_sample_plan(el_qwen_moe, NULL, one);
        part = el_sample_plan(el_qwen_moe, NULL, moe);
        assert_close(fmax(tp, ep) * flop(part, b, s, t), flop(whole, b, s, t),
                     1e-12, 0);
        el_plan_free(part);
        el_plan_free(whole);
    }
}

static void one_gpu_is_silent(void **state)
{
    static const char *const text[] = {el_llama, el_qwen_moe};

    (void)state;
    for (size_t k = 0; k < 8; k++) {
        el_shard one = {.tp = 1,
                        .pp = 1,
                        .ep = 1,
                        .cp = 1,
                        .sequence_parallel = k & 1,
                        .moe_comm = (el_moe_comm)(k / 2)};

        for (size_t i = 0; i < 2; i++) {
            el_plan *plan = el_sample_plan(text[i], NULL, one);

            for (size_t n = 0; n < el_plan_n_ops(plan); n++) {
                el_op op;

                el_plan_op(plan, n, 3, 5, 7, &op);
                assert_int_equal(op.comm, EL_COMM_NONE);
                assert_true(op.kind != EL_OP_COMM);
            }
            el_plan_free(plan);
        }
    }
}

/* FLOP and bytes of activations of a pass. */
static void sum_of(const el_plan *plan, double b, double s, double t,
                   double *flop, double *act)
{
    *flop = *act = 0;
    for (size_t i = 0; i < el_plan_n_ops(plan); i++) {
        el_op op;

        el_plan_op(plan, i, b, s, t, &op);
        *flop += op.count * op.flop;
        *act += op.count * op.act_bytes;
    }
}

/* Work grows with the batch, the query and the context, and with nothing is
   it negative; fused kernels move no more than unfused ones. */
static void grows(void **state)
{
    (void)state;
    for (int r = 0; r < ROUNDS; r++) {
        el_shard shard = {
            .tp = (double)(1u << pick(4)), .pp = 1, .ep = 1, .cp = 1};
        el_plan *fused = el_sample_plan(el_llama, NULL, shard), *apart;
        double b = el_test_unif(&seed, 1, 100);
        double s = el_test_unif(&seed, 2, 100);
        double t = s + el_test_unif(&seed, 0, 1000);
        double flop, act, more_flop, more_act;

        shard.unfused = true;
        apart = el_sample_plan(el_llama, NULL, shard);
        sum_of(fused, b, s, t, &flop, &act);
        sum_of(apart, b, s, t, &more_flop, &more_act);
        assert_close(flop, more_flop, 1e-12, 0);
        assert_true(act < more_act);
        assert_true(el_plan_n_ops(fused) < el_plan_n_ops(apart));
        for (size_t i = 0; i < el_plan_n_ops(fused); i++) {
            el_op x, y;

            el_plan_op(fused, i, b, s, t, &x);
            assert_true(x.act_bytes >= 0);
            el_plan_op(fused, i, b + 1, s, t, &y);
            assert_true(y.flop >= x.flop && y.act_bytes >= x.act_bytes);
            el_plan_op(fused, i, b, s, t + 1, &y);
            assert_true(y.flop >= x.flop && y.kv_bytes >= x.kv_bytes);
        }
        el_plan_free(apart);
        el_plan_free(fused);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(conserves_flop),
        cmocka_unit_test(one_gpu_is_silent),
        cmocka_unit_test(grows),
    };

    (void)printf("seed %llx\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
