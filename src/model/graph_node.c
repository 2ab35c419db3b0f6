/* SPDX-License-Identifier: Apache-2.0 */
/* An op statement: its einsum, and what its keys must agree on. */
#include <string.h>

#include "model/graph_parse.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static el_status add_letter(el_parser *p, el_node *node, char c)
{
    size_t n = strlen(node->letter);

    if (strchr(node->letter, c))
        return EL_OK;
    if (n == EL_UNION_MAX)
        return el_lex_fail(&p->lex, p->lex.pos,
                           "too many letters in one op (limit %d)",
                           EL_UNION_MAX);
    node->letter[n] = c;
    return EL_OK;
}

static el_status parse_tensor(el_parser *p, el_node *node, char *tensor)
{
    size_t n = 0, at = p->lex.pos;

    while (is_letter(el_lex_peek(&p->lex))) {
        char c = el_lex_peek(&p->lex);
        el_status st;

        if (memchr(tensor, c, n))
            return el_lex_fail(&p->lex, p->lex.pos,
                               "letter %c stands twice in a tensor", c);
        if (n == EL_TENSOR_MAX)
            return el_lex_fail(&p->lex, p->lex.pos,
                               "too many letters in a tensor (limit %d)",
                               EL_TENSOR_MAX);
        st = add_letter(p, node, c);
        if (st != EL_OK)
            return st;
        tensor[n++] = c;
        p->lex.pos++;
    }
    if (n == 0)
        return el_lex_fail(&p->lex, at, "a tensor has no letters");
    return EL_OK;
}

static el_status parse_operands(el_parser *p, el_node *node)
{
    el_status st;

    for (;;) {
        if (node->n_in == EL_MAX_IN)
            return el_lex_fail(&p->lex, p->lex.pos,
                               "too many operands (limit %d)", EL_MAX_IN);
        st = parse_tensor(p, node, node->in[node->n_in]);
        if (st != EL_OK)
            return st;
        node->n_in++;
        if (el_lex_peek(&p->lex) != ',')
            return EL_OK;
        p->lex.pos++;
    }
}

static el_status expect(el_parser *p, const char *text)
{
    char room[32];

    for (; *text; text++, p->lex.pos++)
        if (el_lex_peek(&p->lex) != *text)
            return el_lex_fail(&p->lex, p->lex.pos, "want '%c', not %s", *text,
                               el_lex_show(&p->lex, room));
    return EL_OK;
}

static bool in_operands(const el_node *node, char c)
{
    for (int i = 0; i < node->n_in; i++)
        if (strchr(node->in[i], c))
            return true;
    return false;
}

static el_status parse_einsum(el_parser *p, el_node *node)
{
    size_t out_at;
    el_status st = expect(p, "\"");

    if (st == EL_OK)
        st = parse_operands(p, node);
    if (st == EL_OK)
        st = expect(p, "->");
    out_at = p->lex.pos;
    if (st == EL_OK)
        st = parse_tensor(p, node, node->out);
    if (st == EL_OK)
        st = expect(p, "\"");
    if (st != EL_OK)
        return st;
    for (size_t i = 0; node->out[i]; i++)
        if (!in_operands(node, node->out[i]) &&
            !(strchr("bs", node->out[i]) && in_operands(node, 'T')))
            return el_lex_fail(&p->lex, out_at + i,
                               "letter %c of the result is in no operand",
                               node->out[i]);
    return EL_OK;
}

/* Sizes of letters, found now: the dims seen here are those that count. */
static el_status resolve(el_parser *p, el_node *node, size_t at)
{
    for (size_t i = 0; node->letter[i]; i++) {
        char name[2] = {node->letter[i], '\0'};
        bool found;

        if (strchr(EL_RUN_TIME, name[0]))
            continue;
        node->ref[i] = el_parse_ref(p, name, &found);
        if (!found)
            return el_lex_fail(&p->lex, at,
                               "letter %s has no size: write \"dim %s = ...\" "
                               "above",
                               name, name);
    }
    if (strchr(node->letter, 'T') && strpbrk(node->letter, "bst") &&
        node->kind != EL_NODE_ADD)
        return el_lex_fail(&p->lex, at,
                           "T stands for b and s: only kind=add has both");
    return EL_OK;
}

static bool is_product(el_node_kind kind)
{
    return kind == EL_NODE_GEMM || kind == EL_NODE_ATTN ||
           kind == EL_NODE_MOE || kind == EL_NODE_ROUTER;
}

static el_status check(el_parser *p, const el_node *node, size_t at)
{
    if (is_product(node->kind) && node->n_in != 2)
        return el_lex_fail(&p->lex, at, "kind=%s takes 2 operands, not %d",
                           el_node_kind_text(node->kind), node->n_in);
    if (node->kind == EL_NODE_EMBED && node->weight == 0)
        return el_lex_fail(&p->lex, at, "kind=embed wants weight=1 or 2");
    if (node->weight > 0 && strpbrk(node->in[node->weight - 1], EL_RUN_TIME))
        return el_lex_fail(&p->lex, at,
                           "operand %d is a weight: it cannot have b, s, t, T",
                           node->weight);
    if (node->kind == EL_NODE_MOE && !strchr(node->letter, 'T'))
        return el_lex_fail(&p->lex, at,
                           "kind=moe wants the letter T (tokens per expert)");
    return EL_OK;
}

el_status el_parse_node(el_parser *p, el_node *out)
{
    el_node node = {.line = p->lex.line,
                    .label = "",
                    .fuse = "",
                    .routing = "",
                    .dtype = "",
                    .flops_text = "",
                    .window = EL_NO_EXPR,
                    .sparse = EL_NO_EXPR,
                    .ratio = EL_NO_EXPR,
                    .chunk = EL_NO_EXPR,
                    .topk = EL_NO_EXPR,
                    .experts = EL_NO_EXPR,
                    .shared = EL_NO_EXPR,
                    .cond = EL_NO_EXPR,
                    .flops = -1,
                    .stored = true};
    size_t at;
    el_status st;

    el_lex_blanks(&p->lex);
    at = p->lex.pos;
    node.column = el_lex_column(&p->lex, at);
    st = parse_einsum(p, &node);
    if (st == EL_OK)
        st = el_parse_keys(p, &node);
    if (st == EL_OK)
        st = resolve(p, &node, at);
    if (st == EL_OK)
        st = check(p, &node, at);
    if (st == EL_OK)
        *out = node;
    return st;
}
