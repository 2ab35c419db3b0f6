/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A section of ops that have the letter T: routed experts.
 *
 * Joined once, where T disappears: partial sums of a sharded expert and the
 * results of experts elsewhere are added by the same collective.
 *
 *   all-reduce     every GPU has all tokens and sums its experts' results
 *   rs_ag          tokens gathered over data-parallel groups before, results
 *                  reduce-scattered (and gathered over tp) after
 *   all-to-all     each GPU sends its share of the tokens to their experts
 *                  and gets the results back; over tp the tokens are then
 *                  gathered again
 */
#include <math.h>
#include <string.h>

#include "model/plan.h"

/* Keys of the first node of the section that has them hold for all of it. */
static void read_section(el_lower *l, size_t i)
{
    double experts = NAN;

    l->top_k = NAN;
    l->shared = 0;
    l->routing = "";
    l->join = EL_JOIN_AUTO;
    for (; i < l->n_node && strchr(l->node[i]->letter, 'T'); i++) {
        const el_node *node = l->node[i];

        if (isnan(experts))
            experts = el_lower_value(l, node->experts, NAN);
        if (isnan(l->top_k))
            l->top_k = el_lower_value(l, node->topk, NAN);
        if (l->shared == 0)
            l->shared = el_lower_value(l, node->shared, 0);
        if (*l->routing == '\0')
            l->routing = node->routing;
        if (l->join == EL_JOIN_AUTO)
            l->join = node->comm;
    }
    l->experts = isnan(experts) && l->arch ? l->arch->experts : experts;
    if (isnan(l->top_k) && l->arch)
        l->top_k = l->arch->top_k;
}

static el_node_comm choose(const el_lower *l)
{
    const el_shard *s = &l->plan->shard;
    el_node_comm join = l->join;

    if (join == EL_JOIN_AUTO && s->moe_comm != EL_MOE_AUTO)
        join = s->moe_comm == EL_MOE_ALL_REDUCE ? EL_JOIN_AR
               : s->moe_comm == EL_MOE_RS_AG    ? EL_JOIN_RS_AG
                                                : EL_JOIN_A2A;
    if (join == EL_JOIN_AUTO)
        join = s->ep > s->tp ? EL_JOIN_A2A : EL_JOIN_AR;
    /* an all-reduce needs the tokens of the other groups as well */
    if (join == EL_JOIN_AR && s->ep > s->tp)
        join = EL_JOIN_RS_AG;
    return join;
}

el_status el_moe_begin(el_lower *l, size_t i)
{
    const el_node *node = l->node[i];

    read_section(l, i);
    if (!(l->top_k > 0 && l->experts > 0 && l->top_k <= l->experts))
        return el_lower_fail(l, node,
                             "topk %g of experts %g: want 1 <= topk <= experts",
                             l->top_k, l->experts);
    if (!(l->shared >= 0))
        return el_lower_fail(l, node, "shared is not a number");
    l->join = choose(l);
    l->in_moe = true;
    l->moe_ep = l->moe_tp = 1;
    return EL_OK;
}

/* Tensor without E and T, for all tokens of the replica. */
static el_mono tokens_of(const el_shape *shape, const char *tensor)
{
    char rest[EL_TENSOR_MAX + 1];
    el_mono x, all = {EL_ACT_BYTES, EL_IN_B | EL_IN_S};
    size_t n = 0;

    for (; *tensor; tensor++) {
        const char *at = strchr(shape->node->letter, *tensor);
        const el_node *node = shape->node;
        bool expert = false;

        for (int i = 0; i < node->n_split; i++)
            if (node->split[i].letter == *at)
                expert = node->split[i].axis == EL_AXIS_EP;
        if (!expert && !strchr("EbsT", *tensor))
            rest[n++] = *tensor;
    }
    rest[n] = '\0';
    x = el_shape_tensor(shape, rest);
    return el_mono_times(x, all);
}

static double ep_degree(const el_shape *shape)
{
    const el_node *node = shape->node;
    double degree = 1;

    for (int i = 0; i < node->n_split; i++)
        if (node->split[i].axis == EL_AXIS_EP)
            degree *=
                shape->degree[strchr(node->letter, node->split[i].letter) -
                              node->letter];
    return degree;
}

/* What one rank sends: its share of the tokens, once per pick. */
static el_mono picks(const el_lower *l, el_mono tokens)
{
    tokens.c *= l->top_k / l->moe_ep;
    return tokens;
}

el_status el_moe_dispatch(el_lower *l, const el_shape *shape)
{
    el_mono x = tokens_of(shape, shape->node->in[0]);

    l->moe_ep = ep_degree(shape);
    if (l->moe_ep == 1 || l->join == EL_JOIN_NONE || l->join == EL_JOIN_LATER)
        return EL_OK;
    if (l->join == EL_JOIN_A2A)
        return el_comm_push(l, "Dispatch", EL_COMM_ALL_TO_ALL, picks(l, x),
                            l->moe_ep, true);
    if (l->plan->groups > 1)
        return el_comm_push(l, "Dispatch", EL_COMM_ALL_GATHER, x,
                            l->plan->groups, true);
    return EL_OK;
}

static el_status push_joined(el_lower *l, el_step *step, el_comm_kind kind,
                             el_mono bytes, double degree)
{
    step->op.comm = kind;
    step->op.comm_degree = degree;
    step->comm = bytes;
    return el_step_push(l, step);
}

/* The tokens of one tp group, whole again on each of its GPUs. */
static el_status regather(el_lower *l, el_mono bytes, bool sum)
{
    double tp = l->plan->shard.tp;

    if (tp == 1)
        return EL_OK;
    if (sum)
        return el_comm_push(l, "Combine", EL_COMM_ALL_REDUCE, bytes, tp, false);
    if (l->plan->shard.sequence_parallel) {
        l->split = true;
        return EL_OK;
    }
    return el_comm_push(l, "Combine", EL_COMM_ALL_GATHER, bytes, tp, false);
}

/* Results come back to where the tokens are, or are summed there. */
static el_status end_spread(el_lower *l, el_step *step, el_mono bytes,
                            double degree)
{
    bool a2a = l->join == EL_JOIN_A2A && l->moe_ep > 1;
    /* sums that neither collective makes: over tp, of other experts */
    bool sum = l->pending > 1 || (a2a && l->moe_tp > 1);
    el_status st;

    if (a2a)
        st = push_joined(l, step, EL_COMM_ALL_TO_ALL, picks(l, bytes),
                         l->moe_ep);
    else
        st = push_joined(l, step, EL_COMM_REDUCE_SCATTER, bytes, degree);
    l->pending = 1;
    return st == EL_OK ? regather(l, bytes, sum) : st;
}

el_status el_moe_end(el_lower *l, el_step *step, const el_shape *shape)
{
    const el_shard *s = &l->plan->shard;
    el_mono bytes = tokens_of(shape, shape->node->out);
    double degree = l->moe_ep * l->moe_tp;
    bool spread =
        l->moe_ep > 1 && (l->join == EL_JOIN_A2A || l->plan->groups > 1);

    l->in_moe = false;
    if (l->join == EL_JOIN_NONE)
        return el_step_push(l, step);
    if (l->join == EL_JOIN_LATER) {
        l->pending = fmax(degree, l->pending);
        return el_step_push(l, step);
    }
    if (spread)
        return end_spread(l, step, bytes, degree);
    degree = fmax(degree, l->pending);
    if (degree == 1)
        return el_step_push(l, step);
    if (s->sequence_parallel || l->join == EL_JOIN_RS_AG) {
        l->pending = 1;
        return end_spread(l, step, bytes, degree);
    }
    l->pending = 1;
    return push_joined(l, step, EL_COMM_ALL_REDUCE, bytes, degree);
}
