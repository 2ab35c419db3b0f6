/* SPDX-License-Identifier: Apache-2.0 */
#include "io/evaluate_json.h"

#include <stdio.h>
#include <string.h>

#include "io/csv.h"
#include "io/json.h"

json_t *el_cleaning_total_json(const el_groups *groups)
{
    el_cleaning sum = {0};
    size_t *to = (size_t *)&sum;

    for (size_t g = 0; g < groups->n; g++) { /* members are all counts */
        const size_t *from = (const size_t *)&groups->group[g].cleaning;
        for (size_t i = 0; i < sizeof sum / sizeof *to; i++)
            to[i] += from[i];
    }
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "groups",
        (json_int_t)groups->n, "rows", (json_int_t)sum.rows, "no_energy",
        (json_int_t)sum.no_energy, "flagged", (json_int_t)sum.flagged,
        "short_run", (json_int_t)sum.short_run, "other_session",
        (json_int_t)sum.other_session, "merged", (json_int_t)sum.merged, "kept",
        (json_int_t)sum.kept, "kept_flagged", (json_int_t)sum.kept_flagged,
        "does_not_fit", (json_int_t)sum.does_not_fit, "disagree",
        (json_int_t)sum.disagree);
}

static int set_number(json_t *object, const char *key, double value)
{
    return json_object_set_new(object, key, el_json_number(value));
}

static int add_figures(json_t *object, const el_score *score)
{
    int bad = 0;

    for (el_figure_id id = 0; id < EL_N_FIGURES; id++) {
        const el_figure *figure = &score->figure[id];
        const char *name = el_figure_name(id);
        char key[64];
        bad |= set_number(object, name, figure->value);
        (void)snprintf(key, sizeof key, "%s_lo", name);
        bad |= set_number(object, key, figure->lo);
        (void)snprintf(key, sizeof key, "%s_hi", name);
        bad |= set_number(object, key, figure->hi);
    }
    return bad;
}

static json_t *score_json(const el_score *score,
                          const el_evaluate_options *options)
{
    bool untrained =
        score->split == EL_SPLIT_MODEL || score->split == EL_SPLIT_GPU;
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:I}", "form", score->form->name, "split",
        el_split_name(score->split), "scope", el_scope_name(options->scope),
        "samples_unit", options->percent ? "percent" : "rows", "seeds",
        (json_int_t)score->seeds, "groups", (json_int_t)score->groups);
    int bad;

    if (!object)
        return NULL;
    bad = set_number(object, "samples", untrained ? 0.0 : options->samples);
    bad |= set_number(object, "ceiling_top1_pct", score->ceiling_top1_pct);
    bad |= set_number(object, "scenarios", score->scenarios);
    bad |= set_number(object, "rows", score->rows);
    bad |= add_figures(object, score);
    if (bad) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *el_evaluation_json(const el_evaluation *evaluation,
                           const el_evaluate_options *options,
                           const el_groups *groups)
{
    json_t *results = json_array(), *notes = json_array();
    int bad = 0;

    for (size_t i = 0; i < evaluation->n_score; i++)
        bad |= json_array_append_new(
            results, score_json(&evaluation->score[i], options));
    for (size_t i = 0; i < evaluation->n_note; i++)
        bad |= json_array_append_new(notes, json_string(evaluation->note[i]));
    if (bad) {
        json_decref(results);
        json_decref(notes);
        return NULL;
    }
    return json_pack("{s:o, s:o, s:o, s:f, s:b}", "results", results, "notes",
                     notes, "data", el_cleaning_total_json(groups), "level",
                     EL_LEVEL, "free_batch", options->free_batch);
}

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
    el_buf_printf(out, "%s,%zu,%s,%d,", el_split_name(t->split), t->seed,
                  options->form[t->form]->name, t->in_training ? 1 : 0);
    add_number(out, t->measured_j, ",");
    add_number(out, t->predicted_j, "\n");
}

void el_evaluation_csv(const el_evaluation *evaluation,
                       const el_evaluate_options *options,
                       const el_groups *groups, el_buf *out)
{
    el_buf_add(out, "model,gpu,precision,engine,tp,pp,ep,dp,batch_size,"
                    "input_tokens,output_tokens,workload,split,seed,form,"
                    "in_training,measured_j,predicted_j\n");
    for (size_t i = 0; i < evaluation->n_tried; i++)
        add_tried(&evaluation->tried[i], options, groups, out);
}
