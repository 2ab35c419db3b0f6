/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/closed12.h
 * @brief The 12-parameter closed form on plain arrays.
 *
 * Layer: model. Thread-safe: no shared state.
 */
#ifndef EL_CLOSED12_H
#define EL_CLOSED12_H
#include <stddef.h>

#include "energylens/api.h"
#include "energylens/form.h"

EL_API_BEGIN

/** Positions of the parameters in el_model.param; all but r s u pi as ln. */
enum {
    EL_C12_F1,    /**< prefill energy per token [J] */
    EL_C12_F2,    /**< prefill attention per token and position [J] */
    EL_C12_W,     /**< weight stream per step [J] */
    EL_C12_A,     /**< launch, idle, all-reduce per GPU step [J] */
    EL_C12_K,     /**< marginal token [J] */
    EL_C12_C,     /**< KV read per token and position [J] */
    EL_C12_F,     /**< start-up ramp per GPU [J] */
    EL_C12_KAPPA, /**< capacity factor */
    EL_C12_R,     /**< T exponent of prefill */
    EL_C12_S,     /**< T exponent of the per-step overhead */
    EL_C12_U,     /**< T exponent of the marginal token */
    EL_C12_PI,    /**< P exponent of the per-step overhead */
    EL_C12_N
};

/**
 * Energy of B requests for n configurations of a fitted closed12 model.
 *
 *   x  = B (I+O) / cap(T,P)
 *   w  = (1 + (kappa x)^12)^(1/12)
 *   E* = B I (f1 + f2 I) T^r
 *        + O [ w (W g(B) + A T^s P^pi) + B (K + C L) T^u ],   L = I + O/2
 *   E  = E* / (1 + F T P / E*)
 *
 * @param[in]  model  fitted closed12, target energy [J]
 * @param[in]  n      number of configurations
 * @param[in]  tp,pp  degrees, n values >= 1
 * @param[in]  batch  requests in flight per replica, n values
 * @param[in]  isl,osl tokens per request, n values
 * @param[out] energy_j n values [J]; may not overlap the inputs
 *
 * g(B) is 1 for dense models. With experts, of which a share e is touched
 * (el_facts_streamed_bytes), it is dense + experts e (1 - .3 (1 - e)) / .85, in
 * units of what one request streams. Configurations that do not fit count as
 * holding one request's tokens.
 *
 * Cost   about 10 ns each (AVX2), no allocation; powers of T are tabled
 * Source form after arXiv 2605.10556, reconstructed (docs/accuracy.md)
 */
void el_closed12_energy(const el_model *model, size_t n, const double *tp,
                        const double *pp, const double *batch,
                        const double *isl, const double *osl, double *energy_j);

EL_API_END

#endif
