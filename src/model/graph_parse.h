/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the parser. Layer: model. All fail with EL_E_DATA or EL_E_NOMEM. */
#ifndef EL_MODEL_GRAPH_PARSE_H
#define EL_MODEL_GRAPH_PARSE_H
#include "model/graph.h"
#include "model/graph_lex.h"

typedef struct el_parser {
    el_lex lex;
    el_graph *graph;
    int depth;        /* of parentheses */
    size_t expr_from; /* expressions when the present one began */
} el_parser;

el_status el_parse_nomem(const el_parser *p);

/* Latest dim of that name still seen; -1 - size; or *found = false. */
int el_parse_ref(const el_parser *p, const char *name, bool *found);

/* A whole expression, and a single name, number or parenthesis. */
EL_NODISCARD el_status el_parse_expr(el_parser *p, int *out);
EL_NODISCARD el_status el_parse_factor(el_parser *p, int *out);

/* What follows the word "op", up to the end of its line. */
EL_NODISCARD el_status el_parse_node(el_parser *p, el_node *out);
/* key=value pairs of an op. */
EL_NODISCARD el_status el_parse_keys(el_parser *p, el_node *node);

/* Interned; NULL when out of memory. */
const char *el_parse_intern(el_parser *p, el_word word);

#endif
