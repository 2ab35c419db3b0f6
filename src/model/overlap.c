/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel and collective in a pipeline of S stages. */
#include "model/kernel_part.h"

/* Slow-down of a kernel while a collective runs beside it: mean of the
   overlap characterisation quoted in the analytic notes, section 6. */
#define EL_CONTENTION 0.189

/* SMs that dispatch and combine of an MoE layer take: DeepEP's default. */
#define EL_EXCHANGE_SM 20.0

/* The kernel on 1/S of the rows; its weights are read again each time unless
   the L2 holds them. */
static el_op stage_of(const el_device *d, const el_op *op, double stages)
{
    el_op part = *op;

    part.m = op->m / stages;
    part.flop = op->flop / stages;
    part.act_bytes = op->act_bytes / stages;
    part.kv_bytes = op->kv_bytes / stages;
    if (op->weight_bytes <= 0.5 * d->l2_bytes)
        part.weight_bytes = op->weight_bytes / stages;
    part.tokens = op->tokens / stages;
    return part;
}

static el_device without_sm(const el_device *d, double n_sm)
{
    el_device rest = *d;
    double left = el_larger(d->n_sm - n_sm, 1.0) / d->n_sm;

    rest.n_sm *= left;
    rest.flop_s_16 *= left;
    rest.flop_s_8 *= left;
    rest.flop_s_4 *= left;
    rest.l2_bw_bytes_s *= left;
    return rest;
}

void el_overlap_cost(const el_device *d, const el_op *op, el_cost *kernel,
                     el_cost *comm, el_cost *out)
{
    double s = op->overlap_stages;
    bool joins = op->comm != EL_COMM_NONE && op->comm_degree > 1.0;
    el_cost whole, wire, g, c;
    el_device rest;
    el_op part;
    double busy;

    el_kernel_cost(d, op, &whole);
    el_comm_cost(d, op->comm, op->comm_bytes, op->comm_degree,
                 op->comm == EL_COMM_ALL_TO_ALL ? EL_EXCHANGE_SM : 0.0, &wire);
    if (kernel)
        *kernel = whole;
    if (comm)
        *comm = wire;
    out->flop_s_bound = whole.flop_s_bound;
    out->bytes_s_bound = whole.bytes_s_bound;
    out->time_s = whole.time_s + wire.time_s;
    out->energy_j = whole.energy_j + wire.energy_j;
    if (!joins || !(s > 1.0))
        return;
    part = stage_of(d, op, s);
    rest = without_sm(d, op->overlap_sm);
    el_kernel_cost(&rest, &part, &g);
    el_comm_cost(d, op->comm, op->comm_bytes / s, op->comm_degree,
                 op->overlap_sm, &c);
    busy =
        g.time_s * (1.0 + EL_CONTENTION * el_smaller(1.0, c.time_s / g.time_s));
    out->time_s = g.time_s + (s - 1.0) * el_larger(busy, c.time_s) + c.time_s;
    out->energy_j = s * (g.energy_j + c.energy_j);
}
