/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prompts on some GPUs, answers on others. Layer: model.
 *
 * A prefill pool reads every prompt and sends its KV cache to a decode pool,
 * which makes the answer. Neither holds the other up, each has its own
 * sharding; what it costs is the transfer, and the idle watts of two pools
 * that are each sized for the rate.
 */
#ifndef EL_MODEL_DISAGGREGATE_H
#define EL_MODEL_DISAGGREGATE_H
#include "energylens/optimize.h"

/* What KV caches travel over. */
typedef struct el_kv_link {
    double kv_bytes; /* cache and state of one prompt, held once; NaN unknown */
    double kv_parts; /* that tensor parallelism splits it into at most: KV
                        heads, 1 for a latent; INFINITY */
    double near_bytes_s, near_start_s; /* one GPU to one of the same node */
    double far_bytes_s, far_start_s;   /* one GPU's network card */
    double j_per_byte;                 /* both ends together */
} el_kv_link;

/* Replicas of one sharding that do one of the two jobs. */
typedef struct el_pool {
    size_t setup;     /* which query of the search it belongs to */
    el_config config; /* dp replicas; batch: requests in flight, or prompts
                         that a pass takes */
    double gpus;
    double utilisation;          /* of the highest rate that it holds */
    double most_rate_hz;         /* all replicas, with the margin */
    double in_flight;            /* mean of one replica while it has any */
    double time_s, time_limit_s; /* prefill: until a prompt is read; decode:
                                    TPOT; median and at the percentile */
    double wait_s, wait_limit_s; /* decode: for a place and the next step */
    double energy_j;             /* of a request's part, busy GPUs */
    double idle_j;               /* of GPUs with nothing to do */
    double lo, hi;               /* ends of the interval over the middle */
    el_source source;
} el_pool;

typedef struct el_kv_transfer {
    bool far; /* over the network: more than one node, or two kinds of GPU */
    double bytes, bytes_s, time_s, energy_j; /* bytes_s: of one GPU */
} el_kv_transfer;

/* The best pair, or the nearest miss. In the query's scope; energies of one
 * request. NaN: not known. */
typedef struct el_disaggregated {
    bool found; /* there are pools at all: enough GPUs and memory */
    el_pool prefill, decode;
    el_kv_transfer transfer;
    double gpus;
    double energy_per_request_j, energy_per_request_lo_j,
        energy_per_request_hi_j, energy_per_output_token_j;
    double idle_energy_per_request_j, overhead_energy_per_request_j;
    double avg_power_w, requests_per_s;
    double ttft_s, tpot_s, latency_s;
    double ttft_limit_s, tpot_limit_s, latency_limit_s;
    el_source source;
    bool feasible;
    size_t n_reason;
    el_reason reason[EL_N_LIMITS];
    size_t n_pairs; /* looked at */
} el_disaggregated;

/*
 * The pair of pools that costs least while the limits hold, over n setups that
 * share load and limits. Pools of two setups go together where kind[] is the
 * same: caches of one format, on other GPUs or clocks.
 *
 * Shardings are those of the query's tp, pp and ep lists for both pools; dp is
 * chosen for each pool, and so is the decode pool's batch where the query
 * leaves it open. Pools are used up to EL_MAX_UTILISATION; both together take
 * at most the query's gpus.
 *
 *   TTFT = wait + read the prompt + send its KV + wait for a place in a step
 *   t_KV = start + KV / n / link, n the fewer of the GPUs that send or receive
 *          different parts; what several GPUs hold is sent to each of them
 *
 * The first token is shown by the decode pool, as the engines' proxies do.
 * Arrivals at the decode pool count as Poisson.
 *
 * kind: n, or NULL: all the same. link: n.
 *
 * EL_E_ARG (no rate; a number out of range), EL_E_DATA (predictions that do
 * not tell prefill from decode, unknown times, KV bytes unknown), EL_E_NOMEM.
 * Cost: some 100 ns a pair of pools.
 */
EL_NODISCARD el_status el_disaggregate(const el_optimize_query *query,
                                       const el_kv_link *link,
                                       const size_t *kind, size_t n,
                                       el_disaggregated *out, el_error *err);

/* Where the joules of a request go, in both ways of serving. */
typedef enum el_share {
    EL_SHARE_PREFILL,
    EL_SHARE_DECODE,
    EL_SHARE_TRANSFER,
    EL_SHARE_IDLE,
    EL_SHARE_FACILITY,
    EL_N_SHARES
} el_share;

const char *el_share_name(el_share share); /* "prefill", ... */

/* They add up to energy_per_request_j; decode and prefill NaN where a fit
 * cannot tell them apart. */
void el_candidate_shares(const el_candidate *candidate,
                         double out[EL_N_SHARES]);
void el_disaggregated_shares(const el_disaggregated *plan,
                             double out[EL_N_SHARES]);

/* What decides between the two, for one line of text. */
typedef struct el_verdict {
    bool disaggregate; /* it is feasible and costs less, or nothing else is */
    bool only;         /* the other one breaks a limit */
    double saved;      /* share of the other's energy; NaN with only */
    el_share by;       /* where most of it is saved */
    double by_j;       /* joules of a request saved there */
} el_verdict;

/* aggregated NULL: none is feasible. False: neither is. */
bool el_disaggregate_verdict(const el_candidate *aggregated,
                             const el_disaggregated *plan, el_verdict *out);

#endif
