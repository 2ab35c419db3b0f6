/* SPDX-License-Identifier: Apache-2.0 */
/* Collectives that follow from the algebra of sharded axes. */
#include <math.h>
#include <string.h>

#include "model/plan.h"

el_status el_comm_push(el_lower *l, const char *label, el_comm_kind kind,
                       el_mono bytes, double degree, bool wide)
{
    el_step step = {.op = {.label = label,
                           .layer = l->layer,
                           .kind = EL_OP_COMM,
                           .count = l->count,
                           .total = l->total,
                           .weight_bits = 16,
                           .routing = "",
                           .comm = kind,
                           .comm_degree = degree},
                    .comm = bytes,
                    .wide = wide};

    return el_step_push(l, &step);
}

static void set(el_step *step, el_comm_kind kind, el_mono bytes, double degree)
{
    step->op.comm = kind;
    step->op.comm_degree = degree;
    step->comm = bytes;
}

static el_status gather(el_lower *l, const el_step *after, el_mono bytes,
                        double degree)
{
    el_status st = el_comm_push(l, "AllGather", EL_COMM_ALL_GATHER, bytes,
                                degree, after->wide);

    if (st == EL_OK)
        l->plan->step[l->plan->n_step - 1].when = after->when;
    return st;
}

el_status el_comm_join(el_lower *l, el_step *step, const el_shape *shape,
                       double degree)
{
    const el_node *node = shape->node;
    el_mono bytes = el_shape_tensor(shape, node->out);
    bool halves =
        l->plan->shard.sequence_parallel || node->comm == EL_JOIN_RS_AG;
    el_status st;

    bytes.c *= EL_ACT_BYTES;
    if (degree > 1 && node->comm == EL_JOIN_LATER) {
        l->pending = fmax(l->pending, degree);
        degree = 1;
    }
    if (degree == 1 || node->comm == EL_JOIN_NONE)
        return el_step_push(l, step);
    degree = fmax(degree, l->pending);
    l->pending = 1;
    if (!halves || !strchr(node->out, 's')) {
        set(step, EL_COMM_ALL_REDUCE, bytes, degree);
        return el_step_push(l, step);
    }
    set(step, EL_COMM_REDUCE_SCATTER, bytes, degree);
    st = el_step_push(l, step);
    if (st == EL_OK && l->plan->shard.sequence_parallel)
        l->split = true;
    else if (st == EL_OK)
        st = gather(l, step, bytes, degree);
    return st;
}
