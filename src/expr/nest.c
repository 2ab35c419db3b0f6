/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/nest.h"

#include <math.h>

#include "expr/build.h"

static bool push_term(el_expr *out, const el_poly_term *term, bool bare,
                      const size_t *column)
{
    double exponent[EL_POLY_MAX_VARS];
    size_t used[EL_POLY_MAX_VARS], n = 0;

    for (size_t v = 0; v < EL_POLY_MAX_VARS; v++)
        if (term->exponent[v] != 0) {
            used[n] = column[v];
            exponent[n++] = term->exponent[v] / 2.;
        }
    return el_expr_push_monomial(
        out,
        &(el_monomial){.factor = bare ? 1 : fabs(term->coef),
                       .factor_kind = bare ? EL_CONST_FIXED : EL_CONST_POSITIVE,
                       .n = n,
                       .column = used,
                       .exponent = exponent,
                       .exponent_kind = EL_CONST_FIXED});
}

/* Divide all terms by what they share; false: nothing. */
static bool take_common(el_poly *poly, el_poly_term *common)
{
    bool any = false;

    *common = poly->term[0];
    for (size_t v = 0; v < EL_POLY_MAX_VARS; v++) {
        for (size_t i = 1; i < poly->n; i++)
            if (poly->term[i].exponent[v] < common->exponent[v])
                common->exponent[v] = poly->term[i].exponent[v];
        for (size_t i = 0; i < poly->n; i++)
            poly->term[i].exponent[v] =
                (int8_t)(poly->term[i].exponent[v] - common->exponent[v]);
        any = any || common->exponent[v] != 0;
    }
    return any;
}

/* The terms that have the variable most have, of two or more; the others. */
static bool split(const el_poly *poly, el_poly *with, el_poly *without)
{
    size_t best = 1, which = 0;

    for (size_t v = 0; v < EL_POLY_MAX_VARS; v++) {
        size_t n = 0;

        for (size_t i = 0; i < poly->n; i++)
            n += poly->term[i].exponent[v] != 0;
        if (n > best) {
            best = n;
            which = v;
        }
    }
    with->n = without->n = 0;
    for (size_t i = 0; i < poly->n && best > 1; i++) {
        el_poly *to = poly->term[i].exponent[which] != 0 ? with : without;

        to->term[to->n++] = poly->term[i];
    }
    return best > 1;
}

/* As deep as there are factors: NOLINTNEXTLINE(misc-no-recursion) */
static bool push_sum(el_expr *out, el_poly poly, const size_t *column)
{
    el_poly with, without;
    el_poly_term common;

    if (poly.n == 1)
        return push_term(out, &poly.term[0], false, column);
    if (take_common(&poly, &common))
        return push_term(out, &common, true, column) &&
               push_sum(out, poly, column) && el_expr_push_op(out, EL_OP_MUL);
    if (split(&poly, &with, &without))
        return push_sum(out, with, column) && push_sum(out, without, column) &&
               el_expr_push_op(out, EL_OP_ADD);
    for (size_t i = 0; i < poly.n; i++)
        if (!push_term(out, &poly.term[i], false, column) ||
            (i > 0 && !el_expr_push_op(out, EL_OP_ADD)))
            return false;
    return true;
}

bool el_nest_push(el_expr *out, const el_poly *poly, const size_t *column)
{
    const el_expr before = *out;
    el_poly plus = {.n = 0};
    bool ok;

    for (size_t i = 0; i < poly->n; i++)
        if (poly->term[i].coef > 0)
            plus.term[plus.n++] = poly->term[i];
    ok = plus.n > 0 && push_sum(out, plus, column);
    for (size_t i = 0; i < poly->n && ok; i++)
        if (poly->term[i].coef < 0)
            ok = push_term(out, &poly->term[i], false, column) &&
                 el_expr_push_op(out, EL_OP_SUB);
    if (!ok)
        *out = before;
    return ok;
}
