/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "energylens/evaluate.h"

void el_evaluation_clear(el_evaluation *e)
{
    el_free(e->tried);
    el_free(e->note);
    el_free(e->difference);
    el_free(e->score);
    memset(e, 0, sizeof *e);
}

/* New array of a then b; NULL when both are empty or memory is out. */
static void *joined(const void *a, size_t n_a, const void *b, size_t n_b,
                    size_t size, bool *ok)
{
    char *both = n_a + n_b > 0 ? el_array(n_a + n_b, size) : NULL;

    *ok = *ok && (both || n_a + n_b == 0);
    if (both && n_a > 0)
        memcpy(both, a, n_a * size);
    if (both && n_b > 0)
        memcpy(both + n_a * size, b, n_b * size);
    return both;
}

static bool has_note(const el_evaluation *e, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(e->note[i], text) == 0)
            return true;
    return false;
}

/* Drop notes from `first` on that stand before it. */
static void drop_repeated(el_evaluation *e, size_t first)
{
    size_t n = first;

    for (size_t i = first; i < e->n_note; i++) {
        if (has_note(e, first, e->note[i]))
            continue;
        if (n < i)
            memcpy(e->note[n], e->note[i], sizeof e->note[n]);
        n++;
    }
    e->n_note = n;
}

/* Scores by split; within one those of a stand first. */
static void merge_scores(const el_evaluation *a, const el_evaluation *b,
                         el_evaluation *out)
{
    size_t n = 0;

    for (el_split s = 0; out->score && s < EL_N_SPLITS; s++) {
        for (size_t i = 0; i < a->n_score; i++)
            if (a->score[i].split == s)
                out->score[n++] = a->score[i];
        for (size_t i = 0; i < b->n_score; i++)
            if (b->score[i].split == s)
                out->score[n++] = b->score[i];
    }
}

el_status el_evaluation_append(el_evaluation *to, el_evaluation *from,
                               el_error *err)
{
    bool ok = true;
    el_evaluation e = {
        .n_score = to->n_score + from->n_score,
        .score = joined(to->score, to->n_score, from->score, from->n_score,
                        sizeof *to->score, &ok),
        .n_difference = to->n_difference + from->n_difference,
        .difference = joined(to->difference, to->n_difference, from->difference,
                             from->n_difference, sizeof *to->difference, &ok),
        .divergence = to->n_score > 0 ? to->divergence : from->divergence,
        .n_note = to->n_note + from->n_note,
        .note = joined(to->note, to->n_note, from->note, from->n_note,
                       sizeof *to->note, &ok),
        .n_tried = to->n_tried + from->n_tried,
        .tried = joined(to->tried, to->n_tried, from->tried, from->n_tried,
                        sizeof *to->tried, &ok),
    };

    if (!ok) {
        el_evaluation_clear(&e);
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu scores", e.n_score);
    }
    drop_repeated(&e, to->n_note);
    merge_scores(to, from, &e);
    el_evaluation_clear(from);
    el_evaluation_clear(to);
    *to = e;
    return EL_OK;
}
