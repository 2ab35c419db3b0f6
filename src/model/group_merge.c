/* SPDX-License-Identifier: Apache-2.0 */
/* Repeats of one configuration become one sample. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/task.h"
#include "model/group_build.h"
#include "model/nlls.h"

#define DISAGREE_FACTOR 1.25

/* Total order of configurations; unknown prompts first. */
static int compare_double(double a, double b)
{
    if (!el_is_known(a) || !el_is_known(b))
        return (int)el_is_known(a) - (int)el_is_known(b);
    return (a > b) - (a < b);
}

static int compare_config(const el_sample *a, const el_sample *b)
{
    const el_point *p = &a->point, *q = &b->point;
    const double key[][2] = {
        {p->tp, q->tp},
        {p->pp, q->pp},
        {p->ep, q->ep},
        {p->dp, q->dp},
        {a->batch_size, b->batch_size},
        {p->isl, q->isl},
        {p->osl, q->osl},
        {p->workload, q->workload},
        {p->requests, q->requests},
    };

    for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
        int c = compare_double(key[i][0], key[i][1]);
        if (c != 0)
            return c;
    }
    return 0;
}

static int compare_sample(const void *a, const void *b)
{
    const el_sample *x = a, *y = b;
    int c = compare_config(x, y);

    if (c != 0)
        return c;
    return (x->row > y->row) - (x->row < y->row); /* file order */
}

/* One line for the whole table: which is worst, and how many more. */
static void warn_disagreement(const builder *b)
{
    if (b->n_disagree == 0)
        return;
    el_task_warn(b->task,
                 "%s:%zu: repeats of one configuration differ by x%.2f "
                 "(limit x%.2f), the most of %zu such configurations; "
                 "combined by geometric mean",
                 b->worst->file, b->worst->line, b->worst_ratio,
                 DISAGREE_FACTOR, b->n_disagree);
}

/* Geometric mean of known values of one member over s[0..n-1]. */
static double combine(const el_sample *s, size_t n, size_t offset)
{
    double sum = 0.0;
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        double v = *(const double *)((const char *)&s[i] + offset);
        if (el_is_known(v)) {
            sum += log(v);
            k++;
        }
    }
    return k > 0 ? exp(sum / (double)k) : EL_UNKNOWN;
}

static void merge_run(builder *b, el_group *group, const el_sample *s, size_t n,
                      el_sample *out)
{
    static const size_t member[] = {offsetof(el_sample, energy_j),
                                    offsetof(el_sample, energy_node_j),
                                    offsetof(el_sample, latency_s),
                                    offsetof(el_sample, ttft_s),
                                    offsetof(el_sample, itl_s),
                                    offsetof(el_sample, run_s),
                                    offsetof(el_sample, point) +
                                        offsetof(el_point, batch)};
    el_sample merged = s[0];
    double low = s[0].energy_j, high = low;

    for (size_t k = 0; n > 1 && k < sizeof member / sizeof *member; k++)
        *(double *)((char *)&merged + member[k]) = combine(s, n, member[k]);
    merged.n_repeats = n;
    for (size_t i = 0; n > 1 && i < n; i++) {
        double d = log(s[i].energy_j / merged.energy_j);
        merged.repeat_ss += d * d;
        low = fmin(low, s[i].energy_j);
        high = fmax(high, s[i].energy_j);
    }
    if (high > DISAGREE_FACTOR * low) {
        group->cleaning.disagree += n;
        b->n_disagree++;
        if (high / low > b->worst_ratio) {
            b->worst_ratio = high / low;
            b->worst = s->row;
        }
    }
    group->cleaning.merged += n - 1;
    *out = merged;
}

/* Sorts, combines equal configurations, counts. */
static void merge_repeats(builder *b, el_group *group)
{
    size_t kept = 0;

    if (group->n == 0)
        return;
    qsort(group->sample, group->n, sizeof *group->sample, compare_sample);
    for (size_t i = 0; i < group->n;) {
        size_t j = i + 1;
        double cap;
        while (j < group->n &&
               compare_config(&group->sample[i], &group->sample[j]) == 0)
            j++;
        merge_run(b, group, &group->sample[i], j - i, &group->sample[kept]);
        cap = el_facts_kv_capacity(&group->facts,
                                   el_point_shards(&group->sample[kept].point),
                                   group->sample[kept].point.pp);
        group->cleaning.does_not_fit += cap <= 0.0;
        kept++;
        i = j;
    }
    group->n = kept;
    group->cleaning.kept = kept;
}

void el_group_merge(builder *b)
{
    for (size_t g = 0; g < b->groups.n; g++)
        merge_repeats(b, &b->groups.group[g]);
    warn_disagreement(b);
}
