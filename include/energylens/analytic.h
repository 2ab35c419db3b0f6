/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/analytic.h
 * @brief Energy and latency of serving a network on GPUs, with no measurement.
 *
 * Layer: model. From the shape of the network (arch.h), its kernels for one
 * sharding (graph.h) and the device (kernel.h) to TTFT, TPOT and joules. After
 * arXiv 2605.14249; what was not published is ours (docs/analytic.md).
 */
#ifndef EL_ANALYTIC_H
#define EL_ANALYTIC_H
#include "energylens/api.h"
#include "energylens/fit.h"
#include "energylens/kernel.h"

EL_API_BEGIN

/** What the serving engine adds to the kernels. */
typedef struct el_engine {
    const char *name;
    bool eager;            /**< launches kernels one by one, without graphs */
    bool async;            /**< prepares a step while the GPU runs another */
    bool unfused;          /**< every operation is a kernel of its own */
    bool aligned;          /**< block-scaled experts by an aligned kernel */
    double step_s;         /**< scheduler and sampling, per step */
    double request_step_s; /**< the same, per request in the batch */
    double chunk_tokens;   /**< prompt tokens in one prefill pass */
    double overlap_stages; /**< GEMMs and what follows them on the wire, in so
                                many stages; 0: as described */
    double overlap_sm;     /**< SMs that the wire then takes */
} el_engine;

/** Facts as the fitted forms want them, from a network's shape. */
void el_facts_from_arch(const el_arch_desc *arch, const el_gpu *gpu,
                        el_facts *out);

/**
 * Engine by name ("vLLM (eager)", "SGLang", "vLLM 0.6.3", ...). Unknown ones
 * as vLLM; vLLM without a version as today's (0.15 or later). "async" behind a
 * version: started with --async-scheduling ("vLLM 0.11.1 async").
 */
el_engine el_engine_find(const char *name);

/**
 * Seconds of a step with so many requests and `kernels_s` of kernels:
 *
 *   kernels + step + n request,  async: max(kernels, n request) + step
 */
double el_engine_step_s(const el_engine *engine, double kernels_s,
                        double requests);

/** One forward pass of a replica. Energies of all its GPUs together. */
typedef struct el_pass {
    double time_s; /**< through all pipeline stages */
    double comm_s; /**< part of it: collectives not hidden */
    double weights_j, kv_j, compute_j, comm_j; /**< dynamic */
    double flop, bytes;                        /**< of all GPUs */
} el_pass;

/**
 * Joules above those of a waiting engine of one run on one GPU: the kernel's,
 * and device->busy_w. With the waiting power they stay below the limit.
 */
double el_op_serving_j(const el_device *device, const el_cost *kernel);

typedef struct el_analytic el_analytic;

/**
 * @param graph, arch, device copied or borrowed? graph is borrowed and must
 *        outlive the result; arch and device are copied
 * @retval EL_OK, EL_E_ARG, EL_E_NOMEM
 */
EL_NODISCARD el_status el_analytic_new(const el_graph *graph,
                                       const el_arch_desc *arch,
                                       const el_device *device,
                                       const el_engine *engine,
                                       el_analytic **out, el_error *err);
void el_analytic_free(el_analytic *analytic); /**< NULL is fine */

/**
 * The same network on another device or engine, with the plans that `base` has
 * and will have: base must outlive the result, and is prepared in its place.
 *
 * @retval EL_OK, EL_E_ARG, EL_E_NOMEM
 */
EL_NODISCARD el_status el_analytic_share(const el_analytic *base,
                                         const el_device *device,
                                         const el_engine *engine,
                                         el_analytic **out, el_error *err);

/**
 * Give the network its vision tower: a description made by
 * el_arch_describe_vision, which must outlive the analytic. Before the first
 * el_analytic_prepare. A tower that cannot be lowered is left out.
 *
 * @retval EL_OK, EL_E_ARG, EL_E_NOMEM
 */
EL_NODISCARD el_status el_analytic_set_tower(el_analytic *analytic,
                                             const el_graph *tower,
                                             el_error *err);

/** The tower as a network of its own, without graphs; NULL: none. Borrowed. */
const el_analytic *el_analytic_tower(const el_analytic *analytic);

/**
 * Lower the network for a sharding, once; further calls with it do nothing.
 * Not thread-safe; predictions afterwards are.
 *
 * @retval EL_OK, EL_E_DATA (el_plan_make: not divisible ...), EL_E_NOMEM
 */
EL_NODISCARD el_status el_analytic_prepare(el_analytic *analytic,
                                           const el_shard *shard,
                                           el_error *err);

/** Plan of a prepared sharding, NULL if it is not; borrowed. */
const el_plan *el_analytic_plan(const el_analytic *analytic,
                                const el_shard *shard);

/** Weights of text and tower on one GPU [bytes]; the sharding is prepared. */
double el_analytic_weight_bytes(const el_analytic *analytic,
                                const el_shard *shard);

/** One pass of b requests, s query and t context tokens over a plan. */
void el_analytic_pass(const el_analytic *analytic, const el_plan *plan,
                      const el_shard *shard, double b, double s, double t,
                      el_pass *out);

/**
 * Predict one configuration: source MODELLED, interval from the validation
 * residuals of its class.
 *
 * Pictures (point->images) pass the tower before the prompt, whose isl counts
 * their tokens. Of a workload labelled image or video chat they are assumed:
 * one image of 1,024 x 1,024 pixels (VisionArena), a second of video in 32
 * frames of 640 x 360 (LLaVA-Video-178K), and an unknown isl is 256 plus
 * theirs.
 *
 * point->steady: prompts arrive one by one and their prefill interleaves with
 * decoding; else the batch starts together. An unknown prompt length counts
 * as the workload's usual (256 tokens) and widens the interval.
 *
 * @retval EL_OK, EL_E_DATA (sharding not prepared; images for a network without
 *         a tower, or with more tokens than isl)
 * Cost  about 10 us for a 70 B dense model
 */
EL_NODISCARD el_status el_analytic_predict(const el_analytic *analytic,
                                           const el_point *point,
                                           const char *workload,
                                           double batch_size,
                                           el_prediction *out, el_error *err);

EL_API_END

#endif
