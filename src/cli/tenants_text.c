/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tenants_text.h"

#include <math.h>

#include "base/units.h"
#include "cli/account_text.h"
#include "cli/ask_text.h"
#include "cli/format.h"
#include "cli/term.h"
#include "cli/text_table.h"

static void row_of(const el_tenant *t, el_text_table *table)
{
    const el_account *a = &t->account;
    size_t at = t->chosen != EL_NOWHERE ? t->chosen : t->alone;
    const el_deployment *d = at < a->n ? &a->deployment[at] : NULL;
    el_buf name = {0};

    el_text_table_cell(table, t->name);
    el_text_table_cell(table, t->model);
    if (!d) {
        el_text_table_cell(table, "nothing keeps its limits");
        for (int k = 0; k < 6; k++)
            el_text_table_cell(table, "-");
        return;
    }
    el_deployment_print(a, d, &name);
    el_text_table_cell(table, el_buf_text(&name));
    el_buf_clear(&name);
    el_text_table_cellf(table, "%g", d->gpus);
    el_text_table_number(table, d->energy_j / EL_J_PER_KWH, 3);
    el_text_table_number(
        table, d->energy_j / (double)d->traffic.n_request / EL_J_PER_WH, 3);
    el_text_table_cell(table, el_fmt_time(d->traffic.ttft_tail_s).s);
    el_text_table_cell(table, el_fmt_time(d->traffic.tpot_tail_s).s);
    el_text_table_cell(
        table, at == t->alone
                   ? "same"
                   : el_fmt_change(
                         a->deployment[t->alone].energy_j / d->energy_j - 1.0)
                         .s);
}

static el_status print_table(el_cli *cli, const el_tenants *t, el_error *err)
{
    static const el_column columns[] = {
        {"tenant", NULL, true, 0},    {"model", NULL, true, 3},
        {"runs on", NULL, true, 0},   {"GPUs", NULL, false, 0},
        {"kWh", NULL, false, 0},      {"Wh", "request", false, 2},
        {"TTFT", "tail", false, 1},   {"TPOT", "tail", false, 1},
        {"alone", "energy", false, 2}};
    el_text_table *table =
        el_text_table_new(columns, sizeof columns / sizeof *columns);
    el_status st;

    for (size_t i = 0; i < t->n; i++)
        row_of(&t->tenant[i], table);
    st = el_text_table_print(table, cli->width, cli->color, &cli->out, err);
    el_text_table_free(table);
    return st;
}

/* What they would take if each had all GPUs for itself. */
static double alone_j(const el_tenants *t)
{
    double sum = 0.0;

    for (size_t i = 0; i < t->n; i++)
        sum += t->tenant[i].account.deployment[t->tenant[i].alone].energy_j;
    return sum;
}

typedef struct bill {
    double carbon_g, cost; /* NaN: not known */
} bill;

/* Of all, each by the hours of its own log. */
static bill bill_of(const el_tenants *t)
{
    bill sum = {0, 0};

    for (size_t i = 0; i < t->n; i++) {
        const el_tenant *own = &t->tenant[i];

        sum.carbon_g += own->account.deployment[own->chosen].carbon_g;
        sum.cost += own->account.deployment[own->chosen].cost;
    }
    return sum;
}

static void print_sum(el_cli *cli, const el_tenants *t)
{
    el_buf *out = &cli->out;
    bill sum;

    if (!isfinite(t->energy_j)) {
        el_buf_printf(out,
                      "\n%sThey cannot all be served%s within their limits by "
                      "what there is; shown is what each would run on alone.\n",
                      el_style_on(EL_STYLE_BAD, cli->color),
                      el_style_off(cli->color));
    } else {
        el_buf_printf(out, "\nTogether %s", el_fmt_wh(t->energy_j).s);
        sum = bill_of(t);
        if (el_is_known(sum.carbon_g))
            el_buf_printf(out, ", %s CO2e", el_fmt_grams(sum.carbon_g).s);
        if (el_is_known(sum.cost))
            el_buf_printf(out, ", %s for electricity",
                          el_fmt_number(sum.cost, 3).s);
        el_buf_printf(out, "; each alone on all GPUs: %s.\n",
                      el_fmt_change(alone_j(t) / t->energy_j - 1.0).s);
    }
    for (size_t k = 0; k < t->n_type; k++)
        el_buf_printf(out, "%s: %g of %g GPUs used\n", t->type[k], t->used[k],
                      t->gpus[k]);
}

el_status el_tenants_text(el_cli *cli, const el_account_ask *ask,
                          const el_tenants *tenants, el_error *err)
{
    el_status st;

    el_buf_printf(&cli->out, "%zu tenants, ", tenants->n);
    el_buf_add(&cli->out, "energy of ");
    el_ask_print_scope(&ask->ask.query, &cli->out);
    el_buf_add(&cli->out, "\n\n");
    st = print_table(cli, tenants, err);
    if (st == EL_OK)
        print_sum(cli, tenants);
    return st;
}
