/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/group.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/task.h"
#include "model/group_build.h"

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
    if (st == EL_OK) {
        el_group_merge(&b);
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
