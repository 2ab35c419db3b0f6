/* SPDX-License-Identifier: Apache-2.0 */
#include "app/discover_options.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "energylens/known.h"

#define UNLIMITED (UINT64_C(1) << 48)
#define UNIT_TOL  1e-9 /* of exponents that are sums of fractions */

/* "+", "log2", ...: the bit of an operator; 0: there is none. */
static uint32_t op_bit(const char *name)
{
    if (strcmp(name, "**") == 0)
        name = "^";
    if (strcmp(name, "ln") == 0)
        name = "log";
    for (int op = EL_OP_ADD; op < EL_N_EXPR_OPS; op++)
        if (strcmp(name, el_expr_op_name((el_expr_op)op)) == 0)
            return UINT32_C(1) << op;
    return 0;
}

static el_status read_ops(const el_discover_args *args, uint32_t *ops,
                          el_error *err)
{
    *ops = 0;
    if (!args->op)
        return EL_OK;
    *ops = UINT32_C(1) << EL_OP_COL | UINT32_C(1) << EL_OP_CONST;
    for (size_t i = 0; i < args->n_op; i++) {
        const uint32_t bit = op_bit(args->op[i]);

        if (!bit)
            return el_fail(err, EL_E_ARG,
                           "--operators: unknown operator \"%.40s\" (+ - * / ^ "
                           "max min square cube sqrt exp log log2 log1p abs "
                           "ceil tanh sin cos asin acos)",
                           args->op[i]);
        *ops |= bit;
    }
    return EL_OK;
}

static size_t column_of(const el_law_table *t, const char *name, size_t len)
{
    for (size_t k = 0; k < t->n_col; k++)
        if (strlen(t->name[k]) == len && memcmp(t->name[k], name, len) == 0)
            return k;
    return (size_t)-1;
}

static el_status read_direction(const char *text, el_discovered *d,
                                el_error *err)
{
    const char *colon = strrchr(text, ':');
    size_t k;

    if (!colon || (strcmp(colon, ":+") != 0 && strcmp(colon, ":-") != 0))
        return el_fail(err, EL_E_ARG,
                       "--monotone: \"%.60s\" is not NAME:+ or NAME:-", text);
    k = column_of(&d->table, text, (size_t)(colon - text));
    if (k == (size_t)-1)
        return el_fail(err, EL_E_ARG, "--monotone: no column \"%.*s\" searched",
                       (int)(colon - text < 60 ? colon - text : 60), text);
    d->direction[k] = colon[1] == '+' ? EL_DIRECTION_UP : EL_DIRECTION_DOWN;
    d->options.direction = d->direction;
    return EL_OK;
}

/* Take the multiple of `by` off *unit that clears base b. */
static void clear_base(el_unit *unit, const el_unit *by, size_t b)
{
    const double share = unit->exponent[b] / by->exponent[b];

    for (size_t k = 0; k < EL_UNIT_BASES; k++)
        unit->exponent[k] -= share * by->exponent[k];
    unit->exponent[b] = 0;
}

/* Whether a product of powers of the columns has the target's unit: what is
   left of it after elimination, base by base. */
static bool makes_target(const el_law_table *t)
{
    el_unit column[EL_LAW_MAX_COLUMNS], target = t->result;
    bool used[EL_LAW_MAX_COLUMNS] = {false};

    memcpy(column, t->unit, sizeof column);
    for (size_t b = 0; b < t->bases.n; b++) {
        size_t p = t->n_col;

        for (size_t k = 0; k < t->n_col; k++)
            if (!used[k] && fabs(column[k].exponent[b]) > UNIT_TOL &&
                (p == t->n_col ||
                 fabs(column[k].exponent[b]) > fabs(column[p].exponent[b])))
                p = k;
        if (p == t->n_col)
            continue;
        used[p] = true;
        for (size_t k = 0; k < t->n_col; k++)
            if (!used[k])
                clear_base(&column[k], &column[p], b);
        clear_base(&target, &column[p], b);
    }
    for (size_t b = 0; b < t->bases.n; b++)
        if (fabs(target.exponent[b]) > UNIT_TOL)
            return false;
    return true;
}

/* Without units on constants, all of the target's must come from columns. */
static el_status check_units(const el_law_table *t, el_error *err)
{
    el_buf text = {0};
    el_status st;

    if (!t->has_units)
        return el_fail(err, EL_E_ARG,
                       "--plain-constants: needs the units of the columns "
                       "(--units)");
    if (makes_target(t))
        return EL_OK;
    el_unit_print(&t->result, &t->bases, &text);
    el_buf_add(&text, ", which no product of powers of ");
    for (size_t k = 0; k < t->n_col; k++) {
        el_buf_printf(&text, "%s%s [", k ? ", " : "", t->name[k]);
        el_unit_print(&t->unit[k], &t->bases, &text);
        el_buf_add(&text, "]");
    }
    st = el_fail(err, EL_E_DATA,
                 "%s: %s is in %.140s has: no law without units on its "
                 "constants",
                 t->source, t->target, el_buf_text(&text));
    el_buf_clear(&text);
    return st;
}

/* Units that were asked for; those of the contract only name constants. */
static el_status set_units(const el_discover_args *args, el_discovered *d,
                           el_error *err)
{
    d->rules = (el_unit_rules){d->table.unit, &d->table.result,
                               !args->plain_constants};
    if (args->table.units || args->plain_constants)
        d->options.units = &d->rules;
    if (d->table.has_units && !args->plain_constants)
        d->options.scales = &d->rules;
    return args->plain_constants ? check_units(&d->table, err) : EL_OK;
}

static bool all_positive(const el_law_table *t)
{
    for (size_t i = 0; i < t->n_row; i++)
        if (!(t->y[i] > 0))
            return false;
    return true;
}

static el_status check_target(const el_law_table *t, el_loss loss,
                              el_error *err)
{
    size_t n = 0;
    bool same = true;

    for (size_t i = 0; i < t->n_row; i++) {
        n += loss == EL_LOSS_LOG ? !(t->y[i] > 0) : t->y[i] == 0;
        same = same && t->y[i] == t->y[0];
    }
    if (same)
        return el_fail(err, EL_E_DATA,
                       "%s: %s is %g on every row: no law to find", t->source,
                       t->target, t->y[0]);
    if (n == 0 || loss == EL_LOSS_PLAIN)
        return EL_OK;
    return el_fail(err, EL_E_DATA,
                   "%s: %s is %s on %zu of %zu rows, which --loss %s cannot "
                   "take; --loss plain can",
                   t->source, t->target,
                   loss == EL_LOSS_LOG ? "not above 0" : "0", n, t->n_row,
                   loss == EL_LOSS_LOG ? "log" : "relative");
}

/* "y = " in front of a law may be there: blanks, so that columns in messages
   stay those of the text. */
static el_status blank_target(const el_law_table *t, char *text, el_error *err)
{
    const size_t n = strlen(t->target);
    char *at = strchr(text, '=');
    size_t start = strspn(text, " \t");

    if (!at)
        return EL_OK;
    if (strncmp(text + start, t->target, n) != 0 ||
        text + start + n + strspn(text + start + n, " \t") != at)
        return el_fail(
            err, EL_E_ARG,
            "--template: column %zu: before = stands %s, the target, "
            "or nothing",
            start + 1, t->target);
    memset(text, ' ', (size_t)(at - text) + 1);
    return EL_OK;
}

/* A fitted number may not be subtracted where signs are positive. */
static el_status check_signs(const el_discover_options *o, el_error *err)
{
    const el_expr *e = &o->shape->expr;
    const char *what = NULL;

    for (unsigned i = 0; i < e->n_node && !o->signed_terms; i++) {
        const el_expr_node node = e->node[i];

        if (node.op == EL_OP_NEG)
            what = "a sign";
        if (node.op == EL_OP_SUB)
            for (unsigned k = i - e->node[i - 1].len; k < i; k++)
                if (e->node[k].op == EL_OP_CONST &&
                    e->kind[e->node[k].arg] != EL_CONST_FIXED)
                    what = "a number to fit or a hole after -";
        if (node.op == EL_OP_CONST && e->value[node.arg] < 0 &&
            e->kind[node.arg] != EL_CONST_EXPONENT)
            what = "a negative number";
    }
    if (!what)
        return EL_OK;
    return el_fail(err, EL_E_ARG,
                   "--template: %s, but terms are positive here; --signs any "
                   "allows it",
                   what);
}

/* Units of the template alone, its holes carrying what they need. */
static el_status check_template_units(const el_discovered *d, el_error *err)
{
    el_error why = {0};

    if (!d->options.units || !d->rules.wild ||
        el_expr_check_units(&d->shape.expr, &d->rules, &d->table.bases, NULL,
                            &why) == EL_OK)
        return EL_OK;
    return el_fail(err, EL_E_DATA, "--template: %s", why.message);
}

static el_status set_template(const el_discover_args *args, el_discovered *d,
                              el_error *err)
{
    char *text;
    el_error why = {0};
    el_status st;

    if (!args->shape)
        return EL_OK;
    text = el_array(strlen(args->shape) + 1, 1);
    if (!text)
        return el_fail(err, EL_E_NOMEM, "--template: out of memory");
    memcpy(text, args->shape, strlen(args->shape));
    st = blank_target(&d->table, text, err);
    if (st == EL_OK) {
        st = el_template_parse(text, d->table.name, d->table.n_col, &d->shape,
                               &why);
        if (st != EL_OK)
            st = el_fail(err, st == EL_E_DATA ? EL_E_ARG : st, "--template: %s",
                         why.message);
    }
    el_free(text);
    if (st != EL_OK)
        return st;
    d->options.shape = &d->shape;
    st = check_signs(&d->options, err);
    return st == EL_OK ? check_template_units(d, err) : st;
}

el_status el_discover_settle(const el_discover_args *args, el_discovered *d,
                             el_error *err)
{
    el_discover_options *o = &d->options;
    el_status st;

    o->loss = args->loss_given          ? args->loss
              : all_positive(&d->table) ? EL_LOSS_RELATIVE
                                        : EL_LOSS_PLAIN;
    o->signed_terms =
        args->signs_given ? args->signed_terms : !d->table.measured;
    o->outlier_sd = args->outlier_sd;
    o->max_complexity = args->max_complexity;
    o->evaluations = args->evaluations > 0       ? args->evaluations
                     : el_is_known(args->time_s) ? UNLIMITED
                                                 : EL_EVALUATIONS;
    st = read_ops(args, &o->ops, err);
    if (st == EL_OK)
        st = check_target(&d->table, o->loss, err);
    if (st == EL_OK)
        st = set_units(args, d, err);
    if (st == EL_OK)
        st = set_template(args, d, err);
    for (size_t i = 0; st == EL_OK && i < args->n_monotone; i++)
        st = read_direction(args->monotone[i], d, err);
    return st;
}
