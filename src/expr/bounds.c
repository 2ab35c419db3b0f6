/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values, slopes and elasticities of every node on a box.
 *
 * A slope encloses all difference quotients along one column, so products and
 * quotients take the values at both points independently. The elasticity
 * d ln f / d ln x of a positive node adds up over products and is a weighted
 * mean over sums, w = a / (a + b) = 1 / (1 + b / a): where an operand occurs
 * twice it loses less than the slope does. Each bounds the other,
 * slope = value * elasticity / x.
 */
#include <math.h>

#include "expr/build.h"
#include "expr/interval.h"

#define MAX_DEPTH 40 /* halvings of a box */

typedef struct facts {
    el_interval value, slope, growth; /* growth: elasticity; line: not known */
    bool varies;                      /* with the column */
} facts;

typedef struct walk {
    const el_expr *expr;
    const double *lo, *hi;
    size_t column; /* (size_t)-1: values alone */
    bool total;    /* defined everywhere so far */
    facts node[EL_EXPR_MAX_NODES];
} walk;

static const el_interval zero = {0, 0}, one = {1, 1};

static el_interval scale(double factor, el_interval x)
{
    return el_interval_mul(el_interval_point(factor), x);
}

static facts leaf(walk *w, unsigned i)
{
    const el_expr_node node = w->expr->node[i];
    facts out = {.slope = zero, .growth = zero};

    if (node.op == EL_OP_CONST) {
        out.value = el_interval_point(w->expr->value[node.arg]);
        return out;
    }
    out.value = (el_interval){w->lo[node.arg], w->hi[node.arg]};
    out.varies = node.arg == w->column;
    if (out.varies)
        out.slope = out.growth = one;
    return out;
}

static el_interval value_of_two(walk *w, el_expr_op op, el_interval a,
                                el_interval b)
{
    switch (op) {
    case EL_OP_ADD:
        return el_interval_add(a, b);
    case EL_OP_SUB:
        return el_interval_sub(a, b);
    case EL_OP_MUL:
        return el_interval_mul(a, b);
    case EL_OP_DIV:
        w->total = w->total && (b.lo > 0 || b.hi < 0);
        return el_interval_div(a, b);
    case EL_OP_MAX:
        return (el_interval){fmax(a.lo, b.lo), fmax(a.hi, b.hi)};
    case EL_OP_MIN:
        return (el_interval){fmin(a.lo, b.lo), fmin(a.hi, b.hi)};
    default:
        w->total =
            w->total && (b.lo == b.hi ? el_interval_can_power(a, b.lo)
                                      : a.lo > 0 || (a.lo == 0 && b.lo > 0));
        return el_interval_pow(a, b);
    }
}

static bool is_number(const facts *p)
{
    return p->value.lo == p->value.hi && p->slope.lo == 0 && p->slope.hi == 0;
}

/* p x^(p - 1) dx, or x^p (dp ln x + p dx / x) */
static el_interval power_slope(const facts *x, const facts *p, el_interval out)
{
    const el_interval ln = el_interval_apply(EL_OP_LOG, x->value);

    if (is_number(p))
        return el_interval_mul(
            scale(p->value.lo,
                  el_interval_pow(x->value, el_interval_sub(p->value, one))),
            x->slope);
    if (x->value.lo < 0)
        return el_interval_line();
    return el_interval_mul(
        out,
        el_interval_add(
            el_interval_mul(p->slope, ln),
            el_interval_mul(p->value, el_interval_div(x->slope, x->value))));
}

static el_interval extreme_slope(el_expr_op op, const facts *a, const facts *b)
{
    if (op == EL_OP_MIN) {
        const facts *swap = a;
        a = b;
        b = swap;
    }
    /* max takes a, min takes what is now a, where it never is the other */
    if (op == EL_OP_MAX ? a->value.lo >= b->value.hi
                        : b->value.lo >= a->value.hi)
        return a->slope;
    if (op == EL_OP_MAX ? b->value.lo >= a->value.hi
                        : a->value.lo >= b->value.hi)
        return b->slope;
    return el_interval_hull(a->slope, b->slope);
}

static el_interval slope_of_two(el_expr_op op, const facts *a, const facts *b,
                                el_interval value)
{
    switch (op) {
    case EL_OP_ADD:
        return el_interval_add(a->slope, b->slope);
    case EL_OP_SUB:
        return el_interval_sub(a->slope, b->slope);
    case EL_OP_MUL:
        return el_interval_add(el_interval_mul(a->slope, b->value),
                               el_interval_mul(a->value, b->slope));
    case EL_OP_DIV:
        return el_interval_div(
            el_interval_sub(a->slope, el_interval_mul(value, b->slope)),
            b->value);
    case EL_OP_MAX:
    case EL_OP_MIN:
        return extreme_slope(op, a, b);
    default:
        return power_slope(a, b, value);
    }
}

/* Of a + b (sign 1) or a - b (sign -1): gb + (ga - gb) / (1 + sign b / a) */
static el_interval sum_growth(const facts *a, const facts *b, double sign)
{
    const el_interval ratio = scale(sign, el_interval_div(b->value, a->value));
    const el_interval weight =
        el_interval_div(one, el_interval_add(one, ratio));
    const el_interval out = el_interval_add(
        b->growth,
        el_interval_mul(weight, el_interval_sub(a->growth, b->growth)));

    return sign > 0
               ? el_interval_meet(out, el_interval_hull(a->growth, b->growth))
               : out;
}

static el_interval growth_of_two(el_expr_op op, const facts *a, const facts *b)
{
    if (op == EL_OP_POW)
        return is_number(b) && a->value.lo > 0 ? scale(b->value.lo, a->growth)
                                               : el_interval_line();
    if (a->value.lo <= 0 || b->value.lo <= 0)
        return el_interval_line();
    switch (op) {
    case EL_OP_ADD:
        return sum_growth(a, b, 1);
    case EL_OP_SUB:
        return sum_growth(a, b, -1);
    case EL_OP_MUL:
        return el_interval_add(a->growth, b->growth);
    case EL_OP_DIV:
        return el_interval_sub(a->growth, b->growth);
    default:
        return el_interval_hull(a->growth, b->growth);
    }
}

/* d ln g(u) / d ln u times that of u */
static el_interval growth_of_one(el_expr_op op, const facts *u)
{
    el_interval factor = {0, 1};

    if (u->value.lo <= 0)
        return el_interval_line();
    switch (op) {
    case EL_OP_INV:
        return el_interval_neg(u->growth);
    case EL_OP_SQUARE:
        return scale(2, u->growth);
    case EL_OP_CUBE:
        return scale(3, u->growth);
    case EL_OP_SQRT:
        return scale(.5, u->growth);
    case EL_OP_ABS:
        return u->growth;
    case EL_OP_CEIL:
        factor = el_interval_slope(op, u->value);
        break;
    case EL_OP_LOG1P: /* u / ((1 + u) log1p(u)) <= 1 */
    case EL_OP_TANH:  /* u (1 - tanh^2) / tanh <= 1 */
        break;
    case EL_OP_EXP:
        factor = u->value;
        break;
    default:
        return el_interval_line();
    }
    return el_interval_mul(factor, u->growth);
}

/* Each by the other; x > 0 on the box. */
static void reconcile(const walk *w, facts *f)
{
    const el_interval x = {w->lo[w->column], w->hi[w->column]};

    if (f->value.lo <= 0 || x.lo <= 0) {
        f->growth = el_interval_line();
        return;
    }
    f->growth = el_interval_meet(
        f->growth, el_interval_div(el_interval_mul(f->slope, x), f->value));
    f->slope = el_interval_meet(
        f->slope, el_interval_div(el_interval_mul(f->value, f->growth), x));
}

static facts operator_facts(walk *w, unsigned i)
{
    const el_expr_op op = (el_expr_op)w->expr->node[i].op;
    const facts *b = &w->node[i - 1];
    facts out = {.slope = zero, .growth = zero};

    if (el_expr_op_operands(op) == 2) {
        const facts *a = &w->node[el_expr_left(w->expr, i)];
        out.value = value_of_two(w, op, a->value, b->value);
        out.varies = a->varies || b->varies;
        if (!out.varies)
            return out;
        out.slope = slope_of_two(op, a, b, out.value);
        out.growth = growth_of_two(op, a, b);
    } else {
        w->total = w->total && el_interval_in_domain(op, b->value);
        out.value = el_interval_apply(op, b->value);
        out.varies = b->varies;
        if (!out.varies)
            return out;
        out.slope = el_interval_mul(el_interval_slope(op, b->value), b->slope);
        out.growth = growth_of_one(op, b);
    }
    reconcile(w, &out);
    return out;
}

static const facts *run(walk *w)
{
    w->total = true;
    for (unsigned i = 0; i < w->expr->n_node; i++)
        w->node[i] = w->expr->node[i].op <= EL_OP_CONST ? leaf(w, i)
                                                        : operator_facts(w, i);
    return &w->node[w->expr->n_node - 1];
}

bool el_expr_bounds(const el_expr *expr, const double *lo, const double *hi,
                    el_interval *out)
{
    walk w = {.expr = expr, .lo = lo, .hi = hi, .column = (size_t)-1};

    *out = run(&w)->value;
    return w.total;
}

bool el_expr_slope_bounds(const el_expr *expr, const double *lo,
                          const double *hi, size_t column, el_interval *out)
{
    walk w = {.expr = expr, .lo = lo, .hi = hi, .column = column};

    *out = run(&w)->slope;
    if (!w.total)
        *out = el_interval_line();
    return w.total;
}

/* A box that is still to be looked at; columns past the last are not there. */
typedef struct box {
    double lo[EL_EXPR_MAX_COLS], hi[EL_EXPR_MAX_COLS];
} box;

typedef struct proof {
    const el_expr *expr;
    size_t column;
    double sign; /* 1: up */
    unsigned boxes;
    bool used[EL_EXPR_MAX_COLS];
} proof;

/* How far its ends are apart for their size. */
static double width(double lo, double hi)
{
    const double size = fmax(fabs(lo), fabs(hi));

    return size > 0 ? (hi - lo) / size : 0;
}

static size_t widest(const proof *p, const box *b)
{
    size_t best = p->column;

    for (size_t c = 0; c < EL_EXPR_MAX_COLS; c++)
        if (p->used[c] && width(b->lo[c], b->hi[c]) >
                              1.0001 * width(b->lo[best], b->hi[best]))
            best = c;
    return best;
}

/* NOLINTNEXTLINE(misc-no-recursion): MAX_DEPTH */
static bool prove(proof *p, const box *b, unsigned depth)
{
    el_interval slope;
    box half = *b;
    size_t c;
    double middle;

    if (p->boxes == 0 || depth > MAX_DEPTH)
        return false;
    p->boxes--;
    if (el_expr_slope_bounds(p->expr, b->lo, b->hi, p->column, &slope)) {
        if (p->sign > 0 ? slope.lo >= 0 : slope.hi <= 0)
            return true;
        if (p->sign > 0 ? slope.hi < 0 : slope.lo > 0)
            return false;
    }
    c = widest(p, b);
    middle = b->lo[c] > 0 ? sqrt(b->lo[c]) * sqrt(b->hi[c])
                          : b->lo[c] + (b->hi[c] - b->lo[c]) / 2;
    if (!(middle > b->lo[c] && middle < b->hi[c]))
        return false;
    half.hi[c] = middle;
    if (!prove(p, &half, depth + 1))
        return false;
    half = *b;
    half.lo[c] = middle;
    return prove(p, &half, depth + 1);
}

el_direction el_expr_is_monotone(const el_expr *expr, const double *lo,
                                 const double *hi, size_t column,
                                 unsigned max_boxes)
{
    proof p = {.expr = expr, .column = column, .sign = 1};
    box whole = {{0}, {0}};

    for (unsigned i = 0; i < expr->n_node; i++) {
        const unsigned c = expr->node[i].arg;
        if (expr->node[i].op != EL_OP_COL)
            continue;
        p.used[c] = true;
        whole.lo[c] = lo[c];
        whole.hi[c] = hi[c];
    }
    if (column >= EL_EXPR_MAX_COLS || !p.used[column])
        return EL_DIRECTION_FLAT;
    p.boxes = max_boxes;
    if (prove(&p, &whole, 0))
        return EL_DIRECTION_UP;
    p.boxes = max_boxes;
    p.sign = -1;
    return prove(&p, &whole, 0) ? EL_DIRECTION_DOWN : EL_DIRECTION_UNPROVEN;
}
