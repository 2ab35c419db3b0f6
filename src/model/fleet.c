/* SPDX-License-Identifier: Apache-2.0 */
/* Which GPU type of a fleet serves which share of the load. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "energylens/optimize.h"

#define STEPS EL_FLEET_STEPS

/* What a type draws for k steps of the load, by what; not known: it cannot. */
typedef struct offer {
    double power_w[STEPS + 1];
    el_candidate candidate[STEPS + 1];
} offer;

/* The queries of one type, to be asked at another rate. */
typedef struct party {
    el_optimize_query *query;
    size_t *setup; /* index of each among all */
    size_t n;
} party;

static el_status ask_at(party *p, double rate_hz, const el_task *task,
                        el_candidate *best, bool *can, el_error *err)
{
    el_optimize_result r;
    el_status st;

    for (size_t i = 0; i < p->n; i++) {
        p->query[i].request_rate_hz = rate_hz;
        p->query[i].has_current = false;
    }
    st = el_optimize(p->query, p->n, task, &r, err);
    if (st != EL_OK)
        return st;
    *can = r.n_feasible > 0;
    if (*can) {
        *best = r.candidate[0];
        best->setup = p->setup[best->setup];
    }
    el_optimize_result_clear(&r);
    return EL_OK;
}

/* More load never fits where less does not: the rest is unknown then. */
static el_status make_offer(party *p, double rate_hz, const el_task *task,
                            offer *out, el_error *err)
{
    el_task quiet = {.threads = 1};
    bool can = true;
    el_status st = EL_OK;

    if (task)
        quiet = *task;
    quiet.progress = NULL; /* many searches, each too short to tell of */
    for (size_t k = 0; k <= STEPS; k++)
        out->power_w[k] = k ? EL_UNKNOWN : 0.0;
    for (size_t k = 1; st == EL_OK && can && k <= STEPS; k++) {
        double rate = rate_hz * (double)k / STEPS;
        st = ask_at(p, rate, &quiet, &out->candidate[k], &can, err);
        if (st == EL_OK && can)
            out->power_w[k] = out->candidate[k].energy_per_request_j * rate;
    }
    return st;
}

/* Least power of the first t types for j steps, and the t-th one's part. */
typedef struct cell {
    double power_w;
    size_t part;
} cell;

/* The question, and room for what it takes. */
typedef struct work {
    const el_optimize_query *query;
    const size_t *type;
    size_t n;
    const el_task *task;
    party party;
    offer *offer; /* of each type */
    cell *table;  /* STEPS + 1 for no type, for the first, the first two ... */
} work;

static void gather(work *w, size_t t)
{
    party *p = &w->party;

    p->n = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (w->type[i] != t)
            continue;
        p->setup[p->n] = i;
        p->query[p->n++] = w->query[i];
    }
}

static void fill(const offer *o, const cell *before, cell *now)
{
    for (size_t j = 0; j <= STEPS; j++) {
        now[j] = (cell){EL_UNKNOWN, 0};
        for (size_t k = 0; k <= j; k++) {
            double w = before[j - k].power_w + o->power_w[k];
            if (el_is_known(w) && !(w >= now[j].power_w))
                now[j] = (cell){w, k};
        }
    }
}

/* Types in order; the last row says how much can be served at all. */
static void read_back(const work *w, el_fleet *out)
{
    const cell *last = w->table + out->n * (STEPS + 1);
    double rate_hz = w->query->request_rate_hz;
    size_t j = STEPS;

    while (j && !el_is_known(last[j].power_w))
        j--;
    out->served = (double)j / STEPS;
    out->energy_per_request_j =
        j ? last[j].power_w / (rate_hz * out->served) : EL_UNKNOWN;
    for (size_t t = out->n; t-- > 0;) {
        size_t part = w->table[(t + 1) * (STEPS + 1) + j].part;
        out->share[t].share = (double)part / STEPS;
        if (part)
            out->share[t].candidate = w->offer[t].candidate[part];
        j -= part;
    }
}

static el_status split(work *w, el_fleet *out, el_error *err)
{
    el_status st = EL_OK;

    for (size_t j = 0; j <= STEPS; j++)
        w->table[j] = (cell){j ? EL_UNKNOWN : 0.0, 0};
    for (size_t t = 0; st == EL_OK && t < out->n; t++) {
        cell *before = w->table + t * (STEPS + 1);
        gather(w, t);
        st = make_offer(&w->party, w->query->request_rate_hz, w->task,
                        &w->offer[t], err);
        fill(&w->offer[t], before, before + STEPS + 1);
    }
    if (st == EL_OK)
        read_back(w, out);
    return st;
}

el_status el_fleet_split(const el_optimize_query *query, const size_t *type,
                         size_t n, size_t n_type, const el_task *task,
                         el_fleet *out, el_error *err)
{
    work w = {.query = query, .type = type, .n = n, .task = task};
    el_fleet fleet = {n_type, NULL, 0.0, EL_UNKNOWN};
    el_status st;

    if (!el_is_known(query->request_rate_hz))
        return el_fail(err, EL_E_ARG, "a fleet's shares need a request rate");
    w.party.query = el_array(n, sizeof *w.party.query);
    w.party.setup = el_array(n, sizeof *w.party.setup);
    w.offer = el_array(n_type, sizeof *w.offer);
    w.table = el_array((n_type + 1) * (STEPS + 1), sizeof *w.table);
    fleet.share = el_array(n_type, sizeof *fleet.share);
    if (w.party.query && w.party.setup && w.offer && w.table && fleet.share)
        st = split(&w, &fleet, err);
    else
        st = el_fail(err, EL_E_NOMEM, "fleet: %zu GPU types", n_type);
    el_free(w.table);
    el_free(w.offer);
    el_free(w.party.setup);
    el_free(w.party.query);
    if (st == EL_OK)
        *out = fleet;
    else
        el_free(fleet.share);
    return st;
}

void el_fleet_clear(el_fleet *fleet)
{
    el_free(fleet->share);
    memset(fleet, 0, sizeof *fleet);
}
