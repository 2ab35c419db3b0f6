/* SPDX-License-Identifier: Apache-2.0 */
/* Lowering of routed experts: sizes, and how their results are joined. */
#include "el_graph_sample.h"
#include "el_test.h"
#include "energylens/graph.h"

static void experts(void **state)
{
    el_plan *plan = el_sample_plan(
        el_qwen_moe, NULL, (el_shard){.tp = 4, .pp = 1, .ep = 4, .cp = 1});
    el_op op = el_sample_op(plan, "MoE13", 0, 64, 1, 10);

    (void)state;
    assert_int_equal(op.kind, EL_OP_MOE);
    assert_close(op.experts, 32, 0, 0);
    assert_close(op.top_k, 8, 0, 0);
    assert_close(op.tokens, 64, 0, 0);
    assert_close(op.m, 4, 1e-12, 0);
    assert_close(op.n, 2 * 768, 0, 0);
    assert_close(op.flop, 2.0 * 64 * 8 / 4 * 2048 * 2 * 768, 1e-12, 0);
    assert_close(op.weight_bytes, 2.0 * 32 * 2048 * 2 * 768, 1e-12, 0);
    assert_string_equal(op.routing, "dirichlet:0.7");
    assert_int_equal(op.comm, EL_COMM_NONE);
    op = el_sample_op(plan, "MoE2", 0, 64, 1, 10);
    assert_int_equal(op.comm, EL_COMM_ALL_REDUCE);
    assert_close(op.comm_bytes, 2 * 64 * 2048, 0, 0);
    assert_close(op.comm_degree, 4, 0, 0);
    el_plan_free(plan);
    /* experts split over what ep leaves of tp */
    plan = el_sample_plan(el_qwen_moe, NULL,
                          (el_shard){.tp = 8, .pp = 1, .ep = 2, .cp = 1});
    op = el_sample_op(plan, "MoE13", 0, 64, 1, 10);
    assert_close(op.experts, 64, 0, 0);
    assert_close(op.n, 384, 0, 0);
    assert_close(el_sample_op(plan, "MoE2", 0, 1, 1, 1).comm_degree, 8, 0, 0);
    el_plan_free(plan);
}

static el_op joined(el_shard shard, const char *label, size_t which)
{
    static const char *const name[] = {"MoE2", "Dispatch", "Combine"};
    el_plan *plan = el_sample_plan(el_qwen_moe, NULL, shard);
    el_op op = el_sample_op(plan, label, which, 64, 2, 2);

    for (size_t i = 0; i < 3; i++) /* the label outlives the plan */
        if (strcmp(label, name[i]) == 0)
            op.label = name[i];
    op.layer = op.routing = "";
    el_plan_free(plan);
    return op;
}

static void expert_exchange(void **state)
{
    const double tokens = 64 * 2 * 2048 * 2;
    el_shard wide = {.tp = 1, .pp = 1, .ep = 8, .cp = 1};
    el_shard both = {
        .tp = 4, .pp = 1, .ep = 4, .cp = 1, .moe_comm = EL_MOE_ALL_TO_ALL};
    el_op op = joined(wide, "Dispatch", 0);

    (void)state;
    assert_int_equal(op.comm, EL_COMM_ALL_TO_ALL);
    assert_close(op.comm_bytes, tokens * 8 / 8, 1e-12, 0);
    assert_close(op.comm_degree, 8, 0, 0);
    assert_int_equal(joined(wide, "MoE2", 0).comm, EL_COMM_ALL_TO_ALL);
    wide.moe_comm = EL_MOE_ALL_REDUCE; /* tokens must be gathered first */
    op = joined(wide, "Dispatch", 0);
    assert_int_equal(op.comm, EL_COMM_ALL_GATHER);
    assert_close(op.comm_bytes, tokens, 1e-12, 0);
    assert_int_equal(joined(wide, "MoE2", 0).comm, EL_COMM_REDUCE_SCATTER);
    assert_close(joined(wide, "Combine", 0).count, -1, 0, 0);
    assert_close(joined(both, "Dispatch", 0).comm_bytes, tokens * 8 / 4, 1e-12,
                 0);
    assert_int_equal(joined(both, "Combine", 0).comm, EL_COMM_ALL_GATHER);
    both.tp = 8; /* experts in halves: their parts are summed as well */
    assert_int_equal(joined(both, "Combine", 0).comm, EL_COMM_ALL_REDUCE);
    both.sequence_parallel = true;
    both.tp = 4;
    assert_close(joined(both, "Combine", 0).count, -1, 0, 0);
    both.moe_comm = EL_MOE_RS_AG;
    assert_int_equal(joined(both, "MoE2", 0).comm, EL_COMM_REDUCE_SCATTER);
    both.sequence_parallel = false;
    assert_int_equal(joined(both, "Combine", 0).comm, EL_COMM_ALL_GATHER);
    /* a group with no request of its own still runs */
    {
        el_shard s = {.tp = 1, .pp = 1, .ep = 8, .cp = 1};
        el_plan *plan = el_sample_plan(el_qwen_moe, NULL, s);

        assert_close(el_sample_op(plan, "Gate", 0, 2, 1, 1).m, 1, 0, 0);
        assert_close(el_sample_op(plan, "Gate", 0, 32, 1, 1).m, 4, 0, 0);
        el_plan_free(plan);
    }
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

/* Partial sums of two branches share the later one's all-reduce. */
static void later(void **state)
{
    static const char shared[] =
        "op \"bsm,mF->bsF\" weight=2 parallel=F\n"
        "op \"bsF,Fm->bsm\" weight=2 parallel=F comm=later label=S\n"
        "op \"ETm,Emf->ETf\" kind=moe weight=2 parallel=E:ep,f topk=2 "
        "experts=8\n"
        "op \"ETf,Efm->ETm\" kind=moe weight=2 parallel=E:ep,f\n"
        "op \"ETm->bsm\" kind=add parallel=E:ep label=C\n";
    el_shard shard = {.tp = 4, .pp = 1, .ep = 4, .cp = 1};
    el_plan *plan = small(shared, shard);

    (void)state;
    assert_int_equal(el_sample_op(plan, "S", 0, 1, 1, 1).comm, EL_COMM_NONE);
    assert_int_equal(el_sample_op(plan, "C", 0, 1, 1, 1).comm,
                     EL_COMM_ALL_REDUCE);
    assert_close(el_sample_op(plan, "C", 0, 3, 5, 5).comm_bytes, 2 * 15 * 64, 0,
                 0);
    el_plan_free(plan);
    shard.moe_comm = EL_MOE_ALL_TO_ALL;
    plan = small(shared, shard);
    assert_int_equal(el_sample_op(plan, "Combine", 0, 1, 1, 1).comm,
                     EL_COMM_ALL_REDUCE);
    el_plan_free(plan);
    plan = small("op \"bsm,mF->bsF\" weight=2 parallel=F\n"
                 "op \"bsF,Fm->bsm\" weight=2 parallel=F comm=rs_ag\n",
                 shard);
    assert_int_equal(el_sample_op(plan, "gemm", 1, 1, 1, 1).comm,
                     EL_COMM_REDUCE_SCATTER);
    assert_close(el_sample_op(plan, "AllGather", 0, 1, 1, 1).count, 1, 0, 0);
    el_plan_free(plan);
    plan = small("op \"bsF,Fm->bsm\" weight=2 parallel=F comm=none\n"
                 "op \"ETf,Efm->ETm\" kind=moe weight=2 parallel=E:ep,f topk=2 "
                 "experts=8 comm=none\n"
                 "op \"bm,mF->bF\" weight=2 parallel=F label=head\n"
                 "op \"bF->b\" kind=softmax\n"
                 "op \"ETf,Efm->ETm\" kind=moe weight=2 parallel=E:ep,f topk=2 "
                 "experts=8 comm=later\n",
                 shard);
    assert_int_equal(el_sample_op(plan, "gemm", 0, 1, 1, 1).comm, EL_COMM_NONE);
    assert_int_equal(el_sample_op(plan, "moe", 0, 1, 1, 1).comm, EL_COMM_NONE);
    assert_int_equal(el_sample_op(plan, "moe", 1, 1, 1, 1).comm, EL_COMM_NONE);
    /* a sharded axis that survives is gathered for who wants it whole */
    assert_int_equal(el_sample_op(plan, "head", 0, 1, 1, 1).comm,
                     EL_COMM_ALL_GATHER);
    assert_close(el_sample_op(plan, "head", 0, 3, 1, 1).comm_bytes, 2 * 3 * 96,
                 0, 0);
    el_plan_free(plan);
}

static void shared_experts(void **state)
{
    el_plan *plan =
        small("op \"ETm,Emf->ETf\" kind=moe weight=2 parallel=E:ep,f topk=2 "
              "experts=8 shared=1\n"
              "op \"ETf,Efm->ETm\" kind=moe weight=2 parallel=E:ep,f\n"
              "op \"ETm->bsm\" kind=add parallel=E:ep\n",
              (el_shard){.tp = 2, .pp = 1, .ep = 2, .cp = 1});
    el_op op = el_sample_op(plan, "moe", 0, 6, 1, 1);

    (void)state;
    assert_int_equal(op.kind, EL_OP_GEMM);
    assert_close(op.m, 6, 0, 0);
    assert_close(op.flop, 2 * 6 * 64 * 32, 1e-12, 0);
    assert_close(op.weight_bytes, 2 * 64 * 32, 1e-12, 0);
    assert_int_equal(el_sample_op(plan, "moe", 1, 6, 1, 1).kind, EL_OP_MOE);
    el_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(experts),
        cmocka_unit_test(expert_exchange),
        cmocka_unit_test(later),
        cmocka_unit_test(shared_experts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
