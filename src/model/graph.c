/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of a description: dim, layer, op. */
#include "model/graph.h"

#include <string.h>

#include "base/mem.h"
#include "model/graph_parse.h"

/* Letters that every description knows; a dim of its own replaces one. */
static const char prelude[] = "dim m = hidden\n"
                              "dim v = vocab pad\n"
                              "dim g = heads / kv_heads\n"
                              "dim K = kv_heads spill=g\n"
                              "dim i = g + 2\n"
                              "dim h = head_dim\n"
                              "dim F = intermediate\n"
                              "dim j = mlp_matrices - 1\n"
                              "dim E = experts\n"
                              "dim e = experts\n"
                              "dim f = moe_intermediate\n";

static el_status limit(const el_parser *p, size_t at, const char *what,
                       size_t max)
{
    return el_lex_fail(&p->lex, at, "too many %s (limit %zu)", what, max);
}

static el_status add_row(el_parser *p, el_row_kind kind, size_t index)
{
    el_graph *g = p->graph;
    el_row *room = el_grow(g->row, &g->cap_row, g->n_row + 1, sizeof *room);

    if (!room)
        return el_parse_nomem(p);
    g->row = room;
    g->row[g->n_row++] = (el_row){kind, index};
    return EL_OK;
}

static el_status end_of_line(el_parser *p)
{
    char room[32];

    el_lex_blanks(&p->lex);
    if (el_lex_at_eol(&p->lex) || el_lex_peek(&p->lex) == '}')
        return EL_OK;
    return el_lex_fail(&p->lex, p->lex.pos, "unexpected %s",
                       el_lex_show(&p->lex, room));
}

/* [pad] [spill=NAME] */
static el_status parse_dim_ends(el_parser *p, el_dim *dim)
{
    for (;;) {
        size_t at;
        el_word word;
        const char *name;
        bool found = false;

        el_lex_blanks(&p->lex);
        at = p->lex.pos;
        word = el_lex_name(&p->lex);
        if (word.len == 0)
            return end_of_line(p);
        if (el_word_is(word, "pad") && !dim->pad) {
            dim->pad = true;
            continue;
        }
        if (!el_word_is(word, "spill") || dim->spill != EL_NO_DIM ||
            el_lex_peek(&p->lex) != '=')
            return el_lex_fail(&p->lex, at,
                               "want pad, spill=NAME or the end "
                               "of the line");
        at = ++p->lex.pos;
        name = el_parse_intern(p, el_lex_name(&p->lex));
        if (!name)
            return el_parse_nomem(p);
        dim->spill = el_parse_ref(p, name, &found);
        if (!found || dim->spill < 0)
            return el_lex_fail(&p->lex, at, "spill wants a dim from above");
    }
}

static el_status push_dim(el_parser *p, const el_dim *dim)
{
    el_graph *g = p->graph;
    el_dim *room = el_grow(g->dim, &g->cap_dim, g->n_dim + 1, sizeof *room);

    if (!room)
        return el_parse_nomem(p);
    g->dim = room;
    g->dim[g->n_dim++] = *dim;
    return add_row(p, EL_ROW_DIM, g->n_dim - 1);
}

static el_status parse_dim(el_parser *p)
{
    el_dim dim = {.line = p->lex.line, .spill = EL_NO_DIM};
    size_t at;
    el_word word;
    el_status st;

    el_lex_blanks(&p->lex);
    at = p->lex.pos;
    dim.column = el_lex_column(&p->lex, at);
    word = el_lex_name(&p->lex);
    if (word.len == 0)
        return el_lex_fail(&p->lex, at, "dim wants a name");
    if (word.len == 1 && strchr(EL_RUN_TIME, *word.text))
        return el_lex_fail(&p->lex, at, "%c has its size at run time",
                           *word.text);
    if (p->graph->n_dim >= EL_GRAPH_MAX_DIMS)
        return limit(p, at, "dims", EL_GRAPH_MAX_DIMS);
    dim.name = el_parse_intern(p, word);
    if (!dim.name)
        return el_parse_nomem(p);
    el_lex_blanks(&p->lex);
    if (el_lex_peek(&p->lex) != '=')
        return el_lex_fail(&p->lex, p->lex.pos, "= is missing after dim %.40s",
                           dim.name);
    p->lex.pos++;
    st = el_parse_expr(p, &dim.expr);
    if (st == EL_OK)
        st = parse_dim_ends(p, &dim);
    return st == EL_OK ? push_dim(p, &dim) : st;
}

static el_status parse_op(el_parser *p, size_t at)
{
    el_graph *g = p->graph;
    el_node node, *room;
    el_status st;

    if (g->n_node >= EL_GRAPH_MAX_OPS)
        return limit(p, at, "ops", EL_GRAPH_MAX_OPS);
    st = el_parse_node(p, &node);
    if (st == EL_OK)
        st = end_of_line(p);
    if (st != EL_OK)
        return st;
    room = el_grow(g->node, &g->cap_node, g->n_node + 1, sizeof *room);
    if (!room)
        return el_parse_nomem(p);
    g->node = room;
    g->node[g->n_node++] = node;
    return add_row(p, EL_ROW_OP, g->n_node - 1);
}

/* [stored=EXPR] */
static el_status parse_stored(el_parser *p, el_layer *layer)
{
    size_t at;
    el_word word;

    layer->stored = EL_NO_EXPR;
    el_lex_blanks(&p->lex);
    at = p->lex.pos;
    word = el_lex_name(&p->lex);
    if (word.len == 0)
        return EL_OK;
    if (!el_word_is(word, "stored") || el_lex_peek(&p->lex) != '=')
        return el_lex_fail(&p->lex, at, "want stored=COPIES or {");
    p->lex.pos++;
    return el_parse_factor(p, &layer->stored);
}

/* NAME x COUNT [stored=EXPR] { */
static el_status parse_layer_head(el_parser *p, el_layer *layer)
{
    size_t at;
    el_status st;

    el_lex_blanks(&p->lex);
    at = p->lex.pos;
    layer->column = el_lex_column(&p->lex, at);
    layer->name = el_parse_intern(p, el_lex_name(&p->lex));
    if (!layer->name)
        return el_parse_nomem(p);
    if (*layer->name == '\0')
        return el_lex_fail(&p->lex, at, "layer wants a name");
    el_lex_blanks(&p->lex);
    at = p->lex.pos;
    if (!el_word_is(el_lex_name(&p->lex), "x"))
        return el_lex_fail(&p->lex, at, "want \"x COUNT\" after the name");
    st = el_parse_expr(p, &layer->count);
    if (st == EL_OK)
        st = parse_stored(p, layer);
    if (st != EL_OK)
        return st;
    el_lex_blanks(&p->lex);
    if (el_lex_peek(&p->lex) != '{')
        return el_lex_fail(&p->lex, p->lex.pos, "{ is missing");
    p->lex.pos++;
    return EL_OK;
}

/* dim or op; at is where its first word stands. */
static el_status parse_row(el_parser *p, size_t at, el_word word, bool in_layer)
{
    char room[32];

    if (el_word_is(word, "dim"))
        return parse_dim(p);
    if (el_word_is(word, "op"))
        return parse_op(p, at);
    if (in_layer && el_word_is(word, "layer"))
        return el_lex_fail(&p->lex, at, "a layer within a layer");
    if (word.len > 0)
        return el_lex_fail(&p->lex, at,
                           "unknown word \"%.*s\" (known: dim layer op)",
                           (int)(word.len < 40 ? word.len : 40), word.text);
    return el_lex_fail(&p->lex, at, "unexpected %s",
                       el_lex_show(&p->lex, room));
}

static el_status parse_layer_body(el_parser *p, const el_layer *layer)
{
    while (el_lex_lines(&p->lex)) {
        size_t at = p->lex.pos;
        el_status st;

        if (el_lex_peek(&p->lex) == '}') {
            p->lex.pos++;
            return EL_OK;
        }
        st = parse_row(p, at, el_lex_name(&p->lex), true);
        if (st != EL_OK)
            return st;
    }
    return el_fail(p->lex.err, EL_E_DATA, "%s:%d:%d: layer %.40s is not closed",
                   p->lex.name, layer->line, layer->column, layer->name);
}

static el_status parse_layer(el_parser *p, size_t at)
{
    el_graph *g = p->graph;
    el_layer layer = {.line = p->lex.line}, *room;
    size_t first_dim = g->n_dim;
    el_status st;

    if (g->n_layer >= EL_GRAPH_MAX_LAYERS)
        return limit(p, at, "layers", EL_GRAPH_MAX_LAYERS);
    st = parse_layer_head(p, &layer);
    if (st != EL_OK)
        return st;
    room = el_grow(g->layer, &g->cap_layer, g->n_layer + 1, sizeof *room);
    if (!room)
        return el_parse_nomem(p);
    g->layer = room;
    g->layer[g->n_layer++] = layer;
    st = add_row(p, EL_ROW_LAYER, g->n_layer - 1);
    if (st == EL_OK)
        st = parse_layer_body(p, &layer);
    if (st == EL_OK)
        st = add_row(p, EL_ROW_END, g->n_layer - 1);
    for (size_t i = first_dim; i < g->n_dim; i++)
        g->dim[i].gone = true;
    return st == EL_OK ? end_of_line(p) : st;
}

static el_status parse_statement(el_parser *p)
{
    size_t at = p->lex.pos;
    el_word word = el_lex_name(&p->lex);

    if (el_word_is(word, "layer"))
        return parse_layer(p, at);
    return parse_row(p, at, word, false);
}

static el_status parse_text(el_graph *graph, const char *text, size_t len,
                            const char *name, el_error *err)
{
    el_parser p = {
        .lex = {.name = name, .text = text, .len = len, .line = 1, .err = err},
        .graph = graph};
    el_status st = EL_OK;

    while (st == EL_OK && el_lex_lines(&p.lex))
        st = parse_statement(&p);
    return st;
}

static el_status parse_all(el_graph *graph, const char *text, size_t len,
                           const char *name, el_error *err)
{
    el_status st = parse_text(graph, prelude, sizeof prelude - 1, name, err);

    if (st != EL_OK)
        return st;
    graph->n_prelude = graph->n_dim;
    graph->n_row = 0;
    st = parse_text(graph, text, len, name, err);
    if (st == EL_OK && graph->n_node == 0)
        return el_fail(err, EL_E_DATA, "%s: no op in it", name);
    return st;
}

el_status el_graph_parse(const char *text, size_t len, const char *name,
                         el_graph **out, el_error *err)
{
    el_graph *graph;
    el_status st;

    if (!text || !name || !out)
        return el_fail(err, EL_E_ARG, "description: NULL argument");
    if (len > EL_GRAPH_MAX_BYTES)
        return el_fail(err, EL_E_DATA, "%.200s: too long (%zu bytes, limit %u)",
                       name, len, EL_GRAPH_MAX_BYTES);
    graph = el_array(1, sizeof *graph);
    if (!graph)
        return el_fail(err, EL_E_NOMEM, "description: out of memory");
    graph->name = el_strings_add(&graph->strings, name, strlen(name));
    st = graph->name ? parse_all(graph, text, len, graph->name, err)
                     : el_fail(err, EL_E_NOMEM, "description: out of memory");
    if (st == EL_OK)
        *out = graph;
    else
        el_graph_free(graph);
    return st;
}

void el_graph_free(el_graph *graph)
{
    if (!graph)
        return;
    el_free(graph->row);
    el_free(graph->layer);
    el_free(graph->node);
    el_free(graph->dim);
    el_free(graph->expr);
    el_strings_clear(&graph->strings);
    el_free(graph);
}
