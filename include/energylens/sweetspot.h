/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/sweetspot.h
 * @brief Energy per output token as a function of the two lengths.
 *
 * Layer: model. With n tokens in a prompt and m in its answer [J/token]:
 *
 *   E(n, m) = t0 + t1 n^2/m + t2 n + t3 n/m + t4 m + t5/m,   t >= 0
 *
 * t0 GEMMs and overhead of a token made, t1 attention among prompt tokens, t2
 * reading the prompt's cache and the weights that a full cache keeps from
 * being shared, t3 GEMMs of a prompt token, t4 as t2 for the answer's own
 * cache, t5 a request. One set of t belongs to one model, GPU, engine, batch
 * limit and degree: another batch or degree needs its own.
 *
 * Source  SweetSpot, arXiv 2602.05695 (ICPE 2026): the form and its optimum.
 */
#ifndef EL_SWEETSPOT_H
#define EL_SWEETSPOT_H
#include "energylens/api.h"
#include "energylens/arch.h"
#include "energylens/facts.h"

EL_API_BEGIN

#define EL_SWEETSPOT_TERMS 6u

typedef struct el_sweetspot {
    double t[EL_SWEETSPOT_TERMS]; /**< [J], per power of a token */
} el_sweetspot;

/** 1, n^2/m, n, n/m, m, 1/m; n >= 0, m > 0. */
void el_sweetspot_terms(double n, double m, double f[EL_SWEETSPOT_TERMS]);

/** E(n, m) [J per output token]. */
double el_sweetspot_token_j(const el_sweetspot *s, double n, double m);

/**
 * Answer length with the fewest joules per token [tokens]:
 * m* = sqrt((t1 n^2 + t3 n + t5) / t4). INFINITY where t4 is 0 (longer is
 * always better), 0 where the numerator is (shorter is).
 */
double el_sweetspot_best_osl(const el_sweetspot *s, double n);

/** Half-width of the 90 % band of el_sweetspot_from_arch [ln]: 90 % of the
 * 637 published values lie so near when their model was left out. */
#define EL_SWEETSPOT_ARCH_LN 0.064

/**
 * t of a dense 16-bit decoder on one H100-SXM5-80GB under TensorRT-LLM with up
 * to 1,024 requests in flight, from its shape alone:
 *
 *   t0 = g 2 F + c       F body and head parameters, P body alone
 *   t1 = a 2 sum over layers of heads head_dim
 *   t2 = b K (p + W / C) K cache bytes a token, W weight bytes, C bytes left
 *   t3 = f 2 P           for the cache; p = head_dim rounded up to 32, over it
 *   t4 = b K (p/2 + W/C)
 *   t5 = r
 *
 * W/C: a cache of C bytes holds C / (K (n + m)) requests, which share each
 * reading of the weights.
 *
 * @param arch  counted (el_arch_count)
 * @param facts of arch on the H100 (el_facts_from_arch)
 * @retval EL_OK, EL_E_ARG (NULL), EL_E_DATA (experts, state-space layers, MLA,
 *         other than 16-bit weights, weights that leave no room: names it)
 *
 * Source   g a b f c r (sweetspot.c) by relative least squares on the curves
 *          of 13 models, arXiv 2602.05695 Table 2, 2026-11.
 * Accuracy model left out: 3.5 % mean, 8.4 % the worst model, over lengths 64
 *          to 4,096; p was chosen having seen two models with heads of 80,
 *          without it 5.4 and 11.2 % (docs/sweetspot.md).
 */
EL_NODISCARD el_status el_sweetspot_from_arch(const el_arch_desc *arch,
                                              const el_facts *facts,
                                              el_sweetspot *out, el_error *err);

EL_API_END

#endif
