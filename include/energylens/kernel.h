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
#include "energylens/api.h"
#include "energylens/graph.h"

EL_API_BEGIN

/**
 * All that kernel models need of a GPU, at one clock. SI.
 *
 * Fitted on an A100-SXM4-80GB (kernel latencies, data/kernels, 2025) and, for
 * energy, on an A100-PCIe-40GB and an H100-SXM5 (data/prefill_energy); other
 * GPUs take the same efficiencies on their own peaks. See src/model/device.c.
 */
typedef struct el_device {
    char slug[48];
    double n_sm, clock_hz, flop_s_16, flop_s_8, flop_s_4; /**< peak, at the
                                clock; 0: no such unit, weights are unpacked */
    double bw_bytes_s, l2_bytes, l2_bw_bytes_s, memory_bytes;
    double bw_efficiency;   /**< of peak, large streaming reads */
    double math_efficiency; /**< of peak, large 16-bit GEMM */
    double math_efficiency_8, math_efficiency_4;
    double attention_efficiency; /**< of peak, long prompts */
    double align_rows;    /**< of each expert in the grouped kernel for block-
                             scaled 8-bit weights (DeepGEMM); 0: has none */
    double latency_scale; /**< SM latencies against an A100 at 1410 MHz */
    double launch_s;      /**< one kernel inside a graph: floor of any kernel */
    double eager_s;       /**< least time between launches without graphs */
    double idle_w, cap_w; /**< context idle at this clock; board limit */
    double j_per_flop_16, j_per_flop_8, j_per_flop_4; /**< at V0 */
    double j_per_byte;        /**< operands and results of kernels, at V0 */
    double j_per_byte_stream; /**< weights from DRAM, any clock */
    double j_per_byte_kv;     /**< KV cache: from DRAM and through attention */
    double j_per_unpack;      /**< a 4-bit weight for 16-bit units, at V0 */
    double volt_ratio2;       /**< (V/V0)^2 at the chosen clock; V0 is where the
                                  energies were fitted: see src/model/dvfs.h */
    double busy_w;            /**< above idle while any kernel runs */
    /* communication */
    double link_alpha_s;        /**< start of a collective of 2 GPUs */
    double link_hop_s;          /**< each doubling of GPUs adds this */
    double link_ramp_s;         /**< what large tensors lose until all channels
                                   are full (half of it at 5.8 MB on the bus) */
    double link_custom_alpha_s; /**< one-shot all-reduce for small tensors;
                                   0 = none */
    double link_cast_bytes_s;   /**< tensor bytes of an all-reduce that the
                                   switch adds; 0 = it cannot */
    double link_bus_bytes_s[4]; /**< asymptotic bus bandwidth, 2 4 8 16+ GPUs */
    double link_sm_bytes_s;     /**< bus bandwidth that one SM drives */
    double link_sm;             /**< SMs that the library takes */
    double link_spin_w_per_sm, link_j_per_byte;
    double node_gpus;                /**< GPUs joined by the fast link */
    double net_bytes_s, net_alpha_s; /**< between nodes, per GPU */
    /** What a user measured, borrowed; NULL: the constants above alone. */
    const struct el_kernel_table *kernel_table; /**< kernel_table.h */
    const struct el_links *links;               /**< links.h */
} el_device;

/**
 * Device of a catalogue entry at a clock [Hz] and power cap [W]; NaN: default.
 *
 * Clock: peaks in proportion, voltage and idle power from the measured tables
 * (A100, H100), else from the A100's shape in f / f_boost.
 *
 * @retval EL_OK, EL_E_DATA (peak, bandwidth, SMs or power of the entry
 *         unknown; clock or cap out of range: (0, 1.1 boost], (idle, ...))
 */
EL_NODISCARD el_status el_device_make(const el_gpu *gpu, double clock_hz,
                                      double cap_w, el_device *out,
                                      el_error *err);

/**
 * Links of a device by kind: "NVLink4", "PCIe4 x16", "xGMI 7 x 128",
 * "Xe Link 16 ports", as the catalogue writes it; total of both directions
 * [bytes/s], NaN unknown. Called by el_device_make.
 */
void el_device_link(const char *link, double link_bytes_s, el_device *out);

typedef struct el_cost {
    double time_s;
    double energy_j; /**< dynamic only: idle power is charged by the caller */
    double flop_s_bound, bytes_s_bound; /**< roofline times [s], for checks */
} el_cost;

/**
 * Time and dynamic energy of op (one run, without its collective).
 *
 *   t = t0 + max over tiles and waves of math, L2, DRAM (GEMM),
 *       split-KV timeline (decode attention), flop and tiles (prefill), ...
 *   E = (V/V0)^2 (eF flop + eB act + eU 4-bit weights) + eS weights + eK KV
 *
 * flop: those executed, of an MoE with the rows that fill its tiles.
 *
 * Where idle + E/t passes the board limit the clock falls: see el_cost_cap.
 * An op that does not launch costs its bytes and flop, no start. MoE uses
 * op->routing. Where device->kernel_table reaches op, t is what it measured.
 *
 * Cost  about 100 ns for a GEMM, less for the rest; no allocation.
 */
void el_kernel_cost(const el_device *device, const el_op *op, el_cost *out);

/** What the op alone would cost of energy, given any time. */
double el_kernel_energy(const el_device *device, double flop,
                        double weight_bits, double stream_bytes,
                        double act_bytes);

/**
 * Keep idle + E/t below the board limit: time grows by r, energy falls by r,
 * r = sqrt(P_dyn / (cap - idle)) while the clock can fall to 3/4, beyond that
 * time only.
 */
void el_cost_cap(const el_device *device, el_cost *cost);

/**
 * Seconds that a step of n_kernels needs at least without graphs: the host
 * launches them one after another, so the step cannot be faster than this
 * however the work is split.
 */
double el_eager_floor(const el_device *device, double n_kernels);

/**
 * The op's collective: alone, on n_sm SMs (0 = the library's default).
 * energy_j is of one GPU.
 *
 *   t = alpha(n) + bus / min(n_sm b_sm, B(n)) + ramp;  E = P_spin t + e bus
 *
 * All-to-all on a given n_sm is the exchange of an MoE layer (DeepEP), on 0
 * that of the library. Inside a node what device->links holds comes first.
 *
 * Degrees above device->node_gpus go in two levels: inside the node, then
 * between nodes over the network on 1/node_gpus of the bytes, then back.
 */
void el_comm_cost(const el_device *device, el_comm_kind kind, double bytes,
                  double degree, double n_sm, el_cost *out);

/**
 * Kernel and collective pipelined in op->overlap_stages S:
 *
 *   T = tg + (S - 1) max(tg', tc) + tc,  tg' = tg (1 + k min(1, tc / tg))
 *
 * tg: the kernel on 1/S of the rows and n_sm - c SMs, tc: 1/S of the bytes on
 * c = op->overlap_sm SMs; k = 0.189, the mean contention measured. S <= 1 or
 * no collective: the plain sum. kernel, comm: the parts, may be NULL.
 */
void el_overlap_cost(const el_device *device, const el_op *op, el_cost *kernel,
                     el_cost *comm, el_cost *out);

/** Uneven expert load of one rank (analytic notes, section 5). */
typedef enum el_routing {
    EL_ROUTING_UNIFORM,
    EL_ROUTING_DIRICHLET, /**< a: concentration */
    EL_ROUTING_POWERLAW   /**< a: exponent */
} el_routing;

typedef struct el_expert_load {
    double active_avg, active_max;           /**< experts touched per rank */
    double tokens_avg, tokens_max;           /**< tokens per touched expert */
    double rank_tokens_avg, rank_tokens_max; /**< tokens per rank */
    double padded_avg, padded_max; /**< token rows computed per rank */
} el_expert_load;

/**
 * Expected load of `tokens` tokens, k of n experts each, over ep ranks.
 * Averages give energy, maxima give latency. Deterministic, O(1).
 *
 * Method   uniform: closed form (hypergeometric). Dirichlet(a): odds are
 *          Gamma(a), picks an exponential race, means by the Laplace
 *          transform. Power law: shares of density x^-a on [1, 0.8 tokens].
 *          Largest rank: gamma of equal variance (Wilson-Hilferty).
 * Accuracy against sampling: active 3 %, mean largest rank 9 % (the test).
 */
void el_expert_load_of(el_routing routing, double a, double experts,
                       double top_k, double tokens, double ep, double tile,
                       el_expert_load *out);

/**
 * "uniform", "dirichlet:0.7", "powerlaw:1.2", "" (uniform): as in a
 * description. False: unknown; then *routing is uniform.
 */
bool el_routing_parse(const char *text, el_routing *routing, double *a);

/**
 * An MoE op for one load: time of the busiest rank, energy of the mean rank.
 * load NULL: from op->routing.
 *
 * op->aligned, on a device with align_rows A: every rank runs
 * ceil_A(tokens top_k + experts (A - 1)) rows, whatever its load.
 */
void el_moe_cost(const el_device *device, const el_op *op,
                 const el_expert_load *load, el_cost *out);

/** Rows of a tile of the grouped GEMM for a batch of tokens and the experts of
 * one rank. */
double el_moe_tile(double tokens, double top_k, double experts,
                   double weight_bits);

EL_API_END

#endif
