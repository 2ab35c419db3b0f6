/* SPDX-License-Identifier: Apache-2.0 */
/* One option's value: from text to the verb's args. */
#include <math.h>
#include <string.h>

#include "cli/nearest.h"
#include "cli/opt.h"
#include "io/csv.h"

/* One value being stored; keeps the helpers' parameter lists short. */
typedef struct job {
    const el_opt *opt;
    const char *who;  /* "--tp" */
    const char *text; /* the whole value, for messages */
    el_strings *strings;
    el_error *err;
} job;

static el_status bad(const job *j, const char *what)
{
    return el_fail(j->err, EL_E_ARG, "%s: %s: \"%.80s\"", j->who, what,
                   j->text);
}

static el_status check_limits(const job *j, double v)
{
    const el_opt *o = j->opt;

    if (o->min < o->max && !(v >= o->min && v <= o->max)) {
        if (isinf(o->max))
            return el_fail(j->err, EL_E_ARG, "%s: %.80s is below %g", j->who,
                           j->text, o->min);
        return el_fail(j->err, EL_E_ARG, "%s: %.80s is outside %g .. %g",
                       j->who, j->text, o->min, o->max);
    }
    return EL_OK;
}

static el_status parse_uint(const job *j, const char *text, size_t len,
                            uint64_t *out)
{
    uint64_t v = 0;

    if (len == 0)
        return bad(j, "not a whole number");
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';

        if (digit > 9)
            return bad(j, "not a whole number");
        if (v > (UINT64_MAX - digit) / 10)
            return bad(j, "number too large");
        v = v * 10 + digit;
    }
    *out = v;
    return check_limits(j, (double)v);
}

static el_status parse_number(const job *j, const char *text, size_t len,
                              double *out)
{
    double v;

    if (!el_parse_double(text, len, &v))
        return bad(j, "not a number");
    *out = v;
    return check_limits(j, v);
}

static el_status parse_duration(const job *j, double *out)
{
    static const struct {
        const char *name;
        double s;
    } units[] = {{"", 1},      {"s", 1},    {"ms", 1e-3}, {"us", 1e-6},
                 {"ns", 1e-9}, {"min", 60}, {"h", 3600}};
    size_t len = strspn(j->text, "0123456789.+-eE");
    double v;

    if (!el_parse_double(j->text, len, &v) || v < 0)
        return bad(j, "not a time (500ms, 1.5s, 2min)");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(j->text + len, units[i].name) == 0) {
            /* 500ms is 0.5 exactly: divide where the unit is a fraction */
            *out = units[i].s < 1 ? v / round(1 / units[i].s) : v * units[i].s;
            return check_limits(j, *out);
        }
    return bad(j, "not a time (500ms, 1.5s, 2min)");
}

static el_status parse_amount(const job *j, const char *text, size_t len,
                              el_amount *out)
{
    el_amount amount = {0, len > 0 && text[len - 1] == '%'};
    el_status st =
        parse_number(j, text, amount.percent ? len - 1 : len, &amount.value);

    if (st == EL_OK)
        *out = amount;
    return st;
}

static el_status parse_range(const job *j, el_range *out)
{
    const char *colon = strchr(j->text, ':');
    size_t len = colon ? (size_t)(colon - j->text) : strlen(j->text);
    el_range range = {NAN, NAN};
    el_status st = parse_number(j, j->text, len, &range.lo);

    if (st != EL_OK)
        return st;
    range.hi = range.lo;
    if (colon)
        st = parse_number(j, colon + 1, strlen(colon + 1), &range.hi);
    if (st == EL_OK && range.hi < range.lo)
        st = bad(j, "the range ends before it starts");
    if (st == EL_OK)
        *out = range;
    return st;
}

static el_status parse_enum(const job *j, int *out)
{
    const char *const *c = j->opt->choices;
    const char *near = el_nearest_name(j->text, strlen(j->text), c);
    char all[256] = "";

    for (int i = 0; c[i]; i++) {
        size_t used = strlen(all);

        if (strcmp(j->text, c[i]) == 0) {
            *out = i;
            return EL_OK;
        }
        if (used + strlen(c[i]) + 3 < sizeof all) {
            el_str_copy(all + used, sizeof all - used, i ? ", " : "");
            used = strlen(all);
            el_str_copy(all + used, sizeof all - used, c[i]);
        }
    }
    if (near)
        return el_fail(j->err, EL_E_ARG,
                       "%s: unknown value \"%.80s\", did you mean %s?", j->who,
                       j->text, near);
    return el_fail(j->err, EL_E_ARG, "%s: unknown value \"%.80s\" (one of %s)",
                   j->who, j->text, all);
}

/* Calls store() for each piece between commas. */
static el_status each_piece(const job *j,
                            el_status (*store)(const job *, const char *,
                                               size_t, void *),
                            void *out)
{
    const char *p = j->text;

    for (;;) {
        size_t len = strcspn(p, ",");
        el_status st = store(j, p, len, out);

        if (st != EL_OK || p[len] == '\0')
            return st;
        p += len + 1;
    }
}

static el_status too_many(const job *j)
{
    return el_fail(j->err, EL_E_ARG, "%s: more than %u values", j->who,
                   EL_OPT_MAX_LIST);
}

static el_status add_int(const job *j, const char *text, size_t len, void *out)
{
    el_ints *list = out;
    uint64_t v;
    el_status st = parse_uint(j, text, len, &v);

    for (size_t i = 0; st == EL_OK && i < list->n; i++)
        if (list->v[i] == v) /* naming a value twice asks for it once */
            return EL_OK;
    if (st == EL_OK && list->n == EL_OPT_MAX_LIST)
        st = too_many(j);
    if (st == EL_OK)
        list->v[list->n++] = v;
    return st;
}

static el_status add_amount(const job *j, const char *text, size_t len,
                            void *out)
{
    el_amounts *list = out;
    el_amount a;
    el_status st = parse_amount(j, text, len, &a);

    if (st == EL_OK && list->n > 0 && a.percent != list->percent)
        st = bad(j, "counts and percentages do not mix");
    for (size_t i = 0; st == EL_OK && i < list->n; i++)
        if (!(list->v[i] < a.value || list->v[i] > a.value))
            return EL_OK;
    if (st == EL_OK && list->n == EL_OPT_MAX_LIST)
        st = too_many(j);
    if (st == EL_OK) {
        list->percent = a.percent;
        list->v[list->n++] = a.value;
    }
    return st;
}

static el_status add_name(const job *j, const char *text, size_t len, void *out)
{
    el_names *list = out;
    const char *copy;

    if (len == 0)
        return bad(j, "empty name in the list");
    for (size_t i = 0; i < list->n; i++)
        if (strncmp(list->v[i], text, len) == 0 && list->v[i][len] == '\0')
            return EL_OK;
    if (list->n == EL_OPT_MAX_LIST)
        return too_many(j);
    copy = el_strings_add(j->strings, text, len);
    if (!copy)
        return el_fail(j->err, EL_E_NOMEM, "%s: out of memory", j->who);
    list->v[list->n++] = copy;
    return EL_OK;
}

static el_status parse_flag(const job *j, bool *out)
{
    static const char *const yes[] = {"true", "1", "yes", "on"};
    static const char *const no[] = {"false", "0", "no", "off"};

    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        bool is_yes = el_str_eq_nocase(j->text, yes[i]);

        if (is_yes || el_str_eq_nocase(j->text, no[i])) {
            *out = is_yes;
            return EL_OK;
        }
    }
    return bad(j, "neither true nor false");
}

/* Room for one value of any kind; args change only when it parsed. */
typedef union value {
    bool flag;
    const char *text;
    uint64_t u;
    double d;
    el_amount amount;
    el_amounts amounts;
    el_ints ints;
    el_range range;
    int choice;
    el_names names;
} value;

static el_status parse_value(const job *j, value *v)
{
    switch (j->opt->kind) {
    case EL_OPT_FLAG:
        return parse_flag(j, &v->flag);
    case EL_OPT_STRING:
        v->text = j->text;
        return EL_OK;
    case EL_OPT_UINT:
        return parse_uint(j, j->text, strlen(j->text), &v->u);
    case EL_OPT_DOUBLE:
        return parse_number(j, j->text, strlen(j->text), &v->d);
    case EL_OPT_DURATION:
        return parse_duration(j, &v->d);
    case EL_OPT_AMOUNT:
        return parse_amount(j, j->text, strlen(j->text), &v->amount);
    case EL_OPT_AMOUNTS:
        v->amounts.n = 0;
        return each_piece(j, add_amount, &v->amounts);
    case EL_OPT_INTS:
        v->ints.n = 0;
        return each_piece(j, add_int, &v->ints);
    case EL_OPT_RANGE:
        return parse_range(j, &v->range);
    case EL_OPT_ENUM:
        return parse_enum(j, &v->choice);
    case EL_OPT_NAMES:
        v->names.n = 0;
        return each_piece(j, add_name, &v->names);
    case EL_OPT_REPEATED:
        return add_name(j, j->text, strlen(j->text), &v->names);
    }
    return bad(j, "option of unknown kind");
}

el_status el_opt_store(const el_opt *opt, void *args, const char *who,
                       const char *text, bool reset, el_strings *strings,
                       el_error *err)
{
    const job j = {opt, who, text, strings, err};
    char *place = (char *)args + opt->offset;
    value v;
    el_status st;

    if (opt->size == 0) /* --help: known, never stored */
        return EL_OK;
    if (opt->size > sizeof v)
        return bad(&j, "option table error: size");
    memset(&v, 0, sizeof v);
    if (opt->kind == EL_OPT_REPEATED && !reset)
        memcpy(&v, place, opt->size);
    st = parse_value(&j, &v);
    if (st == EL_OK)
        memcpy(place, &v, opt->size);
    return st;
}

/* What an option holds before anybody gave it a value. */
static void store_empty(const el_opt *opt, void *args)
{
    char *place = (char *)args + opt->offset;
    const el_amount no_amount = {NAN, false};
    const el_range no_range = {NAN, NAN};
    const double no_number = NAN;
    const int no_choice = -1;

    memset(place, 0, opt->size);
    switch (opt->kind) {
    case EL_OPT_DOUBLE:
    case EL_OPT_DURATION:
        memcpy(place, &no_number, sizeof no_number);
        break;
    case EL_OPT_AMOUNT:
        memcpy(place, &no_amount, sizeof no_amount);
        break;
    case EL_OPT_RANGE:
        memcpy(place, &no_range, sizeof no_range);
        break;
    case EL_OPT_ENUM:
        memcpy(place, &no_choice, sizeof no_choice);
        break;
    default:
        break; /* false, NULL, 0, empty list: zero bytes */
    }
}

el_status el_opt_defaults(const el_opt_set *set, el_strings *strings,
                          el_error *err)
{
    for (const el_opt *o = set->options; o && o->name; o++) {
        el_status st = EL_OK;

        if (o->size == 0)
            continue;
        store_empty(o, set->args);
        if (o->def)
            st =
                el_opt_store(o, set->args, o->name, o->def, true, strings, err);
        if (st != EL_OK)
            return st;
    }
    return EL_OK;
}
