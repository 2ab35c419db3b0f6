/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical text: four blanks inside layers, keys in one order. */
#include "model/graph.h"

static void add_text(el_buf *out, const char *key, const char *text)
{
    if (*text)
        el_buf_printf(out, " %s=%s", key, text);
}

static void add_word(el_buf *out, const char *key, const char *const *list,
                     int value)
{
    if (value > 0)
        el_buf_printf(out, " %s=%s", key, list[value]);
}

static void add_number(el_buf *out, const char *key, double value)
{
    if (value > 0)
        el_buf_printf(out, " %s=%.0f", key, value);
}

/* Anything but a name, a number or their negation keeps its parentheses. */
static void add_factor(el_buf *out, const el_graph *g, int expr)
{
    char what = g->expr[expr].what;
    bool bare = what == 'n' || what == 'r' || what == '!';

    el_buf_add(out, bare ? "" : "(");
    el_graph_expr_print(g, expr, out);
    el_buf_add(out, bare ? "" : ")");
}

static void add_expr(el_buf *out, const char *key, const el_graph *g, int expr)
{
    if (expr == EL_NO_EXPR)
        return;
    el_buf_printf(out, " %s=", key);
    add_factor(out, g, expr);
}

static void add_splits(el_buf *out, const el_node *node)
{
    for (int i = 0; i < node->n_split; i++) {
        const el_split *s = &node->split[i];

        el_buf_printf(out, "%s%c%s", i > 0 ? "," : " parallel=", s->letter,
                      s->optional ? "?" : "");
        if (s->axis != EL_AXIS_TP)
            el_buf_printf(out, ":%s", el_axis_word[s->axis]);
    }
}

static void add_stack(el_buf *out, const el_graph *g, const el_node *node)
{
    for (int i = 0; i < node->n_stack; i++) {
        el_buf_add(out, i > 0 ? "," : " stack=");
        add_factor(out, g, node->stack[i]);
    }
}

static void print_node(const el_graph *g, const el_node *node, el_buf *out)
{
    el_buf_add(out, "op \"");
    for (int i = 0; i < node->n_in; i++)
        el_buf_printf(out, "%s%s", i > 0 ? "," : "", node->in[i]);
    el_buf_printf(out, "->%s\"", node->out);
    if (node->kind != EL_NODE_GEMM)
        add_text(out, "kind", el_node_kind_text(node->kind));
    add_text(out, "label", node->label);
    add_splits(out, node);
    add_number(out, "weight", node->weight);
    add_text(out, "fuse", node->fuse);
    add_text(out, "dtype", node->dtype);
    add_number(out, "overlap_stage", node->overlap_stage);
    add_number(out, "overlap_SM", node->overlap_sm);
    add_word(out, "comm", el_comm_word, (int)node->comm);
    add_expr(out, "experts", g, node->experts);
    add_expr(out, "topk", g, node->topk);
    add_expr(out, "shared", g, node->shared);
    add_text(out, "routing", node->routing);
    add_expr(out, "window", g, node->window);
    add_expr(out, "sparse", g, node->sparse);
    add_expr(out, "ratio", g, node->ratio);
    add_expr(out, "chunk", g, node->chunk);
    add_stack(out, g, node);
    add_word(out, "mask", el_mask_word, (int)node->mask);
    add_word(out, "kv", el_kv_word, (int)node->kv);
    add_word(out, "when", el_when_word, (int)node->when);
    add_expr(out, "if", g, node->cond);
    add_text(out, "flops", node->flops_text);
    if (!node->stored)
        el_buf_add(out, " store=0");
    el_buf_add(out, "\n");
}

static void print_dim(const el_graph *g, const el_dim *dim, el_buf *out)
{
    el_buf_printf(out, "dim %s = ", dim->name);
    el_graph_expr_print(g, dim->expr, out);
    el_buf_add(out, dim->pad ? " pad" : "");
    if (dim->spill != EL_NO_DIM)
        el_buf_printf(out, " spill=%s", g->dim[dim->spill].name);
    el_buf_add(out, "\n");
}

void el_graph_print(const el_graph *graph, el_buf *out)
{
    const char *indent = "";

    for (size_t i = 0; i < graph->n_row; i++) {
        const el_row *row = &graph->row[i];

        if (row->kind == EL_ROW_LAYER) {
            const el_layer *layer = &graph->layer[row->index];

            el_buf_printf(out, "layer %s x ", layer->name);
            el_graph_expr_print(graph, layer->count, out);
            add_expr(out, "stored", graph, layer->stored);
            el_buf_add(out, " {\n");
            indent = "    ";
        } else if (row->kind == EL_ROW_END) {
            el_buf_add(out, "}\n");
            indent = "";
        } else if (row->kind == EL_ROW_DIM) {
            el_buf_add(out, indent);
            print_dim(graph, &graph->dim[row->index], out);
        } else {
            el_buf_add(out, indent);
            print_node(graph, &graph->node[row->index], out);
        }
    }
}
