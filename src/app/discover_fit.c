/* SPDX-License-Identifier: Apache-2.0 */
/* A law that was found, as a fit of every group. */
#include <string.h>

#include "app/discover.h"
#include "app/tables.h"
#include "base/str.h"
#include "model/forms.h"
#include "model/law_feature.h"

/* The law over features instead of the table's columns. */
static el_expr as_features(const el_law_table *t, const el_law *law)
{
    el_expr e = law->expr;

    for (unsigned i = 0; i < e.n_node; i++)
        if (e.node[i].op == EL_OP_COL)
            e.node[i].arg =
                (uint16_t)el_law_feature_find(t->name[e.node[i].arg]);
    return e;
}

static el_status describe(const el_discover_args *args, const el_discovered *d,
                          const el_task *task, el_fit_set *set, el_error *err)
{
    char hash[EL_HASH_LEN] = "";
    el_status st = el_tables_hash(&args->table.path, 1, hash, err);

    set->min_latency_s = args->table.clean.min_latency_s;
    set->keep_flagged = args->table.clean.keep_flagged;
    set->seed = task ? task->seed : 0;
    el_str_copy(set->made_by, sizeof set->made_by, EL_VERSION);
    el_str_copy(set->source, sizeof set->source, d->table.source);
    el_str_copy(set->data_hash, sizeof set->data_hash, hash);
    return st;
}

el_status el_discovered_fit(const el_discover_args *args,
                            const el_discovered *d, const el_task *task,
                            el_fit_set *out, el_error *err)
{
    const el_law *law = el_discovered_pick(d);
    el_fit_options options = {&el_form_discovered, EL_PRIOR_NONE, EL_SCOPE_GPUS,
                              NULL};
    el_fit_set set = {0};
    el_expr expr;
    el_status st;

    if (!law || !d->table.measured || strcmp(d->table.target, "energy_j") != 0)
        return el_fail(err, EL_E_ARG,
                       "a fit file is made of a law of energy_j of "
                       "measurements; there is none");
    expr = as_features(&d->table, law);
    options.law = &expr;
    st = el_fit_groups(&d->table.groups, &options, task, &set, err);
    if (st == EL_OK)
        st = describe(args, d, task, &set, err);
    if (st != EL_OK) {
        el_fit_set_clear(&set);
        return st;
    }
    *out = set;
    return EL_OK;
}
