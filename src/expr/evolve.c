/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/evolve.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/task.h"
#include "expr/checkpoint.h"
#include "expr/evolution.h"

#define ROWS          300u /* of the table that islands see */
#define MIGRANTS      1u   /* from the neighbour, and from the archive */
#define STEPS_ARCHIVE 30
#define RESTARTS      2u
#define GAIN          1e-3 /* relative: what is offered to the archive again */
#define STALE         4u   /* epochs without progress before a new start */
#define PROGRESS      2.   /* nats, summed over complexities */

enum purpose { EPOCH, POLISH };

/* One stream of random numbers for each island, epoch and purpose. */
static void stream(const el_evolution *e, enum purpose purpose, size_t i,
                   el_rng *rng)
{
    el_rng_init(rng, e->seed,
                (e->epoch + 1) << 16 | (uint64_t)i << 1 | (uint64_t)purpose);
}

/* A random row of each of m equal stretches: what is ordered in the table does
   not show. */
static el_status thin_out(el_evolution *e, const el_columns *x, const double *y,
                          el_error *err)
{
    const size_t n = x->n_row, m = n < ROWS ? n : ROWS;
    double *value = el_array(m * (x->n_col + 1), sizeof *value);
    const double *col[EL_EXPR_MAX_COLS];
    const el_columns thin = {col, x->n_col, m};
    el_rng rng;
    el_status st;

    if (!value)
        return el_fail(err, EL_E_NOMEM, "evolution: %zu rows", m);
    el_rng_init(&rng, e->seed, 0);
    for (size_t i = 0; i < m; i++) {
        const size_t first = i * n / m, next = (i + 1) * n / m;
        const size_t row = first + el_rng_below(&rng, next - first);

        for (size_t k = 0; k < x->n_col; k++)
            value[k * m + i] = x->col[k][row];
        value[x->n_col * m + i] = y[row];
    }
    for (size_t k = 0; k < x->n_col; k++)
        col[k] = value + k * m;
    st = el_frame_init(&e->habitat.frame, &thin, UINT64_MAX, err);
    if (st == EL_OK)
        st = el_response_init(&e->habitat.response, value + x->n_col * m, NULL,
                              m, e->options.loss, err);
    el_free(value);
    return st;
}

static el_status set_up(el_evolution *e, const el_columns *x, const double *y,
                        el_error *err)
{
    const unsigned n = e->n_island;
    el_status st;

    e->island = el_array(n, sizeof *e->island);
    e->room = el_array(n, sizeof *e->room);
    e->shown = el_array(n, sizeof *e->shown);
    if (!e->island || !e->room || !e->shown)
        return el_fail(err, EL_E_NOMEM, "evolution: %u islands", n);
    st = thin_out(e, x, y, err);
    if (st == EL_OK)
        st = el_frame_init(&e->all, x, UINT64_MAX, err);
    if (st == EL_OK)
        st = el_response_init(&e->target, y, NULL, x->n_row, e->options.loss,
                              err);
    for (unsigned i = 0; i < n && st == EL_OK; i++) {
        el_island_init(&e->island[i]);
        memcpy(e->shown[i].best, e->island[i].best, sizeof e->shown[i].best);
        st = el_tape_init(&e->room[i].tape, NULL, err);
    }
    return st;
}

static void remember_seeds(el_evolution *e, const el_archive *archive)
{
    for (unsigned s = 0; s <= EL_ARCHIVE_MAX; s++) {
        e->offered[s] = (double)INFINITY;
        if (el_archive_on_front(archive, s))
            e->seed_expr[e->n_seed++] = archive->entry[s].expr;
    }
}

el_status el_evolution_new(const el_columns *columns, const double *y,
                           const el_discover_options *options, uint64_t seed,
                           const el_archive *archive,
                           const el_island_link *link, el_evolution **out,
                           el_error *err)
{
    const unsigned n = options->islands ? options->islands : EL_ISLANDS;
    const unsigned most =
        options->max_complexity ? options->max_complexity : 40;
    el_evolution *e;
    el_status st;

    if (n > EL_MAX_ISLAND)
        return el_fail(err, EL_E_ARG, "discover: %u islands (1..%u)", n,
                       EL_MAX_ISLAND);
    e = el_array(1, sizeof *e);
    if (!e)
        return el_fail(err, EL_E_NOMEM, "evolution");
    e->options = *options;
    e->seed = seed;
    e->n_island = n;
    e->link = link ? link : el_island_link_get();
    el_grammar_init(
        &e->habitat.grammar, columns,
        options->ops ? options->ops : EL_DISCOVER_OPS, options->signed_terms,
        most < EL_LAW_MAX_COMPLEXITY ? most : EL_LAW_MAX_COMPLEXITY);
    e->habitat.grammar.shape = options->shape;
    e->habitat.rules = archive->rules;
    remember_seeds(e, archive);
    st = set_up(e, columns, y, err);
    if (st == EL_OK)
        *out = e;
    else
        el_evolution_free(e);
    return st;
}

void el_evolution_free(el_evolution *e)
{
    if (!e)
        return;
    for (unsigned i = 0; e->room && i < e->n_island; i++)
        el_tape_clear(&e->room[i].tape);
    el_frame_clear(&e->habitat.frame);
    el_response_clear(&e->habitat.response);
    el_frame_clear(&e->all);
    el_response_clear(&e->target);
    el_free(e->shown);
    el_free(e->room);
    el_free(e->island);
    el_free(e);
}

uint64_t el_evolution_tried(const el_evolution *evolution)
{
    return evolution->tried;
}

/* Every other island starts from the generators' formulas, the rest alone. */
static void found(el_evolution *e, unsigned i)
{
    if (i % 2 == 0)
        for (unsigned k = 0; k < e->n_seed; k++)
            (void)el_island_settle(&e->island[i], &e->room[i], &e->habitat,
                                   &e->seed_expr[k]);
}

static void immigrate(el_evolution *e, unsigned i, el_rng *rng)
{
    const unsigned n = e->n_island;
    const el_showcase *from = &e->shown[(i + n - 1) % n];

    for (unsigned k = 0; k < MIGRANTS; k++) {
        const el_member *m =
            &from->best[el_rng_below(rng, EL_LAW_MAX_COMPLEXITY + 1)];

        if (isfinite(m->loss))
            el_island_admit(&e->island[i], m);
    }
    for (unsigned k = 0; i % 2 == 0 && k < MIGRANTS; k++) {
        const size_t s = el_rng_below(rng, EL_ARCHIVE_MAX + 1);

        if (el_archive_on_front(e->archive, s))
            (void)el_island_settle(&e->island[i], &e->room[i], &e->habitat,
                                   &e->archive->entry[s].expr);
    }
}

/* Loss of the best up to each complexity, summed up [nat]. */
static double standing(const el_evolution *e, const el_island *island)
{
    const el_response *r = &e->habitat.response;
    double least = r->sum_squares / r->sum_weight, sum = 0;

    for (unsigned s = 0; s <= e->habitat.grammar.max_complexity; s++) {
        least = fmin(least, island->best[s].loss);
        sum += log(fmax(least, 1e-300));
    }
    return sum;
}

static bool is_here(const el_evolution *e, unsigned i)
{
    return el_island_owner(e->link, i, e->n_island) == e->link->rank;
}

static el_status live(void *ctx, size_t i, el_error *err)
{
    el_evolution *e = ctx;
    el_island *island = &e->island[i];
    el_rng rng;
    double before;

    (void)err;
    if (!is_here(e, (unsigned)i))
        return EL_OK;
    stream(e, EPOCH, i, &rng);
    if (island->n == 0)
        found(e, (unsigned)i);
    else
        immigrate(e, (unsigned)i, &rng);
    before = standing(e, island);
    (void)el_island_run(island, &e->room[i], &e->habitat, e->each, &rng);
    island->stale =
        standing(e, island) < before - PROGRESS ? 0 : island->stale + 1;
    return EL_OK;
}

/* Only once all have lived: neighbours read it until then. */
static void show(el_evolution *e)
{
    for (unsigned i = 0; i < e->n_island; i++) {
        if (!is_here(e, i))
            continue;
        memcpy(e->shown[i].best, e->island[i].best, sizeof e->shown[i].best);
        e->shown[i].stale = e->island[i].stale;
    }
}

/* The islands' best of complexity s, of equals the first. */
static const el_member *best_of_all(const el_evolution *e, unsigned s)
{
    const el_member *best = &e->shown[0].best[s];

    for (unsigned i = 1; i < e->n_island; i++)
        if (e->shown[i].best[s].loss < best->loss)
            best = &e->shown[i].best[s];
    return best;
}

static void shake(el_expr *expr, el_rng *rng)
{
    for (unsigned j = 0; j < expr->n_const; j++)
        if (expr->kind[j] != EL_CONST_FIXED)
            expr->value[j] *= exp(el_rng_normal(rng));
}

/* Fit the best of complexities i, i + n_island, ... on all rows. */
static el_status polish(void *ctx, size_t i, el_error *err)
{
    el_evolution *e = ctx;
    el_rng rng;

    (void)err;
    stream(e, POLISH, i, &rng);
    for (size_t s = i; s <= EL_LAW_MAX_COMPLEXITY; s += e->n_island) {
        el_member *out = &e->polished[s];
        const el_member *in = best_of_all(e, (unsigned)s);

        out->loss = (double)INFINITY;
        if (!(in->loss < (1 - GAIN) * e->offered[s]))
            continue;
        e->offered[s] = in->loss;
        for (unsigned k = 0; k <= RESTARTS; k++) {
            el_member trial = *in;
            el_refit_result result;

            if (k > 0)
                shake(&trial.expr, &rng);
            if (!el_refit(&e->room[i].tape, &trial.expr, &e->all, &e->target,
                          STEPS_ARCHIVE, &result) ||
                !(result.loss < out->loss))
                continue;
            *out = trial;
            out->loss = result.loss;
        }
    }
    return EL_OK;
}

/* In the order of complexities, on every process alike. */
static bool file(el_evolution *e, el_archive *archive)
{
    bool exact = false;

    for (unsigned s = 0; s <= EL_LAW_MAX_COMPLEXITY; s++)
        if (isfinite(e->polished[s].loss))
            exact = el_archive_keep(archive, &e->polished[s].expr,
                                    e->polished[s].loss) ||
                    exact;
    return exact;
}

/* The island that has stood still longest starts anew: it is emptied. */
static void restart(el_evolution *e)
{
    unsigned which = 0;

    for (unsigned i = 1; i < e->n_island; i++)
        if (e->shown[i].stale > e->shown[which].stale)
            which = i;
    if (e->shown[which].stale >= STALE) {
        e->shown[which].stale = 0;
        el_island_init(&e->island[which]);
    }
}

static el_status epoch(el_evolution *e, el_archive *archive,
                       const el_task *task, bool *exact, el_error *err)
{
    const el_task quiet = {.threads = task ? task->threads : 1};
    const uint64_t left = e->options.evaluations - e->tried;
    const uint64_t most = (uint64_t)EL_EPOCH * e->n_island;
    el_status st;

    e->each =
        (size_t)((left < most ? left : most) + e->n_island - 1) / e->n_island;
    e->archive = archive;
    st = el_parallel_for(e->n_island, live, e, &quiet, err);
    show(e);
    if (st == EL_OK)
        st = e->link->share(e->shown, sizeof *e->shown, e->n_island,
                            e->link->ctx, err);
    if (st == EL_OK)
        st = el_parallel_for(e->n_island, polish, e, &quiet, err);
    if (st != EL_OK)
        return st;
    *exact = file(e, archive);
    restart(e);
    e->epoch++;
    e->tried += (uint64_t)e->each * e->n_island;
    return EL_OK;
}

/* The state of all islands, whoever has them. */
static el_status gather(el_evolution *e, el_archive *archive, void **bytes,
                        size_t *n, el_error *err)
{
    el_status st = e->link->share(e->island, sizeof *e->island, e->n_island,
                                  e->link->ctx, err);

    return st == EL_OK ? el_evolution_save(e, archive, bytes, n, err) : st;
}

static el_status save(el_evolution *e, el_archive *archive, el_error *err)
{
    void *bytes = NULL;
    size_t n = 0;
    el_status st;

    if (!e->options.save)
        return EL_OK;
    st = gather(e, archive, &bytes, &n, err);
    if (st == EL_OK && e->link->rank == 0)
        e->options.save(bytes, n, e->options.save_ctx);
    el_free(bytes);
    return st;
}

static el_status invite(el_evolution *e, el_archive *archive,
                        const el_task *task, el_error *err)
{
    el_island_job job = {.columns = archive->columns,
                         .y = archive->y,
                         .options = &e->options,
                         .seed = e->seed,
                         .rules = archive->rules,
                         .exact = archive->exact,
                         .threads = task ? task->threads : 1};
    void *bytes = NULL;
    el_status st;

    if (e->link->rank > 0 || !e->link->invite)
        return EL_OK;
    st = el_evolution_save(e, archive, &bytes, &job.n_byte, err);
    job.state = bytes;
    if (st == EL_OK)
        st = e->link->invite(&job, e->link->ctx, err);
    el_free(bytes);
    return st;
}

el_status el_evolution_run(el_evolution *evolution, el_archive *archive,
                           const el_task *task, bool *exact, el_error *err)
{
    el_evolution *e = evolution;
    const uint64_t per = (uint64_t)EL_EPOCH * e->n_island;
    el_status st = invite(e, archive, task, err);

    *exact = false;
    while (st == EL_OK) {
        bool go_on = !*exact && e->tried < e->options.evaluations &&
                     !el_task_is_cancelled(task);

        st = e->link->agree(&go_on, e->link->ctx, err);
        if (st != EL_OK || !go_on)
            break;
        st = epoch(e, archive, task, exact, err);
        if (st == EL_OK)
            st = save(e, archive, err);
        el_archive_show(archive, &e->options, e->tried);
        el_task_report(task, (size_t)e->epoch,
                       (size_t)((e->options.evaluations + per - 1) / per));
    }
    return st;
}
