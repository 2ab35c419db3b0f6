/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions: recursive descent, evaluation, print with few parentheses. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "model/graph_parse.h"

#define MAX_DEPTH  32  /* of parentheses and '!' */
#define MAX_NODES  256 /* of one expression: bounds every recursion on it */
#define MAX_DIGITS 15  /* exact in a double */

el_status el_parse_nomem(const el_parser *p)
{
    return el_fail(p->lex.err, EL_E_NOMEM, "%s: out of memory", p->lex.name);
}

const char *el_parse_intern(el_parser *p, el_word word)
{
    return el_strings_add(&p->graph->strings, word.text, word.len);
}

int el_parse_ref(const el_parser *p, const char *name, bool *found)
{
    const el_graph *g = p->graph;
    int size;

    *found = true;
    for (size_t i = g->n_dim; i-- > 0;)
        if (!g->dim[i].gone && strcmp(g->dim[i].name, name) == 0)
            return (int)i;
    size = el_size_find(name);
    *found = size >= 0;
    return -1 - size;
}

static el_status add(el_parser *p, size_t at, el_graph_expr e, int *out)
{
    el_graph *g = p->graph;
    el_graph_expr *room;

    if (g->n_expr - p->expr_from >= MAX_NODES)
        return el_lex_fail(&p->lex, at, "expression is too long (limit %d)",
                           MAX_NODES);
    room = el_grow(g->expr, &g->cap_expr, g->n_expr + 1, sizeof e);
    if (!room)
        return el_parse_nomem(p);
    g->expr = room;
    g->expr[g->n_expr] = e;
    *out = (int)g->n_expr++;
    return EL_OK;
}

/* Recursion is bounded by MAX_DEPTH here, by MAX_NODES in trees that were
 * accepted. NOLINTBEGIN(misc-no-recursion) */
static el_status parse_number(el_parser *p, int *out)
{
    el_lex *lex = &p->lex;
    size_t at = lex->pos;
    double value = 0;

    while (el_lex_peek(lex) >= '0' && el_lex_peek(lex) <= '9') {
        value = value * 10 + (el_lex_peek(lex) - '0');
        lex->pos++;
    }
    if (lex->pos - at > MAX_DIGITS)
        return el_lex_fail(lex, at, "number is too long (limit %d digits)",
                           MAX_DIGITS);
    return add(p, at, (el_graph_expr){.what = 'n', .number = value}, out);
}

static el_status parse_ref(el_parser *p, int *out)
{
    size_t at = p->lex.pos;
    el_word word = el_lex_name(&p->lex);
    const char *name = el_parse_intern(p, word);
    el_graph_expr e = {.what = 'r'};
    bool found;

    if (!name)
        return el_parse_nomem(p);
    if (word.len == 1 && strchr(EL_RUN_TIME, *name))
        return el_lex_fail(&p->lex, at,
                           "%s is known at run time only: it has no place in "
                           "an expression",
                           name);
    e.ref = el_parse_ref(p, name, &found);
    if (!found)
        return el_lex_fail(&p->lex, at, "unknown name \"%.40s\"", name);
    return add(p, at, e, out);
}

static el_status parse_inner(el_parser *p, int *out)
{
    size_t at = p->lex.pos;
    el_status st;

    p->lex.pos++;
    st = el_parse_expr(p, out);
    if (st != EL_OK)
        return st;
    el_lex_blanks(&p->lex);
    if (el_lex_peek(&p->lex) != ')')
        return el_lex_fail(&p->lex, at, "parenthesis is not closed");
    p->lex.pos++;
    return EL_OK;
}

static el_status parse_not(el_parser *p, int *out)
{
    size_t at = p->lex.pos++;
    el_graph_expr e = {.what = '!'};
    el_status st = el_parse_factor(p, &e.left);

    return st == EL_OK ? add(p, at, e, out) : st;
}

static el_status parse_factor(el_parser *p, int *out)
{
    char room[32], c;

    el_lex_blanks(&p->lex);
    c = el_lex_peek(&p->lex);
    if (c >= '0' && c <= '9')
        return parse_number(p, out);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
        return parse_ref(p, out);
    if (c == '(')
        return parse_inner(p, out);
    if (c == '!')
        return parse_not(p, out);
    return el_lex_fail(&p->lex, p->lex.pos,
                       "a number, a name or ( is missing before %s",
                       el_lex_show(&p->lex, room));
}

el_status el_parse_factor(el_parser *p, int *out)
{
    el_status st;

    if (p->depth == 0)
        p->expr_from = p->graph->n_expr;
    if (p->depth >= MAX_DEPTH)
        return el_lex_fail(&p->lex, p->lex.pos,
                           "expression is too deep (limit %d)", MAX_DEPTH);
    p->depth++;
    st = parse_factor(p, out);
    p->depth--;
    return st;
}

/* One level of left-associative operators. */
static el_status parse_chain(el_parser *p, const char *operators,
                             el_status (*next)(el_parser *, int *), int *out)
{
    el_status st = next(p, out);

    while (st == EL_OK) {
        size_t at;
        char c;
        el_graph_expr e = {.left = *out};

        el_lex_blanks(&p->lex);
        at = p->lex.pos;
        c = el_lex_peek(&p->lex);
        if (!c || !strchr(operators, c))
            break;
        p->lex.pos++;
        e.what = c;
        st = next(p, &e.right);
        if (st == EL_OK)
            st = add(p, at, e, out);
    }
    return st;
}

static el_status parse_term(el_parser *p, int *out)
{
    return parse_chain(p, "*/", el_parse_factor, out);
}

el_status el_parse_expr(el_parser *p, int *out)
{
    bool outermost = p->depth == 0;
    el_status st;

    if (outermost) {
        p->expr_from = p->graph->n_expr;
        p->depth = 1; /* factors of a chain share the budget of nodes */
    }
    st = parse_chain(p, "+-", parse_term, out);
    if (outermost)
        p->depth = 0;
    return st;
}

double el_graph_expr_value(const el_graph *graph, int expr, const double *dim,
                           const el_arch_desc *arch)
{
    const el_graph_expr *e = &graph->expr[expr];
    double x, y;

    if (e->what == 'n')
        return e->number;
    if (e->what == 'r')
        return e->ref >= 0 ? dim[e->ref] : el_size_value(arch, -1 - e->ref);
    x = el_graph_expr_value(graph, e->left, dim, arch);
    if (e->what == '!')
        return isnan(x) ? x : x == 0;
    y = el_graph_expr_value(graph, e->right, dim, arch);
    switch (e->what) {
    case '+':
        return x + y;
    case '-':
        return x - y;
    case '*':
        return x * y;
    default:
        return y != 0 ? x / y : (double)NAN;
    }
}

static int rank(char what)
{
    return what == '+' || what == '-' ? 1 : what == '*' || what == '/' ? 2 : 3;
}

static void print_part(const el_graph *g, int expr, bool wrap, el_buf *out)
{
    el_buf_add(out, wrap ? "(" : "");
    el_graph_expr_print(g, expr, out);
    el_buf_add(out, wrap ? ")" : "");
}

void el_graph_expr_print(const el_graph *graph, int expr, el_buf *out)
{
    const el_graph_expr *e = &graph->expr[expr];

    if (e->what == 'n') {
        el_buf_printf(out, "%.0f", e->number);
    } else if (e->what == 'r') {
        el_buf_add(out, e->ref >= 0 ? graph->dim[e->ref].name
                                    : el_size_name(-1 - e->ref));
    } else if (e->what == '!') {
        el_buf_add(out, "!");
        print_part(graph, e->left, rank(graph->expr[e->left].what) < 3, out);
    } else {
        print_part(graph, e->left,
                   rank(graph->expr[e->left].what) < rank(e->what), out);
        el_buf_printf(out, " %c ", e->what);
        /* left-associative: a right part of equal rank keeps its own */
        print_part(graph, e->right,
                   rank(graph->expr[e->right].what) <= rank(e->what), out);
    }
}
/* NOLINTEND(misc-no-recursion) */
