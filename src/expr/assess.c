/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/assess.h"

#include <math.h>

#include "base/mem.h"

#define BOXES 3000u /* that a proof of direction may take */

static void no_evidence(el_law *law)
{
    law->log_rmse = law->cv_loss = law->cv_se = law->stability = (double)NAN;
    for (unsigned j = 0; j < EL_EXPR_MAX_CONSTS; j++)
        law->support[j] = (double)NAN;
}

static double log_rmse(el_assess *a, const el_expr *e)
{
    const size_t n = a->columns->n_row;
    double sum = 0;

    el_tape_values(&a->tape, e, &a->frame, a->f);
    for (size_t i = 0; i < n; i++) {
        if (!(a->f[i] > 0 && a->y[i] > 0))
            return (double)NAN;
        sum += pow(log(a->f[i] / a->y[i]), 2) / (double)n;
    }
    return sqrt(sum);
}

static double bic(const el_assess *a, const el_law *law)
{
    const double n = (double)a->columns->n_row;
    double nat = n * log(fmax(law->loss, a->exact / 100));

    for (unsigned j = 0; j < law->expr.n_const; j++)
        nat += law->expr.kind[j] == EL_CONST_FIXED ? 0 : log(n);
    return nat;
}

static double score(const el_assess *a, const el_law *before, const el_law *law)
{
    const double least = a->exact / 100;

    return (log(fmax(before->loss, least)) - log(fmax(law->loss, least))) /
           (double)(law->complexity - before->complexity);
}

/*
 * Of those within a standard error of the best on groups left out the shortest
 * or, of `few` terms, the best fit: where signs and exponents are known a weak
 * term left out costs more than it saves. Where the fit is exact the error
 * is rounding. Single rows left out decide nothing: terms were chosen on all of
 * them, which flatters long laws (E1 of bench_energy_laws: 8 of 10 right
 * instead of 10).
 */
static void choose(const el_assess *a, bool few, el_front *front)
{
    double limit = (double)INFINITY, best = (double)INFINITY;
    double least = (double)INFINITY;

    for (size_t l = 0; l < front->n; l++)
        if (front->law[l].cv_loss < best) {
            best = front->law[l].cv_loss;
            limit = best + front->law[l].cv_se;
        }
    if (front->law[front->pick].loss <= a->exact)
        return;
    for (size_t l = 0; l < front->n; l++) {
        const el_law *law = &front->law[l];
        const double value = few ? law->loss : law->length_nat;

        if (!(law->cv_loss > limit) && value < least) {
            least = value;
            front->pick = l;
        }
    }
}

static el_status assess_init(el_assess *a, el_error *err)
{
    const size_t n = a->columns->n_row;
    el_status st = el_frame_init(&a->frame, a->columns, UINT64_MAX, err);

    if (st == EL_OK)
        st = el_tape_init(&a->tape, NULL, err);
    a->weight = el_array(n, sizeof *a->weight);
    a->f = el_array(n, sizeof *a->f);
    if (st == EL_OK && (!a->weight || !a->f))
        st = el_fail(err, EL_E_NOMEM, "discover: %zu rows", n);
    return st;
}

static el_status each_law(el_assess *a, el_front *front, const el_rules *rules,
                          el_error *err)
{
    el_status st = EL_OK;

    for (size_t l = 0; l < front->n && st == EL_OK; l++) {
        el_law *law = &front->law[l];

        no_evidence(law);
        law->log_rmse = log_rmse(a, &law->expr);
        law->bic = bic(a, law);
        law->score = l > 0 ? score(a, law - 1, law) : 0;
        law->unproven = rules ? el_rules_unproven(rules, &law->expr, BOXES) : 0;
        st = el_assess_constants(a, law, err);
    }
    return st;
}

el_status el_front_assess(el_front *front, const el_evidence *evidence,
                          const el_rules *rules, const size_t *group,
                          const el_task *task, el_error *err)
{
    el_assess a = {.columns = evidence->columns,
                   .y = evidence->y,
                   .row_weight = evidence->weight,
                   .loss = evidence->loss,
                   .exact = evidence->floor * 100,
                   .seed = task ? task->seed : 0};
    el_status st;

    if (front->n == 0)
        return EL_OK;
    st = assess_init(&a, err);
    if (st == EL_OK)
        st = each_law(&a, front, rules, err);
    if (st == EL_OK)
        st = el_assess_cross(&a, group, front, err);
    if (st == EL_OK && group)
        choose(&a, evidence->few, front);
    if (st == EL_OK)
        st = el_assess_bootstrap(&a, front, task, err);
    if (st == EL_OK)
        st = el_find_relations(a.columns, front->relation, &front->n_relation,
                               err);
    el_tape_clear(&a.tape);
    el_frame_clear(&a.frame);
    el_free(a.weight);
    el_free(a.f);
    return st;
}
