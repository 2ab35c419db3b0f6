/* SPDX-License-Identifier: Apache-2.0 */
#include "io/evaluate_csv.h"

#include <string.h>

#include "io/csv.h"

static void add_text(el_buf *out, const char *text)
{
    el_csv_quote(out, text, strlen(text));
    el_buf_add(out, ",");
}

static void add_number(el_buf *out, double value, const char *end)
{
    if (el_is_known(value))
        el_buf_printf(out, "%.17g", value);
    el_buf_add(out, end);
}

static void add_tried(const el_tried *t, const el_evaluate_options *options,
                      const el_groups *groups, el_buf *out)
{
    const el_group *group = &groups->group[t->group];
    const el_sample *s = &group->sample[t->sample];
    const el_point *p = &s->point;
    const double number[] = {p->tp,         p->pp,  p->ep, p->dp,
                             s->batch_size, p->isl, p->osl};

    add_text(out, group->key.model);
    add_text(out, group->key.gpu);
    add_text(out, group->key.precision);
    add_text(out, group->key.engine);
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        add_number(out, number[i], ",");
    add_text(out, s->row->workload);
    el_buf_printf(out, "%s,", el_split_name(t->split));
    add_number(out, t->samples, ",");
    el_buf_printf(out, "%zu,%s,%d,", t->seed, options->form[t->form]->name,
                  t->in_training ? 1 : 0);
    add_number(out, t->measured_j, ",");
    add_number(out, t->predicted_j, "\n");
}

void el_evaluation_predictions_csv(const el_evaluation *evaluation,
                                   const el_evaluate_options *options,
                                   const el_groups *groups, el_buf *out)
{
    el_buf_add(out,
               "model,gpu,precision,engine,tp,pp,ep,dp,batch_size,"
               "input_tokens,output_tokens,workload,split,samples,seed,form,"
               "in_training,measured_j,predicted_j\n");
    for (size_t i = 0; i < evaluation->n_tried; i++)
        add_tried(&evaluation->tried[i], options, groups, out);
}

static void add_figure_names(el_buf *out)
{
    for (el_figure_id id = 0; id < EL_N_FIGURES; id++) {
        const char *name = el_figure_name(id);
        el_buf_printf(out, ",%s,%s_lo,%s_hi", name, name, name);
    }
}

static void add_score(const el_score *s, const el_evaluate_options *options,
                      el_buf *out)
{
    add_text(out, s->form->name);
    el_buf_printf(out, "%s,", el_split_name(s->split));
    add_text(out, s->label);
    add_number(out, s->samples, ",");
    el_buf_printf(out, "%s,%zu,%s,%zu,", options->percent ? "percent" : "rows",
                  s->seeds, el_scope_name(options->scope), s->groups);
    add_number(out, s->scenarios, ",");
    add_number(out, s->rows, ",");
    add_number(out, s->ceiling_top1_pct, "");
    for (el_figure_id id = 0; id < EL_N_FIGURES; id++) {
        const double v[] = {s->figure[id].value, s->figure[id].lo,
                            s->figure[id].hi};
        for (size_t k = 0; k < 3; k++) {
            el_buf_add(out, ",");
            add_number(out, v[k], "");
        }
    }
    el_buf_add(out, "\n");
}

void el_evaluation_scores_csv(const el_evaluation *evaluation,
                              const el_evaluate_options *options, el_buf *out)
{
    el_buf_add(out, "form,split,label,samples,samples_unit,seeds,scope,groups,"
                    "scenarios,rows,ceiling_top1_pct");
    add_figure_names(out);
    el_buf_add(out, "\n");
    for (size_t i = 0; i < evaluation->n_score; i++)
        add_score(&evaluation->score[i], options, out);
}
