/* SPDX-License-Identifier: Apache-2.0 */
/* One node, or the nodes of one attention kernel, as a step. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "model/arch_parts.h"
#include "model/plan.h"

#define STATE_BYTES 4.0 /* SSM states are kept in fp32 */

static void add(double *sum, el_mono x, double factor)
{
    sum[x.mask] += x.c * factor;
}

static bool has(const char *tensor, char letter)
{
    return strchr(tensor, letter) != NULL;
}

static el_op_kind kind_of(el_node_kind kind)
{
    switch (kind) {
    case EL_NODE_GEMM:
    case EL_NODE_ROUTER:
    case EL_NODE_ATTN: /* alone: a batched product (eager attention) */
        return EL_OP_GEMM;
    case EL_NODE_MOE:
        return EL_OP_MOE;
    case EL_NODE_EMBED:
        return EL_OP_EMBED;
    case EL_NODE_SCAN:
    case EL_NODE_CONV:
        return EL_OP_SCAN;
    default:
        return EL_OP_ELEMENTWISE;
    }
}

static double bits_of(const el_lower *l, const el_node *node)
{
    const char *word = "linear";

    if (node->kind == EL_NODE_MOE)
        word = "expert";
    else if (node->kind == EL_NODE_EMBED)
        word = "embed";
    else if (kind_of(node->kind) != EL_OP_GEMM || node->kind == EL_NODE_ROUTER)
        word = "bf16";
    if (*node->dtype && node->kind != EL_NODE_ATTN)
        word = node->dtype;
    return el_dtype_bits(l->arch, word);
}

/* Index space of the op: all its letters, but T and b s are the same tokens. */
static el_mono elements(const el_shape *shape)
{
    const el_node *node = shape->node;

    if (has(node->letter, 'T') && strpbrk(node->letter, "bs"))
        return el_shape_tensor(shape, node->in[0]);
    return el_shape_tensor(shape, node->letter);
}

/* Norms carry a vector (or two) without naming it. */
static el_mono weight_of(const el_shape *shape)
{
    const el_node *node = shape->node;
    const char *in = node->in[0];
    bool norm =
        node->kind == EL_NODE_RMSNORM || node->kind == EL_NODE_LAYERNORM;
    el_mono x;

    if (node->weight > 0)
        return el_shape_tensor(shape, node->in[node->weight - 1]);
    if (!norm || has(EL_RUN_TIME, in[strlen(in) - 1]))
        return (el_mono){0, 0};
    x = el_shape_tensor(shape, in + strlen(in) - 1);
    x.c *= node->kind == EL_NODE_LAYERNORM ? 2 : 1;
    return x;
}

static void set_weight(const el_lower *l, const el_shape *shape, el_step *step)
{
    el_mono x = weight_of(shape);
    double bits = bits_of(l, shape->node);

    if (x.c == 0)
        return;
    step->op.weight_bits = bits;
    step->op.stored_bytes =
        shape->node->stored ? l->stored * x.c * bits / 8 : 0;
    if (shape->node->kind == EL_NODE_EMBED) /* only the rows looked up */
        x = el_shape_tensor(shape, shape->node->out);
    step->weight = (el_mono){x.c * bits / 8, x.mask};
}

/* The second operand of an attention product. */
static void add_cache(const el_lower *l, const el_shape *shape, el_step *step)
{
    const el_node *node = shape->node;
    double bits = el_dtype_bits(l->arch, *node->dtype ? node->dtype : "kv");

    if (node->kv == EL_KV_PLAIN)
        add(step->act, el_shape_tensor(shape, node->in[1]), EL_ACT_BYTES);
    if (node->kv == EL_KV_CACHE || node->kv == EL_KV_SHARED)
        add(step->kv, el_shape_tensor(shape, node->in[1]), bits / 8);
    if (node->kv == EL_KV_CACHE)
        step->held = 1;
}

/* State is read and written once per pass, whatever the number of tokens. */
static bool add_state(const el_shape *shape, int operand, el_step *step)
{
    const el_node *node = shape->node;
    const char *in = node->in[operand];
    el_mono b = {1, EL_IN_B};

    if (node->kind == EL_NODE_CONV && operand == node->weight - 1)
        add(step->kv, el_mono_times(b, el_shape_tensor(shape, in)),
            2 * EL_ACT_BYTES);
    else if (node->kind == EL_NODE_SCAN && has(in, 'b') && !has(in, 's'))
        add(step->kv, el_shape_tensor(shape, in), 2 * STATE_BYTES);
    else
        return false;
    step->held = 0.5;
    return true;
}

static void set_traffic(const el_lower *l, const el_shape *shape, el_step *step)
{
    const el_node *node = shape->node;

    for (int i = 0; i < node->n_in; i++) {
        if (add_state(shape, i, step) || i == node->weight - 1)
            continue;
        if (node->kind == EL_NODE_ATTN && i == 1)
            add_cache(l, shape, step);
        else
            add(step->act, el_shape_tensor(shape, node->in[i]), EL_ACT_BYTES);
    }
    add(step->act, el_shape_tensor(shape, node->out), EL_ACT_BYTES);
}

/* Batched GEMM by letters; the weight takes the part of the second operand. */
static void set_gemm(const el_shape *shape, el_step *step)
{
    const el_node *node = shape->node;
    const char *x = node->in[node->weight == 1 ? 1 : 0];
    const char *y = node->in[node->weight == 1 ? 0 : 1];

    step->batch = step->m = step->n = step->k = (el_mono){1, 0};
    for (size_t i = 0; node->letter[i]; i++) {
        char c = node->letter[i];
        el_mono *to = &step->k;

        if (has(node->out, c))
            to = has(x, c) && has(y, c) ? &step->batch
                 : has(x, c)            ? &step->m
                                        : &step->n;
        *to = el_mono_times(*to, shape->size[i]);
    }
}

/*
 * A prompt is scanned in chunks of q tokens (state-space duality, arXiv
 * 2405.21060, section 6): inside a chunk every token meets up to q others, 2 q
 * operations a channel, and its state is made and read, 4 a value. States of
 * all chunks pass through memory: made, carried on (read, write), read.
 */
static el_status set_chunk(el_lower *l, const el_shape *shape, el_step *step)
{
    const el_node *node = shape->node;
    double q = el_lower_value(l, node->chunk, 0), state, channels;
    el_mono token = {1, EL_IN_B | EL_IN_S};

    if (node->kind != EL_NODE_SCAN || q == 0)
        return EL_OK;
    if (!(q > 0) || node->n_in < 2)
        return el_lower_fail(l, node, "chunk wants a size and a state");
    channels = el_shape_tensor(shape, node->out).c;
    state = el_shape_tensor(shape, node->in[1]).c;
    memset(step->flop, 0, sizeof step->flop);
    add(step->flop, token, 2 * q * channels + 4 * state);
    add(step->act, token, 4 * STATE_BYTES * state / q);
    step->m = (el_mono){q, 0};
    return EL_OK;
}

/* Heads: what is batch or M besides b and s; context: N. */
static void set_attention(const el_shape *shape, el_step *step)
{
    step->op.heads = step->batch.c * step->m.c;
    step->op.kv_heads = step->batch.c;
    step->op.head_dim = step->k.c;
    step->context = step->n;
    (void)shape;
}

static void set_moe(const el_lower *l, const el_shape *shape, el_step *step)
{
    step->op.experts = step->batch.c;
    step->op.top_k = l->top_k;
    step->op.own_rows = l->join == EL_JOIN_A2A;
    step->op.routing = l->routing;
    step->op.blocks = l->arch && el_arch_block_scaled(l->arch);
    (void)shape;
}

static el_status set_range(el_lower *l, const el_node *node, el_step *step)
{
    step->window = el_lower_value(l, node->window, 0);
    step->sparse = el_lower_value(l, node->sparse, 0);
    step->ratio = el_lower_value(l, node->ratio, 0);
    if (!(step->window >= 0 && step->sparse >= 0 && step->ratio >= 0))
        return el_lower_fail(l, node,
                             "window, sparse or ratio is not a number");
    return EL_OK;
}

/* Copied: the plan outlives the description. */
static el_status keep(el_lower *l, const char **text)
{
    *text = el_strings_add(&l->plan->strings, *text, strlen(*text));
    if (!*text)
        return el_fail(l->err, EL_E_NOMEM, "plan: out of memory");
    return EL_OK;
}

el_status el_step_push(el_lower *l, const el_step *step)
{
    el_plan *plan = l->plan;
    el_step *room =
        el_grow(plan->step, &plan->cap_step, plan->n_step + 1, sizeof *room);
    el_step *at;
    el_status st;

    if (!room)
        return el_fail(l->err, EL_E_NOMEM, "plan: out of memory");
    plan->step = room;
    at = &plan->step[plan->n_step];
    *at = *step;
    at->ranged =
        step->window > 0 || step->sparse > 0 || step->ratio > 0 || step->causal;
    st = keep(l, &at->op.label);
    if (st == EL_OK)
        st = keep(l, &at->op.layer);
    if (st == EL_OK)
        st = keep(l, &at->op.routing);
    plan->n_step += st == EL_OK;
    return st;
}

el_status el_step_make(el_lower *l, const el_shape *shape, el_step *out)
{
    const el_node *node = shape->node;
    double per = node->flops >= 0 ? node->flops : el_node_kind_flop(node->kind);

    *out =
        (el_step){.op = {.label = *node->label ? node->label
                                               : el_node_kind_text(node->kind),
                         .layer = l->layer,
                         .kind = kind_of(node->kind),
                         .count = l->count,
                         .total = l->total,
                         .weight_bits = 16,
                         .launches = true,
                         .routing = "",
                         .overlap_stages = node->overlap_stage,
                         .overlap_sm = node->overlap_sm},
                  .causal = node->mask == EL_MASK_CAUSAL,
                  .wide = has(node->letter, 'T'),
                  .when = node->when};
    add(out->flop, elements(shape), per);
    set_weight(l, shape, out);
    set_traffic(l, shape, out);
    if (out->op.kind == EL_OP_GEMM || out->op.kind == EL_OP_MOE)
        set_gemm(shape, out);
    if (node->kind == EL_NODE_ATTN)
        set_attention(shape, out);
    if (node->kind == EL_NODE_MOE)
        set_moe(l, shape, out);
    if (set_chunk(l, shape, out) != EL_OK)
        return EL_E_DATA;
    return set_range(l, node, out);
}

/* Adds a node to a kernel; its tensors stay inside. */
static void merge(const el_step *from, el_step *to)
{
    for (int i = 0; i < EL_MASKS; i++) {
        to->flop[i] += from->flop[i];
        to->kv[i] += from->kv[i];
    }
    to->held = fmax(to->held, from->held);
    to->weight.c += from->weight.c;
    to->op.stored_bytes += from->op.stored_bytes;
}

/* What enters the first node, what leaves the last, keys that are tensors. */
static void add_edges(const el_shape *shape, bool first, bool last, double *act)
{
    const el_node *node = shape->node;
    bool product = node->kind == EL_NODE_ATTN;

    for (int i = 0; i < node->n_in; i++) {
        bool cache = product && i == 1;
        bool enters = cache ? node->kv == EL_KV_PLAIN : first;

        if (enters && i != node->weight - 1)
            add(act, el_shape_tensor(shape, node->in[i]), EL_ACT_BYTES);
    }
    if (last)
        add(act, el_shape_tensor(shape, node->out), EL_ACT_BYTES);
}

el_status el_step_attention(el_lower *l, const el_node **node, size_t n,
                            el_step *out, el_shape *last, double *degree)
{
    double act[EL_MASKS] = {0};
    bool seen = false;

    *degree = 1;
    for (size_t i = 0; i < n; i++) {
        bool product = node[i]->kind == EL_NODE_ATTN;
        el_step step;
        el_status st = el_shape_make(l, node[i], false, false, last);

        if (st == EL_OK)
            st = el_step_make(l, last, &step);
        if (st != EL_OK)
            return st;
        /* the first product gives the shape of the kernel */
        if (i > 0)
            merge(product && !seen ? out : &step,
                  product && !seen ? &step : out);
        if (i == 0 || (product && !seen))
            *out = step;
        if (product && !seen)
            out->causal = node[i]->mask != EL_MASK_FULL;
        seen = seen || product;
        add_edges(last, i == 0, i + 1 == n, act);
        *degree = fmax(*degree, el_shape_contracted(last));
    }
    memcpy(out->act, act, sizeof act);
    out->op.kind = EL_OP_ATTENTION;
    out->op.label = "Attention";
    return EL_OK;
}
