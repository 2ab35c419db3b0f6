/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: whatever the bytes, parsing ends with a status and one line of
 * message; what is accepted prints, the print reads back and prints the same;
 * lowering ends with a status, and what it makes has no negative or infinite
 * sizes.
 */
#include "el_fuzz.h"

#include <math.h>

#include "base/mem.h"
#include "energylens/graph.h"

static void require_line(const el_error *err)
{
    require(err->message[0] != '\0' && !strchr(err->message, '\n'));
}

static void print_twice(const el_graph *graph)
{
    el_buf first = {0}, second = {0};
    el_graph *again = NULL;
    el_error err = {0};

    el_graph_print(graph, &first);
    require(el_buf_ok(&first));
    /* a print is longer than what it was made from */
    if (first.len <= EL_GRAPH_MAX_BYTES) {
        require(el_graph_parse(first.text, first.len, "again", &again, &err) ==
                EL_OK);
        el_graph_print(again, &second);
        require(strcmp(el_buf_text(&first), el_buf_text(&second)) == 0);
    }
    el_graph_free(again);
    el_buf_clear(&second);
    el_buf_clear(&first);
}

static int is_size(double x)
{
    return x >= 0 && isfinite(x);
}

static void lower(const el_graph *graph, const el_arch_desc *arch,
                  el_shard shard)
{
    el_plan *plan = NULL;
    el_error err = {0};

    if (el_plan_make(graph, arch, &shard, &plan, &err) != EL_OK) {
        require_line(&err);
        return;
    }
    for (size_t i = 0; i < el_plan_n_ops(plan); i++) {
        el_op op;

        el_plan_op(plan, i, 3, i % 2 ? 1 : 100, 1000, &op);
        require(is_size(op.flop) && is_size(op.act_bytes));
        require(is_size(op.kv_bytes) && is_size(op.weight_bytes));
        require(is_size(op.comm_bytes) && is_size(op.count));
        require(op.comm == EL_COMM_NONE || op.comm_degree > 1);
    }
    require(is_size(el_plan_weight_bytes(plan)));
    require(is_size(el_plan_cache_bytes(plan, 100)));
    el_plan_free(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const el_arch_desc arch = {.hidden = 64,
                                      .vocab = 100,
                                      .heads = 8,
                                      .kv_heads = 2,
                                      .head_dim = 8,
                                      .intermediate = 96,
                                      .mlp_matrices = 3,
                                      .experts = 8,
                                      .top_k = 2,
                                      .moe_intermediate = 32};
    el_graph *graph = NULL;
    el_error err = {0};

    if (el_graph_parse((const char *)data, size, "fuzz", &graph, &err) ==
        EL_OK) {
        print_twice(graph);
        lower(graph, NULL, (el_shard){.tp = 1, .pp = 1, .ep = 1, .cp = 1});
        lower(graph, &arch, (el_shard){.tp = 4, .pp = 2, .ep = 2, .cp = 2});
        lower(graph, &arch,
              (el_shard){.tp = 2,
                         .pp = 1,
                         .ep = 4,
                         .cp = 1,
                         .sequence_parallel = true,
                         .moe_comm = EL_MOE_RS_AG});
    } else {
        require(!graph);
        require_line(&err);
    }
    el_graph_free(graph);
    require(el_mem_live() == 0);
    return 0;
}
