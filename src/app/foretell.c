/* SPDX-License-Identifier: Apache-2.0 */
#include "app/foretell.h"

#include <string.h>

#include "app/analytic.h"
#include "base/mem.h"
#include "base/str.h"
#include "io/catalog_json.h"
#include "model/analytic_terms.h"

static el_status predict_sample(const el_analytic_state *state,
                                const el_sample *sample, el_prediction *out,
                                el_error *err)
{
    el_shard shard = el_point_shard(&sample->point);
    el_status st = el_analytic_prepare(state->analytic, &shard, err);

    if (st != EL_OK)
        return st;
    return el_analytic_predict(state->analytic, &sample->point,
                               sample->row->workload, sample->batch_size, out,
                               err);
}

/* All samples of a group or none: what cannot be predicted cannot be scored. */
static el_status predict_group(const el_catalog *catalog, const el_group *group,
                               double *energy_j, double *spread_ln,
                               el_error *err)
{
    const el_row *row = group->sample[0].row;
    el_analytic_wish wish = {.model = row->model,
                             .gpu = row->gpu,
                             .precision = row->precision,
                             .engine = row->engine,
                             .clock_hz = EL_UNKNOWN,
                             .cap_w = EL_UNKNOWN};
    el_analytic_state state;
    el_status st = el_analytic_open(catalog, &wish, &state, err);

    if (st != EL_OK)
        return st;
    for (size_t i = 0; i < group->n && st == EL_OK; i++) {
        el_prediction p;
        st = predict_sample(&state, &group->sample[i], &p, err);
        if (st != EL_OK)
            break;
        energy_j[i] = p.energy_per_request_j;
        spread_ln[i] = p.spread_ln;
    }
    el_analytic_close(&state);
    return st;
}

static size_t count_samples(const el_groups *groups)
{
    size_t n = 0;

    for (size_t g = 0; g < groups->n; g++)
        n += groups->group[g].n;
    return n;
}

static el_status fill(const el_catalog *catalog, const el_groups *groups,
                      el_foretold *f, el_error *err)
{
    double *at = f->value;

    for (size_t g = 0; g < groups->n; g++) {
        const el_group *group = &groups->group[g];
        el_error why = {0};
        el_status st;

        f->given[g] = (el_given){.energy_j = at, .spread_ln = at + group->n};
        if (group->n == 0)
            continue;
        st = predict_group(catalog, group, at, at + group->n, &why);
        if (st == EL_E_NOMEM || st == EL_E_IO)
            return el_fail(err, st, "%s", why.message);
        if (st != EL_OK) {
            el_str_copy(f->why[g], sizeof f->why[g], why.message);
            f->given[g].why = f->why[g];
        }
        at += 2 * group->n;
    }
    return EL_OK;
}

el_status el_foretell(const char *catalog_dir, const el_groups *groups,
                      el_foretold *out, el_error *err)
{
    size_t n = groups->n ? groups->n : 1, rows = count_samples(groups);
    el_foretold f = {.given = el_array(n, sizeof *f.given),
                     .value = el_array(2 * rows + 1, sizeof *f.value),
                     .why = el_array(n, sizeof *f.why)};
    el_catalog *catalog = NULL;
    el_status st = EL_OK;

    if (!f.given || !f.value || !f.why)
        st = el_fail(err, EL_E_NOMEM, "foretell: %zu rows", rows);
    if (st == EL_OK)
        st = el_catalog_load(catalog_dir, &catalog, err);
    if (st == EL_OK)
        st = fill(catalog, groups, &f, err);
    el_catalog_free(catalog);
    if (st == EL_OK)
        *out = f;
    else
        el_foretold_clear(&f);
    return st;
}

void el_foretold_clear(el_foretold *foretold)
{
    el_free(foretold->why);
    el_free(foretold->value);
    el_free(foretold->given);
    memset(foretold, 0, sizeof *foretold);
}
