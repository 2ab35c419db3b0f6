/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regularised evolution: the oldest goes, whatever it is worth (E. Real et al.,
 * AAAI 33, 2019, 4780-4789); formulas of every complexity are kept alike (M.
 * Cranmer, arXiv:2305.01582, section 2); constants are fitted at birth, so that
 * structures compete and not their constants (M. Kommenda et al., Genet.
 * Program. Evolvable Mach. 21, 2020, 471-501).
 */
#include "expr/island.h"

#include <math.h>
#include <string.h>

#include "expr/template.h"

#define STEPS         2 /* of the fit of a child */
#define STEPS_BEST    8 /* and of one that is the best of its complexity */
#define TOURNAMENT    8u
#define CROWDING      20.  /* nats of loss for a share of all formulas */
#define ATTEMPTS      8u   /* at a child from one mother */
#define GAIN          1e-3 /* relative: what counts as better */
#define SHARE_MEMORY  5000.
#define CREDIT_MEMORY 2000.
#define UNLAWFUL      3.    /* nats on top of the loss */
#define PATIENCE      5000u /* random formulas that may fail in a row */
#define GROWN         8u    /* nodes of a random formula, at most */

void el_island_init(el_island *island)
{
    memset(island, 0, sizeof *island);
    for (unsigned i = 0; i <= EL_LAW_MAX_COMPLEXITY; i++)
        island->best[i].loss = (double)INFINITY;
}

static double share_of(const el_island *island, unsigned weight)
{
    double sum = 1;

    for (unsigned i = 0; i <= EL_LAW_MAX_COMPLEXITY; i++)
        sum += island->share[i];
    return island->share[weight] / sum;
}

/* Halve both (also may be NULL) once the values add up to more than limit. */
static void fade(double *value, double *also, unsigned n, double limit)
{
    double sum = 0;

    for (unsigned i = 0; i < n; i++)
        sum += value[i];
    for (unsigned i = 0; sum > limit && i < n; i++) {
        value[i] /= 2;
        if (also)
            also[i] /= 2;
    }
}

/* Keep it where it is the best of its complexity. What breaks a rule is not,
   and has to be better by far to have children. */
static void note_best(el_island *island, const el_habitat *habitat,
                      el_member *child)
{
    el_member *best = &island->best[child->weight];

    if (!(child->loss < best->loss))
        return;
    if (habitat->rules && !el_rules_allow(habitat->rules, &child->expr))
        child->nat += UNLAWFUL;
    else
        *best = *child;
}

static bool fit(el_member *child, el_island_room *room,
                const el_habitat *habitat, unsigned steps)
{
    el_refit_result result;

    if (!el_refit(&room->tape, &child->expr, &habitat->frame,
                  &habitat->response, steps, &result) ||
        !isfinite(result.loss))
        return false;
    child->loss = fmax(result.loss, 1e-300);
    child->nat = log(child->loss);
    child->weight = el_expr_complexity(&child->expr);
    return true;
}

/* The loss by plain evaluation: where terms of 1e27 cancel, the normal
   equations may see a perfect fit, and a whole island would follow. */
static bool confirm(el_member *child, el_island_room *room,
                    const el_habitat *habitat)
{
    const double loss = el_tape_loss(&room->tape, &child->expr, &habitat->frame,
                                     &habitat->response, HUGE_VAL);

    child->loss = fmax(child->loss, loss);
    child->nat = log(child->loss);
    return isfinite(child->loss);
}

void el_island_admit(el_island *island, const el_member *member)
{
    if (island->n < EL_POPULATION) {
        island->member[island->n++] = *member;
        return;
    }
    island->member[island->oldest] = *member;
    island->oldest = (island->oldest + 1) % EL_POPULATION;
}

bool el_island_settle(el_island *island, el_island_room *room,
                      const el_habitat *habitat, const el_expr *expr)
{
    el_member child = {.expr = *expr};

    if (!el_express(&habitat->grammar, &child.expr) ||
        !fit(&child, room, habitat, STEPS_BEST) ||
        !confirm(&child, room, habitat))
        return false;
    note_best(island, habitat, &child);
    el_island_admit(island, &child);
    return true;
}

/* Of a few at random the best for how common its complexity is. Mostly nothing
   above a random complexity, more often a small one, takes part: else only the
   largest, which fit best, have children. */
static const el_member *tournament(const el_island *island, const double *crowd,
                                   unsigned most, el_rng *rng)
{
    const double u = el_rng_unit(rng);
    const unsigned limit =
        el_rng_below(rng, 8) ? 3 + (unsigned)(u * u * (double)most) : most;
    const el_member *best = NULL;
    double best_score = 0;

    for (unsigned k = 0; k < TOURNAMENT || !best; k++) {
        const el_member *m = &island->member[el_rng_below(rng, island->n)];
        const double score = m->nat + crowd[m->weight];

        if (m->weight > limit && (k < TOURNAMENT - 1 || best))
            continue;
        if (!best || score < best_score) {
            best = m;
            best_score = score;
        }
    }
    return best;
}

static bool is_new(el_island_room *room, const el_expr *expr)
{
    const uint64_t hash = el_expr_hash(expr, EL_MATCH_SKELETON);
    uint64_t *slot = &room->seen[hash & (EL_SEEN - 1)];

    if (*slot == hash)
        return false;
    *slot = hash;
    return true;
}

/* Cumulative probabilities of the operators: what they achieved, with a floor.
 */
static void credit(const el_island *island, double *cumulative)
{
    double rate[EL_N_MUTATIONS], sum = 0, so_far = 0;

    for (unsigned i = 0; i < EL_N_MUTATIONS; i++) {
        rate[i] = (island->won[i] + 1) / (island->tried[i] + 10);
        sum += rate[i];
    }
    for (unsigned i = 0; i < EL_N_MUTATIONS; i++) {
        so_far += .5 / EL_N_MUTATIONS + .5 * rate[i] / sum;
        cumulative[i] = so_far;
    }
}

static el_mutation draw(const double *cumulative, el_rng *rng)
{
    const double u = el_rng_unit(rng);
    unsigned i = 0;

    while (i + 1 < EL_N_MUTATIONS && u >= cumulative[i])
        i++;
    return (el_mutation)i;
}

typedef struct epoch {
    el_island *island;
    el_island_room *room;
    const el_habitat *habitat;
    el_rng *rng;
    double front[EL_LAW_MAX_COMPLEXITY + 1]; /* least loss up to each */
    double crowd[EL_LAW_MAX_COMPLEXITY + 1];
    double cumulative[EL_N_MUTATIONS];
    double heat; /* 1 at the start of an epoch, 0 at its end */
} epoch;

static void look_around(epoch *e)
{
    fade(e->island->share, NULL, EL_LAW_MAX_COMPLEXITY + 1, SHARE_MEMORY);
    fade(e->island->tried, e->island->won, EL_N_MUTATIONS, CREDIT_MEMORY);
    for (unsigned i = 0; i <= EL_LAW_MAX_COMPLEXITY; i++) {
        e->crowd[i] = CROWDING * share_of(e->island, i);
        e->front[i] = e->island->best[i].loss;
        if (i > 0)
            e->front[i] = fmin(e->front[i], e->front[i - 1]);
    }
    credit(e->island, e->cumulative);
}

/* Replaces the oldest, unless it is worse than its mother and unlucky. */
static void accept(epoch *e, const el_member *mother, const el_member *child)
{
    const double loss = child->nat - mother->nat + e->crowd[child->weight] -
                        e->crowd[mother->weight];

    if (loss <= 0 || el_rng_unit(e->rng) * 1.0001 < exp(-loss / e->heat))
        el_island_admit(e->island, child);
}

/* What is the best of its complexity is fitted well; only what is better than
   all simpler ones is to the credit of its operator. */
static bool judge(epoch *e, el_mutation how, const el_member *mother,
                  el_member *child)
{
    el_island *island = e->island;
    double *front = &e->front[child->weight];

    if (child->loss < (1 - GAIN) * island->best[child->weight].loss &&
        (!fit(child, e->room, e->habitat, STEPS_BEST) ||
         !confirm(child, e->room, e->habitat)))
        return false;
    if (child->loss < (1 - GAIN) * *front) {
        *front = child->loss;
        island->won[how] += 1;
    } else if (child->loss < (1 - GAIN) * mother->loss &&
               child->weight <= mother->weight) {
        island->won[how] += .1;
    }
    return true;
}

/* One child; false where none could be made that is new. */
static bool breed(epoch *e)
{
    el_island *island = e->island;
    const unsigned most = e->habitat->grammar.max_complexity;
    const el_member mother = *tournament(island, e->crowd, most, e->rng);

    for (unsigned k = 0; k < ATTEMPTS; k++) {
        const el_mutation how = draw(e->cumulative, e->rng);
        const el_member *father =
            how < EL_MUTATE_CROSS_PARTS
                ? &mother
                : tournament(island, e->crowd, most, e->rng);
        el_member child;

        if (!el_mutate(&e->habitat->grammar, how, &mother.expr, &father->expr,
                       e->rng, &child.expr) ||
            (!is_new(e->room, &child.expr) && how != EL_MUTATE_NUMBER))
            continue;
        island->tried[how] += 1;
        if (!fit(&child, e->room, e->habitat, STEPS))
            return true;
        island->share[child.weight] += 1;
        if (!judge(e, how, &mother, &child))
            return true;
        note_best(island, e->habitat, &child);
        accept(e, &mother, &child);
        return true;
    }
    return false;
}

static bool populate(epoch *e)
{
    const el_grammar *g = &e->habitat->grammar;
    el_member child = {.weight = 0};

    return (g->shape
                ? el_template_draw(g, GROWN, e->rng, &child.expr)
                : el_draw_tree(g, 1 + (unsigned)el_rng_below(e->rng, GROWN),
                               e->rng, &child.expr)) &&
           el_island_settle(e->island, e->room, e->habitat, &child.expr);
}

size_t el_island_run(el_island *island, el_island_room *room,
                     const el_habitat *habitat, size_t n, el_rng *rng)
{
    epoch e = {.island = island, .room = room, .habitat = habitat, .rng = rng};
    size_t done = 0, idle = 0;

    memset(room->seen, 0, sizeof room->seen);
    while (done < n && idle < PATIENCE && island->n < EL_POPULATION) {
        const bool fitted = populate(&e);

        done += fitted;
        idle += !fitted;
    }
    for (size_t k = 0; island->n > 0 && done < n && idle < n; k++) {
        if (k % EL_POPULATION == 0)
            look_around(&e);
        e.heat = 1 - (double)done / (double)n;
        if (breed(&e))
            done++;
        else
            idle++;
    }
    return done;
}
