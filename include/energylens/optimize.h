/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/optimize.h
 * @brief The configuration that costs least while the promises are kept.
 *
 * Layer: model. Pure: every candidate is predicted from one fit, checked
 * against every limit, and kept with the reasons why it is out.
 *
 * Load. With a request rate, arrivals are taken as Poisson, shared evenly by
 * D replicas, and a replica is a queue with continuous batching: every step
 * makes one token for each request in flight and reads the prompts that have
 * come (src/model/queue.h). Energy is predicted at the mean number that share
 * a step, prompts joining them one by one, plus idle watts while there is
 * none; limits are checked at the number in flight exceeded 1 - percentile of
 * the time, and never above the batch limit.
 * A replica may be used up to EL_MAX_UTILISATION of the highest rate that it
 * holds with a full batch. Without a rate, the batch is always full.
 *
 * Fitted TTFTs are of b prompts that arrive together, and so they are used
 * offline. With a rate, prompts arrive one by one: TTFT is the wait for the
 * step under way, the step that reads the prompt, and the wait for a place in
 * a full batch; prompts hold decoding up for rate x (seconds of a prompt) of
 * the time, which is in TPOT.
 *
 * Latency limits hold at a percentile of the *prediction*: the median times
 * exp(z_p sd), sd being model doubt and run-to-run scatter.
 */
#ifndef EL_OPTIMIZE_H
#define EL_OPTIMIZE_H
#include "energylens/api.h"
#include "energylens/fit.h"
#include "energylens/task.h"

EL_API_BEGIN

#define EL_MAX_VALUES      64u
#define EL_MAX_CANDIDATES  20000000u /**< looked at in one search */
#define EL_MAX_KEPT        10000u    /**< best ones that an answer holds */
#define EL_MAX_UTILISATION 0.95
#define EL_MAX_BATCH       4096.0 /**< of the automatic batch grid */
#define EL_NO_CANDIDATE    ((size_t)-1)

/** Degrees and the most requests in flight per replica. */
typedef struct el_config {
    double tp, pp, ep, dp;
    double batch;
} el_config;

/**
 * Axes that make a setup, outermost first: X(name, key, heading). To add one:
 * a row here, and how its value is taken in src/app/setup_wish.c.
 */
#define EL_SETUP_LIST(X)                                                       \
    X(GPU, "gpu", "GPU")                                                       \
    X(PRECISION, "precision", "dtype")                                         \
    X(KV_CACHE, "kv_cache_dtype", "KV")                                        \
    X(ENGINE, "engine", "engine")                                              \
    X(CLOCK, "gpu_clock_mhz", "MHz")                                           \
    X(POWER, "gpu_power_w", "W limit")                                         \
    X(OVERLAP, "overlap", "overlap")                                           \
    X(FUSION, "fusion", "fusion")

#define EL_SETUP_ENUM(name, key, heading) EL_SETUP_##name,
typedef enum el_setup_axis {
    EL_SETUP_LIST(EL_SETUP_ENUM) EL_N_SETUP_AXES
} el_setup_axis;
#undef EL_SETUP_ENUM

const char *el_setup_key(el_setup_axis axis);     /**< "kv_cache_dtype" */
const char *el_setup_heading(el_setup_axis axis); /**< "KV" */

/** What tells one setup of a search from another, as people name it. */
typedef struct el_setup {
    el_group_key key;
    char value[EL_N_SETUP_AXES][EL_NAME_LEN]; /**< "": not chosen */
    char hub_id[EL_NAME_LEN]; /**< for launch lines: "org/model" if known */
    char note[160];           /**< how it differs from what was asked; "" */
} el_setup;

/** Values of one axis; n = 0: chosen automatically. */
typedef struct el_values {
    size_t n;
    double v[EL_MAX_VALUES];
} el_values;

/** What a candidate can break. value and allowed in these units: */
typedef enum el_limit {
    EL_LIMIT_GPUS,     /**< GPUs needed, GPUs there */
    EL_LIMIT_WEIGHTS,  /**< weight bytes per GPU, usable bytes per GPU */
    EL_LIMIT_KV_CACHE, /**< tokens of a full batch, tokens that fit */
    EL_LIMIT_RATE,     /**< requests/s asked, requests/s at the margin */
    EL_LIMIT_TTFT,     /**< s at the percentile, s allowed */
    EL_LIMIT_TPOT,     /**< s at the percentile, s allowed */
    EL_LIMIT_LATENCY,  /**< s of one request at the percentile, s allowed */
    EL_N_LIMITS
} el_limit;

/** "gpus", "weights", "kv_cache", "request_rate", "ttft", "tpot", "latency" */
const char *el_limit_name(el_limit limit);

/** value exceeds allowed by the factor value / allowed. */
typedef struct el_reason {
    el_limit limit;
    double value, allowed;
} el_reason;

/** One configuration under the load. NaN: not known. */
typedef struct el_candidate {
    size_t setup; /**< which query of the search it belongs to */
    el_config config;
    double isl, osl;
    double gpus;           /**< in use: pp dp max(tp, ep) */
    double in_flight;      /**< mean requests in flight per replica */
    double in_flight_peak; /**< at the percentile; latencies are checked here */
    double utilisation;    /**< of a full batch's throughput; offline: 1 */
    double requests_per_s; /**< all replicas */
    double tokens_per_s;   /**< output tokens, all replicas */
    double energy_per_request_j; /**< in the scope, as all of these */
    double energy_per_request_lo_j, energy_per_request_hi_j;
    double energy_per_output_token_j;
    double idle_energy_per_request_j;     /**< empty replicas and idle GPUs */
    double overhead_energy_per_request_j; /**< what the PUE adds */
    double avg_power_w;
    double ttft_s, tpot_s; /**< of one request under the load, medians */
    double latency_s;      /**< ttft_s + tpot_s (O - 1) */
    double ttft_limit_s, tpot_limit_s, latency_limit_s; /**< at percentile */
    el_prediction prediction; /**< GPUs in use and busy, of steps as shared */
    el_source source;         /**< prediction's, or weaker by the match */
    bool feasible;
    size_t n_reason;
    el_reason reason[EL_N_LIMITS];
} el_candidate;

/** Largest value / allowed of its reasons; 1 where feasible, INFINITY where it
 * cannot be predicted. */
double el_candidate_miss(const el_candidate *candidate);

/**
 * One setup (GPU type, formats, engine, clock ...) and the load on it. A search
 * takes several: the same load, every setup with its own fit and facts.
 */
typedef struct el_optimize_query {
    const el_group_fit *fit; /**< borrowed; may be NULL with predict */
    el_predict_fn predict;   /**< asked instead of fit; NULL: the fit */
    const void *predict_ctx;
    el_facts facts;         /**< of the model, GPU and precision asked for */
    el_source match_source; /**< how near the fit is (el_match) */
    el_scope fit_scope;     /**< whose joules were fitted */
    const char *workload;   /**< label or "" */
    double isl;             /**< NaN: unknown, where the fit's is too */
    double osl;
    double request_rate_hz;           /**< NaN: offline */
    double ttft_s, tpot_s, latency_s; /**< limits; NaN: none */
    double percentile;                /**< 50 <= p < 100 */
    double gpus;                      /**< there are; INFINITY: any number */
    el_scope scope;
    double node_gpus; /**< GPUs of one node */
    double pue;       /**< facility watts per watt of its GPUs, >= 1 */
    el_values tp, pp, ep, dp, batch;
    bool ep_is_tp; /**< experts spread over the tensor-parallel GPUs */
    bool has_current;
    el_config current; /**< dp, batch may be NaN: chosen automatically */
} el_optimize_query;

/**
 * candidate[0 .. n-1] are the best, feasible ones by energy, then the rest by
 * miss. Indices may lie behind n: what they name is then not among the best.
 */
typedef struct el_optimize_result {
    size_t n_seen, n_seen_feasible; /**< of the whole search */
    size_t n;                       /**< kept, at most EL_MAX_KEPT */
    size_t n_feasible;              /**< of those kept */
    el_candidate *candidate;
    size_t latency_optimal; /**< feasible, fastest request; EL_NO_CANDIDATE */
    size_t fitted_optimal;  /**< best feasible one inside the measured range */
    size_t n_setup;
    size_t *setup_best; /**< best of each setup, feasible or nearest miss */
    bool has_current;
    el_candidate current; /**< of the first setup */
} el_optimize_result;

/**
 * Predict and check one configuration.
 *
 * @param config batch NaN: with a rate, the smallest grid value that holds
 *               the load; else the largest that fits
 * @retval EL_OK, EL_E_NOMEM
 */
EL_NODISCARD el_status el_candidate_make(const el_optimize_query *query,
                                         const el_config *config,
                                         el_candidate *out, el_error *err);

/**
 * The best candidates over n setups, best first.
 *
 * Automatic axes: tp powers of two up to gpus, pp = ep = 1; dp every number
 * that fits with a rate, else as many as fit; batch 1, 2, 3, 4, 6, 8, 12, ...
 * up to what the KV cache holds. Ties go to fewer GPUs, then the smaller
 * batch, then the earlier setup.
 *
 * @param query  n of them, 1 <= n
 * @param task   may be NULL; same bits for any number of threads
 * @param[out] out written only on EL_OK; el_optimize_result_clear
 * @retval EL_OK (also when nothing is feasible), EL_E_ARG (a number out of
 *         range, isl needed and unknown, too many candidates), EL_E_DATA (the
 *         fit has no times for a limit or rate; joules of the wrong scope;
 *         idle watts unknown), EL_E_NOMEM, EL_E_CANCELLED
 * Cost    some microseconds a candidate, about twice that with a rate
 */
EL_NODISCARD el_status el_optimize(const el_optimize_query *query, size_t n,
                                   const el_task *task, el_optimize_result *out,
                                   el_error *err);
void el_optimize_result_clear(el_optimize_result *result);

#define EL_FLEET_STEPS 20u /**< a type's share is a multiple of 5 % */

/** What one GPU type of a fleet does. */
typedef struct el_fleet_share {
    double share; /**< of the request rate; 0: it stands by, no candidate */
    el_candidate candidate; /**< one configuration serves it */
} el_fleet_share;

typedef struct el_fleet {
    size_t n;
    el_fleet_share *share;       /**< of each type */
    double served;               /**< of the request rate, at most */
    double energy_per_request_j; /**< mean over those; NaN: none served */
} el_fleet;

/**
 * Shares of the request rate by GPU type that draw the least power together.
 *
 * Each type serves its share with one configuration on its own query->gpus,
 * within the limits; what stands by is taken as off. Exact on the grid of
 * EL_FLEET_STEPS: the best configuration of each type for each multiple of
 * the rate, joined by dynamic programming. Where the fleet cannot serve all,
 * the largest share that it can.
 *
 * @param query n setups with the whole rate
 * @param type  GPU type of each, 0 .. n_type - 1
 * @retval EL_OK, EL_E_ARG (no rate) and those of el_optimize
 * Cost    n_type EL_FLEET_STEPS searches
 */
EL_NODISCARD el_status el_fleet_split(const el_optimize_query *query,
                                      const size_t *type, size_t n,
                                      size_t n_type, const el_task *task,
                                      el_fleet *out, el_error *err);
void el_fleet_clear(el_fleet *fleet);

/** Which time the Pareto front sets against energy. */
typedef enum el_latency_axis {
    EL_LATENCY_TPOT,
    EL_LATENCY_TTFT,
    EL_LATENCY_REQUEST
} el_latency_axis;

/** "tpot", "ttft", "e2e" */
const char *el_latency_axis_name(el_latency_axis axis);
double el_candidate_latency(const el_candidate *candidate,
                            el_latency_axis axis);

/** What a front sets against what. */
typedef enum el_front_kind {
    EL_FRONT_REQUEST, /**< energy of a request against the axis asked for */
    EL_FRONT_ETFT,    /**< energy to the first token against TTFT */
    EL_FRONT_EPOT,    /**< energy per output token after it against TPOT */
    EL_N_FRONTS
} el_front_kind;

typedef struct el_explore_query {
    const el_optimize_query *base; /**< of each setup; isl, osl are not used */
    size_t n_base;
    el_values isl, osl; /**< isl empty: unknown */
    el_latency_axis axis;
} el_explore_query;

/** One point, as the sink hears of it. */
typedef struct el_explore_point {
    size_t scenario;  /**< (isl, osl) pair: a front compares like with like */
    size_t index;     /**< in the order of the grid, from 0 */
    el_config config; /**< as walked: asking again gives the same candidate */
    const el_candidate *candidate; /**< valid during the call */
} el_explore_point;

/**
 * Called for every point in the order of the grid. *mark comes back with the
 * fronts: where the sink has put the point, say.
 */
typedef el_status (*el_explore_sink)(void *ctx, const el_explore_point *point,
                                     uint64_t *mark, el_error *err);

/** A point of a front; equal ones are on it together. */
typedef struct el_front_point {
    double time_s, energy_j;
    size_t scenario, setup, index;
    el_config config;
    uint64_t mark;
} el_front_point;

/** By scenario, then fastest first. */
typedef struct el_explore_front {
    size_t n, cap;
    el_front_point *point;
} el_explore_front;

typedef struct el_explore_result {
    size_t n, n_feasible, n_scenarios;
    el_explore_front front[EL_N_FRONTS];
} el_explore_result;

/**
 * The whole grid; arguments and errors as el_optimize. dp defaults to 1.
 * Points go to the sink (NULL: nowhere); only the fronts are kept.
 *
 * @param task may be NULL; hears of progress and can stop it: EL_E_CANCELLED
 */
EL_NODISCARD el_status el_explore(const el_explore_query *query,
                                  const el_task *task, el_explore_sink sink,
                                  void *ctx, el_explore_result *out,
                                  el_error *err);
void el_explore_result_clear(el_explore_result *result);

/** Make the candidate of a front's point again: the same bits. EL_E_NOMEM. */
EL_NODISCARD el_status el_explore_candidate(const el_explore_query *query,
                                            const el_front_point *point,
                                            el_candidate *out, el_error *err);

/**
 * Which points no other point beats: no q with x_q <= x_p and y_q <= y_p, one
 * of them strictly. Points with a value that is not finite are never on it;
 * equal points are on it together.
 *
 * @param[out] on_front n flags
 * @retval EL_OK, EL_E_NOMEM
 * Cost   O(n log n)
 */
EL_NODISCARD el_status el_pareto_front(const double *x, const double *y,
                                       size_t n, bool *on_front, el_error *err);

EL_API_END

#endif
