/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serving8: continuous batching of a request set on D replicas.
 *
 *   E = B O [ (W g(B) B^m T^h + A T^s) (1/B + tau D / 1000) + K T^u ]
 *       + B (O C L + I f1) T^u
 *
 * with h = eta_ep where experts are spread over the GPUs, else eta. KV reads
 * and prefill enter at their physical size (C, f1 are facts, not fitted).
 */
#include "model/forms.h"
#include "model/nlls.h"

enum { W, M, ETA, ETA_EP, A, S, TAU, K, U, N_SERVING };

#define KV_J_PER_BYTE      300e-12
#define PREFILL_J_PER_FLOP 1.6e-12

static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    const el_facts *f = data->facts;
    double weights = el_facts_streamed_bytes(f, 1.0) * 210e-12;

    el_param_set(&spec[W], "ln_W", "J", "weight stream per step", true,
                 log(weights), 0.4);
    el_param_set(&spec[M], "m", "1", "batch exponent of the stream", false, 0.0,
                 0.05);
    el_param_set(&spec[ETA], "eta", "1", "T exponent of the stream", false, 0.0,
                 0.3);
    el_param_set(&spec[ETA_EP], "eta_ep", "1", "the same, expert parallel",
                 false, 0.0, 0.3);
    el_param_set(&spec[A], "ln_A", "J", "launch, idle, all-reduce per step",
                 true, log(0.012 * f->layers), 0.7);
    el_param_set(&spec[S], "s", "1", "T exponent of the overhead", false, 1.0,
                 0.4);
    el_param_set(&spec[TAU], "ln_tau", "1", "tail of the last requests", true,
                 log(0.3), 1.0);
    el_param_set(&spec[K], "ln_K", "J", "marginal token", true,
                 log(2.0 * f->active_params * 1.5e-12), 1.0);
    el_param_set(&spec[U], "u", "1", "T exponent of the marginal token", false,
                 0.3, 0.4);
    return el_param_add_prompts(data, spec, N_SERVING);
}

static double predict_one(const el_model *model, const el_point *point,
                          double *grad)
{
    const el_facts *f = &model->facts;
    const double *p = model->param;
    bool ep = point->ep > 1.0;
    size_t prompt;
    double isl = el_point_prompt(model, point, N_SERVING, &prompt);
    double b = point->batch, o = point->osl, l = isl + 0.5 * o;
    double ln_t = log(el_point_shards(point)), t_u = exp(p[U] * ln_t);
    double g = el_facts_streamed_bytes(f, b) / el_facts_streamed_bytes(f, 1.0);
    double stream = g * exp(p[W] + p[M] * log(b) + p[ep ? ETA_EP : ETA] * ln_t);
    double over = exp(p[A] + p[S] * ln_t);
    double tail = exp(p[TAU]) * point->dp / 1000.0, share = 1.0 / b + tail;
    double token = exp(p[K]) * t_u;
    double read = el_facts_kv_read_bytes(f, l) * KV_J_PER_BYTE * t_u;
    double pre = isl / o * 2.0 * f->active_params * PREFILL_J_PER_FLOP * t_u;
    double e = (stream + over) * share + token + read + pre;

    if (grad) {
        for (size_t j = 0; j < model->n_param; j++)
            grad[j] = 0.0;
        grad[W] = stream * share / e;
        grad[M] = grad[W] * log(b);
        grad[ep ? ETA_EP : ETA] = grad[W] * ln_t;
        grad[A] = over * share / e;
        grad[S] = grad[A] * ln_t;
        grad[TAU] = (stream + over) * tail / e;
        grad[K] = token / e;
        grad[U] = (token + read + pre) / e * ln_t;
        if (prompt != (size_t)-1) {
            double d = 1e-4 * isl; /* KV windows have a kink: difference */
            double more = el_facts_kv_read_bytes(f, l + d);
            double less = el_facts_kv_read_bytes(f, l - d);
            grad[prompt] =
                (pre + (more - less) * 0.5e4 * KV_J_PER_BYTE * t_u) / e;
        }
    }
    return b * o * e;
}

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *y, double *grad)
{
    for (size_t i = 0; i < n; i++)
        y[i] = predict_one(model, &point[i],
                           grad ? grad + i * model->n_param : NULL);
}

const el_form el_form_serving8 = {
    .name = "serving8",
    .title = "continuous batching of a request set",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = specify,
    .fit = el_form_fit_nlls,
    .predict = predict,
};
