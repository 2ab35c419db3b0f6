/* SPDX-License-Identifier: Apache-2.0 */
/* Units as text. */
#include "energylens/expr_unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/build.h"

#define MAX_DEPTH    16
#define MAX_EXPONENT 100.0
#define TINY         1e-9 /* exponents are sums of few fractions */

typedef struct parser {
    const char *text, *at;
    int depth;
    el_unit_bases bases;
    el_error *err;
} parser;

static el_status fail_at(const parser *p, const char *what)
{
    return el_fail(p->err, EL_E_DATA, "unit \"%.40s\": column %zu: %s", p->text,
                   (size_t)(p->at - p->text) + 1, what);
}

static bool take(parser *p, char c)
{
    while (*p->at == ' ')
        p->at++;
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '%';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static el_status parse_digits(parser *p, double *value)
{
    char *end;

    if (!is_digit(*p->at) && *p->at != '.')
        return fail_at(p, "an exponent is expected");
    *value = strtod(p->at, &end);
    if (!(fabs(*value) <= MAX_EXPONENT))
        return fail_at(p, "exponent is too large (limit 100)");
    p->at = end;
    return EL_OK;
}

/* 2, -0.5, (1/2), (-3/2) */
static el_status parse_exponent(parser *p, double *value)
{
    const bool wrapped = take(p, '(');
    const bool negative = take(p, '-');
    double below = 1;
    el_status st = parse_digits(p, value);

    if (st == EL_OK && wrapped && take(p, '/'))
        st = parse_digits(p, &below);
    if (st != EL_OK)
        return st;
    if (below == 0)
        return fail_at(p, "division by 0");
    if (wrapped && !take(p, ')'))
        return fail_at(p, "parenthesis is not closed");
    *value *= (negative ? -1 : 1) / below;
    return EL_OK;
}

static el_status find_base(parser *p, const char *name, size_t len, size_t *k)
{
    el_unit_bases *b = &p->bases;

    for (*k = 0; *k < b->n; ++*k)
        if (strlen(b->name[*k]) == len && memcmp(b->name[*k], name, len) == 0)
            return EL_OK;
    if (len >= EL_UNIT_NAME_LEN)
        return fail_at(p, "name is too long (limit 15 letters)");
    if (b->n >= EL_UNIT_BASES)
        return fail_at(p, "too many different base units (limit 8)");
    memcpy(b->name[b->n], name, len);
    b->name[b->n++][len] = '\0';
    return EL_OK;
}

/* exponent times the unit of the name at p, into *out */
static el_status parse_name(parser *p, el_unit *out)
{
    const char *const name = p->at;
    size_t len, k;
    el_status st;

    while (is_letter(*p->at) || is_digit(*p->at))
        p->at++;
    len = (size_t)(p->at - name);
    if (len == 1 && *name == 'W') {
        st = find_base(p, "J", 1, &k);
        if (st != EL_OK)
            return st;
        out->exponent[k] = 1;
    }
    if ((len == 1 && *name == 'W') ||
        (len == 2 && memcmp(name, "Hz", 2) == 0)) {
        st = find_base(p, "s", 1, &k);
        if (st == EL_OK)
            out->exponent[k] = -1;
        return st;
    }
    st = find_base(p, name, len, &k);
    if (st == EL_OK)
        out->exponent[k] = 1;
    return st;
}

/* MAX_DEPTH bounds these. NOLINTBEGIN(misc-no-recursion) */
static el_status parse_product(parser *p, el_unit *out);

static el_status parse_inner(parser *p, el_unit *out)
{
    el_status st;

    if (p->depth++ >= MAX_DEPTH)
        return fail_at(p, "nested too deep (limit 16)");
    st = parse_product(p, out);
    p->depth--;
    if (st == EL_OK && !take(p, ')'))
        return fail_at(p, "parenthesis is not closed");
    return st;
}

static el_status parse_factor(parser *p, double sign, el_unit *out)
{
    el_unit unit = {{0}};
    double exponent = 1;
    el_status st = EL_OK;

    if (take(p, '('))
        st = parse_inner(p, &unit);
    else if (is_letter(*p->at))
        st = parse_name(p, &unit);
    else if (!take(p, '1'))
        return fail_at(p, "a name or 1 is expected");
    if (st == EL_OK && take(p, '^'))
        st = parse_exponent(p, &exponent);
    for (size_t k = 0; k < EL_UNIT_BASES; k++)
        out->exponent[k] += sign * exponent * unit.exponent[k];
    return st;
}

static el_status parse_product(parser *p, el_unit *out)
{
    el_status st = parse_factor(p, 1, out);

    while (st == EL_OK) {
        if (take(p, '*'))
            st = parse_factor(p, 1, out);
        else if (take(p, '/'))
            st = parse_factor(p, -1, out);
        else
            break;
    }
    return st;
}
/* NOLINTEND(misc-no-recursion) */

el_status el_unit_parse(const char *text, el_unit_bases *bases, el_unit *out,
                        el_error *err)
{
    parser p = {.text = text, .at = text, .err = err};
    el_unit unit = {{0}};
    el_status st;

    if (!text || !bases || !out)
        return el_fail(err, EL_E_ARG, "unit: a text is needed");
    p.bases = *bases;
    st = parse_product(&p, &unit);
    if (st == EL_OK && !take(&p, '\0'))
        st = fail_at(&p, "an operator is expected");
    if (st != EL_OK)
        return st;
    *bases = p.bases;
    *out = unit;
    return EL_OK;
}

static void print_power(const char *name, double exponent, el_buf *out)
{
    int n, d;

    el_buf_add(out, name);
    if (fabs(exponent - 1) < TINY)
        return;
    for (d = 1; d <= 12; d++)
        if (fabs(exponent * d - nearbyint(exponent * d)) < TINY)
            break;
    n = d <= 12 ? (int)nearbyint(exponent * d) : 0;
    if (d == 1)
        el_buf_printf(out, "^%d", n);
    else if (d <= 12)
        el_buf_printf(out, "^(%d/%d)", n, d);
    else
        el_buf_printf(out, "^%.4g", exponent);
}

/* Those of one sign, joined by *; how many. */
static size_t print_side(const el_unit *unit, const el_unit_bases *bases,
                         double sign, el_buf *out)
{
    size_t n = 0;

    for (size_t k = 0; k < bases->n; k++) {
        const double exponent = sign * unit->exponent[k];
        if (exponent < TINY)
            continue;
        if (out) {
            el_buf_add(out, n > 0 ? "*" : "");
            print_power(bases->name[k], exponent, out);
        }
        n++;
    }
    return n;
}

void el_unit_print(const el_unit *unit, const el_unit_bases *bases, el_buf *out)
{
    const size_t n_below = print_side(unit, bases, -1, NULL);

    if (print_side(unit, bases, 1, out) == 0)
        el_buf_add(out, "1");
    if (n_below == 0)
        return;
    el_buf_add(out, n_below > 1 ? "/(" : "/");
    (void)print_side(unit, bases, -1, out);
    el_buf_add(out, n_below > 1 ? ")" : "");
}

bool el_unit_equal(const el_unit *a, const el_unit *b)
{
    for (size_t k = 0; k < EL_UNIT_BASES; k++)
        if (fabs(a->exponent[k] - b->exponent[k]) > TINY)
            return false;
    return true;
}
