/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes of letters on one GPU. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/plan.h"

#define MAX_SIZE 1e12 /* no dimension of a network comes near */

el_status el_lower_fail(const el_lower *l, const el_node *node, const char *fmt,
                        ...)
{
    char what[256];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return el_fail(l->err, EL_E_DATA, "%s:%d:%d: %s", l->graph->name,
                   node->line, node->column, what);
}

void el_lower_note(el_lower *l, const char *fmt, ...)
{
    char what[160], *note = l->plan->note;
    size_t used = strlen(note), room = sizeof l->plan->note - used;
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (!strstr(note, what) && strlen(what) + 3 < room)
        (void)snprintf(note + used, room, "%s%s", used > 0 ? "; " : "", what);
}

static bool is_whole(double x)
{
    return x >= 0 && x <= MAX_SIZE && x == floor(x);
}

/*
 * A spilled dim (KV heads) below tp is replicated; what is left of the degree
 * divides its partner (query heads per KV head), and all that is computed
 * from the partner follows.
 */
void el_lower_dims(el_lower *l)
{
    const el_graph *g = l->graph;
    double tp = l->plan->shard.tp;

    for (size_t i = 0; i < g->n_dim; i++) {
        l->dim[i] = el_graph_expr_value(g, g->dim[i].expr, l->dim, l->arch);
        l->local[i] = NAN;
    }
    for (size_t i = 0; i < g->n_dim; i++) {
        int to = g->dim[i].spill;

        if (to != EL_NO_DIM && l->dim[i] > 0 && l->dim[i] < tp)
            l->local[to] = l->dim[to] * l->dim[i] / tp;
    }
    for (size_t i = 0; i < g->n_dim; i++)
        if (isnan(l->local[i]))
            l->local[i] =
                el_graph_expr_value(g, g->dim[i].expr, l->local, l->arch);
}

double el_lower_value(const el_lower *l, int expr, double otherwise)
{
    if (expr == EL_NO_EXPR)
        return otherwise;
    return el_graph_expr_value(l->graph, expr, l->dim, l->arch);
}

el_mono el_mono_times(el_mono x, el_mono y)
{
    return (el_mono){x.c * y.c, x.mask | y.mask};
}

static double value_of(const el_lower *l, int ref, const double *dim)
{
    return ref >= 0 ? dim[ref] : el_size_value(l->arch, -1 - ref);
}

static const el_split *split_of(const el_node *node, char letter)
{
    for (int i = 0; i < node->n_split; i++)
        if (node->split[i].letter == letter)
            return &node->split[i];
    return NULL;
}

static bool has_axis(const el_node *node, el_axis axis)
{
    for (int i = 0; i < node->n_split; i++)
        if (node->split[i].axis == axis)
            return true;
    return false;
}

static double degree_of(const el_lower *l, const el_node *node, el_axis axis)
{
    const el_shard *s = &l->plan->shard;

    if (axis == EL_AXIS_EP)
        return s->ep;
    if (axis == EL_AXIS_CP)
        return s->cp;
    /* the GPUs of tp hold the experts too: what ep leaves divides each */
    return has_axis(node, EL_AXIS_EP) ? fmax(1, s->tp / s->ep) : s->tp;
}

static bool is_spilled(const el_lower *l, const el_node *node, size_t i,
                       double degree)
{
    int ref = node->ref[i];

    return ref >= 0 && l->graph->dim[ref].spill != EL_NO_DIM &&
           l->dim[ref] > 0 && l->dim[ref] < degree;
}

static el_status indivisible(const el_lower *l, const el_node *node,
                             const char *letter, double size, el_axis axis,
                             double degree)
{
    return el_lower_fail(l, node,
                         "letter %s: size %.0f is not divisible by %s %.0f",
                         letter, size, el_axis_word[axis], degree);
}

static el_status check_spill(el_lower *l, const el_node *node, size_t i)
{
    const el_dim *dim = &l->graph->dim[node->ref[i]];
    double tp = l->plan->shard.tp, size = l->dim[node->ref[i]];
    double partner = l->dim[dim->spill];

    if (fmod(tp, size) != 0)
        return indivisible(l, node, dim->name, size, EL_AXIS_TP, tp);
    if (fmod(partner, tp / size) != 0)
        return el_lower_fail(l, node,
                             "letter %s: size %g is not divisible by %.0f "
                             "(tp %.0f over %.0f %s)",
                             l->graph->dim[dim->spill].name, partner, tp / size,
                             tp, size, dim->name);
    el_lower_note(l, "%s = %.0f key-value head%s replicated over tp %.0f",
                  dim->name, size, size == 1 ? "" : "s", tp);
    return EL_OK;
}

/* Which values count: the local ones where a letter is split beyond its size.
 */
static el_status choose_dims(el_lower *l, const el_node *node,
                             const double **out)
{
    el_status st = EL_OK;

    *out = l->dim;
    for (size_t i = 0; node->letter[i] && st == EL_OK; i++) {
        const el_split *s = split_of(node, node->letter[i]);

        if (strchr(EL_RUN_TIME, node->letter[i]) || !s ||
            s->axis != EL_AXIS_TP || !is_spilled(l, node, i, l->plan->shard.tp))
            continue;
        *out = l->local;
        st = check_spill(l, node, i);
    }
    return st;
}

static el_status divide(el_lower *l, const el_node *node, size_t i,
                        const el_split *split, el_shape *out)
{
    double degree = degree_of(l, node, split->axis), size = out->size[i].c;
    char name[2] = {node->letter[i], '\0'};
    int ref = node->ref[i];

    if (degree == 1)
        return EL_OK;
    if (out->size[i].mask == 0) {
        if (split->axis == EL_AXIS_TP && is_spilled(l, node, i, degree)) {
            /* one copy here; what depends on it is spread over all GPUs, so
               that contracting it leaves partial sums on every one */
            out->size[i].c = 1;
            out->degree[i] = degree;
            return EL_OK;
        }
        if (ref >= 0 && l->graph->dim[ref].pad) {
            size = ceil(size / degree) * degree;
        } else if (fmod(size, degree) != 0 && split->optional) {
            el_lower_note(l, "%s: %s = %.0f replicated over tp %.0f",
                          *node->label ? node->label : l->layer, name, size,
                          degree);
            return EL_OK;
        } else if (fmod(size, degree) != 0) {
            return indivisible(l, node, name, size, split->axis, degree);
        }
    }
    out->size[i].c = size / degree;
    out->degree[i] = degree;
    return EL_OK;
}

static el_mono run_time(const el_lower *l, char letter, bool part, bool split)
{
    switch (letter) {
    case 'b':
        return (el_mono){1, EL_IN_B};
    case 's':
        return (el_mono){split ? 1 / l->plan->shard.tp : 1, EL_IN_S};
    case 't':
        return (el_mono){1, EL_IN_T};
    default: /* mean tokens of an expert; a shared one sees them all */
        return (el_mono){part ? 1 : l->top_k / l->experts, EL_IN_B | EL_IN_S};
    }
}

static el_status size_letter(el_lower *l, const el_node *node, size_t i,
                             const double *dim, bool part, el_shape *out)
{
    char name[2] = {node->letter[i], '\0'};
    const el_split *split = split_of(node, name[0]);
    double size = value_of(l, node->ref[i], dim);

    if (part && split && split->axis == EL_AXIS_EP) {
        out->size[i].c = l->shared;
        return EL_OK;
    }
    /* a letter that is divided itself is taken whole */
    if (split)
        size = value_of(l, node->ref[i], l->dim);
    if (isnan(size))
        return el_lower_fail(l, node, "letter %s has no size here%s", name,
                             l->arch ? "" : " (no architecture is given)");
    if (!is_whole(size) || size == 0)
        return el_lower_fail(l, node,
                             "letter %s: size %g is not a whole number from 1 "
                             "to %g",
                             name, size, MAX_SIZE);
    out->size[i].c = size;
    return EL_OK;
}

el_status el_shape_make(el_lower *l, const el_node *node, bool part, bool split,
                        el_shape *out)
{
    const double *dim;
    el_status st = choose_dims(l, node, &dim);

    *out = (el_shape){.node = node};
    for (size_t i = 0; st == EL_OK && node->letter[i]; i++) {
        const el_split *s = split_of(node, node->letter[i]);

        out->degree[i] = 1;
        if (strchr(EL_RUN_TIME, node->letter[i]))
            out->size[i] = run_time(l, node->letter[i], part, split);
        else
            st = size_letter(l, node, i, dim, part, out);
        if (st == EL_OK && s && !(part && s->axis == EL_AXIS_EP))
            st = divide(l, node, i, s, out);
    }
    return st;
}

el_mono el_shape_tensor(const el_shape *shape, const char *tensor)
{
    el_mono x = {1, 0};

    for (; *tensor; tensor++) {
        const char *at = strchr(shape->node->letter, *tensor);

        x = el_mono_times(x, shape->size[at - shape->node->letter]);
    }
    return x;
}

double el_shape_contracted(const el_shape *shape)
{
    const el_node *node = shape->node;
    double degree = 1;

    for (size_t i = 0; node->letter[i]; i++)
        if (!strchr(node->out, node->letter[i]))
            degree *= shape->degree[i];
    return degree;
}
