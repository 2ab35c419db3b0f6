/* SPDX-License-Identifier: Apache-2.0 */
/* The ops of a layer in order: fusion, attention kernels, collectives. */
#include <string.h>

#include "model/plan.h"

static bool same_group(const el_node *a, const el_node *b)
{
    if (*b->fuse == '\0' || a->when != b->when)
        return false;
    return strcmp(a->fuse, b->fuse) == 0 || strcmp(a->label, b->fuse) == 0;
}

static bool same_letters(const char *a, const char *b)
{
    return strlen(a) == strlen(b) && strspn(a, b) == strlen(a);
}

/* Operand of `to` that is what `from` makes; -1 none. */
static int link_of(const el_node *from, const el_node *to)
{
    for (int i = 0; i < to->n_in; i++)
        if (i != to->weight - 1 && same_letters(from->out, to->in[i]))
            return i;
    return -1;
}

/* Neighbours in execution order; NULL at the ends of what runs once. */
static const el_node *neighbour(const el_lower *l, size_t i, int by)
{
    size_t n = l->n_node;

    if (n < 2 || (!l->repeats && (by > 0 ? i + 1 == n : i == 0)))
        return NULL;
    return l->node[by > 0 ? (i + 1) % n : (i + n - 1) % n];
}

/* Nodes from i that are one attention kernel; 0 if they are none. Unfused it
 * reaches from the first product to the last. */
static size_t attention_run(const el_lower *l, size_t i)
{
    size_t n = 1;
    bool product = l->node[i]->kind == EL_NODE_ATTN;

    if (l->plan->shard.unfused && !product)
        return 0;

    while (i + n < l->n_node &&
           same_group(l->node[i + n - 1], l->node[i + n])) {
        product = product || l->node[i + n]->kind == EL_NODE_ATTN;
        n++;
    }
    while (l->plan->shard.unfused && l->node[i + n - 1]->kind != EL_NODE_ATTN)
        n--;
    return product && n > 1 ? n : 0;
}

static void less(el_step *step, el_mono x)
{
    step->act[x.mask] -= x.c * EL_ACT_BYTES;
    if (step->act[x.mask] < 0)
        step->act[x.mask] = 0;
}

/*
 * What goes from one op of a group to the next stays on the chip. The sum of
 * kind=add is the residual stream: it is written all the same, and only its
 * reading is saved.
 */
static void apply_fusion(const el_lower *l, size_t i, const el_shape *shape,
                         el_step *step)
{
    const el_node *node = l->node[i], *before = neighbour(l, i, -1);
    const el_node *after = neighbour(l, i, 1);
    int in;

    if (l->plan->shard.unfused)
        return;
    if (before && same_group(before, node)) {
        step->op.launches = false;
        in = link_of(before, node);
        if (in >= 0)
            less(step, el_shape_tensor(shape, node->in[in]));
    }
    if (after && same_group(node, after) && node->kind != EL_NODE_ADD &&
        link_of(node, after) >= 0)
        less(step, el_shape_tensor(shape, node->out));
}

static bool is_elementwise(const el_node *node)
{
    return node->kind >= EL_NODE_SOFTMAX;
}

/* Sequence parallelism: whole tokens again before the next product. */
static el_status unsplit(el_lower *l, const el_node *node)
{
    el_shape shape;
    el_mono bytes;
    el_status st;

    if (!l->split || is_elementwise(node) || node->kind == EL_NODE_EMBED ||
        !strchr(node->in[0], 's'))
        return EL_OK;
    l->split = false;
    st = el_shape_make(l, node, false, false, &shape);
    if (st != EL_OK)
        return st;
    bytes = el_shape_tensor(&shape, node->in[0]);
    bytes.c *= EL_ACT_BYTES;
    return el_comm_push(l, "AllGather", EL_COMM_ALL_GATHER, bytes,
                        l->plan->shard.tp, false);
}

static bool splits(const el_node *node, char letter)
{
    for (int i = 0; i < node->n_split; i++)
        if (node->split[i].letter == letter)
            return true;
    return false;
}

/* A sharded axis that survives is gathered for a reader that wants it whole. */
static void gather_for_next(const el_lower *l, size_t i, const el_shape *shape,
                            el_step *step)
{
    const el_node *node = l->node[i];
    const el_node *next = i + 1 < l->n_node ? l->node[i + 1] : NULL;
    double degree = 1;

    if (!next || step->op.comm != EL_COMM_NONE || link_of(node, next) < 0)
        return;
    for (size_t k = 0; node->letter[k]; k++)
        if (strchr(node->out, node->letter[k]) &&
            !splits(next, node->letter[k]))
            degree *= shape->degree[k];
    if (degree == 1)
        return;
    step->op.comm = EL_COMM_ALL_GATHER;
    step->op.comm_degree = degree;
    step->comm = el_shape_tensor(shape, node->out);
    step->comm.c *= EL_ACT_BYTES * degree;
}

static el_status lower_attention(el_lower *l, size_t i, size_t n)
{
    el_shape shape;
    el_step step;
    double degree = 1;
    el_status st = unsplit(l, l->node[i]);

    if (st == EL_OK)
        st = el_step_attention(l, l->node + i, n, &step, &shape, &degree);
    if (st != EL_OK)
        return st;
    return el_comm_join(l, &step, &shape, degree);
}

/* The part of the experts that every token visits. */
static el_status lower_shared(el_lower *l, const el_node *node)
{
    el_shape shape;
    el_step step;
    el_status st;

    if (l->shared == 0 || strchr(node->letter, 'b'))
        return EL_OK;
    st = el_shape_make(l, node, true, false, &shape);
    if (st == EL_OK)
        st = el_step_make(l, &shape, &step);
    if (st != EL_OK)
        return st;
    step.wide = false;
    step.op.experts = step.op.top_k = 0;
    if (step.op.kind == EL_OP_MOE)
        step.op.kind = EL_OP_GEMM;
    return el_step_push(l, &step);
}

static el_status lower_expert(el_lower *l, size_t i)
{
    const el_node *node = l->node[i];
    const el_node *next = i + 1 < l->n_node ? l->node[i + 1] : NULL;
    bool begins = !l->in_moe;
    el_shape shape;
    el_step step;
    el_status st = begins ? el_moe_begin(l, i) : EL_OK;

    if (st == EL_OK)
        st = unsplit(l, node);
    if (st == EL_OK)
        st = el_shape_make(l, node, false, false, &shape);
    if (st == EL_OK && begins)
        st = el_moe_dispatch(l, &shape);
    if (st == EL_OK)
        st = lower_shared(l, node);
    if (st == EL_OK)
        st = el_step_make(l, &shape, &step);
    if (st != EL_OK)
        return st;
    if (strchr(node->out, 'E') || !strchr(node->letter, 'E')) {
        double degree = el_shape_contracted(&shape);

        l->moe_tp = degree > l->moe_tp ? degree : l->moe_tp;
    }
    apply_fusion(l, i, &shape, &step);
    st = el_unfused_parts(l, &shape, &step);
    if (st != EL_OK)
        return st;
    if (!next || !strchr(next->letter, 'T'))
        return el_moe_end(l, &step, &shape);
    return el_step_push(l, &step);
}

static el_status lower_node(el_lower *l, size_t i)
{
    const el_node *node = l->node[i];
    bool split = l->split && is_elementwise(node) && node->n_split == 0;
    double degree;
    el_shape shape;
    el_step step;
    el_status st = unsplit(l, node);

    if (st == EL_OK)
        st = el_shape_make(l, node, false, split, &shape);
    if (st == EL_OK)
        st = el_step_make(l, &shape, &step);
    if (st != EL_OK)
        return st;
    apply_fusion(l, i, &shape, &step);
    st = el_unfused_parts(l, &shape, &step);
    if (st != EL_OK)
        return st;
    degree = el_shape_contracted(&shape);
    if (degree == 1)
        gather_for_next(l, i, &shape, &step);
    return el_comm_join(l, &step, &shape, degree);
}

el_status el_lower_layer(el_lower *l)
{
    el_status st = EL_OK;

    l->pending = 1;
    l->in_moe = false;
    for (size_t i = 0; st == EL_OK && i < l->n_node;) {
        size_t n = attention_run(l, i);

        if (n > 0)
            st = lower_attention(l, i, n);
        else if (strchr(l->node[i]->letter, 'T'))
            st = lower_expert(l, i);
        else
            st = lower_node(l, i);
        i += n > 0 ? n : 1;
    }
    return st;
}
