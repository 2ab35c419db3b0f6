/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products: number * prod base^exponent. Rules for powers of powers hold
 * wherever both sides are defined; the result may be defined in more places
 * (sqrt(x)^2 is x).
 */
#include <math.h>

#include "expr/canon.h"

static bool is_whole(el_number e)
{
    return e.kind == EL_CONST_FIXED && e.value == nearbyint(e.value);
}

static bool is_even(el_number e)
{
    return is_whole(e) && fmod(e.value, 2) == 0;
}

el_number el_number_times(el_number a, el_number b)
{
    el_number out = {a.value * b.value, EL_CONST_FREE};

    if (a.kind == EL_CONST_FIXED && b.kind == EL_CONST_FIXED)
        out.kind = EL_CONST_FIXED;
    else if ((a.kind == EL_CONST_FIXED || a.kind == EL_CONST_POSITIVE) &&
             (b.kind == EL_CONST_FIXED || b.kind == EL_CONST_POSITIVE))
        out.kind = EL_CONST_POSITIVE;
    return out;
}

/* One rounding away from n/d is n/d. */
static double settle(double exponent)
{
    for (int d = 1; d <= 12; d++) {
        const double n = nearbyint(exponent * d);
        if (fabs(n) < 1000 && fabs(exponent * d - n) <= 0x1p-51 * fabs(n))
            return n / d;
    }
    return exponent;
}

static el_number exponent_of(double value, uint8_t a, uint8_t b)
{
    el_number out = {value, EL_CONST_EXPONENT};

    if (a == EL_CONST_FIXED && b == EL_CONST_FIXED)
        out = (el_number){settle(value), EL_CONST_FIXED};
    else if (fabs(value) > 3) /* the box of EL_CONST_EXPONENT */
        out.kind = EL_CONST_FREE;
    return out;
}

static bool take_number(el_product *p, el_number x, el_number e)
{
    el_number power = {pow(x.value, e.value), EL_CONST_FREE};

    if (x.kind == EL_CONST_FIXED && e.kind == EL_CONST_FIXED)
        power.kind = EL_CONST_FIXED;
    else if (is_even(e) || !is_whole(e) || x.kind == EL_CONST_POSITIVE)
        power.kind = EL_CONST_POSITIVE;
    p->number = el_number_times(p->number, power);
    return isfinite(p->number.value) &&
           (p->number.kind != EL_CONST_POSITIVE || p->number.value != 0);
}

static bool take_factor(el_product *p, el_factor f)
{
    for (unsigned k = 0; k < p->n; k++) {
        el_factor *known = &p->factor[k];
        if (known->absolute != f.absolute ||
            el_expr_compare(p->from, known->base, p->from, f.base) != 0)
            continue;
        known->exponent = exponent_of(known->exponent.value + f.exponent.value,
                                      known->exponent.kind, f.exponent.kind);
        return true;
    }
    if (p->n >= EL_CANON_MAX)
        return false;
    p->factor[p->n++] = f;
    return true;
}

static bool is_nonneg(const el_product *p, unsigned i)
{
    return el_expr_is_nonneg(p->from, i, p->positive);
}

static el_number const_at(const el_expr *e, unsigned i)
{
    return (el_number){e->value[e->node[i].arg], e->kind[e->node[i].arg]};
}

/* Depth <= EL_EXPR_MAX_NODES bounds these. NOLINTBEGIN(misc-no-recursion) */
static bool take(el_product *p, unsigned i, el_number e);

/* (base^inner)^e */
static bool take_power(el_product *p, unsigned base, el_number inner,
                       el_number e)
{
    const el_number both =
        exponent_of(inner.value * e.value, inner.kind, e.kind);

    if (is_even(inner) && !is_whole(e) && !is_nonneg(p, base))
        return take_factor(p, (el_factor){base, both, true});
    return take(p, base, both);
}

/* A root of a product is the product of roots of what is not negative. */
static bool take_two(el_product *p, unsigned i, el_number e)
{
    const unsigned left = el_expr_left(p->from, i);
    el_number other = e;

    if (!is_whole(e) && !(is_nonneg(p, left) && is_nonneg(p, i - 1)))
        return take_factor(p, (el_factor){i, e, false});
    if (p->from->node[i].op == EL_OP_DIV)
        other.value = -other.value;
    return take(p, left, e) && take(p, i - 1, other);
}

static bool take_negative(el_product *p, unsigned i, el_number e)
{
    if (!is_whole(e))
        return take_factor(p, (el_factor){i, e, false});
    if (!is_even(e))
        p->number.value = -p->number.value;
    return take(p, i - 1, e);
}

static bool take(el_product *p, unsigned i, el_number e)
{
    static const el_number minus = {-1, EL_CONST_FIXED},
                           half = {.5, EL_CONST_FIXED},
                           two = {2, EL_CONST_FIXED},
                           three = {3, EL_CONST_FIXED};
    const el_expr *from = p->from;

    switch (from->node[i].op) {
    case EL_OP_CONST:
        if (is_whole(e) || const_at(from, i).value > 0)
            return take_number(p, const_at(from, i), e);
        break;
    case EL_OP_NEG:
        return take_negative(p, i, e);
    case EL_OP_MUL:
    case EL_OP_DIV:
        return take_two(p, i, e);
    case EL_OP_INV:
        return take_power(p, i - 1, minus, e);
    case EL_OP_SQUARE:
        return take_power(p, i - 1, two, e);
    case EL_OP_CUBE:
        return take_power(p, i - 1, three, e);
    case EL_OP_SQRT:
        return take_power(p, i - 1, half, e);
    case EL_OP_POW:
        if (from->node[i - 1].op == EL_OP_CONST)
            return take_power(p, el_expr_left(from, i), const_at(from, i - 1),
                              e);
        break;
    default:
        break;
    }
    return take_factor(p, (el_factor){i, e, false});
}
/* NOLINTEND(misc-no-recursion) */

bool el_product_take(el_product *product, unsigned i)
{
    return take(product, i, (el_number){1, EL_CONST_FIXED});
}

static void sort(el_product *p)
{
    unsigned n = 0;

    for (unsigned k = 0; k < p->n; k++) {
        const el_factor f = p->factor[k];
        unsigned at = n;

        if (f.exponent.value == 0)
            continue;
        for (; at > 0 && el_expr_compare(p->from, f.base, p->from,
                                         p->factor[at - 1].base) < 0;
             at--)
            p->factor[at] = p->factor[at - 1];
        p->factor[at] = f;
        n++;
    }
    p->n = n;
}

static bool push_base(const el_product *p, unsigned k, el_expr *out)
{
    return el_expr_push_part(out, p->from, p->factor[k].base) &&
           (!p->factor[k].absolute || el_expr_push_op(out, EL_OP_ABS));
}

/* Fixed exponents of one size share a power: (x y / z)^2. */
static bool in_group(const el_product *p, unsigned k, double exponent)
{
    return p->factor[k].exponent.kind == EL_CONST_FIXED &&
           p->factor[k].exponent.value == exponent;
}

static bool push_group(const el_product *p, double exponent, el_expr *out,
                       unsigned *n)
{
    for (unsigned k = 0; k < p->n; k++) {
        if (!in_group(p, k, exponent))
            continue;
        if (!push_base(p, k, out) ||
            (*n > 0 && !el_expr_push_op(out, EL_OP_MUL)))
            return false;
        ++*n;
    }
    return true;
}

static bool push_exponent(el_expr *out, double size)
{
    static const struct {
        double size;
        uint8_t op[2];
    } form[] = {
        {1, {0, 0}},
        {2, {EL_OP_SQUARE, 0}},
        {3, {EL_OP_CUBE, 0}},
        {.5, {EL_OP_SQRT, 0}},
        {4, {EL_OP_SQUARE, EL_OP_SQUARE}},
        {6, {EL_OP_CUBE, EL_OP_SQUARE}},
        {9, {EL_OP_CUBE, EL_OP_CUBE}},
        {1.5, {EL_OP_CUBE, EL_OP_SQRT}},
        {.25, {EL_OP_SQRT, EL_OP_SQRT}},
    };

    for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
        if (form[i].size != size)
            continue;
        for (unsigned k = 0; k < 2 && form[i].op[k]; k++)
            if (!el_expr_push_op(out, (el_expr_op)form[i].op[k]))
                return false;
        return true;
    }
    return el_expr_push_const(out, size, EL_CONST_FIXED) &&
           el_expr_push_op(out, EL_OP_POW);
}

/* Written by itself: c x y, not c (x y). */
static bool is_alone(el_number exponent)
{
    return exponent.kind != EL_CONST_FIXED || fabs(exponent.value) == 1;
}

/* Factor k comes first of its size; with_below: those of -size go under it. */
static bool push_power(const el_product *p, unsigned k, bool with_below,
                       el_expr *out)
{
    const el_number e = p->factor[k].exponent;
    unsigned n = 0, n_below = 0;

    if (is_alone(e))
        return push_base(p, k, out) &&
               (e.kind == EL_CONST_FIXED ||
                (el_expr_push_const(out, e.value, (el_const_kind)e.kind) &&
                 el_expr_push_op(out, EL_OP_POW)));
    if (!push_group(p, e.value, out, &n))
        return false;
    if (with_below && (!push_group(p, -e.value, out, &n_below) ||
                       (n_below > 0 && !el_expr_push_op(out, EL_OP_DIV))))
        return false;
    return push_exponent(out, fabs(e.value));
}

static bool is_above(const el_product *p, unsigned k)
{
    return p->factor[k].exponent.kind != EL_CONST_FIXED ||
           p->factor[k].exponent.value > 0;
}

static bool is_first(const el_product *p, unsigned k)
{
    const el_number e = p->factor[k].exponent;

    if (is_alone(e))
        return true;
    for (unsigned i = 0; i < k; i++)
        if (in_group(p, i, e.value))
            return false;
    return true;
}

/* Already written under the factors of the opposite exponent. */
static bool is_joined(const el_product *p, unsigned k)
{
    const el_number e = p->factor[k].exponent;

    for (unsigned i = 0; !is_alone(e) && i < p->n; i++)
        if (in_group(p, i, -e.value))
            return true;
    return false;
}

static bool push_above(const el_product *p, el_expr *out, unsigned *n)
{
    for (unsigned k = 0; k < p->n; k++) {
        if (!is_above(p, k) || !is_first(p, k))
            continue;
        if (!push_power(p, k, true, out) ||
            (*n > 0 && !el_expr_push_op(out, EL_OP_MUL)))
            return false;
        ++*n;
    }
    return true;
}

static bool push_below(const el_product *p, el_expr *out, unsigned *n)
{
    for (unsigned k = 0; k < p->n; k++) {
        if (is_above(p, k) || !is_first(p, k) || is_joined(p, k))
            continue;
        if (!push_power(p, k, false, out) ||
            (*n > 0 && !el_expr_push_op(out, EL_OP_MUL)))
            return false;
        ++*n;
    }
    return true;
}

/* 1/3 and the like, whose digits nobody wants to read: x/3. */
static bool is_reciprocal(el_number number, int *d)
{
    int n;

    return number.kind == EL_CONST_FIXED &&
           el_expr_fraction(fabs(number.value), &n, d) && n == 1 &&
           (*d % 3 == 0 || *d == 7 || *d == 11);
}

static bool push_scaled(const el_product *p, el_number number, el_expr *out)
{
    unsigned n = 0, n_below;
    int d = 1;

    if (is_reciprocal(number, &d) && p->n > 0)
        number.value *= d;
    else
        d = 1;
    if (!el_number_is(number, 1) || p->n == 0) {
        if (!el_expr_push_const(out, number.value, (el_const_kind)number.kind))
            return false;
        n = 1;
    }
    if (!push_above(p, out, &n) ||
        (d > 1 && !el_expr_push_const(out, d, EL_CONST_FIXED)))
        return false;
    n_below = d > 1;
    if (!push_below(p, out, &n_below))
        return false;
    return n_below == 0 || el_expr_push_op(out, n == 0 ? EL_OP_INV : EL_OP_DIV);
}

bool el_product_push(el_product *product, el_expr *out)
{
    el_number number = product->number;
    /* a fixed number other than 1 carries its sign, a free one always does */
    const bool outside =
        number.value < 0 &&
        (el_number_is(number, -1) ? product->n > 0
                                  : number.kind == EL_CONST_POSITIVE);

    if (el_number_is(number, 0))
        product->n = 0;
    sort(product);
    if (outside)
        number.value = -number.value;
    return push_scaled(product, number, out) &&
           (!outside || el_expr_push_op(out, EL_OP_NEG));
}
