/* SPDX-License-Identifier: Apache-2.0 */
#include "model/closed12_core.h"

#include <string.h>

#include "base/clones.h"

static void begin_memory(const el_facts *facts, c12_state *s)
{
    double at_zero = el_facts_kv_capacity(facts, 0.0, 0.0);
    double kv = facts->kv_bytes_per_token;

    s->cap_weights = -at_zero;
    s->cap_per_gpu = el_facts_kv_capacity(facts, 1.0, 1.0) - at_zero;
    if (!el_is_known(at_zero) || kv <= 0.0) { /* never waves */
        s->cap_per_gpu = INFINITY;
        s->cap_weights = 0.0;
    }
    s->window = INFINITY;
    s->window_share = 0.0;
    if (facts->kv_window > 0.0 && kv > 0.0) {
        s->window = facts->kv_window;
        s->window_share = facts->kv_window_bytes_per_token / kv;
    }
}

void c12_begin(const el_model *model, c12_state *s)
{
    const double *p = model->param;
    const el_facts *facts = &model->facts;
    double attends = facts->kv_bytes_per_token > 0.0 ? 1.0 : 0.0;
    double stream1_bytes = el_facts_streamed_bytes(facts, 1.0);

    memset(s->known, 0, sizeof s->known);
    s->model = model;
    s->f1 = exp(p[EL_C12_F1]);
    s->f2 = exp(p[EL_C12_F2]) * attends;
    s->w = exp(p[EL_C12_W]);
    s->a = exp(p[EL_C12_A]);
    s->k = exp(p[EL_C12_K]);
    s->c = exp(p[EL_C12_C]) * attends;
    s->f = exp(p[EL_C12_F]);
    s->kappa = exp(p[EL_C12_KAPPA]) * attends;
    s->is_time = model->target != EL_TARGET_ENERGY;
    s->ep = model->extras & EL_EXTRA_EP ? p[c12_extra(model, EL_EXTRA_EP)] : 0;
    s->tail = 0.0;
    if ((model->extras & EL_EXTRA_TAIL) && !s->is_time)
        s->tail = exp(p[c12_extra(model, EL_EXTRA_TAIL)]);
    if (model->target == EL_TARGET_TTFT) /* the marginal token is prefill's */
        s->k = s->c = 0.0;
    s->dense_share = facts->dense_bytes / stream1_bytes;
    s->expert_share = facts->expert_bytes / stream1_bytes;
    s->experts_less_one = 0.0;
    if (facts->expert_bytes > 0.0)
        s->experts_less_one = facts->experts / facts->top_k - 1.0;
    begin_memory(facts, s);
}

c12_degree c12_degree_of(const c12_state *s, double t, double p)
{
    const double *param = s->model->param;
    double ln_t = log(t);
    c12_degree d;

    d.t_r = exp(param[EL_C12_R] * ln_t);
    d.t_s = exp(param[EL_C12_S] * ln_t + param[EL_C12_PI] * log(p));
    d.t_u = exp(param[EL_C12_U] * ln_t);
    d.cap = s->cap_per_gpu * t * p - s->cap_weights;
    d.ramp = s->is_time ? 0.0 : s->f * t * p;
    d.share = s->is_time ? 1.0 / (t * p) : 1.0;
    if (s->model->target == EL_TARGET_TTFT)
        d.cap = INFINITY; /* the first wave answers first */
    return d;
}

size_t c12_extra(const el_model *model, unsigned extra)
{
    bool after = extra == EL_EXTRA_TAIL && (model->extras & EL_EXTRA_EP);

    return EL_C12_N + (after ? 1u : 0u);
}

void c12_place_extras(const c12_state *s, c12_block *v, size_t j,
                      const el_point *point)
{
    double spread = pow(point->ep, s->ep);
    bool ends = point->requests > 0.0 && !point->steady;

    v->tail[j] = ends ? s->tail * point->batch / point->requests : 0.0;
    v->t_r[j] *= spread;
    v->t_u[j] *= spread;
    v->more[j] = spread * (1.0 + v->tail[j]);
}

EL_CLONES void c12_prepare(const c12_state *s, c12_block *v, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        double total = v->i[j] + v->o[j], l = v->i[j] + 0.5 * v->o[j];
        double cap = v->cap[j] > 0.0 ? v->cap[j] : total;
        double near = l < s->window ? l : s->window;
        double experts = v->b[j] / (v->b[j] + s->experts_less_one);
        double cost =
            (1.0 - C12_HIDDEN * (1.0 - experts)) / (1.0 - 0.5 * C12_HIDDEN);

        v->l[j] = s->window_share > 0.0 ? l + s->window_share * (near - l) : l;
        v->x[j] = v->b[j] * total / cap;
        v->stream[j] = s->dense_share + s->expert_share * experts * cost;
    }
}

EL_CLONES void c12_energies(const c12_state *s, const c12_block *v, size_t n,
                            double *y)
{
    for (size_t j = 0; j < n; j++) {
        c12_addends e = c12_at(s, v, j);
        double sum = c12_sum(&e);
        /* E* / (1 + F T P / E*) */
        y[j] = sum * sum / (sum + v->ramp[j]) * v->share[j];
    }
}

void el_closed12_energy(const el_model *model, size_t n, const double *tp,
                        const double *pp, const double *batch,
                        const double *isl, const double *osl, double *energy_j)
{
    c12_state s;
    c12_block v;

    c12_begin(model, &s);
    for (size_t from = 0; from < n; from += C12_BLOCK) {
        size_t m = n - from < C12_BLOCK ? n - from : C12_BLOCK;
        memcpy(v.b, batch + from, m * sizeof *v.b);
        memcpy(v.i, isl + from, m * sizeof *v.i);
        memcpy(v.o, osl + from, m * sizeof *v.o);
        for (size_t j = 0; j < m; j++)
            c12_place(&s, &v, j, tp[from + j], pp[from + j], false);
        c12_prepare(&s, &v, m);
        c12_energies(&s, &v, m, energy_j + from);
    }
}
