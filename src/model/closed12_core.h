/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arithmetic of closed12 (formula in energylens/closed12.h). Layer: model.
 *
 * Points are laid out as a block of arrays: what depends on the degrees comes
 * from a small table, the rest is two branch-free loops that the compiler
 * vectorises. Gradients and shares read the same arrays through c12_at, so
 * the formula's addends are written once.
 */
#ifndef EL_MODEL_CLOSED12_CORE_H
#define EL_MODEL_CLOSED12_CORE_H
#include "energylens/closed12.h"
#include "model/waves.h"

/*
 * Share of the joules of reading experts that is not there while few of them
 * are read: such a reading hides behind the step's launches and takes no time
 * of its own. Half of the experts cost what their bytes do, so that the
 * physical centres hold without a row. ML.ENERGY v3, upper batches from lower
 * ones, ten models with experts: 12.7 to 11.5 % (12.0 where the share is chosen
 * without the model that is scored; .15 to .4 do alike), without a row 32.4
 * to 31.1 %; Mixtral of argonne_synthetic 2.6 to 1.9 %; v2 stays as it was
 * (2026-11).
 */
#define C12_HIDDEN 0.3

#define C12_BLOCK  256u
#define C12_TABLED 64u /* degrees T that are looked up when P = 1 */

/* All that depends on T and P. */
typedef struct c12_degree {
    double t_r, t_s, t_u; /* powers of T; t_s holds P^pi too */
    double cap;           /* tokens the KV cache holds; <= 0: does not fit */
    double ramp;          /* F T P; 0 for times */
    double share;         /* times: 1 / (T P), as GPU-seconds are fitted */
} c12_degree;

/* What one call works from. */
typedef struct c12_state {
    const el_model *model;
    double f1, f2, w, a, k, c, f, kappa;
    double ep, tail; /* extras: EP exponent, answers; 0 where there is none */
    bool is_time;
    double dense_share, expert_share; /* of what one request streams */
    double experts_less_one;          /* n/k - 1 */
    double window, window_share;
    double cap_per_gpu, cap_weights; /* tokens: cap_per_gpu T P - cap_weights */
    bool known[C12_TABLED + 1];
    c12_degree degree[C12_TABLED + 1];
} c12_state;

typedef struct c12_block {
    double b[C12_BLOCK], i[C12_BLOCK], o[C12_BLOCK];
    double t_r[C12_BLOCK], t_s[C12_BLOCK], t_u[C12_BLOCK];
    double cap[C12_BLOCK], ramp[C12_BLOCK], share[C12_BLOCK];
    double more[C12_BLOCK]; /* factor on the steps: experts spread, the tail */
    double tail[C12_BLOCK]; /* share of steps that the last requests add */
    double l[C12_BLOCK];    /* context whose KV a step reads */
    double x[C12_BLOCK];    /* B (I+O) / cap; 0 = no waves */
    double stream[C12_BLOCK]; /* g(B) */
} c12_block;

/* The addends of E* at one point. */
typedef struct c12_addends {
    double linear, attention, weights, overhead, compute, kv_read;
} c12_addends;

void c12_begin(const el_model *model, c12_state *state);
/* Index of the parameter of one of model->extras. */
size_t c12_extra(const el_model *model, unsigned extra);
c12_degree c12_degree_of(const c12_state *state, double t, double p);
/* l, x and stream from b, i, o and cap. */
void c12_prepare(const c12_state *s, c12_block *v, size_t n);
void c12_energies(const c12_state *s, const c12_block *v, size_t n, double *y);

/* Degrees of point j; steady points have no waves and no ramp. */
static inline void c12_place(c12_state *s, c12_block *v, size_t j, double t,
                             double p, bool steady)
{
    unsigned i = t >= 1.0 && t <= (double)C12_TABLED ? (unsigned)(int)t : 0;
    c12_degree other;
    const c12_degree *d = &s->degree[i];

    if ((double)i != t || p != 1.0) {
        other = c12_degree_of(s, t, p);
        d = &other;
    } else if (!s->known[i]) {
        s->degree[i] = c12_degree_of(s, t, 1.0);
        s->known[i] = true;
    }
    /* known[i] says that degree[i] was set, which the analyser cannot see:
     * NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
    v->t_r[j] = d->t_r;
    v->t_s[j] = d->t_s;
    v->t_u[j] = d->t_u;
    v->cap[j] = steady ? (double)INFINITY : d->cap;
    v->ramp[j] = steady ? 0.0 : d->ramp;
    v->share[j] = d->share;
    v->more[j] = 1.0;
}

/* What the extras make of point j, which c12_place has placed: all addends by
 * EP^ep, the steps by the tail B / N answers of N requests too. */
void c12_place_extras(const c12_state *s, c12_block *v, size_t j,
                      const el_point *point);

static inline c12_addends c12_at(const c12_state *s, const c12_block *v,
                                 size_t j)
{
    double prefill = v->b[j] * v->i[j] * v->t_r[j];
    double step = v->o[j] * el_waves(s->kappa * v->x[j]) * v->more[j];
    double token = v->o[j] * v->b[j] * v->t_u[j];
    c12_addends e;

    e.linear = prefill * s->f1;
    e.attention = prefill * s->f2 * v->i[j];
    e.weights = step * s->w * v->stream[j];
    e.overhead = step * s->a * v->t_s[j];
    e.compute = token * s->k;
    e.kv_read = token * s->c * v->l[j];
    return e;
}

static inline double c12_sum(const c12_addends *e)
{
    return ((e->linear + e->attention) + (e->weights + e->overhead)) +
           (e->compute + e->kv_read);
}

#endif
