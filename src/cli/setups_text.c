/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/setups_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/ask_text.h"
#include "cli/format.h"
#include "cli/optimize_text.h"

#define SHOWN_VALUES 12u /* of one axis */

/* What the answer is made from. */
typedef struct view {
    el_cli *cli;
    const el_ask_state *state;
    const el_optimize_result *r;
} view;

/* Setups that have the same value of an axis as setup i. */
static bool shares(const view *p, el_setup_axis axis, size_t i, size_t j)
{
    const el_setup *setup = p->state->setups.setup;

    return strcmp(setup[i].value[axis], setup[j].value[axis]) == 0;
}

static bool is_better(const el_candidate *a, const el_candidate *b)
{
    if (a->feasible != b->feasible)
        return a->feasible;
    if (!a->feasible)
        return el_candidate_miss(a) < el_candidate_miss(b);
    return a->energy_per_request_j < b->energy_per_request_j;
}

/* The best of all setups with this value; NULL: there is none. */
static const el_candidate *best_of(const view *p, el_setup_axis axis, size_t i)
{
    const el_candidate *best = NULL;

    for (size_t j = i; j < p->state->setups.n; j++) {
        size_t at = p->r->setup_best[j];
        const el_candidate *c =
            at == EL_NO_CANDIDATE ? NULL : &p->r->candidate[at];
        if (c && shares(p, axis, i, j) && (!best || is_better(c, best)))
            best = c;
    }
    return best;
}

/* Room for one request where the candidate runs; false: there is enough. */
static bool lacks_room(const view *p, const el_candidate *c, el_room *out)
{
    const el_optimize_query *q = &p->state->setups.query[c->setup];
    double isl = el_is_known(c->isl) ? c->isl : 0.0;

    *out = el_facts_room(&q->facts,
                         fmax(c->config.tp, c->config.ep) * c->config.pp,
                         q->node_gpus, isl + c->osl);
    return out->need_bytes > out->have_bytes;
}

/* Its number and how sure that is: against the best one's band too. */
static void print_band(const view *p, const el_candidate *c)
{
    const el_candidate *best = p->r->candidate;
    double scale = 1.0 / c->osl;
    bool overlap = c->energy_per_request_lo_j <= best->energy_per_request_hi_j;

    el_buf_printf(&p->cli->out, ", %s J/token, %s, %s%s)\n",
                  el_fmt_number(c->energy_per_output_token_j, 3).s,
                  el_fmt_interval(c->energy_per_request_lo_j * scale,
                                  c->energy_per_request_hi_j * scale, 2)
                      .s,
                  el_source_name(c->source),
                  overlap && c->setup != best->setup ? ", bands overlap" : "");
}

static void print_loser(const view *p, const char *name, const el_candidate *c)
{
    el_buf *out = &p->cli->out;
    double ratio =
        c->energy_per_request_j / p->r->candidate[0].energy_per_request_j;
    el_room room;

    el_buf_add(out, "          ");
    el_buf_printf(out, "%s: ", name);
    if (!c->feasible && lacks_room(p, c, &room)) {
        el_room_print(&room, out);
        el_buf_add(out, "\n");
        return;
    }
    if (c->feasible)
        el_buf_printf(out, "%s (",
                      ratio > 1.0 ? el_ratio_text(ratio).s : "the best");
    else
        el_buf_add(out, "no (");
    el_config_print(&c->config, out);
    if (c->feasible)
        print_band(p, c);
    else {
        el_buf_add(out, ": ");
        el_reasons_print(p->cli, c);
        el_buf_add(out, ")\n");
    }
}

/* By how much the best of each value loses, axis by axis. */
void el_setups_text(el_cli *cli, const el_ask_state *state,
                    const el_optimize_result *result)
{
    const view whole = {cli, state, result}, *p = &whole;
    const el_setups *all = &p->state->setups;

    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++) {
        size_t shown = 0;
        if (!el_ask_varies(p->state, a))
            continue;
        el_buf_printf(&p->cli->out, "By %s\n", el_setup_heading(a));
        for (size_t i = 0; i < all->n && shown < SHOWN_VALUES; i++) {
            const char *value = all->setup[i].value[a];
            const el_candidate *c = best_of(p, a, i);
            bool seen = !c;
            for (size_t j = 0; j < i && !seen; j++)
                seen = shares(p, a, i, j);
            if (seen)
                continue;
            print_loser(p, *value ? value : "auto", c);
            shown++;
        }
    }
}

/* Setups on which not even one request fits, each GPU and format once. */
void el_setups_text_rooms(el_cli *cli, const el_ask_state *state,
                          const el_optimize_result *result)
{
    const view whole = {cli, state, result}, *p = &whole;
    const el_setups *all = &p->state->setups;
    size_t shown = 0;

    for (size_t i = 0; i < all->n && shown < SHOWN_VALUES; i++) {
        size_t at = p->r->setup_best[i];
        el_room room;
        bool seen = at == EL_NO_CANDIDATE ||
                    !lacks_room(p, &p->r->candidate[at], &room);
        for (size_t j = 0; j < i && !seen; j++)
            seen = shares(p, EL_SETUP_GPU, i, j) &&
                   shares(p, EL_SETUP_PRECISION, i, j);
        if (seen)
            continue;
        el_buf_printf(&p->cli->out, "  %s %s: ", all->setup[i].key.gpu,
                      all->setup[i].key.precision);
        el_room_print(&room, &p->cli->out);
        el_buf_add(&p->cli->out, "\n");
        shown++;
    }
}
