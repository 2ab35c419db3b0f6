/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/kernel.h
 * @brief Seconds and joules of one kernel or collective on one GPU.
 *
 * Layer: model. No allocation, no state: safe to call millions of times.
 * Every constant names what it was fitted on; none was chosen by looking at
 * measurements/mlenergy_v3_h100.csv, which is kept for validation.
 */
#ifndef EL_KERNEL_H
#define EL_KERNEL_H
#include "energylens/graph.h"

/** All that kernel models need of a GPU, with efficiencies. SI. */
typedef struct el_device {
    char slug[48];
    double n_sm, clock_hz, flop_s_16, flop_s_8, flop_s_4;
    double bw_bytes_s, l2_bytes, l2_bw_bytes_s, memory_bytes;
    double bw_efficiency;   /**< of peak, large streaming reads */
    double math_efficiency; /**< of peak, large GEMM */
    double launch_s;        /**< one kernel inside a graph */
    double eager_s;         /**< extra per kernel without graphs */
    double idle_w, cap_w;   /**< context idle at this clock; board limit */
    double j_per_flop_16, j_per_flop_8, j_per_flop_4, j_per_byte; /**< at V0 */
    double volt_ratio2;     /**< (V/V0)^2 at the chosen clock; 1 = default */
    /* communication */
    double link_alpha_s;          /**< per hop start-up */
    double link_bus_bytes_s[4];   /**< asymptotic bus bandwidth, 2 4 8 16+ GPUs */
    double link_sm_bytes_s;       /**< bus bandwidth that one SM drives */
    double link_spin_w_per_sm, link_j_per_byte;
    double node_gpus;             /**< GPUs joined by the fast link */
    double net_bytes_s, net_alpha_s; /**< between nodes, per GPU */
} el_device;

/** Device of a catalogue entry at a clock [Hz] and power cap [W]; NaN: default. */
EL_NODISCARD el_status el_device_make(const el_gpu *gpu, double clock_hz,
                                      double cap_w, el_device *out,
                                      el_error *err);

typedef struct el_cost {
    double time_s;
    double energy_j; /**< dynamic only: idle power is charged by the caller */
    double flop_s_bound, bytes_s_bound; /**< roofline times, for checks */
} el_cost;

/** Time and dynamic energy of op (one run, without its collective). */
void el_kernel_cost(const el_device *device, const el_op *op, el_cost *out);

/**
 * The op's collective: alone, on n_sm SMs (0 = the library's default).
 * energy_j is of one GPU.
 */
void el_comm_cost(const el_device *device, el_comm_kind kind, double bytes,
                  double degree, double n_sm, el_cost *out);

/** Kernel and collective pipelined in op->overlap_stages. */
void el_overlap_cost(const el_device *device, const el_op *op, el_cost *kernel,
                     el_cost *comm, el_cost *out);

/** Uneven expert load of one rank (analytic notes, section 5). */
typedef enum el_routing {
    EL_ROUTING_UNIFORM,
    EL_ROUTING_DIRICHLET, /**< a: concentration */
    EL_ROUTING_POWERLAW   /**< a: exponent */
} el_routing;

typedef struct el_expert_load {
    double active_avg, active_max; /**< experts touched per rank */
    double tokens_avg, tokens_max; /**< tokens per touched expert */
    double padded_avg, padded_max; /**< token rows computed per rank */
} el_expert_load;

/**
 * Expected load of `tokens` tokens, k of n experts each, over ep ranks.
 * Averages give energy, maxima give latency. Deterministic, O(1) amortised.
 */
void el_expert_load_of(el_routing routing, double a, double experts,
                       double top_k, double tokens, double ep, double tile,
                       el_expert_load *out);

#endif
