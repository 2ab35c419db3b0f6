/* SPDX-License-Identifier: Apache-2.0 */
#include "app/discover_refit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "energylens/files.h"
#include "model/forms.h"

static el_status read_law(const char *path, el_expr *law, el_error *err)
{
    el_fit_set set;
    el_status st = el_fit_set_load(path, &set, err);

    if (st != EL_OK)
        return st;
    law->n_node = 0;
    for (size_t i = 0; i < set.n && law->n_node == 0; i++)
        *law = set.fit[i].model[EL_TARGET_ENERGY].law;
    el_fit_set_clear(&set);
    if (law->n_node == 0)
        return el_fail(err, EL_E_DATA,
                       "%s: no law in this fit; discover -o writes one", path);
    return EL_OK;
}

static double closed12_error(const el_fit_set *set, const el_group_key *key)
{
    for (size_t i = 0; i < set->n; i++)
        if (el_group_key_equal(&set->fit[i].key, key))
            return set->fit[i].mape_pct;
    return EL_UNKNOWN;
}

/* A law that is not defined here, or has too many numbers: said of the row. */
static el_status refit_one(const el_refitted *r, size_t g, el_refit_row *row,
                           el_error *err)
{
    el_groups one = {1, &r->closed12.groups.group[g]};
    const el_fit_options options = {&el_form_discovered, EL_PRIOR_NONE,
                                    EL_SCOPE_GPUS, &r->law};
    el_fit_set set;
    el_error why;
    el_status st;

    row->closed12_pct = closed12_error(&r->closed12.set, &one.group->key);
    row->error_pct = EL_UNKNOWN;
    st = el_fit_groups(&one, &options, NULL, &set, &why);
    if (st == EL_E_NOMEM)
        return el_fail(err, st, "%s", why.message);
    if (st != EL_OK) {
        el_str_copy(row->why, sizeof row->why,
                    one.group->n == 0 ? "no row left" : why.message);
        return EL_OK;
    }
    row->has_fit = true;
    row->fit = set.fit[0];
    row->error_pct = set.fit[0].mape_pct;
    row->holds = row->error_pct <= fmax(EL_HOLDS_FACTOR * row->closed12_pct,
                                        row->closed12_pct + EL_HOLDS_PCT);
    el_fit_set_clear(&set);
    return EL_OK;
}

el_status el_app_refit(const char *law_path, const el_fit_args *args,
                       const el_task *task, el_refitted *out, el_error *err)
{
    el_fit_args closed12 = *args;
    el_refitted r = {.n_held = 0};
    el_status st = read_law(law_path, &r.law, err);

    closed12.options =
        (el_fit_options){NULL, EL_PRIOR_PHYSICAL, EL_SCOPE_GPUS, NULL};
    if (st == EL_OK)
        st = el_app_fit(&closed12, task, &r.closed12, err);
    if (st != EL_OK)
        return st;
    r.row = el_array(r.closed12.groups.n, sizeof *r.row);
    if (!r.row)
        st = el_fail(err, EL_E_NOMEM, "refit: %zu groups", r.closed12.groups.n);
    for (size_t g = 0; st == EL_OK && g < r.closed12.groups.n; g++) {
        st = refit_one(&r, g, &r.row[g], err);
        r.n_fitted += r.row[g].has_fit;
        r.n_held += r.row[g].holds;
    }
    if (st == EL_OK)
        *out = r;
    else
        el_refitted_clear(&r);
    return st;
}

void el_refitted_clear(el_refitted *refitted)
{
    el_free(refitted->row);
    el_fit_result_clear(&refitted->closed12);
    memset(refitted, 0, sizeof *refitted);
}
