/* SPDX-License-Identifier: Apache-2.0 */
/* Infix text to postfix nodes by recursive descent. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/build.h"
#include "expr/functions.h"

#define MAX_DEPTH    256 /* of parentheses, signs and powers */
#define EXACT_DIGITS 15  /* integers of so many are exact in a double */

typedef struct parser {
    const char *text, *at;
    const char *const *names;
    size_t n_names;
    int depth;
    el_expr expr;
    el_error *err;
} parser;

typedef struct word {
    const char *text;
    size_t len;
} word;

static el_status fail_at(const parser *p, const char *at, const char *what)
{
    return el_fail(p->err, EL_E_DATA, "formula: column %zu: %s",
                   (size_t)(at - p->text) + 1, what);
}

static el_status fail_word(const parser *p, word w, const char *what)
{
    return el_fail(p->err, EL_E_DATA, "formula: column %zu: %s \"%.*s\"",
                   (size_t)(w.text - p->text) + 1, what,
                   (int)(w.len < 40 ? w.len : 40), w.text);
}

/* The result of a push at `at`. */
static el_status pushed(const parser *p, const char *at, bool done)
{
    if (done)
        return EL_OK;
    return el_fail(p->err, EL_E_DATA,
                   "formula: column %zu: too long (limits: %u operations and "
                   "operands, %u numbers)",
                   (size_t)(at - p->text) + 1, EL_EXPR_MAX_NODES,
                   EL_EXPR_MAX_CONSTS);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char peek(parser *p)
{
    while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')
        p->at++;
    return *p->at;
}

static bool take(parser *p, char c)
{
    const bool found = peek(p) == c;
    p->at += found;
    return found;
}

static bool take_power(parser *p)
{
    if (take(p, '^'))
        return true;
    if (peek(p) != '*' || p->at[1] != '*')
        return false;
    p->at += 2;
    return true;
}

static el_expr_node last(const parser *p)
{
    return p->expr.node[p->expr.n_node - 1];
}

/* The value of the operand just pushed where that is one constant. */
static double *last_const(parser *p)
{
    return last(p).op == EL_OP_CONST ? &p->expr.value[last(p).arg] : NULL;
}

static el_status parse_sum(parser *p);
static el_status parse_unary(parser *p);

static const char *skip_digits(const char *at)
{
    while (is_digit(*at))
        at++;
    return at;
}

static el_status parse_number(parser *p)
{
    const char *const start = p->at, *end = skip_digits(start);
    const bool whole = *end != '.' && *end != 'e' && *end != 'E';
    el_const_kind kind =
        whole && end - start <= EXACT_DIGITS ? EL_CONST_FIXED : EL_CONST_FREE;
    char *stop;
    double value;

    if (*end == '.')
        end = skip_digits(end + 1);
    if (end == start + 1 && *start == '.')
        return fail_at(p, start, "a digit is missing");
    if (*end == 'e' || *end == 'E') {
        end += end[1] == '+' || end[1] == '-' ? 2 : 1;
        if (!is_digit(*end))
            return fail_at(p, end, "the exponent of a number is missing");
        end = skip_digits(end);
    }
    value = strtod(start, &stop);
    if (stop != end || !isfinite(value))
        return fail_word(p, (word){start, (size_t)(end - start)},
                         "not a finite number:");
    p->at = end;
    return pushed(p, start, el_expr_push_const(&p->expr, value, kind));
}

/* A whole number of at most three digits; NULL where there is none. */
static const char *scan_whole(const char *at, int *value)
{
    const char *const end = skip_digits(at);

    if (end == at || end - at > 3)
        return NULL;
    for (*value = 0; at < end; at++)
        *value = 10 * *value + (*at - '0');
    return end;
}

/* Goes on behind an exponent at `end`, unless that is the base of a power. */
static bool take_exponent(parser *p, const char *end)
{
    const char *const start = p->at;

    p->at = end;
    if (!take_power(p))
        return true;
    p->at = start;
    return false;
}

/* An exponent that needs no number, else 0. */
static int take_smooth(parser *p)
{
    int value = 0;
    const char *const end = scan_whole(p->at, &value);

    if (!end || !el_expr_is_smooth(value) || *end == '.' || is_letter(*end))
        return 0;
    return take_exponent(p, end) ? value : 0;
}

static bool push_smooth_power(el_expr *e, int exponent)
{
    for (; exponent > 1; exponent /= exponent % 3 == 0 ? 3 : 2)
        if (!el_expr_push_op(e, exponent % 3 == 0 ? EL_OP_CUBE : EL_OP_SQUARE))
            return false;
    return true;
}

/* The operand just pushed is the exponent. However a whole one was written, it
   becomes what "^4" does. */
static bool push_power(parser *p)
{
    el_expr *const e = &p->expr;
    const double *const value = last_const(p);
    uint8_t *kind;

    if (!value)
        return el_expr_push_op(e, EL_OP_POW);
    kind = &e->kind[last(p).arg];
    if (*kind != EL_CONST_FIXED) {
        *kind = EL_CONST_EXPONENT;
    } else if (*value == trunc(*value) && fabs(*value) <= EL_EXPR_MAX_SMOOTH &&
               el_expr_is_smooth((int)*value)) {
        e->n_node--;
        e->n_const--;
        return push_smooth_power(e, (int)*value);
    }
    return el_expr_push_op(e, EL_OP_POW);
}

/* (3/2), (-1/3): a fraction in lowest terms is one constant. */
static bool take_fraction(parser *p, double *value)
{
    const char *at = p->at;
    const bool negative = at[0] == '(' && at[1] == '-';
    int above = 0, below = 0, n, d;

    at = *at == '(' ? scan_whole(at + 1 + negative, &above) : NULL;
    at = at && *at == '/' ? scan_whole(at + 1, &below) : NULL;
    if (!at || *at != ')' || below == 0)
        return false;
    *value = (negative ? -above : above) / (double)below;
    return el_expr_fraction(*value, &n, &d) && d == below && d > 1 &&
           take_exponent(p, at + 1);
}

/* A hand-written call tree: MAX_DEPTH bounds it. NOLINTBEGIN(misc-no-recursion)
 */
static el_status parse_call(parser *p, word name)
{
    const int op = el_expr_find_function(name.text, name.len);
    const unsigned want = op < 0 ? 0 : el_expr_function_operands(op);
    unsigned n = 0;
    el_status st;

    if (op < 0)
        return fail_word(p, name, "unknown function");
    do {
        st = parse_sum(p);
        n++;
    } while (st == EL_OK && n < want && take(p, ','));
    if (st != EL_OK)
        return st;
    if (n < want || peek(p) == ',')
        return fail_word(p, name,
                         want == 2 ? "two operands belong to"
                                   : "one operand belongs to");
    if (!take(p, ')'))
        return fail_word(p, name, "parenthesis is not closed after");
    return pushed(p, name.text,
                  op == EL_OP_POW ? push_power(p)
                                  : el_expr_push_function(&p->expr, op));
}

static el_status parse_word(parser *p)
{
    word w = {p->at, 0};

    while (is_letter(*p->at) || is_digit(*p->at))
        p->at++;
    w.len = (size_t)(p->at - w.text);
    if (take(p, '('))
        return parse_call(p, w);
    for (size_t k = 0; k < p->n_names; k++)
        if (strlen(p->names[k]) == w.len &&
            memcmp(p->names[k], w.text, w.len) == 0)
            return pushed(p, w.text, el_expr_push_col(&p->expr, k));
    if (w.len == 2 && memcmp(w.text, "pi", 2) == 0)
        return pushed(p, w.text,
                      el_expr_push_const(&p->expr, EL_EXPR_PI, EL_CONST_FIXED));
    return fail_word(p, w, "unknown name");
}

static el_status parse_operand(parser *p)
{
    const char c = peek(p), *const start = p->at;
    el_status st;

    if (is_digit(c) || c == '.')
        return parse_number(p);
    if (is_letter(c))
        return parse_word(p);
    if (!take(p, '('))
        return fail_at(p, p->at,
                       c ? "a number, a name or ( is expected"
                         : "ends where a number, a name or ( is expected");
    st = parse_sum(p);
    if (st != EL_OK)
        return st;
    return take(p, ')') ? EL_OK
                        : fail_at(p, start, "parenthesis is not closed");
}

static el_status parse_power(parser *p)
{
    el_status st = parse_operand(p);
    const char *at;
    double value;
    int smooth;

    if (st != EL_OK || !take_power(p))
        return st;
    (void)peek(p);
    at = p->at;
    smooth = take_smooth(p);
    if (smooth > 0)
        return pushed(p, at, push_smooth_power(&p->expr, smooth));
    if (take_fraction(p, &value))
        st = pushed(p, at, el_expr_push_const(&p->expr, value, EL_CONST_FIXED));
    else
        st = parse_unary(p);
    if (st != EL_OK)
        return st;
    return pushed(p, at, push_power(p));
}

static el_status parse_negative(parser *p)
{
    const char *const at = p->at;
    const el_status st = parse_unary(p);
    double *value;

    if (st != EL_OK)
        return st;
    value = last_const(p);
    /* -(-2) stays what it is */
    if (!value || signbit(*value))
        return pushed(p, at, el_expr_push_op(&p->expr, EL_OP_NEG));
    *value = -*value;
    return EL_OK;
}

static el_status parse_unary(parser *p)
{
    el_status st;

    if (p->depth >= MAX_DEPTH)
        return fail_at(p, p->at, "nested too deep (limit 256)");
    p->depth++;
    if (take(p, '-'))
        st = parse_negative(p);
    else if (take(p, '+'))
        st = parse_unary(p);
    else
        st = parse_power(p);
    p->depth--;
    return st;
}

/* 1/x is one operator, -1/x two; neither has a number. */
static bool take_reciprocal(parser *p, bool *negative)
{
    const char *const start = p->at;

    *negative = take(p, '-');
    if (take(p, '1') && take(p, '/'))
        return true;
    p->at = start;
    return false;
}

static el_status parse_product(parser *p)
{
    const char *at = p->at;
    bool negative;
    const bool taken = take_reciprocal(p, &negative);
    el_status st = parse_unary(p);

    if (st == EL_OK && taken)
        st = pushed(p, at,
                    el_expr_push_op(&p->expr, EL_OP_INV) &&
                        (!negative || el_expr_push_op(&p->expr, EL_OP_NEG)));
    while (st == EL_OK) {
        const char c = peek(p);
        if (c != '*' && c != '/')
            break;
        at = p->at++;
        st = parse_unary(p);
        if (st == EL_OK)
            st = pushed(
                p, at,
                el_expr_push_op(&p->expr, c == '*' ? EL_OP_MUL : EL_OP_DIV));
    }
    return st;
}

static el_status parse_sum(parser *p)
{
    el_status st = parse_product(p);

    while (st == EL_OK) {
        const char c = peek(p), *const at = p->at;
        if (c != '+' && c != '-')
            break;
        p->at++;
        st = parse_product(p);
        if (st == EL_OK)
            st = pushed(
                p, at,
                el_expr_push_op(&p->expr, c == '+' ? EL_OP_ADD : EL_OP_SUB));
    }
    return st;
}
/* NOLINTEND(misc-no-recursion) */

el_status el_expr_parse(const char *text, const char *const *names,
                        size_t n_names, el_expr *out, el_error *err)
{
    parser p = {.text = text,
                .at = text,
                .names = names,
                .n_names = n_names,
                .err = err};
    el_status st;

    if (!text || !out || (n_names > 0 && !names) || n_names > EL_EXPR_MAX_COLS)
        return el_fail(err, EL_E_ARG,
                       "formula: a text and at most %u names are needed",
                       EL_EXPR_MAX_COLS);
    st = parse_sum(&p);
    if (st != EL_OK)
        return st;
    if (peek(&p))
        return fail_at(&p, p.at, "an operator is expected");
    *out = p.expr;
    return EL_OK;
}
