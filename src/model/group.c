/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/task.h"
#include "model/group_build.h"
#include "model/name_format.h"
#include "model/nlls.h"

#define DISAGREE_FACTOR 1.25

/* Tags that make a row unfit for fitting (product.md); all others are kept
 * and counted. */
static const char *const dropping_tag[] = {"bad_latency", "avg_power_outlier",
                                           "parallelism_unclear_replicas",
                                           "power_exceeds_tdp_suspect"};

bool el_group_key_equal(const el_group_key *a, const el_group_key *b)
{
    return el_str_eq_nocase(a->model, b->model) &&
           el_str_eq_nocase(a->gpu, b->gpu) &&
           el_str_eq_nocase(a->precision, b->precision) &&
           el_str_eq_nocase(a->engine, b->engine);
}

/* Fine-tunes share their base's shape, not its name. */
static const char *architecture(const el_llm *llm)
{
    return llm->base && *llm->base ? llm->base : llm->slug;
}

el_status el_row_resolve(const el_row *row, const el_catalog *catalog,
                         el_group_key *key, el_facts *facts, el_error *err)
{
    const el_llm *llm =
        catalog ? el_catalog_find_llm(catalog, row->model) : NULL;
    const el_gpu *gpu = catalog ? el_catalog_find_gpu(catalog, row->gpu) : NULL;
    el_facts_hint hint = {row->params, row->active_params, row->arch};
    const char *precision =
        *row->precision ? row->precision : el_name_format(row->model);
    el_group_key k = {0};
    el_status st;

    st = el_facts_make(llm, gpu, precision, &hint, facts, err);
    if (st != EL_OK)
        return el_fail(err, st,
                       "%s:%zu: model \"%.80s\" is not in the catalogue and "
                       "params_b is blank",
                       row->file, row->line, row->model);
    el_str_copy(k.model, sizeof k.model, llm ? llm->slug : row->model);
    el_str_copy(k.model_slug, sizeof k.model_slug,
                llm ? architecture(llm) : "");
    el_str_copy(k.gpu, sizeof k.gpu, gpu ? gpu->slug : row->gpu);
    el_str_copy(k.precision, sizeof k.precision, precision);
    el_str_copy(k.engine, sizeof k.engine, row->engine);
    *key = k;
    return EL_OK;
}

el_point el_row_point(const el_row *row)
{
    bool measured_batch = el_is_known(row->avg_batch);
    el_point p = {.tp = row->tp,
                  .pp = row->pp,
                  .ep = row->ep,
                  .dp = row->dp,
                  .batch = row->batch_size,
                  .isl = row->input_tokens,
                  .osl = row->output_tokens,
                  .workload = -1,
                  .images = row->images};

    p.images.tokens = row->vision_tokens;
    if (row->requests >= row->dp)
        p.requests = row->requests / row->dp;
    /* a run of fewer requests than slots never fills them */
    if (p.requests > 0.0)
        p.batch = fmin(p.batch, p.requests);
    if (measured_batch)
        p.batch = row->avg_batch;
    /* A long run at constant concurrency: the engine admits what fits, and
     * start-up is a small part of it. Sets without prompt lengths are such. */
    p.steady = measured_batch || !el_is_known(row->input_tokens);
    if (p.steady)
        p.requests = 0.0;
    return p;
}

double el_sample_target(const el_sample *sample, el_target target)
{
    switch (target) {
    case EL_TARGET_ENERGY:
        return sample->energy_j;
    case EL_TARGET_LATENCY:
        return sample->latency_s;
    case EL_TARGET_TTFT:
        return sample->ttft_s;
    case EL_TARGET_ITL:
        return sample->itl_s;
    case EL_N_TARGETS:
        break;
    }
    return EL_UNKNOWN;
}

static bool has_tag(const char *flags, const char *tag)
{
    size_t n = strlen(tag);

    while (*flags) {
        size_t len = strcspn(flags, ";");
        if (len == n && strncmp(flags, tag, n) == 0)
            return true;
        flags += len + (flags[len] == ';');
    }
    return false;
}

bool el_row_is_flagged(const el_row *row)
{
    size_t n = sizeof dropping_tag / sizeof *dropping_tag;

    for (size_t i = 0; i < n; i++) {
        if (has_tag(row->quality_flag, dropping_tag[i]))
            return true;
    }
    return false;
}

static row_fate judge(const el_row *row, const el_clean_options *options)
{
    if (!el_is_known(row->energy_per_request_j))
        return NO_ENERGY;
    if (!options->keep_flagged && el_row_is_flagged(row))
        return FLAGGED;
    return KEPT;
}

static el_status find_group(builder *b, const el_row *row, size_t *out,
                            el_error *err)
{
    el_group_key key;
    el_facts facts;
    el_group *group;
    el_status st = el_row_resolve(row, b->catalog, &key, &facts, err);

    if (st != EL_OK)
        return st;
    for (size_t i = 0; i < b->groups.n; i++) {
        if (el_group_key_equal(&b->groups.group[i].key, &key)) {
            *out = i;
            return EL_OK;
        }
    }
    group = el_grow(b->groups.group, &b->cap, b->groups.n + 1, sizeof *group);
    if (!group)
        return el_fail(err, EL_E_NOMEM, "groups: %zu groups", b->groups.n);
    b->groups.group = group;
    *out = b->groups.n++;
    memset(&group[*out], 0, sizeof *group);
    group[*out].key = key;
    group[*out].facts = facts;
    return EL_OK;
}

/* Rows of one log come in blocks; a new block is another session. */
static bool same_session(const builder *b, const cell *a, const cell *c)
{
    const el_row *rows = el_table_rows(b->table);
    const el_row *x = &rows[a->row], *y = &rows[c->row];

    return a->group == c->group && x->tp == y->tp && x->ep == y->ep &&
           x->source_file == y->source_file;
}

/* Strings are interned per table: a cheap test that saves most look-ups. */
static bool same_names(const el_row *a, const el_row *b)
{
    return a->model == b->model && a->gpu == b->gpu &&
           a->precision == b->precision && a->engine == b->engine;
}

static el_status assign_groups(builder *b, el_error *err)
{
    const el_row *rows = el_table_rows(b->table);
    el_status st = EL_OK;

    for (size_t i = 0; i < b->n && st == EL_OK; i++) {
        cell *c = &b->cell[i];
        c->row = i;
        if (i > 0 && same_names(&rows[i - 1], &rows[i]))
            c->group = b->cell[i - 1].group;
        else
            st = find_group(b, &rows[i], &c->group, err);
        if (st != EL_OK)
            break;
        c->fate = judge(&rows[i], b->options);
        c->session = i == 0 ? 0 : b->cell[i - 1].session;
        if (i > 0 && !same_session(b, &b->cell[i - 1], c))
            c->session++;
    }
    return st;
}

/* Latency is the length of a run where one batch was the run; requests that
 * were counted in flight were watched for longer than one of them takes. */
static void apply_min_latency(builder *b)
{
    const el_row *rows = el_table_rows(b->table);

    for (size_t i = 0; i < b->n; i++) {
        const el_row *row = &rows[b->cell[i].row];

        if (b->cell[i].fate == KEPT && !el_is_known(row->avg_batch) &&
            row->latency_s < b->options->min_latency_s)
            b->cell[i].fate = SHORT_RUN;
    }
}

static int workload_index(el_group *group, const char *label)
{
    for (size_t i = 0; i < group->n_workload; i++) {
        if (strncmp(group->workload[i], label, EL_LABEL_LEN - 1) == 0)
            return (int)i;
    }
    if (group->n_workload == EL_MAX_WORKLOADS)
        return -1;
    el_str_copy(group->workload[group->n_workload], EL_LABEL_LEN, label);
    return (int)group->n_workload++;
}

static el_sample make_sample(el_group *group, const el_row *row)
{
    el_sample s = {.point = el_row_point(row)};

    s.point.workload = workload_index(group, row->workload);
    s.energy_j = row->energy_per_request_j * s.point.batch;
    s.energy_node_j = row->energy_node_per_request_j * s.point.batch;
    s.latency_s = row->latency_s;
    s.ttft_s = row->ttft_s;
    s.itl_s = row->itl_s;
    s.run_s = s.point.steady ? EL_UNKNOWN : row->latency_s;
    s.num_gpus = row->num_gpus;
    s.batch_size = row->batch_size;
    s.n_repeats = 1;
    s.row = row;
    if (!el_is_known(row->input_tokens))
        group->prompts_unknown = true;
    return s;
}

/* Which extras the samples differ in. */
static unsigned find_extras(const el_group *group)
{
    bool experts = false, slices = false;
    unsigned extras = 0;

    for (size_t i = 0; i < group->n; i++) {
        const el_point *p = &group->sample[i].point;

        experts = experts || p->ep > 1.0;
        slices = slices || (p->ep <= 1.0 && p->tp > 1.0);
        if (!p->steady && p->requests > p->batch)
            extras |= EL_EXTRA_TAIL;
    }
    return extras | (experts && slices ? EL_EXTRA_EP : 0u);
}

static void count_fate(el_cleaning *c, row_fate fate, const el_row *row)
{
    c->rows++;
    c->no_energy += fate == NO_ENERGY;
    c->flagged += fate == FLAGGED;
    c->short_run += fate == SHORT_RUN;
    c->other_session += fate == OTHER_SESSION;
    c->kept_flagged += fate == KEPT && *row->quality_flag;
}

static el_status collect_samples(builder *b, el_error *err)
{
    const el_row *rows = el_table_rows(b->table);

    for (size_t g = 0; g < b->groups.n; g++) {
        el_group *group = &b->groups.group[g];
        size_t n = 0;
        for (size_t i = 0; i < b->n; i++)
            n += b->cell[i].group == g && b->cell[i].fate == KEPT;
        if (n > 0) {
            group->sample = el_array(n, sizeof *group->sample);
            if (!group->sample)
                return el_fail(err, EL_E_NOMEM, "groups: %zu rows", n);
        }
    }
    for (size_t i = 0; i < b->n; i++) {
        const cell *c = &b->cell[i];
        el_group *group = &b->groups.group[c->group];
        count_fate(&group->cleaning, c->fate, &rows[c->row]);
        if (c->fate == KEPT)
            group->sample[group->n++] = make_sample(group, &rows[c->row]);
    }
    for (size_t g = 0; g < b->groups.n; g++)
        b->groups.group[g].extras = find_extras(&b->groups.group[g]);
    return EL_OK;
}

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

el_status el_groups_make(const el_table *table, const el_catalog *catalog,
                         const el_clean_options *options, const el_task *task,
                         el_groups *out, el_error *err)
{
    builder b = {.table = table,
                 .catalog = catalog,
                 .options = options,
                 .task = task,
                 .n = el_table_n_rows(table)};
    el_status st = EL_OK;

    if (b.n > 0) {
        b.cell = el_array(b.n, sizeof *b.cell);
        if (!b.cell)
            return el_fail(err, EL_E_NOMEM, "groups: %zu rows", b.n);
    }
    st = assign_groups(&b, err);
    if (st == EL_OK && options->sessions)
        st = el_group_keep_sessions(&b, err);
    if (st == EL_OK) {
        apply_min_latency(&b);
        st = collect_samples(&b, err);
    }
    for (size_t g = 0; st == EL_OK && g < b.groups.n; g++)
        merge_repeats(&b, &b.groups.group[g]);
    if (st == EL_OK) {
        warn_disagreement(&b);
        el_group_doubt(&b);
        *out = b.groups;
    } else {
        el_groups_clear(&b.groups);
    }
    el_free(b.cell);
    return st;
}

void el_groups_clear(el_groups *groups)
{
    for (size_t g = 0; g < groups->n; g++)
        el_free(groups->group[g].sample);
    el_free(groups->group);
    groups->group = NULL;
    groups->n = 0;
}
