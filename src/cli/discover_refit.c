/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/discover_refit.h"

#include "cli/text_table.h"
#include "energylens/known.h"
#include "io/json.h"
#include "model/law_feature.h"

#define DIGITS 4

static const char *kind_of(const el_group *group)
{
    return el_is_known(group->facts.arch)
               ? el_arch_text((el_arch)group->facts.arch)
               : "unknown";
}

static void row_cells(el_text_table *t, const el_group *group,
                      const el_refit_row *row)
{
    el_text_table_cell(t, group->key.model);
    el_text_table_cell(t, group->key.gpu);
    el_text_table_cell(t, kind_of(group));
    el_text_table_cell(t, group->key.precision);
    el_text_table_cell(t, group->key.engine);
    el_text_table_cellf(t, "%zu", group->n);
    el_text_table_number(t, row->error_pct, 2);
    el_text_table_number(t, row->closed12_pct, 2);
    el_text_table_cell(t, row->has_fit ? row->holds ? "yes" : "no" : row->why);
}

el_status el_refit_text(el_cli *cli, const el_refitted *r, el_error *err)
{
    static const el_column column[] = {
        {"model", NULL, true, 0},  {"gpu", NULL, true, 3},
        {"kind", NULL, true, 2},   {"precision", NULL, true, 4},
        {"engine", NULL, true, 5}, {"rows", NULL, false, 1},
        {"error", "%", false, 0},  {"closed12", "%", false, 0},
        {"holds", NULL, true, 0}};
    el_text_table *t =
        el_text_table_new(column, sizeof column / sizeof *column);
    el_status st;

    el_buf_add(&cli->out, "energy_j = ");
    el_law_print(&r->law, EL_NOTATION_TEXT, DIGITS, &cli->out);
    el_buf_add(&cli->out, "\n\n");
    for (size_t g = 0; g < r->closed12.groups.n; g++)
        row_cells(t, &r->closed12.groups.group[g], &r->row[g]);
    st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    el_buf_printf(&cli->out,
                  "\nThe skeleton holds in %zu of %zu groups: with its numbers "
                  "fitted to their rows it is\nnot far from closed12 fitted to "
                  "the same (%g times its error, or %g point more).\n",
                  r->n_held, r->n_fitted, EL_HOLDS_FACTOR, EL_HOLDS_PCT);
    return st;
}

static json_t *group_json(const el_group *group, const el_refit_row *row)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:b, s:b, s:s}", "model",
        group->key.model, "gpu", group->key.gpu, "kind", kind_of(group),
        "precision", group->key.precision, "engine", group->key.engine, "rows",
        (json_int_t)group->n, "mean_error_pct", el_json_number(row->error_pct),
        "closed12_error_pct", el_json_number(row->closed12_pct), "fitted",
        row->has_fit, "holds", row->holds, "note", row->why);
}

json_t *el_refit_json(const el_refitted *r)
{
    json_t *groups = json_array(), *doc;
    el_buf law = {0};
    bool bad = false;

    for (size_t g = 0; g < r->closed12.groups.n; g++)
        bad = json_array_append_new(
                  groups,
                  group_json(&r->closed12.groups.group[g], &r->row[g])) != 0 ||
              bad;
    el_law_print(&r->law, EL_NOTATION_TEXT, 0, &law);
    doc = bad || !el_buf_ok(&law)
              ? NULL
              : json_pack("{s:s, s:O, s:I, s:I}", "law", el_buf_text(&law),
                          "groups", groups, "held", (json_int_t)r->n_held,
                          "fitted", (json_int_t)r->n_fitted);
    json_decref(groups);
    el_buf_clear(&law);
    return doc;
}
