/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collectives: T = alpha(n) + bus / min(n_SM b_SM, B(n)) + ramp.
 *
 * Fitted on data/kernels/{a100,h100}_sxm_nccl.csv, 2 to 8 GPUs, 512 B to 1 GB
 * (NCCL, aiconfigurator), 2026-11: median error 5.7 % (A100) and 6.5 % (H100).
 * One-shot all-reduce: a100_sxm_allreduce_custom.csv up to 1 MB, 3.6 %.
 * Where the switch can add, engines go past NCCL up to 64 MB: more than four
 * GPUs through the switch, two by one-shot (vLLM since 0.11, and its limits).
 * Fitted on H100s of vLLM pull requests 24111 (6 GPUs) and 42324 (8), 17 sizes
 * of 0.5 to 64 MB, 5 % median; two GPUs there (4 sizes): 15 % short.
 * Expert exchange, the kernels that all-to-all on a given number of SMs means:
 * h100_sxm_deepep_normal.csv, dispatch and combine together, least squares of
 * relative errors, 2026-11. Below 1,000 tokens a fixed floor is nearly all of
 * the time: median error there 11.8 % with the hidden size held out. Combine
 * takes 17 us more for rows of 14 kB than of 4 kB, which bytes alone cannot
 * tell: most of what is left. Other links: the same floor, assumed.
 * Energy: P_spin and e_bus of the analytic notes are priors, to be
 * calibrated; only the pair of RTX A6000 was measured.
 */
#include <math.h>

#include "energylens/links.h"
#include "model/kernel_part.h"
#include "model/links.h"

#define FIRST_BYTES     32768.0 /* slices that the first 32 KiB fill */
#define FIRST_S         0.24    /* of alpha: 2.4 of 9.9 us */
#define OTHER_START     0.97    /* alpha of one-pass collectives */
#define OTHER_HOP       0.40
#define OTHER_BW        0.92 /* bandwidth of those */
#define CUSTOM_MAX      1048576.0
#define CUSTOM_HOP_S    0.233e-6
#define CUSTOM_FLAG     0.914e-6
#define CUSTOM_BW       0.59 /* of one direction: 177 of 300 GB/s */
#define CUSTOM_GPUS     8.0
#define ENGINE_MAX      67108864.0
#define CAST_S          9.6e-6  /* start and barriers */
#define CAST_GPUS       4.0     /* and fewer go another way */
#define EXCHANGE_S      28.2e-6 /* launch and handshake with all peers */
#define EXCHANGE_RAMP_S 30.0e-6
#define EXCHANGE_BW     0.684 /* of the bus bandwidth of a collective */
#define EXCHANGE_SM_BW  0.885 /* of what one SM drives in those */

/* Bytes on the bus of one GPU for a tensor of S bytes, one pass or two. */
static double bus_bytes(el_comm_kind kind, double bytes, double n)
{
    double pass = (n - 1.0) / n * bytes;

    switch (kind) {
    case EL_COMM_ALL_REDUCE:
        return 2.0 * pass;
    case EL_COMM_SEND:
        return bytes;
    case EL_COMM_NONE:
        return 0.0;
    default:
        return pass;
    }
}

static double bus_bandwidth(const el_device *d, double doublings)
{
    double x = el_smaller(el_larger(doublings - 1.0, 0.0), 3.0);
    int i = x < 3.0 ? (int)x : 2;

    return d->link_bus_bytes_s[i] +
           (x - i) * (d->link_bus_bytes_s[i + 1] - d->link_bus_bytes_s[i]);
}

/* One-shot: every GPU reads all others' tensors. */
static double custom_time(const el_device *d, double bytes, double n,
                          double doublings)
{
    double first = el_smaller(bytes, 8192.0) / 8192.0;
    double one_way = d->link_bus_bytes_s[1] / 0.723; /* of the whole link */

    return d->link_custom_alpha_s + CUSTOM_HOP_S * (doublings - 1.0) +
           CUSTOM_FLAG * first * doublings +
           (n - 1.0) * bytes / (one_way * CUSTOM_BW);
}

/* NCCL and its like, inside one node. */
static double library_time(const el_device *d, el_comm_kind kind, double bytes,
                           double n, double n_sm)
{
    double doublings = log2(n);
    bool two_pass = kind == EL_COMM_ALL_REDUCE;
    double bus = bus_bytes(kind, bytes, n);
    double bw = bus_bandwidth(d, doublings) * (two_pass ? 1.0 : OTHER_BW);
    double alpha = two_pass
                       ? d->link_alpha_s + d->link_hop_s * (doublings - 1.0)
                       : d->link_alpha_s * OTHER_START +
                             d->link_hop_s * OTHER_HOP * (doublings - 1.0);

    if (n_sm > 0.0)
        bw = el_smaller(bw, n_sm * d->link_sm_bytes_s);
    return alpha + bus / bw +
           d->link_ramp_s * bus / (bus + EL_LINK_RAMP_BYTES) +
           FIRST_S * d->link_alpha_s * el_smaller(bytes, FIRST_BYTES) /
               FIRST_BYTES;
}

/* Dispatch or combine of an MoE layer, inside one node. */
static double exchange_time(const el_device *d, double bytes, double n,
                            double n_sm)
{
    double bus = bus_bytes(EL_COMM_ALL_TO_ALL, bytes, n);
    double bw = el_smaller(bus_bandwidth(d, log2(n)) * EXCHANGE_BW,
                           n_sm * d->link_sm_bytes_s * EXCHANGE_SM_BW);

    return EXCHANGE_S + bus / bw +
           EXCHANGE_RAMP_S * bus / (bus + EL_LINK_RAMP_BYTES);
}

static el_collective collective_of(el_comm_kind kind)
{
    switch (kind) {
    case EL_COMM_REDUCE_SCATTER:
        return EL_COLL_REDUCE_SCATTER;
    case EL_COMM_ALL_GATHER:
        return EL_COLL_ALL_GATHER;
    case EL_COMM_ALL_TO_ALL:
        return EL_COLL_ALL_TO_ALL;
    case EL_COMM_SEND:
        return EL_COLL_SEND;
    default:
        return EL_COLL_ALL_REDUCE;
    }
}

/* What a user measured; NaN: not this one. */
static double measured_time(const el_device *d, el_collective c, double bytes,
                            double n, double n_sm)
{
    return d->links ? el_links_time(d->links, c, bytes, n, n_sm) : EL_UNKNOWN;
}

static double one_shot_time(const el_device *d, double bytes, double n)
{
    double time = measured_time(d, EL_COLL_ONE_SHOT, bytes, n, 0.0);

    if (!el_is_known(time) && d->link_custom_alpha_s > 0.0)
        time = custom_time(d, bytes, n, log2(n));
    return el_is_known(time) ? time : HUGE_VAL;
}

/* Kernels of engines for tensors that one-shot is too slow for. */
static double engine_time(const el_device *d, double bytes, double n)
{
    if (!(d->link_cast_bytes_s > 0.0) || !(d->link_custom_alpha_s > 0.0) ||
        bytes > ENGINE_MAX)
        return HUGE_VAL;
    if (n > CAST_GPUS)
        return CAST_S + bytes / d->link_cast_bytes_s;
    return n <= 2.0 ? one_shot_time(d, bytes, n) : HUGE_VAL;
}

/* Inside one node. */
static double node_time(const el_device *d, el_comm_kind kind, double bytes,
                        double n, double n_sm)
{
    bool exchange = kind == EL_COMM_ALL_TO_ALL && n_sm > 0.0;
    bool own = kind == EL_COMM_ALL_REDUCE && !(n_sm > 0.0) && n <= CUSTOM_GPUS;
    double time = EL_UNKNOWN;

    if (exchange)
        time = measured_time(d, EL_COLL_EXPERT_EXCHANGE, bytes, n, n_sm);
    if (!el_is_known(time))
        time = measured_time(d, collective_of(kind), bytes, n, n_sm);
    if (!el_is_known(time)) {
        time = exchange ? exchange_time(d, bytes, n, n_sm)
                        : library_time(d, kind, bytes, n, n_sm);
        if (own)
            time = el_smaller(time, engine_time(d, bytes, n));
    }
    if (own && bytes <= CUSTOM_MAX)
        time = el_smaller(time, one_shot_time(d, bytes, n));
    return time;
}

/* Across nodes: a ring of one GPU of each node on its share of the bytes. */
static double net_time(const el_device *d, el_comm_kind kind, double bytes,
                       double nodes)
{
    return d->net_alpha_s * (1.0 + log2(nodes)) +
           bus_bytes(kind, bytes, nodes) / d->net_bytes_s;
}

static double spin_w_per_sm(const el_device *d)
{
    bool own = d->links && el_is_known(d->links->spin_w_per_sm);

    return own ? d->links->spin_w_per_sm : d->link_spin_w_per_sm;
}

static double j_per_byte(const el_device *d)
{
    bool own = d->links && el_is_known(d->links->bus_j_per_byte);

    return own ? d->links->bus_j_per_byte : d->link_j_per_byte;
}

void el_comm_cost(const el_device *d, el_comm_kind kind, double bytes,
                  double degree, double n_sm, el_cost *out)
{
    double inside = el_smaller(degree, d->node_gpus);
    double nodes = degree / el_larger(inside, 1.0);
    double sm = n_sm > 0.0 ? n_sm : d->link_sm;
    double bus = bus_bytes(kind, bytes, degree), net = 0.0;

    *out = (el_cost){0};
    if (kind == EL_COMM_NONE || !(degree > 1.0) || !(bytes > 0.0))
        return;
    if (kind == EL_COMM_SEND) /* neighbours: one direction of a pair */
        out->time_s = node_time(d, kind, bytes, 2.0, n_sm);
    else if (nodes > 1.0) {
        /* all-to-all keeps its bytes: most leave the node */
        double share = kind == EL_COMM_ALL_TO_ALL ? bytes : bytes / inside;

        net = net_time(d, kind, share, nodes);
        if (inside > 1.0)
            out->time_s = node_time(d, kind, bytes, inside, n_sm);
        out->time_s += net;
    } else {
        out->time_s = node_time(d, kind, bytes, degree, n_sm);
    }
    out->bytes_s_bound =
        bus / el_larger(d->link_bus_bytes_s[2], d->link_bus_bytes_s[0]) / 2.0;
    out->energy_j = spin_w_per_sm(d) * sm * out->time_s + j_per_byte(d) * bus;
}
