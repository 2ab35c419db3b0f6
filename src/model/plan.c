/* SPDX-License-Identifier: Apache-2.0 */
#include "model/plan.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define MAX_LAYERS 1e5

/* Layers of the whole network, from one walk; counts need it beforehand. */
static el_status count_layers(el_lower *l, double *out)
{
    const el_graph *g = l->graph;

    *out = 0;
    for (size_t i = 0; i < g->n_layer; i++) {
        const el_layer *layer = &g->layer[i];
        double n = el_lower_value(l, layer->count, 0);

        if (!(n >= 0 && n <= MAX_LAYERS && n == floor(n)))
            return el_fail(l->err, EL_E_DATA,
                           "%s:%d:%d: layer %.40s: count %g is not a whole "
                           "number from 0 to %g",
                           g->name, layer->line, layer->column, layer->name, n,
                           MAX_LAYERS);
        *out += n;
    }
    return EL_OK;
}

static el_status set_stage(el_lower *l, double *share)
{
    double pp = l->plan->shard.pp, layers = 0;
    el_status st = count_layers(l, &layers);

    *share = 1;
    if (st != EL_OK || pp == 1)
        return st;
    if (layers < pp)
        return el_fail(l->err, EL_E_DATA,
                       "%s: %.0f layers cannot be spread over pp %.0f stages",
                       l->graph->name, layers, pp);
    *share = ceil(layers / pp) / layers;
    if (fmod(layers, pp) != 0)
        el_lower_note(l, "%.0f layers over pp %.0f: the fullest stage has %.0f",
                      layers, pp, ceil(layers / pp));
    return EL_OK;
}

/* Nodes of the rows from *row to the next layer's head or end. */
static el_status collect(el_lower *l, size_t *row)
{
    const el_graph *g = l->graph;

    l->n_node = 0;
    for (; *row < g->n_row; ++*row) {
        const el_row *r = &g->row[*row];
        double holds;

        if (r->kind == EL_ROW_LAYER || r->kind == EL_ROW_END)
            break;
        if (r->kind != EL_ROW_OP)
            continue;
        holds = el_lower_value(l, g->node[r->index].cond, 1);
        if (isnan(holds))
            return el_lower_fail(l, &g->node[r->index],
                                 "if= has no value here%s",
                                 l->arch ? "" : " (no architecture is given)");
        if (holds != 0)
            l->node[l->n_node++] = &g->node[r->index];
    }
    return EL_OK;
}

/* Activations from stage to stage: what the last op of a layer makes. */
static el_status push_send(el_lower *l)
{
    double pp = l->plan->shard.pp;
    el_shape shape;
    el_mono bytes;
    el_status st;

    if (pp == 1 || l->n_node == 0)
        return EL_OK;
    st = el_shape_make(l, l->node[l->n_node - 1], false, l->split, &shape);
    if (st != EL_OK)
        return st;
    bytes = el_shape_tensor(&shape, shape.node->out);
    bytes.c *= EL_ACT_BYTES;
    l->layer = "stage";
    l->count = 1;
    l->total = pp - 1;
    return el_comm_push(l, "Send", EL_COMM_SEND, bytes, 2, false);
}

static el_status lower_top(el_lower *l, size_t *row, bool head)
{
    el_status st = collect(l, row);

    l->layer = head ? "head" : "embed";
    l->count = l->total = l->stored = 1;
    l->repeats = false;
    l->split = false;
    return st == EL_OK ? el_lower_layer(l) : st;
}

static el_status lower_repeated(el_lower *l, size_t *row, double share,
                                bool last)
{
    const el_layer *layer = &l->graph->layer[l->graph->row[*row].index];
    const el_shard *s = &l->plan->shard;
    el_status st;

    ++*row;
    st = collect(l, row);
    ++*row; /* its end */
    l->layer = layer->name;
    l->total = el_lower_value(l, layer->count, 0);
    l->count = l->total * share;
    l->stored = el_lower_value(l, layer->stored, l->total) / l->total;
    l->repeats = true;
    l->split = s->sequence_parallel && s->tp > 1;
    if (st == EL_OK && l->total > 0 && !(l->stored >= 0 && l->stored <= 1))
        return el_fail(l->err, EL_E_DATA,
                       "%s:%d:%d: layer %.40s: stored is not a number from 0 "
                       "to its count",
                       l->graph->name, layer->line, layer->column, layer->name);
    if (st == EL_OK && l->total > 0)
        st = el_lower_layer(l);
    return st == EL_OK && last ? push_send(l) : st;
}

static el_status lower_all(el_lower *l)
{
    const el_graph *g = l->graph;
    size_t row = 0, layer = 0;
    double share = 1;
    el_status st;

    el_lower_dims(l);
    st = set_stage(l, &share);
    while (st == EL_OK && row < g->n_row) {
        if (g->row[row].kind == EL_ROW_LAYER)
            st = lower_repeated(l, &row, share, ++layer == g->n_layer);
        else
            st = lower_top(l, &row, layer > 0);
    }
    return st;
}

static bool is_finite(const el_step *s)
{
    double sum = s->batch.c + s->m.c + s->n.c + s->k.c + s->context.c +
                 s->weight.c + s->comm.c + s->op.stored_bytes;

    for (int i = 0; i < EL_MASKS; i++)
        sum += s->flop[i] + s->act[i] + s->kv[i];
    return sum < 1e200; /* room for b, s and t; false for NaN */
}

static el_status check_steps(const el_lower *l)
{
    for (size_t i = 0; i < l->plan->n_step; i++)
        if (!is_finite(&l->plan->step[i]))
            return el_fail(l->err, EL_E_DATA, "%s: %s.%s: absurd size",
                           l->graph->name, l->plan->step[i].op.layer,
                           l->plan->step[i].op.label);
    return EL_OK;
}

static bool is_degree(double x)
{
    return x >= 1 && x <= EL_SHARD_MAX && x == floor(x);
}

static el_status check_shard(const el_shard *s, el_error *err)
{
    const double degree[] = {s->tp, s->pp, s->ep, s->cp};
    static const char *const name[] = {"tp", "pp", "ep", "cp"};

    for (size_t i = 0; i < 4; i++)
        if (!is_degree(degree[i]))
            return el_fail(err, EL_E_ARG,
                           "plan: %s: not a whole number from 1 to %g (%g)",
                           name[i], EL_SHARD_MAX, degree[i]);
    if (fmod(fmax(s->tp, s->ep), fmin(s->tp, s->ep)) != 0)
        return el_fail(err, EL_E_DATA,
                       "plan: tp %.0f and ep %.0f: neither divides the other",
                       s->tp, s->ep);
    return EL_OK;
}

static el_status make(el_lower *l)
{
    size_t n_dim = l->graph->n_dim, n_node = l->graph->n_node;
    el_status st = EL_OK;

    l->dim = el_array(2 * n_dim, sizeof *l->dim);
    /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
    l->node = el_array(n_node, sizeof *l->node);
    if (!l->dim || !l->node) {
        st = el_fail(l->err, EL_E_NOMEM, "plan: out of memory");
        goto done;
    }
    l->local = l->dim + n_dim;
    st = lower_all(l);
    if (st == EL_OK)
        st = check_steps(l);
done:
    el_free(l->node);
    el_free(l->dim);
    return st;
}

static el_status plan_of(const el_graph *graph, const el_arch_desc *arch,
                         const el_shard *shard, el_plan **out, el_error *err)
{
    el_lower l = {.graph = graph, .arch = arch, .err = err, .routing = ""};
    el_status st;

    l.plan = el_array(1, sizeof *l.plan);
    if (!l.plan)
        return el_fail(err, EL_E_NOMEM, "plan: out of memory");
    l.plan->shard = *shard;
    l.plan->groups = fmax(1, shard->ep / shard->tp);
    l.plan->other_bytes = arch ? arch->other_params * 2 : 0;
    st = make(&l);
    if (st == EL_OK)
        *out = l.plan;
    else
        el_plan_free(l.plan);
    return st;
}

/* Layers that nothing is read in are left out, but not out of memory. */
static el_status without_images(const el_graph *graph, const el_arch_desc *arch,
                                const el_shard *shard, el_plan *whole,
                                el_plan **out, el_error *err)
{
    el_arch_desc text = *arch;
    el_plan *plan = NULL;
    el_status st;

    text.vision = (el_tower){0};
    st = plan_of(graph, &text, shard, &plan, err);
    if (st != EL_OK)
        return st;
    plan->other_bytes +=
        el_plan_weight_bytes(whole) - el_plan_weight_bytes(plan);
    *out = plan;
    return EL_OK;
}

el_status el_plan_make(const el_graph *graph, const el_arch_desc *arch,
                       const el_shard *shard, el_plan **out, el_error *err)
{
    el_plan *plan = NULL;
    el_status st;

    if (!graph || !shard || !out)
        return el_fail(err, EL_E_ARG, "plan: NULL argument");
    st = check_shard(shard, err);
    if (st == EL_OK)
        st = plan_of(graph, arch, shard, &plan, err);
    if (st != EL_OK)
        return st;
    if (shard->images || !arch || !(arch->kv_bytes_per_image > 0)) {
        *out = plan;
        return EL_OK;
    }
    st = without_images(graph, arch, shard, plan, out, err);
    el_plan_free(plan);
    return st;
}

void el_plan_free(el_plan *plan)
{
    if (!plan)
        return;
    el_free(plan->step);
    el_strings_clear(&plan->strings);
    el_free(plan);
}

size_t el_plan_n_ops(const el_plan *plan)
{
    return plan->n_step;
}

const char *el_plan_note(const el_plan *plan)
{
    return plan->note;
}

double el_plan_gpus(const el_plan *plan)
{
    const el_shard *s = &plan->shard;

    return s->pp * s->cp * fmax(s->tp, s->ep);
}

double el_plan_weight_bytes(const el_plan *plan)
{
    double sum = plan->other_bytes;

    for (size_t i = 0; i < plan->n_step; i++)
        sum += plan->step[i].op.count * plan->step[i].op.stored_bytes;
    return sum;
}
