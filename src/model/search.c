/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates by the million: made on all cores, handed on in order. */
#include "base/mem.h"
#include "base/task.h"
#include "model/candidate.h"

#define CHUNK 2048u /* configurations in memory */
#define PIECE 16u   /* a thread takes at a time */

/* Configurations that wait, and the candidates they become. */
typedef struct chunk {
    el_search *search;
    const el_optimize_query *query; /* of all setups */
    size_t setup;                   /* being walked */
    size_t n;
    size_t *of; /* setup of each */
    el_config *config;
    el_candidate *candidate;
} chunk;

static el_status make_piece(void *ctx, size_t k, el_error *err)
{
    const chunk *c = ctx;
    size_t end = (k + 1) * PIECE < c->n ? (k + 1) * PIECE : c->n;
    el_candidate_memo memo = {.query = NULL};
    el_status st = EL_OK;

    for (size_t i = k * PIECE; st == EL_OK && i < end; i++) {
        st = el_candidate_next(&c->query[c->of[i]], &c->config[i], &memo,
                               &c->candidate[i], err);
        c->candidate[i].setup = c->of[i];
    }
    return st;
}

/* Progress is told below, in configurations of the whole search. */
static el_status make_all(chunk *c, el_error *err)
{
    el_task quiet = {.threads = 1};

    if (c->search->task)
        quiet = *c->search->task;
    quiet.progress = NULL;
    return el_parallel_for((c->n + PIECE - 1) / PIECE, make_piece, c, &quiet,
                           err);
}

static el_status flush(chunk *c, el_error *err)
{
    el_search *s = c->search;
    el_status st = make_all(c, err);

    for (size_t i = 0; st == EL_OK && i < c->n; i++) {
        st = s->fn(s->ctx, &c->config[i], &c->candidate[i], err);
        el_task_report(s->task, ++s->done, s->total);
    }
    c->n = 0;
    if (st == EL_E_CANCELLED)
        return el_fail(err, st, "%zu of %zu configurations looked at", s->done,
                       s->total);
    return st;
}

static el_status wait_one(void *ctx, const el_config *config, el_error *err)
{
    chunk *c = ctx;

    c->of[c->n] = c->setup;
    c->config[c->n++] = *config;
    return c->n == CHUNK ? flush(c, err) : EL_OK;
}

el_status el_search_run(el_search *search, const el_optimize_query *query,
                        size_t n, el_error *err)
{
    size_t left = search->total - search->done;
    size_t room = left < CHUNK ? left + 1 : CHUNK;
    chunk c = {.search = search, .query = query};
    el_status st = EL_OK;

    c.of = el_array(room, sizeof *c.of);
    c.config = el_array(room, sizeof *c.config);
    c.candidate = el_array(room, sizeof *c.candidate);
    if (!c.of || !c.config || !c.candidate)
        st = el_fail(err, EL_E_NOMEM, "search: %zu candidates", room);
    for (; st == EL_OK && c.setup < n; c.setup++)
        st = el_config_walk(&query[c.setup], wait_one, &c, err);
    if (st == EL_OK)
        st = flush(&c, err);
    el_free(c.candidate);
    el_free(c.config);
    el_free(c.of);
    return st;
}
