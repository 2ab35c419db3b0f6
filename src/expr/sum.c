/* SPDX-License-Identifier: Apache-2.0 */
/* Sums: number * body + ... + constant; equal bodies are one. */
#include <math.h>

#include "expr/canon.h"

static el_number plus(el_number a, el_number b)
{
    el_number out = {a.value + b.value, EL_CONST_FREE};
    const bool same_sign = (a.value < 0) == (b.value < 0);

    if (a.kind == EL_CONST_FIXED && b.kind == EL_CONST_FIXED)
        out.kind = EL_CONST_FIXED;
    else if (same_sign &&
             (a.kind == EL_CONST_FIXED || a.kind == EL_CONST_POSITIVE) &&
             (b.kind == EL_CONST_FIXED || b.kind == EL_CONST_POSITIVE))
        out.kind = EL_CONST_POSITIVE;
    return out;
}

/* The body on top of sum->body; dropped again where it is known. */
static bool add(el_sum *sum, el_number number)
{
    const unsigned body = sum->body.n_node - 1u;

    for (unsigned k = 0; k < sum->n; k++) {
        el_addend *known = &sum->addend[k];
        if (el_expr_compare(&sum->body, known->body, &sum->body, body) != 0)
            continue;
        known->number = plus(known->number, number);
        return isfinite(known->number.value);
    }
    if (sum->n >= EL_CANON_MAX)
        return false;
    sum->addend[sum->n++] = (el_addend){number, body};
    return true;
}

static bool add_constant(el_sum *sum, el_number number)
{
    sum->constant = sum->has_constant ? plus(sum->constant, number) : number;
    sum->has_constant = true;
    return isfinite(sum->constant.value);
}

/* Depth <= EL_EXPR_MAX_NODES bounds it. NOLINTNEXTLINE(misc-no-recursion) */
bool el_sum_take(el_sum *sum, const el_expr *from, unsigned i, bool negative)
{
    const el_expr_op op = (el_expr_op)from->node[i].op;
    el_product p = {
        .from = from, .positive = sum->positive, .number = {1, EL_CONST_FIXED}};
    el_number number;

    if (op == EL_OP_ADD || op == EL_OP_SUB)
        return el_sum_take(sum, from, el_expr_left(from, i), negative) &&
               el_sum_take(sum, from, i - 1, negative != (op == EL_OP_SUB));
    if (op == EL_OP_NEG)
        return el_sum_take(sum, from, i - 1, !negative);
    if (!el_product_take(&p, i))
        return false;
    number = p.number;
    if (negative)
        number.value = -number.value;
    if (p.n == 0 || el_number_is(number, 0))
        return add_constant(sum, number);
    p.number = (el_number){1, EL_CONST_FIXED};
    return el_product_push(&p, &sum->body) && add(sum, number);
}

static void sort(el_sum *sum)
{
    unsigned n = 0;

    for (unsigned k = 0; k < sum->n; k++) {
        const el_addend a = sum->addend[k];
        unsigned at = n;

        if (el_number_is(a.number, 0))
            continue;
        for (; at > 0 && el_expr_compare(&sum->body, a.body, &sum->body,
                                         sum->addend[at - 1].body) < 0;
             at--)
            sum->addend[at] = sum->addend[at - 1];
        sum->addend[at] = a;
        n++;
    }
    sum->n = n;
    if (el_number_is(sum->constant, 0))
        sum->has_constant = false;
}

/* A sign that a subtraction takes over; free numbers keep theirs. */
static bool is_subtracted(el_number number)
{
    return number.value < 0 &&
           (number.kind == EL_CONST_FIXED || number.kind == EL_CONST_POSITIVE);
}

static bool push_addend(const el_sum *sum, unsigned k, bool flip, el_expr *out)
{
    el_product p = {.from = &sum->body,
                    .positive = sum->positive,
                    .number = {1, EL_CONST_FIXED}};

    if (k == sum->n)
        p.number = sum->constant;
    else if (el_product_take(&p, sum->addend[k].body))
        p.number = sum->addend[k].number;
    else
        return false;
    if (flip)
        p.number.value = -p.number.value;
    return el_product_push(&p, out);
}

bool el_sum_push(el_sum *sum, el_expr *out)
{
    unsigned n, first = 0;

    sort(sum);
    n = sum->n + sum->has_constant;
    if (n == 0)
        return el_expr_push_const(out, 0, EL_CONST_FIXED);
    /* begin with what is added */
    for (unsigned k = n; k-- > 0;)
        if (!is_subtracted(k == sum->n ? sum->constant : sum->addend[k].number))
            first = k;
    if (!push_addend(sum, first, false, out))
        return false;
    for (unsigned k = 0; k < n; k++) {
        const bool minus =
            is_subtracted(k == sum->n ? sum->constant : sum->addend[k].number);
        if (k == first)
            continue;
        if (!push_addend(sum, k, minus, out) ||
            !el_expr_push_op(out, minus ? EL_OP_SUB : EL_OP_ADD))
            return false;
    }
    return true;
}
