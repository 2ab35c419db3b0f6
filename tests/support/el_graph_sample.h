/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions and shapes for tests of graphs and plans. */
#ifndef EL_GRAPH_SAMPLE_H
#define EL_GRAPH_SAMPLE_H
#include <stdlib.h>
#include <string.h>

#include "energylens/graph.h"

/* Llama-3-70B, as the design notes write it: a layer, without embeddings. */
static const char el_llama[] =
    "dim g = 8\n"
    "dim K = 8 spill=g\n"
    "dim i = g + 2\n"
    "dim m = 8192\ndim h = 128\ndim F = 28672\ndim j = 2\n"
    "layer decoder x 80 {\n"
    "op \"bsm->bsm\" kind=rmsnorm label=ln1 fuse=a\n"
    "op \"bsm,miKh->bsiKh\" parallel=K weight=2 label=QKV\n"
    "op \"bsiKh->bsiKh\" kind=rope parallel=K fuse=fa\n"
    "op \"bsgKh,btKh->bgKst\" kind=attn parallel=K fuse=fa label=QK\n"
    "op \"bgKst->bgKst\" kind=softmax parallel=K fuse=fa\n"
    "op \"bgKst,btKh->bsgKh\" kind=attn parallel=K fuse=fa label=AV\n"
    "op \"bsgKh,gKhm->bsm\" parallel=K weight=2 label=O overlap_stage=4 "
    "overlap_SM=16\n"
    "op \"bsm,bsm->bsm\" kind=add fuse=n2\n"
    "op \"bsm->bsm\" kind=rmsnorm fuse=n2\n"
    "op \"bsm,mjF->bsjF\" parallel=F weight=2 label=GateUp\n"
    "op \"bsjF->bsF\" kind=swiglu parallel=F fuse=gu\n"
    "op \"bsF,Fm->bsm\" parallel=F weight=2 label=Down overlap_stage=4 "
    "overlap_SM=16\n"
    "op \"bsm,bsm->bsm\" kind=add fuse=a # with the next layer's ln1\n"
    "}\n";

/* Qwen3-30B-A3B, the experts of a layer. */
static const char el_qwen_moe[] =
    "dim m = 2048\ndim E = 128\ndim e = 128\ndim f = 768\ndim j = 2\n"
    "layer moe x 48 {\n"
    "op \"bsm,me->bse\" kind=router weight=2 label=Gate\n"
    "op \"ETm,Emjf->ETjf\" kind=moe parallel=E:ep,f topk=8 experts=128 "
    "routing=dirichlet:0.7 weight=2 label=MoE13\n"
    "op \"ETjf->ETf\" kind=swiglu parallel=E:ep,f fuse=MoE13\n"
    "op \"ETf,Efm->ETm\" kind=moe parallel=E:ep,f weight=2 label=MoE2\n"
    "op \"bsm,bsm->bsm\" kind=add\n"
    "}\n";

static inline el_graph *el_sample_graph(const char *text)
{
    el_graph *graph = NULL;

    if (el_graph_parse(text, strlen(text), "sample", &graph, NULL) != EL_OK)
        abort();
    return graph;
}

static inline el_plan *el_sample_plan(const char *text,
                                      const el_arch_desc *arch, el_shard shard)
{
    el_graph *graph = el_sample_graph(text);
    el_plan *plan = NULL;

    if (el_plan_make(graph, arch, &shard, &plan, NULL) != EL_OK)
        abort();
    el_graph_free(graph);
    return plan;
}

/* Op of that label; which: 0 the first. count < 0 where there is none. */
static inline el_op el_sample_op(const el_plan *plan, const char *label,
                                 size_t which, double b, double s, double t)
{
    el_op op = {.count = -1};

    for (size_t i = 0; i < el_plan_n_ops(plan); i++) {
        el_op at;

        el_plan_op(plan, i, b, s, t, &at);
        if (strcmp(at.label, label) == 0 && which-- == 0)
            return at;
    }
    return op;
}

#endif
