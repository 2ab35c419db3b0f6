/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fit_text.h"

#include "cli/fit_group_text.h"
#include "cli/format.h"
#include "cli/help.h"
#include "cli/text_table.h"

static const el_group_fit *fit_of(const el_fit_set *set, const el_group *group)
{
    for (size_t i = 0; i < set->n; i++)
        if (el_group_key_equal(&set->fit[i].key, &group->key))
            return &set->fit[i];
    return NULL;
}

static void fit_cells(el_text_table *t, const el_group_fit *fit, el_prior prior)
{
    const el_model *m = &fit->model[EL_TARGET_ENERGY];
    bool predicts = (m->form->traits & EL_FORM_PREDICTS) != 0;
    el_buf remark = {0};

    el_text_table_number(t, predicts ? fit->mape_pct : EL_UNKNOWN, 2);
    el_text_table_number(t, predicts ? 100.0 * m->noise.floor_sd : EL_UNKNOWN,
                         2);
    if (fit->leaned_on_prior)
        el_buf_add(&remark, prior == EL_PRIOR_NONE ? "too few rows"
                                                   : "leans on the prior");
    if (!m->converged)
        el_buf_printf(&remark, "%snot converged", remark.len ? ", " : "");
    el_text_table_cell(t, el_buf_text(&remark));
    el_buf_clear(&remark);
}

/* The reason that took most rows of a group without a fit. */
static const char *why_none(const el_cleaning *c)
{
    if (c->flagged >= c->short_run && c->flagged >= c->no_energy &&
        c->flagged > 0)
        return "no row left: flagged";
    if (c->short_run >= c->no_energy && c->short_run > 0)
        return "no row left: short runs";
    return "no row left: no energy";
}

static el_status summary_table(const el_fit_result *r, el_fit_style style,
                               el_buf *out, el_error *err)
{
    static const el_column column[] = {
        {"model", NULL, true, 0},     {"gpu", NULL, true, 4},
        {"precision", NULL, true, 1}, {"engine", NULL, true, 5},
        {"rows", NULL, false, 2},     {"fitted", NULL, false, 0},
        {"error", "%", false, 0},     {"scatter", "%", false, 3},
        {"", NULL, true, 0}};
    el_text_table *t = el_text_table_new(column, 9);
    el_status st;

    for (size_t g = 0; g < r->groups.n; g++) {
        const el_group *group = &r->groups.group[g];
        const el_group_fit *fit = fit_of(&r->set, group);

        el_text_table_cell(t, group->key.model);
        el_text_table_cell(t, group->key.gpu);
        el_text_table_cell(t, group->key.precision);
        el_text_table_cell(t, group->key.engine);
        el_text_table_cell(t, el_fmt_count(group->cleaning.rows).s);
        el_text_table_cell(
            t, el_fmt_count(fit ? fit->model[EL_TARGET_ENERGY].n_rows : 0).s);
        if (fit) {
            fit_cells(t, fit, r->set.prior);
        } else {
            el_text_table_cell(t, "-");
            el_text_table_cell(t, "-");
            el_text_table_cell(t, why_none(&group->cleaning));
        }
    }
    st = el_text_table_print(t, style.width, style.color, out, err);
    el_text_table_free(t);
    return st;
}

static void totals(const el_fit_result *r, el_fit_style style, el_buf *out)
{
    el_cleaning sum = el_fit_total(&r->groups);
    el_buf text = {0};

    el_buf_printf(&text, "%zu fit%s of %s from %s (joules of %s): ", r->set.n,
                  r->set.n == 1 ? "" : "s", r->set.form, r->set.source,
                  r->set.scope == EL_SCOPE_NODE ? "all GPUs of the node"
                                                : "the GPUs in use");
    el_cleaning_print(&sum, r->set.min_latency_s, &text);
    el_buf_add(&text, ".");
    el_help_wrap(el_buf_text(&text), 0, 0, (size_t)style.width, out);
    el_buf_add(out, "\n");
    el_buf_clear(&text);
}

el_status el_fit_text(const el_fit_result *result, el_fit_style style,
                      el_buf *out, el_error *err)
{
    el_status st = EL_OK;

    if (result->groups.n > 1 || !style.details) {
        st = summary_table(result, style, out, err);
        el_buf_add(out, "\n");
        totals(result, style, out);
    }
    for (size_t i = 0; style.details && st == EL_OK && i < result->set.n; i++) {
        if (i > 0 || result->groups.n > 1)
            el_buf_add(out, "\n");
        st = el_fit_group_text(result, i, style, out, err);
    }
    return st;
}
