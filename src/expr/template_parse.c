/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of the text, in which the columns of holes are blanks, is read with
 * the names of numbers and holes as further columns, which then become numbers.
 * So columns in messages are those of the text.
 */
#include <string.h>

#include "base/mem.h"
#include "expr/build.h"
#include "expr/functions.h"
#include "expr/template.h"

#define MAX_WORDS (EL_EXPR_MAX_CONSTS + EL_TEMPLATE_HOLES)
#define WORD_LEN  sizeof(((el_template_hole *)NULL)->name)

typedef struct reader {
    const char *text;
    char *copy;
    const char *name[EL_EXPR_MAX_COLS]; /* columns, then words */
    size_t n_col, n_word;
    char word[MAX_WORDS][WORD_LEN];
    size_t at[MAX_WORDS];        /* in the text */
    uint64_t columns[MAX_WORDS]; /* 0: a number */
    el_error *err;
} reader;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static el_status fail_at(const reader *r, size_t at, size_t len,
                         const char *what)
{
    return el_fail(r->err, EL_E_DATA, "formula: column %zu: \"%.*s\" %s",
                   at + 1, (int)(len < 40 ? len : 40), r->text + at, what);
}

static size_t blanks(const char *text, size_t at)
{
    while (text[at] == ' ' || text[at] == '\t')
        at++;
    return at;
}

static size_t word_end(const char *text, size_t at)
{
    while (is_letter(text[at]) || is_digit(text[at]))
        at++;
    return at;
}

/* Behind 2.5e-3: its e is no name. */
static size_t number_end(const char *text, size_t at)
{
    while (is_digit(text[at]) || text[at] == '.')
        at++;
    if ((text[at] == 'e' || text[at] == 'E') &&
        (is_digit(text[at + 1]) ||
         ((text[at + 1] == '+' || text[at + 1] == '-') &&
          is_digit(text[at + 2]))))
        for (at += 2; is_digit(text[at]);)
            at++;
    return at;
}

static bool is_short(const char *word, size_t len)
{
    if (!is_letter(word[0]) || word[0] == '_' || len >= WORD_LEN)
        return false;
    for (size_t i = 1; i < len; i++)
        if (!is_digit(word[i]))
            return false;
    return true;
}

static size_t find(const reader *r, size_t n, const char *word, size_t len)
{
    size_t k = 0;

    while (k < n &&
           (strlen(r->name[k]) != len || memcmp(r->name[k], word, len) != 0))
        k++;
    return k;
}

/* One more word, a hole where columns is not 0. */
static el_status add(reader *r, size_t at, size_t len, uint64_t columns)
{
    const size_t n = r->n_col + r->n_word;

    if (find(r, n, r->text + at, len) < n)
        return fail_at(r, at, len,
                       columns ? "is taken: each f(...) has a name of its own"
                               : "stands twice: each is fitted by itself");
    if (r->n_word >= MAX_WORDS || n >= EL_EXPR_MAX_COLS)
        return fail_at(r, at, len, "is one number or f(...) too many");
    memcpy(r->word[r->n_word], r->text + at, len);
    r->word[r->n_word][len] = '\0';
    r->name[n] = r->word[r->n_word];
    r->at[r->n_word] = at;
    r->columns[r->n_word++] = columns;
    return EL_OK;
}

/* The word at `at` up to `open`, where its parenthesis is. *at: behind it. */
static el_status read_hole(reader *r, size_t *at, size_t len, size_t open)
{
    uint64_t columns = 0;
    size_t i = open;
    el_status st;

    do {
        const size_t from = blanks(r->text, i + 1);
        const size_t end = word_end(r->text, from);
        const size_t k = find(r, r->n_col, r->text + from, end - from);

        if (end == from)
            return fail_at(r, *at, len, "takes names of columns: f(x, y)");
        if (k == r->n_col)
            return fail_at(r, from, end - from,
                           "is no column; f(...) takes nothing else");
        columns |= UINT64_C(1) << k;
        i = blanks(r->text, end);
    } while (r->text[i] == ',');
    if (r->text[i] != ')')
        return el_fail(r->err, EL_E_DATA,
                       "formula: column %zu: , or ) is expected: %.*s(...) "
                       "takes names of columns",
                       i + 1, (int)len, r->text + *at);
    st = add(r, *at, len, columns);
    memset(r->copy + open, ' ', i + 1 - open);
    *at = i + 1;
    return st;
}

static el_status read_word(reader *r, size_t *at)
{
    const size_t start = *at, end = word_end(r->text, start);
    const size_t len = end - start, open = blanks(r->text, end);
    const char *const word = r->text + start;
    const bool called = r->text[open] == '(';

    if (called && is_short(word, len))
        return read_hole(r, at, len, open);
    *at = end;
    if (called || find(r, r->n_col, word, len) < r->n_col ||
        (len == 2 && memcmp(word, "pi", 2) == 0))
        return EL_OK;
    if (!is_short(word, len))
        return fail_at(r, start, len,
                       "is no column that is searched (numbers to fit: one "
                       "letter and digits, a, c1)");
    return add(r, start, len, 0);
}

static el_status read_words(reader *r)
{
    el_status st = EL_OK;

    for (size_t at = 0; r->text[at] && st == EL_OK;) {
        if (is_letter(r->text[at]))
            st = read_word(r, &at);
        else if (is_digit(r->text[at]))
            at = number_end(r->text, at);
        else
            at++;
    }
    return st;
}

static bool is_exponent(const el_expr *e, unsigned i)
{
    return i + 1u < e->n_node && e->node[i + 1].op == EL_OP_POW;
}

/* Words become numbers. */
static el_status convert(const reader *r, const el_expr *from, el_template *out)
{
    el_template t = {.n_hole = 0};
    bool done = true;

    for (unsigned i = 0; i < from->n_node && done; i++) {
        const el_expr_node node = from->node[i];
        const size_t w = node.arg - r->n_col;

        if (node.op == EL_OP_CONST) {
            done = el_expr_push_part(&t.expr, from, i);
        } else if (node.op != EL_OP_COL) {
            done = el_expr_push_op(&t.expr, (el_expr_op)node.op);
        } else if (node.arg < r->n_col) {
            done = el_expr_push_col(&t.expr, node.arg);
        } else if (r->columns[w] && t.n_hole < EL_TEMPLATE_HOLES) {
            el_template_hole *hole = &t.hole[t.n_hole++];

            *hole = (el_template_hole){.slot = t.expr.n_const,
                                       .columns = r->columns[w]};
            memcpy(hole->name, r->word[w], WORD_LEN);
            done = el_expr_push_const(&t.expr, 1, EL_CONST_FREE);
        } else {
            done = !r->columns[w] &&
                   el_expr_push_const(&t.expr, 1,
                                      is_exponent(from, i) ? EL_CONST_EXPONENT
                                                           : EL_CONST_FREE);
        }
    }
    if (!done)
        return el_fail(r->err, EL_E_DATA,
                       "formula: too long (limits: %u operations and operands, "
                       "%u numbers, %u of f(...))",
                       EL_EXPR_MAX_NODES, EL_EXPR_MAX_CONSTS,
                       EL_TEMPLATE_HOLES);
    *out = t;
    return EL_OK;
}

/* A number to fit is a factor (or a summand) of what ends at node `end`; the
   formula bounds the depth: NOLINTNEXTLINE(misc-no-recursion) */
static bool has_number(const el_template *t, unsigned end, bool factor)
{
    const el_expr *e = &t->expr;
    const el_expr_node node = e->node[end];

    if (node.op == EL_OP_CONST)
        return e->kind[node.arg] != EL_CONST_FIXED &&
               el_template_hole_of(t, node.arg) == t->n_hole;
    if (node.op == EL_OP_NEG)
        return has_number(t, end - 1, factor);
    if (factor ? node.op == EL_OP_MUL || node.op == EL_OP_DIV
               : node.op == EL_OP_ADD || node.op == EL_OP_SUB)
        return has_number(t, end - 1, factor) ||
               has_number(t, el_expr_left(e, end), factor);
    return false;
}

/* The operator over node i; n_node: i is the whole. */
static unsigned above(const el_expr *e, unsigned i)
{
    unsigned k = i + 1;

    while (k < e->n_node && k + 1u - e->node[k].len > i)
        k++;
    return k;
}

/* What stands beside a hole in its product, or in its sum, has a number that
   only scales or shifts it. */
static bool is_superfluous(const el_template *t, unsigned at, bool factor)
{
    const el_expr *e = &t->expr;

    for (unsigned up = above(e, at); up < e->n_node; up = above(e, at)) {
        const el_expr_op op = (el_expr_op)e->node[up].op;
        const bool here = factor ? op == EL_OP_MUL || op == EL_OP_DIV
                                 : op == EL_OP_ADD || op == EL_OP_SUB;

        if (!here && op != EL_OP_NEG)
            return false;
        if (here && has_number(t, at == up - 1u ? el_expr_left(e, up) : up - 1u,
                               factor))
            return true;
        at = up;
    }
    return false;
}

/* Where a hole is in the text. */
static el_status fail_hole(const reader *r, const el_template_hole *hole)
{
    size_t w = 0;

    while (w + 1 < r->n_word && strcmp(r->word[w], hole->name) != 0)
        w++;
    return fail_at(r, r->at[w], strlen(hole->name),
                   "has numbers of its own: the one times or plus it is "
                   "superfluous");
}

static el_status check(const reader *r, const el_template *t)
{
    bool any = t->n_hole > 0;

    for (unsigned i = 0; i < t->expr.n_node; i++) {
        const el_expr_node node = t->expr.node[i];
        const size_t h = node.op == EL_OP_CONST
                             ? el_template_hole_of(t, node.arg)
                             : t->n_hole;

        any = any || node.op == EL_OP_COL;
        if (h < t->n_hole &&
            (is_superfluous(t, i, true) || is_superfluous(t, i, false)))
            return fail_hole(r, &t->hole[h]);
    }
    return any ? EL_OK
               : el_fail(r->err, EL_E_DATA, "formula: no column is in it");
}

static el_status read(reader *r, el_template *out)
{
    el_template t = {.n_hole = 0};
    el_expr expr;
    el_status st = read_words(r);

    if (st == EL_OK)
        st = el_expr_parse(r->copy, r->name, r->n_col + r->n_word, &expr,
                           r->err);
    if (st == EL_OK)
        st = convert(r, &expr, &t);
    if (st == EL_OK)
        st = check(r, &t);
    if (st == EL_OK)
        *out = t;
    return st;
}

el_status el_template_parse(const char *text, const char *const *names,
                            size_t n_names, el_template *out, el_error *err)
{
    reader r = {.text = text, .n_col = n_names, .err = err};
    size_t len;
    el_status st;

    if (!text || !out || (n_names > 0 && !names) ||
        n_names > EL_EXPR_MAX_COLS - MAX_WORDS)
        return el_fail(err, EL_E_ARG,
                       "template: a text and at most %u names are needed",
                       EL_EXPR_MAX_COLS - MAX_WORDS);
    len = strlen(text);
    r.copy = el_array(len + 1, 1);
    if (!r.copy)
        return el_fail(err, EL_E_NOMEM, "template: %zu bytes", len);
    memcpy(r.copy, text, len);
    if (n_names > 0)
        memcpy(r.name, names, n_names * sizeof *names);
    st = read(&r, out);
    el_free(r.copy);
    return st;
}
