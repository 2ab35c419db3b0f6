/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/evaluate_work.h"
#include "model/nlls.h"

#define N_KEY 6u

/* A row under one way of telling rows apart. */
typedef struct row_key {
    double key[N_KEY];
    size_t row;
} row_key;

static int compare_keys(const double *a, const double *b)
{
    for (size_t i = 0; i < N_KEY; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

static int compare_row_key(const void *a, const void *b)
{
    const row_key *x = a, *y = b;
    int c = compare_keys(x->key, y->key);

    return c != 0 ? c : (x->row > y->row) - (x->row < y->row);
}

typedef enum key_kind { BY_LENGTH, BY_SCENARIO, BY_CONFIG } key_kind;

/*
 * Where nobody recorded prompts the answers' length is a measured mean, which
 * differs from run to run: the workload alone stands for both lengths.
 */
static void fill_key(const el_eval_group *g, size_t row, key_kind kind,
                     bool free_batch, double *key)
{
    const el_sample *s = &g->group->sample[g->sample[row]];
    const el_point *p = &s->point;
    bool lengths = el_is_known(p->isl);

    memset(key, 0, N_KEY * sizeof *key);
    if (kind == BY_CONFIG) {
        const double v[] = {p->tp, p->pp, p->ep, p->dp,
                            free_batch ? s->batch_size : 0.0};
        memcpy(key, v, sizeof v);
        return;
    }
    key[0] = p->workload;
    key[1] = lengths ? p->isl : -1.0;
    key[2] = lengths ? p->osl : -1.0;
    key[3] = kind == BY_SCENARIO && !free_batch ? s->batch_size : 0.0;
}

/* Number the distinct keys in their order; returns how many. */
static size_t number_rows(const el_eval_group *g, key_kind kind,
                          bool free_batch, row_key *scratch, size_t *id)
{
    size_t n_id = 0;

    for (size_t i = 0; i < g->n; i++) {
        fill_key(g, i, kind, free_batch, scratch[i].key);
        scratch[i].row = i;
    }
    qsort(scratch, g->n, sizeof *scratch, compare_row_key);
    for (size_t i = 0; i < g->n; i++) {
        if (i == 0 || compare_keys(scratch[i - 1].key, scratch[i].key) != 0)
            n_id++;
        id[scratch[i].row] = n_id - 1;
    }
    return n_id;
}

/* Rows by (scenario, configuration), and where each scenario begins. */
static void order_rows(el_eval_group *g, row_key *scratch)
{
    for (size_t i = 0; i < g->n; i++) {
        memset(scratch[i].key, 0, sizeof scratch[i].key);
        scratch[i].key[0] = (double)g->scenario[i];
        scratch[i].key[1] = (double)g->config[i];
        scratch[i].row = i;
        g->first[g->scenario[i] + 1]++;
    }
    qsort(scratch, g->n, sizeof *scratch, compare_row_key);
    for (size_t i = 0; i < g->n; i++)
        g->order[i] = scratch[i].row;
    for (size_t s = 0; s < g->n_scenario; s++) {
        if (g->first[s + 1] > g->widest)
            g->widest = g->first[s + 1];
        g->first[s + 1] += g->first[s];
    }
}

void el_eval_group_clear(el_eval_group *g)
{
    el_free(g->first);
    el_free(g->order);
    el_free(g->config);
    el_free(g->length);
    el_free(g->scenario);
    el_free(g->axis);
    el_free(g->idle_w);
    el_free(g->time_s);
    el_free(g->run_s);
    el_free(g->truth);
    el_free(g->fit_y);
    el_free(g->point);
    el_free(g->sample);
    memset(g, 0, sizeof *g);
}

static bool allocate(el_eval_group *g, size_t n)
{
    g->sample = el_array(n, sizeof *g->sample);
    g->point = el_array(n, sizeof *g->point);
    g->fit_y = el_array(n, sizeof *g->fit_y);
    g->truth = el_array(n, sizeof *g->truth);
    g->run_s = el_array(n, sizeof *g->run_s);
    g->time_s = el_array(n, sizeof *g->time_s);
    g->idle_w = el_array(n, sizeof *g->idle_w);
    g->axis = el_array(n, EL_EVAL_AXES * sizeof *g->axis);
    g->scenario = el_array(n, sizeof *g->scenario);
    g->length = el_array(n, sizeof *g->length);
    g->config = el_array(n, sizeof *g->config);
    g->order = el_array(n, sizeof *g->order);
    g->first = el_array(n + 1, sizeof *g->first);
    return g->sample && g->point && g->fit_y && g->truth && g->run_s &&
           g->time_s && g->idle_w && g->axis && g->scenario && g->length &&
           g->config && g->order && g->first;
}

static double truth_of(const el_sample *s, el_scope scope)
{
    return scope == EL_SCOPE_NODE ? s->energy_node_j : s->energy_j;
}

static void add_row(el_eval_group *g, size_t sample, el_scope scope,
                    double node_gpus)
{
    const el_sample *s = &g->group->sample[sample];
    const el_point *p = &s->point;
    size_t i = g->n++;
    double *axis = g->axis + i * EL_EVAL_AXES;

    g->sample[i] = sample;
    g->point[i] = *p;
    g->fit_y[i] = s->energy_j;
    g->truth[i] = truth_of(s, scope) / p->batch;
    g->run_s[i] = s->run_s;
    g->time_s[i] = el_is_known(s->latency_s) ? s->latency_s : s->itl_s * p->osl;
    if (scope == EL_SCOPE_NODE) /* D replicas share the idle GPUs */
        g->idle_w[i] = fmax(node_gpus - s->num_gpus, 0.0) *
                       g->group->facts.gpu_idle_w / p->dp;
    axis[0] = log(el_point_shards(p));
    axis[1] = log(s->batch_size);
    axis[2] = log(p->isl);
    axis[3] = log(p->osl);
}

el_status el_eval_group_make(const el_group *group,
                             const el_evaluate_options *options,
                             double node_gpus, el_eval_group *g, el_error *err)
{
    row_key *scratch = NULL;
    el_status st = EL_OK;

    memset(g, 0, sizeof *g);
    g->group = group;
    if (group->n == 0)
        return EL_OK;
    scratch = el_array(group->n, sizeof *scratch);
    if (!scratch || !allocate(g, group->n)) {
        el_eval_group_clear(g);
        st = el_fail(err, EL_E_NOMEM, "evaluate: %zu rows", group->n);
        goto done;
    }
    for (size_t i = 0; i < group->n; i++) {
        if (truth_of(&group->sample[i], options->scope) > 0.0 &&
            group->sample[i].energy_j > 0.0)
            add_row(g, i, options->scope, node_gpus);
    }
    g->n_length =
        number_rows(g, BY_LENGTH, options->free_batch, scratch, g->length);
    g->n_scenario =
        number_rows(g, BY_SCENARIO, options->free_batch, scratch, g->scenario);
    (void)number_rows(g, BY_CONFIG, options->free_batch, scratch, g->config);
    order_rows(g, scratch);
done:
    el_free(scratch);
    return st;
}
