/* SPDX-License-Identifier: Apache-2.0 */
#include "io/evaluate_json.h"

#include <stdio.h>

#include "io/json.h"

/* Rows of all groups by what became of them: {"rows", "kept", ...}. */
static json_t *cleaning_json(const el_groups *groups)
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

static int add_figure(json_t *object, el_figure_id id, const el_figure *figure)
{
    const char *name = el_figure_name(id);
    char key[64];
    int bad = set_number(object, name, figure->value);

    (void)snprintf(key, sizeof key, "%s_lo", name);
    bad |= set_number(object, key, figure->lo);
    (void)snprintf(key, sizeof key, "%s_hi", name);
    return bad | set_number(object, key, figure->hi);
}

static int add_figures(json_t *object, const el_score *score)
{
    int bad = 0;

    for (el_figure_id id = 0; id < EL_N_FIGURES; id++)
        bad |= add_figure(object, id, &score->figure[id]);
    return bad;
}

static json_t *score_json(const el_score *score,
                          const el_evaluate_options *options)
{
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "label", score->label, "form",
        score->form->name, "split", el_split_name(score->split), "scope",
        el_scope_name(options->scope), "samples_unit",
        options->percent ? "percent" : "rows", "seeds",
        (json_int_t)score->seeds, "groups", (json_int_t)score->groups);
    int bad;

    if (!object)
        return NULL;
    bad = set_number(object, "samples", score->samples);
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

static json_t *difference_json(const el_difference *d)
{
    static const el_figure_id id[] = {EL_FIGURE_TOP1, EL_FIGURE_TOP1_WITHIN3,
                                      EL_FIGURE_REGRET, EL_FIGURE_MAPE};
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:I, s:f}", "form", d->form[0]->name, "against",
        d->form[1]->name, "split", el_split_name(d->split), "scenarios",
        (json_int_t)d->scenarios, "level", EL_DIFFERENCE_LEVEL);
    int bad = object ? set_number(object, "samples", d->samples) : -1;

    for (size_t i = 0; bad == 0 && i < sizeof id / sizeof *id; i++)
        bad = add_figure(object, id[i], &d->figure[id[i]]);
    if (bad == 0)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *divergence_json(const el_divergence *d)
{
    json_t *object = json_pack("{s:I}", "scenarios", (json_int_t)d->scenarios);
    int bad = object ? 0 : -1;

    if (bad == 0) {
        bad |= set_number(object, "differ_pct", d->differ_pct);
        bad |= set_number(object, "dearer_pct", d->dearer_pct);
        bad |= set_number(object, "slower_pct", d->slower_pct);
    }
    if (bad == 0)
        return object;
    json_decref(object);
    return NULL;
}

json_t *el_evaluation_json(const el_evaluation *evaluation,
                           const el_evaluate_options *options,
                           const el_groups *groups)
{
    json_t *results = json_array(), *notes = json_array();
    json_t *differences = json_array();
    int bad = 0;

    for (size_t i = 0; i < evaluation->n_score; i++)
        bad |= json_array_append_new(
            results, score_json(&evaluation->score[i], options));
    for (size_t i = 0; i < evaluation->n_difference; i++)
        bad |= json_array_append_new(
            differences, difference_json(&evaluation->difference[i]));
    for (size_t i = 0; i < evaluation->n_note; i++)
        bad |= json_array_append_new(notes, json_string(evaluation->note[i]));
    if (bad) {
        json_decref(results);
        json_decref(notes);
        json_decref(differences);
        return NULL;
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:f, s:b}", "results", results,
                     "differences", differences, "divergence",
                     divergence_json(&evaluation->divergence), "notes", notes,
                     "data", cleaning_json(groups), "level", EL_LEVEL,
                     "free_batch", options->free_batch);
}
