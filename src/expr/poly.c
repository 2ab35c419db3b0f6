/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/poly.h"

#include <math.h>
#include <string.h>

#include "expr/build.h"

/* Coefficients as close as this are the same number: fits without noise give
   12 digits, fits with noise are never this close by luck. */
#define SAME 1e-6

static bool same(double a, double b)
{
    return fabs(a - b) <= SAME * fmax(fabs(a), fabs(b));
}

static bool like(const el_poly_term *a, const el_poly_term *b)
{
    return memcmp(a->exponent, b->exponent, sizeof a->exponent) == 0;
}

bool el_poly_add(el_poly *poly, const el_poly_term *term)
{
    for (size_t i = 0; i < poly->n; i++)
        if (like(&poly->term[i], term)) {
            poly->term[i].coef += term->coef;
            return true;
        }
    if (poly->n == EL_POLY_MAX_TERMS)
        return false;
    poly->term[poly->n++] = *term;
    return true;
}

/* ratio = a / b of two terms */
static el_poly_term over(const el_poly_term *a, const el_poly_term *b)
{
    el_poly_term ratio = {.coef = a->coef / b->coef};

    for (size_t v = 0; v < EL_POLY_MAX_VARS; v++)
        ratio.exponent[v] = (int8_t)(a->exponent[v] - b->exponent[v]);
    return ratio;
}

static el_poly_term times(const el_poly_term *a, const el_poly_term *b)
{
    el_poly_term product = {.coef = a->coef * b->coef};

    for (size_t v = 0; v < EL_POLY_MAX_VARS; v++)
        product.exponent[v] = (int8_t)(a->exponent[v] + b->exponent[v]);
    return product;
}

/* rest = num - q den with vanishing terms left out; false when full */
static bool subtract(const el_poly *num, const el_poly *den,
                     const el_poly_term *q, el_poly *rest)
{
    size_t kept = 0;

    *rest = *num;
    for (size_t i = 0; i < den->n; i++) {
        el_poly_term t = times(q, &den->term[i]);
        bool merged = false;

        for (size_t k = 0; k < rest->n && !merged; k++)
            if (like(&rest->term[k], &t)) {
                rest->term[k].coef = same(rest->term[k].coef, t.coef)
                                         ? 0
                                         : rest->term[k].coef - t.coef;
                merged = true;
            }
        t.coef = -t.coef;
        if (!merged && !el_poly_add(rest, &t))
            return false;
    }
    for (size_t k = 0; k < rest->n; k++)
        if (rest->term[k].coef != 0)
            rest->term[kept++] = rest->term[k];
    rest->n = kept;
    return true;
}

static bool divide_once(el_poly *num, const el_poly *den, el_poly *quotient)
{
    for (size_t i = 0; i < num->n; i++)
        for (size_t k = 0; k < den->n; k++) {
            const el_poly_term q = over(&num->term[i], &den->term[k]);
            el_poly rest;

            /* two terms gone for one gained; one gone is no shorter */
            if (subtract(num, den, &q, &rest) && rest.n + 1 < num->n &&
                el_poly_add(quotient, &q)) {
                *num = rest;
                return true;
            }
        }
    return false;
}

void el_poly_divide(el_poly *num, const el_poly *den, el_poly *quotient)
{
    while (divide_once(num, den, quotient))
        continue;
}

static bool term_root(const el_poly_term *term, el_poly_term *root)
{
    if (!(term->coef > 0))
        return false;
    root->coef = sqrt(term->coef);
    for (size_t v = 0; v < EL_POLY_MAX_VARS; v++) {
        if (term->exponent[v] % 2 != 0)
            return false;
        root->exponent[v] = (int8_t)(term->exponent[v] / 2);
    }
    return true;
}

/* (a + b)^2 when a^2, b^2 are terms i, k and 2ab is term *cross */
static bool square_of(const el_poly *poly, size_t i, size_t k, el_poly *root,
                      size_t *cross)
{
    el_poly_term twice;

    root->n = 2;
    if (!term_root(&poly->term[i], &root->term[0]) ||
        !term_root(&poly->term[k], &root->term[1]))
        return false;
    twice = times(&root->term[0], &root->term[1]);
    for (*cross = 0; *cross < poly->n; ++*cross) {
        const el_poly_term *t = &poly->term[*cross];

        if (like(t, &twice) && same(fabs(t->coef), 2 * twice.coef)) {
            root->term[1].coef = copysign(root->term[1].coef, t->coef);
            return true;
        }
    }
    return false;
}

bool el_poly_root(const el_poly *poly, el_poly *root)
{
    size_t cross;

    if (poly->n == 1) {
        root->n = 1;
        return term_root(&poly->term[0], &root->term[0]);
    }
    if (poly->n != 3)
        return false;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = i + 1; k < 3; k++)
            if (square_of(poly, i, k, root, &cross))
                return true;
    return false;
}

/* Divide all terms by their common monomial and factor; returns it. */
static el_poly_term take_common(el_poly *poly)
{
    el_poly_term common = poly->term[0];
    bool equal = true;

    for (size_t i = 1; i < poly->n; i++) {
        equal = equal && same(fabs(poly->term[i].coef), fabs(common.coef));
        for (size_t v = 0; v < EL_POLY_MAX_VARS; v++) {
            const int a = common.exponent[v], b = poly->term[i].exponent[v];

            common.exponent[v] = (int8_t)(a > 0 && b > 0   ? (a < b ? a : b)
                                          : a < 0 && b < 0 ? (a > b ? a : b)
                                                           : 0);
        }
    }
    common.coef = equal ? fabs(common.coef) : 1;
    for (size_t i = 0; i < poly->n; i++)
        poly->term[i] = over(&poly->term[i], &common);
    return common;
}

static bool push_term(el_expr *out, const el_poly_term *term,
                      const size_t *column)
{
    double exponent[EL_POLY_MAX_VARS];
    size_t used[EL_POLY_MAX_VARS], n = 0;
    const bool one = same(term->coef, 1);

    for (size_t v = 0; v < EL_POLY_MAX_VARS; v++)
        if (term->exponent[v] != 0) {
            used[n] = column[v];
            exponent[n++] = term->exponent[v];
        }
    return el_expr_push_monomial(
        out, &(el_monomial){.factor = one ? 1 : term->coef,
                            .factor_kind = one ? EL_CONST_FIXED : EL_CONST_FREE,
                            .n = n,
                            .column = used,
                            .exponent = exponent,
                            .exponent_kind = EL_CONST_FIXED});
}

/* Join the formula on the stack to what is before it, if anything is. */
static bool join(el_expr *out, bool *any, bool minus)
{
    const bool first = !*any;

    *any = true;
    if (first)
        return !minus || el_expr_push_op(out, EL_OP_NEG);
    return el_expr_push_op(out, minus ? EL_OP_SUB : EL_OP_ADD);
}

static bool push_plain(el_expr *out, const el_poly *poly, const size_t *column,
                       bool *any)
{
    for (int minus = 0; minus < 2; minus++) /* nothing starts with a minus */
        for (size_t i = 0; i < poly->n; i++) {
            el_poly_term t = poly->term[i];

            if ((t.coef < 0) != (minus == 1))
                continue;
            t.coef = fabs(t.coef);
            if (!push_term(out, &t, column) || !join(out, any, minus == 1))
                return false;
        }
    return true;
}

static void remove_terms(el_poly *poly, size_t a, size_t b, size_t c)
{
    size_t kept = 0;

    for (size_t i = 0; i < poly->n; i++)
        if (i != a && i != b && i != c)
            poly->term[kept++] = poly->term[i];
    poly->n = kept;
}

static bool take_square(el_poly *poly, el_poly *root)
{
    size_t cross;

    for (size_t i = 0; i < poly->n; i++)
        for (size_t k = i + 1; k < poly->n; k++)
            if (square_of(poly, i, k, root, &cross)) {
                remove_terms(poly, i, k, cross);
                return true;
            }
    return false;
}

static bool push_sum(el_expr *out, el_poly rest, const size_t *column)
{
    bool any = false;
    el_poly root;

    while (take_square(&rest, &root)) {
        bool inner = false;

        if (!push_plain(out, &root, column, &inner) ||
            !el_expr_push_op(out, EL_OP_SQUARE) || !join(out, &any, false))
            return false;
    }
    return push_plain(out, &rest, column, &any);
}

static bool is_one(const el_poly_term *term)
{
    static const el_poly_term one = {0};
    return same(term->coef, 1) && like(term, &one);
}

static bool push_poly(el_expr *out, el_poly poly, const size_t *column)
{
    el_poly_term common;

    if (poly.n == 0)
        return false;
    if (poly.n == 1)
        return push_term(out, &poly.term[0], column);
    common = take_common(&poly);
    if (is_one(&common))
        return push_sum(out, poly, column);
    return push_term(out, &common, column) && push_sum(out, poly, column) &&
           el_expr_push_op(out, EL_OP_MUL);
}

bool el_poly_push(el_expr *out, const el_poly *poly, const size_t *column)
{
    const uint8_t n_node = out->n_node, n_const = out->n_const;

    if (push_poly(out, *poly, column))
        return true;
    out->n_node = n_node;
    out->n_const = n_const;
    return false;
}
