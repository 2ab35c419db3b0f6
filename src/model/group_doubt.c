/* SPDX-License-Identifier: Apache-2.0 */
/* What a table makes one wonder about: told once, nothing is left out. */
#include <math.h>
#include <stdio.h>

#include "base/task.h"
#include "model/group_build.h"
#include "model/nlls.h"

/*
 * Mean watts of a GPU that no run has, whatever was counted with it: a
 * hundredth of its limit, where even idle takes a tenth, and ten times the
 * limit. Joules taken for kWh, Wh, kJ or mJ are a thousandfold off.
 */
#define LEAST_OF_TDP 0.01
#define MOST_OF_TDP  10.0

/* Replica's joules over the time of the same requests, by GPU; NaN unknown,
 * also where requests waited for others. Not by the time between tokens, which
 * is often a median and leaves out prompts. */
static double mean_power_w(const el_sample *s)
{
    const el_point *p = &s->point;

    if (p->requests > p->batch)
        return EL_UNKNOWN;
    return s->energy_j / (s->latency_s * el_point_shards(p) * p->pp);
}

/* How far outside what is thinkable, in ln; 0: it is not. */
static double improbable(const el_group *group, const el_sample *s)
{
    double share = mean_power_w(s) / group->facts.gpu_tdp_w;

    if (share > MOST_OF_TDP)
        return log(share / MOST_OF_TDP);
    return share < LEAST_OF_TDP ? log(LEAST_OF_TDP / share) : 0.0;
}

static void doubt_power(const el_groups *groups, const el_task *task)
{
    const el_group *where = NULL;
    const el_sample *worst = NULL;
    double most = 0.0;
    size_t n = 0;

    for (size_t g = 0; g < groups->n; g++) {
        const el_group *group = &groups->group[g];

        for (size_t i = 0; i < group->n; i++) {
            double d = improbable(group, &group->sample[i]);

            n += d > 0.0;
            if (d > most) {
                most = d;
                where = group;
                worst = &group->sample[i];
            }
        }
    }
    if (worst)
        el_task_warn(task,
                     "%s:%zu: %.3g W a GPU, whose limit is %.0f W: joules, and "
                     "seconds? (the most unlikely of %zu such rows)",
                     worst->row->file, worst->row->line, mean_power_w(worst),
                     where->facts.gpu_tdp_w, n);
}

static void doubt_names(const builder *b)
{
    const el_group *gpu = NULL, *model = NULL;

    for (size_t g = 0; g < b->groups.n; g++) {
        const el_group *group = &b->groups.group[g];

        if (!gpu && !el_catalog_find_gpu(b->catalog, group->key.gpu))
            gpu = group;
        if (!model && group->facts.estimated > 0.0)
            model = group;
    }
    if (gpu)
        el_task_warn(b->task,
                     "GPU \"%.60s\" is not in the catalogue: its memory, peaks "
                     "and power limit are unknown",
                     gpu->key.gpu);
    if (model)
        el_task_warn(b->task,
                     "model \"%.60s\" is not in the catalogue: layers, width "
                     "and cache are guessed from params_b",
                     model->key.model);
}

void el_group_doubt(const builder *b)
{
    if (b->catalog)
        doubt_names(b);
    doubt_power(&b->groups, b->task);
}
