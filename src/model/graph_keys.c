/* SPDX-License-Identifier: Apache-2.0 */
/* key=value pairs of an op. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/graph_parse.h"

#define MAX_STAGES 4096.0

typedef el_status (*key_reader)(el_parser *p, el_node *node, void *field);

static el_status read_text(el_parser *p, el_node *node, void *field)
{
    const char **text = field;
    size_t at = p->lex.pos;
    el_word word = el_lex_bare(&p->lex);

    (void)node;
    if (word.len == 0)
        return el_lex_fail(&p->lex, at, "value is missing");
    *text = el_parse_intern(p, word);
    return *text ? EL_OK : el_parse_nomem(p);
}

static el_status read_factor(el_parser *p, el_node *node, void *field)
{
    (void)node;
    return el_parse_factor(p, field);
}

/* A word of a list; names the list when it is not there. */
static el_status read_word(el_parser *p, const char *const *list, int *out)
{
    size_t at = p->lex.pos;
    el_word word = el_lex_bare(&p->lex);
    char known[160] = "";
    size_t n = 0;

    *out = el_word_find(word, list);
    if (*out >= 0)
        return EL_OK;
    for (size_t i = 0; list[i] && n < sizeof known; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, " %s", list[i]);
    return el_lex_fail(&p->lex, at, "unknown value \"%.*s\" (known:%s)",
                       (int)(word.len < 40 ? word.len : 40), word.text, known);
}

static el_status read_kind(el_parser *p, el_node *node, void *field)
{
    const char *list[EL_NODE_KINDS + 1] = {0};
    int value = 0;
    el_status st;

    (void)field;
    for (int i = 0; i < EL_NODE_KINDS; i++)
        list[i] = el_node_kind_text((el_node_kind)i);
    st = read_word(p, list, &value);
    if (st == EL_OK)
        node->kind = (el_node_kind)value;
    return st;
}

#define WORD_READER(name, type, member, list)                                  \
    static el_status name(el_parser *p, el_node *node, void *field)            \
    {                                                                          \
        int value = 0;                                                         \
        el_status st = read_word(p, list, &value);                             \
                                                                               \
        (void)field;                                                           \
        if (st == EL_OK)                                                       \
            node->member = (type)value;                                        \
        return st;                                                             \
    }
WORD_READER(read_comm, el_node_comm, comm, el_comm_word)
WORD_READER(read_mask, el_mask, mask, el_mask_word)
WORD_READER(read_when, el_when, when, el_when_word)
WORD_READER(read_kv, el_kv, kv, el_kv_word)

/* Digits with at most one point, in [0, limit]; NaN if it is none. */
static double number_of(el_word word, double limit)
{
    double value = 0, unit = 0;

    if (word.len == 0 || word.len > 15 || word.text[0] == '.' ||
        word.text[word.len - 1] == '.')
        return NAN;
    for (size_t i = 0; i < word.len; i++) {
        char c = word.text[i];

        if (c == '.' && unit == 0) {
            unit = 1;
        } else if (c >= '0' && c <= '9') {
            value = value * 10 + (c - '0');
            unit *= 10;
        } else {
            return NAN;
        }
    }
    value = unit > 0 ? value / unit : value;
    return value <= limit ? value : (double)NAN;
}

static el_status read_number(el_parser *p, double limit, bool whole,
                             double *out)
{
    size_t at = p->lex.pos;
    double value = number_of(el_lex_bare(&p->lex), limit);

    if (isnan(value) || (whole && value != floor(value)))
        return el_lex_fail(&p->lex, at, "not a %snumber from 0 to %g",
                           whole ? "whole " : "", limit);
    *out = value;
    return EL_OK;
}

static el_status read_stages(el_parser *p, el_node *node, void *field)
{
    (void)node;
    return read_number(p, MAX_STAGES, true, field);
}

static el_status read_flops(el_parser *p, el_node *node, void *field)
{
    size_t at = p->lex.pos;
    el_status st = read_number(p, 1e6, false, field);

    if (st != EL_OK)
        return st;
    node->flops_text =
        el_parse_intern(p, (el_word){p->lex.text + at, p->lex.pos - at});
    return node->flops_text ? EL_OK : el_parse_nomem(p);
}

static el_status read_weight(el_parser *p, el_node *node, void *field)
{
    size_t at = p->lex.pos;
    double value = 0;
    el_status st = read_number(p, 2, true, &value);

    (void)field;
    if (st == EL_OK && (value < 1 || (int)value > node->n_in))
        return el_lex_fail(&p->lex, at, "weight=%g: the op has %d operand%s",
                           value, node->n_in, node->n_in == 1 ? "" : "s");
    node->weight = (int)value;
    return st;
}

static el_status read_store(el_parser *p, el_node *node, void *field)
{
    double value = 1;
    el_status st = read_number(p, 1, true, &value);

    (void)field;
    node->stored = value != 0;
    return st;
}

static el_status read_dtype(el_parser *p, el_node *node, void *field)
{
    size_t at = p->lex.pos;
    el_status st = read_text(p, node, field);

    if (st == EL_OK && isnan(el_dtype_bits(NULL, node->dtype)))
        return el_lex_fail(&p->lex, at,
                           "unknown dtype \"%.40s\" (known: fp32 bf16 fp16 fp8 "
                           "int8 int4 mxfp4 nvfp4 linear attn ffn shared ssm "
                           "expert embed kv)",
                           node->dtype);
    return st;
}

static bool routing_is_known(const char *text)
{
    const char *colon = strchr(text, ':');
    el_word word = {text, colon ? (size_t)(colon - text) : strlen(text)};

    if (!colon)
        return el_word_is(word, "uniform");
    if (el_word_is(word, "hist"))
        return colon[1] != '\0';
    if (!el_word_is(word, "dirichlet") && !el_word_is(word, "powerlaw"))
        return false;
    return number_of((el_word){colon + 1, strlen(colon + 1)}, 1e6) > 0;
}

static el_status read_routing(el_parser *p, el_node *node, void *field)
{
    size_t at = p->lex.pos;
    el_status st = read_text(p, node, field);

    if (st == EL_OK && !routing_is_known(node->routing))
        return el_lex_fail(&p->lex, at,
                           "unknown routing \"%.40s\" (known: uniform, "
                           "dirichlet:A, powerlaw:A, hist:FILE)",
                           node->routing);
    return st;
}

/* LETTER[?][:AXIS] */
static el_status read_split(el_parser *p, el_node *node, el_word word,
                            size_t at)
{
    el_split s = {.axis = EL_AXIS_TP};
    size_t i = 1;
    int axis = 0;

    if (word.len == 0 || !strchr(node->letter, word.text[0]))
        return el_lex_fail(&p->lex, at, "no letter of the op: \"%.*s\"",
                           (int)(word.len < 40 ? word.len : 40), word.text);
    s.letter = word.text[0];
    if (strchr("bT", s.letter))
        return el_lex_fail(&p->lex, at, "%c cannot be spread", s.letter);
    if (i < word.len && word.text[i] == '?') {
        s.optional = true;
        i++;
    }
    if (i < word.len && word.text[i] == ':') {
        axis = el_word_find((el_word){word.text + i + 1, word.len - i - 1},
                            el_axis_word);
        i = word.len;
    }
    if (i < word.len || axis < 0)
        return el_lex_fail(&p->lex, at + i,
                           "want LETTER, LETTER? or LETTER:tp|ep|cp");
    s.axis = (el_axis)axis;
    for (int k = 0; k < node->n_split; k++)
        if (node->split[k].letter == s.letter)
            return el_lex_fail(&p->lex, at, "%c is spread twice", s.letter);
    if (node->n_split == EL_MAX_SPLIT)
        return el_lex_fail(&p->lex, at, "too many letters (limit %d)",
                           EL_MAX_SPLIT);
    node->split[node->n_split++] = s;
    return EL_OK;
}

static el_status read_parallel(el_parser *p, el_node *node, void *field)
{
    size_t at = p->lex.pos, from = 0;
    el_word all = el_lex_bare(&p->lex);
    el_status st = EL_OK;

    (void)field;
    while (st == EL_OK && from <= all.len) {
        size_t to = from;

        while (to < all.len && all.text[to] != ',')
            to++;
        st = read_split(p, node, (el_word){all.text + from, to - from},
                        at + from);
        from = to + 1;
    }
    return st;
}

/* FACTOR,FACTOR,... */
static el_status read_stack(el_parser *p, el_node *node, void *field)
{
    el_status st = EL_OK;

    (void)field;
    do {
        size_t at = p->lex.pos;

        if (node->n_stack == EL_MAX_STACK)
            return el_lex_fail(&p->lex, at, "too many parts (limit %d)",
                               EL_MAX_STACK);
        st = el_parse_factor(p, &node->stack[node->n_stack]);
        if (st != EL_OK)
            return st;
        node->n_stack++;
    } while (el_lex_peek(&p->lex) == ',' && p->lex.pos++ > 0);
    return st;
}

static const struct {
    const char *name;
    key_reader read;
    size_t offset;
} key[] = {
    {"kind", read_kind, 0},
    {"label", read_text, offsetof(el_node, label)},
    {"parallel", read_parallel, 0},
    {"weight", read_weight, 0},
    {"fuse", read_text, offsetof(el_node, fuse)},
    {"dtype", read_dtype, offsetof(el_node, dtype)},
    {"overlap_stage", read_stages, offsetof(el_node, overlap_stage)},
    {"overlap_SM", read_stages, offsetof(el_node, overlap_sm)},
    {"comm", read_comm, 0},
    {"experts", read_factor, offsetof(el_node, experts)},
    {"topk", read_factor, offsetof(el_node, topk)},
    {"shared", read_factor, offsetof(el_node, shared)},
    {"routing", read_routing, offsetof(el_node, routing)},
    {"window", read_factor, offsetof(el_node, window)},
    {"sparse", read_factor, offsetof(el_node, sparse)},
    {"ratio", read_factor, offsetof(el_node, ratio)},
    {"chunk", read_factor, offsetof(el_node, chunk)},
    {"stack", read_stack, 0},
    {"mask", read_mask, 0},
    {"kv", read_kv, 0},
    {"when", read_when, 0},
    {"if", read_factor, offsetof(el_node, cond)},
    {"flops", read_flops, offsetof(el_node, flops)},
    {"store", read_store, 0},
};

#define N_KEY (sizeof key / sizeof *key)

static el_status find_key(el_parser *p, size_t *out)
{
    size_t at = p->lex.pos;
    el_word word = el_lex_name(&p->lex);
    char room[32];

    if (word.len == 0)
        return el_lex_fail(&p->lex, at, "a key is missing before %s",
                           el_lex_show(&p->lex, room));
    for (*out = 0; *out < N_KEY; ++*out)
        if (el_word_is(word, key[*out].name))
            return EL_OK;
    return el_lex_fail(&p->lex, at, "unknown key \"%.*s\"",
                       (int)(word.len < 40 ? word.len : 40), word.text);
}

el_status el_parse_keys(el_parser *p, el_node *node)
{
    bool seen[N_KEY] = {false};
    el_status st = EL_OK;

    for (el_lex_blanks(&p->lex); st == EL_OK && !el_lex_at_eol(&p->lex);
         el_lex_blanks(&p->lex)) {
        size_t at = p->lex.pos, k = 0;

        if (el_lex_peek(&p->lex) == '}')
            break;
        st = find_key(p, &k);
        if (st != EL_OK)
            break;
        if (seen[k])
            return el_lex_fail(&p->lex, at, "%s stands twice", key[k].name);
        seen[k] = true;
        if (el_lex_peek(&p->lex) != '=')
            return el_lex_fail(&p->lex, p->lex.pos, "= is missing after %s",
                               key[k].name);
        p->lex.pos++;
        st = key[k].read(p, node, (char *)node + key[k].offset);
    }
    return st;
}
