/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without fusion: what engines merge at load time runs apart. Products whose
 * weights are stacked (query, key and value; gate and up) read their input
 * again for each part, a gated activation is a function and a product, and
 * 8-bit products quantise their input in a kernel of its own, which otherwise
 * happens in the norm or activation before (not for experts).
 */
#include <string.h>

#include "model/plan.h"

static void scale(double *sum, double factor)
{
    for (int i = 0; i < EL_MASKS; i++)
        sum[i] *= factor;
}

/* The share f of a stacked product: all of its input, f of the rest. */
static el_step part_of(const el_step *whole, el_mono result, double f)
{
    el_step part = *whole;

    part.n.c *= f;
    part.weight.c *= f;
    part.op.stored_bytes *= f;
    scale(part.flop, f);
    part.act[result.mask] -= (1 - f) * result.c * EL_ACT_BYTES;
    return part;
}

/* All parts but the last, which becomes the step. */
static el_status unstack(el_lower *l, const el_shape *shape, el_step *step)
{
    const el_node *node = shape->node;
    el_mono result = el_shape_tensor(shape, node->out);
    double size[EL_MAX_STACK], sum = 0;
    el_step whole = *step;
    bool pushed = false;
    int last = -1;
    el_status st = EL_OK;

    for (int i = 0; i < node->n_stack; i++) {
        size[i] = el_lower_value(l, node->stack[i], 0);
        if (!(size[i] >= 0))
            return el_lower_fail(l, node, "stack is not a list of sizes");
        sum += size[i];
        last = size[i] > 0 ? i : last;
    }
    for (int i = 0; i < last && st == EL_OK; i++) {
        el_step part = part_of(&whole, result, size[i] / sum);

        if (!(size[i] > 0))
            continue;
        st = el_step_push(l, &part);
        pushed = true;
    }
    if (pushed)
        *step = part_of(&whole, result, size[last] / sum);
    return st;
}

/* f(gate), then its product with the other half. */
static el_status ungate(el_lower *l, const el_shape *shape, el_step *step)
{
    el_mono in = el_shape_tensor(shape, shape->node->in[0]);
    el_mono out = el_shape_tensor(shape, shape->node->out);
    el_step gate = *step;

    if (in.c < 2 * out.c) /* no gate */
        return EL_OK;
    /* it reads half; the product reads its result and the other half */
    gate.act[in.mask] -= (in.c - out.c) * EL_ACT_BYTES;
    scale(gate.flop, 0.75);
    scale(step->flop, 0.25);
    return el_step_push(l, &gate);
}

static el_status quantise(el_lower *l, el_mono in, const el_step *product)
{
    el_step step = {.op = {.label = "Quantise",
                           .layer = l->layer,
                           .kind = EL_OP_ELEMENTWISE,
                           .count = l->count,
                           .total = l->total,
                           .weight_bits = 16,
                           .launches = true,
                           .routing = ""},
                    .wide = product->wide,
                    .when = product->when};

    step.act[in.mask] = in.c * (EL_ACT_BYTES + 1);
    step.flop[in.mask] = 2 * in.c; /* largest value, scaling */
    return el_step_push(l, &step);
}

static bool leads_experts(const el_lower *l, const el_node *node)
{
    for (size_t i = 1; i < l->n_node; i++)
        if (l->node[i] == node)
            return !strchr(l->node[i - 1]->letter, 'T');
    return true;
}

/* Experts quantise what they read in a kernel of its own with fusion too: the
   tokens once, then the results of all picks (vLLM's fused_moe, pull requests
   39660 and 42497). */
static el_mono quantised(const el_lower *l, const el_shape *shape,
                         const el_step *product)
{
    const el_node *node = shape->node;
    el_mono in = el_shape_tensor(shape, node->in[0]);

    if (product->op.kind == EL_OP_MOE && leads_experts(l, node)) {
        in = (el_mono){1, EL_IN_B | EL_IN_S};
        for (const char *c = node->in[0]; *c; c++)
            if (!strchr("ET", *c))
                in = el_mono_times(
                    in, shape->size[strchr(node->letter, *c) - node->letter]);
    }
    return in;
}

el_status el_unfused_parts(el_lower *l, const el_shape *shape, el_step *step)
{
    const el_node *node = shape->node;
    bool product = step->op.kind == EL_OP_GEMM || step->op.kind == EL_OP_MOE;
    bool apart = l->plan->shard.unfused;
    el_status st = EL_OK;

    if (product && node->weight == 2 && step->op.weight_bits > 5 &&
        step->op.weight_bits <= 9 && (apart || step->op.kind == EL_OP_MOE))
        st = quantise(l, quantised(l, shape, step), step);
    if (!apart)
        return st;
    if (st == EL_OK && product && node->weight == 2 && node->n_stack > 1)
        st = unstack(l, shape, step);
    if (st == EL_OK && node->kind == EL_NODE_SWIGLU)
        st = ungate(l, shape, step);
    return st;
}
