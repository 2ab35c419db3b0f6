/* SPDX-License-Identifier: Apache-2.0 */
/* Which law, and with which signs, other rows of the same kind would give. */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "base/task.h"
#include "expr/assess.h"
#include "expr/refit.h"

#define DRAWS      200u
#define ITERATIONS 3u
#define NEAR_NAT   25.0  /* longer than the shortest by more: never the pick */
#define MOST       8u    /* laws */
#define DISTINCT   0.632 /* share of the rows that a draw holds */

/* Laws that may be the pick, the shortest first. */
static size_t rivals(const el_front *front, size_t *rival)
{
    size_t n = 0;

    for (size_t l = 0; l < front->n; l++) {
        size_t at = n;

        if (at == MOST &&
            !(front->law[l].length_nat < front->law[rival[--at]].length_nat))
            continue;
        n = at + 1 > n ? at + 1 : n;
        for (; at > 0 &&
               front->law[l].length_nat < front->law[rival[at - 1]].length_nat;
             at--)
            rival[at] = rival[at - 1];
        rival[at] = l;
    }
    while (n > 1 && front->law[rival[n - 1]].length_nat >
                        front->law[rival[0]].length_nat + NEAR_NAT)
        n--;
    return n;
}

static void draw_weights(el_assess *a, unsigned draw)
{
    const size_t n = a->columns->n_row;
    el_rng rng;

    memset(a->weight, 0, n * sizeof *a->weight);
    el_rng_init(&rng, a->seed, 0xb007000u + draw);
    for (size_t i = 0; i < n; i++)
        a->weight[el_rng_below(&rng, n)]++;
    for (size_t i = 0; i < n; i++)
        a->weight[i] *= el_assess_row(a, i);
}

/* Refit the rivals to one draw; who has the shortest description there? */
static void judge(el_assess *a, el_front *front, const size_t *rival,
                  size_t n_rival, const el_response *response)
{
    const double half = (double)a->columns->n_row / 2;
    double best = (double)INFINITY;
    size_t pick = 0;

    for (size_t k = 0; k < n_rival; k++) {
        el_law *law = &front->law[rival[k]];
        el_expr e = law->expr;
        el_refit_result result;
        double nat;

        if (!el_refit(&a->tape, &e, &a->frame, response, ITERATIONS, &result))
            continue;
        /* the length of what is no data, and the draw's rows */
        nat = law->length_nat - half * log(fmax(law->loss, a->exact / 100)) +
              DISTINCT * half * log(fmax(result.loss, a->exact / 100));
        if (nat < best) {
            best = nat;
            pick = k;
        }
        for (unsigned j = 0; j < e.n_const; j++)
            law->support[j] += e.value[j] * law->expr.value[j] > 0;
    }
    front->law[rival[pick]].stability++;
}

el_status el_assess_bootstrap(el_assess *a, el_front *front,
                              const el_task *task, el_error *err)
{
    size_t rival[MOST], n_rival = rivals(front, rival);
    el_status st = EL_OK;
    unsigned done = 0;

    if (n_rival == 0)
        return EL_OK; /* an empty front */
    for (size_t k = 0; k < n_rival; k++)
        memset(front->law[rival[k]].support, 0,
               sizeof front->law[rival[k]].support);
    for (size_t l = 0; l < front->n; l++)
        front->law[l].stability = 0;
    for (; done < DRAWS && st == EL_OK && !el_task_is_cancelled(task); done++) {
        el_response response;

        draw_weights(a, done);
        st = el_response_init(&response, a->y, a->weight, a->columns->n_row,
                              a->loss, err);
        if (st != EL_OK)
            break;
        judge(a, front, rival, n_rival, &response);
        el_response_clear(&response);
    }
    for (size_t l = 0; l < front->n; l++)
        front->law[l].stability /= done == DRAWS ? DRAWS : (double)NAN;
    for (size_t k = 0; k < n_rival; k++)
        for (unsigned j = 0; j < EL_EXPR_MAX_CONSTS; j++)
            front->law[rival[k]].support[j] /=
                done == DRAWS && j < front->law[rival[k]].expr.n_const
                    ? DRAWS
                    : (double)NAN;
    return st;
}
