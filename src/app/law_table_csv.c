/* SPDX-License-Identifier: Apache-2.0 */
/* Any CSV as columns of numbers. */
#include <math.h>
#include <string.h>

#include "app/law_table_part.h"
#include "base/task.h"
#include "expr/functions.h"
#include "io/csv_cell.h"

#define POLL_EVERY 4096u
#define NAME_LEN   64u

static bool is_reserved(const char *name)
{
    /* of C and Python: formulas are printed for both */
    static const char *const word[] = {
        "pi",       "as",     "auto",   "break",  "case",    "char",  "class",
        "const",    "def",    "del",    "do",     "double",  "elif",  "else",
        "enum",     "except", "extern", "False",  "finally", "float", "for",
        "from",     "global", "goto",   "if",     "import",  "in",    "inline",
        "int",      "is",     "lambda", "long",   "None",    "not",   "or",
        "pass",     "raise",  "return", "short",  "signed",  "True",  "try",
        "typedef",  "union",  "void",   "while",  "with",    "yield", "and",
        "unsigned", "switch", "static", "struct", "sizeof",  "e"};

    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strcmp(name, word[i]) == 0)
            return true;
    return el_expr_find_function(name, strlen(name)) >= 0;
}

static bool is_name_char(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

/* A heading as an identifier that no other column has; NULL: no memory. */
static const char *identifier(el_law_table *t, size_t n_named, el_slice heading)
{
    char name[NAME_LEN];
    size_t len = heading.len < NAME_LEN - 8 ? heading.len : NAME_LEN - 8;

    memcpy(name, heading.text, len);
    for (size_t i = 0; i < len; i++)
        if (!is_name_char(name[i], false))
            name[i] = '_';
    if (len == 0 || !is_name_char(name[0], true)) {
        memmove(name + 1, name, len);
        name[0] = 'x';
        len++;
    }
    name[len] = '\0';
    for (size_t k = 0; k < n_named || is_reserved(name); k++) {
        const bool taken = k < n_named && strcmp(t->name[k], name) == 0;

        if ((taken || is_reserved(name)) && len + 1 < NAME_LEN) {
            name[len++] = '_';
            name[len] = '\0';
            k = (size_t)-1;
        }
    }
    return el_strings_add(&t->strings, name, len);
}

static bool is_number(const el_csv *csv, size_t record, size_t column)
{
    const el_slice cell = el_csv_cell(csv, record, column);
    double v;

    return el_parse_double(cell.text, cell.len, &v);
}

/* Every cell is a number; *varies: not the same one. */
static el_status look(const el_law_reader *r, size_t column, bool *varies,
                      el_error *err)
{
    double first = 0, v = 0;

    *varies = false;
    for (size_t i = 0; i < el_csv_n_records(r->csv); i++) {
        el_status st =
            el_csv_cell_number(r->csv, i, column, -HUGE_VAL, HUGE_VAL, &v, err);

        if (st != EL_OK)
            return st;
        if (i % POLL_EVERY == 0 && el_task_is_cancelled(r->task))
            return el_fail(err, EL_E_CANCELLED, "%s: stopped on request",
                           r->t->source);
        first = i == 0 ? v : first;
        *varies = *varies || v != first;
    }
    return EL_OK;
}

typedef struct chosen {
    size_t n, column[EL_LAW_MAX_COLUMNS];
} chosen;

/* What is left out, named once. */
typedef struct left_out {
    el_buf text, constant;
    size_t n_text, n_constant;
} left_out;

static void add_heading(const el_csv *csv, size_t column, el_buf *list,
                        size_t *n)
{
    const el_slice name = el_csv_header(csv, column);
    char text[NAME_LEN];
    const size_t len = name.len < sizeof text ? name.len : sizeof text - 1;

    memcpy(text, name.text, len);
    text[len] = '\0';
    el_law_name_add(list, n, text);
}

static el_status take(const el_law_reader *r, size_t column, chosen *c,
                      left_out *out, el_error *err)
{
    bool varies;
    el_status st = look(r, column, &varies, err);

    if (st != EL_OK)
        return st;
    if (!varies)
        add_heading(r->csv, column, &out->constant, &out->n_constant);
    else if (c->n < EL_LAW_MAX_COLUMNS)
        c->column[c->n++] = column;
    else
        return el_fail(err, EL_E_ARG,
                       "--features: %s has more than %u columns of numbers: "
                       "name those that matter",
                       r->t->source, EL_LAW_MAX_COLUMNS);
    return EL_OK;
}

static el_status choose_named(const el_law_reader *r, chosen *c, left_out *out,
                              el_error *err)
{
    el_status st = EL_OK;

    for (size_t k = 0; st == EL_OK && k < r->ask->n_column; k++) {
        const char *name = r->ask->column[k];
        const size_t column = el_csv_column(r->csv, name);

        if (column == EL_NO_COLUMN)
            return el_fail(err, EL_E_ARG, "--features: %s has no column %.80s",
                           r->t->source, name);
        if (strcmp(name, r->t->target) == 0)
            return el_fail(err, EL_E_ARG,
                           "--features: %.80s is the target itself", name);
        st = take(r, column, c, out, err);
    }
    return st;
}

static el_status choose(const el_law_reader *r, size_t target, chosen *c,
                        left_out *out, el_error *err)
{
    el_status st = EL_OK;

    if (r->ask->column)
        return choose_named(r, c, out, err);
    for (size_t k = 0; st == EL_OK && k < el_csv_n_columns(r->csv); k++) {
        if (k == target)
            continue;
        if (is_number(r->csv, 0, k))
            st = take(r, k, c, out, err);
        else
            add_heading(r->csv, k, &out->text, &out->n_text);
    }
    return st;
}

static void warn(const el_law_reader *r, const left_out *out)
{
    if (out->n_text > 0)
        el_task_warn(r->task, "%s: columns that are no numbers left out: %s",
                     r->t->source, el_buf_text(&out->text));
    if (out->n_constant > 0)
        el_task_warn(r->task,
                     "%s: columns that are the same on all rows left out: %s",
                     r->t->source, el_buf_text(&out->constant));
}

static el_status read_cells(const el_law_reader *r, const chosen *c,
                            size_t target, el_error *err)
{
    el_law_table *t = r->t;
    const size_t n = el_csv_n_records(r->csv);
    el_status st = el_law_table_room(t, n, c->n, err);

    for (size_t k = 0; st == EL_OK && k <= c->n; k++) {
        const size_t column = k < c->n ? c->column[k] : target;
        double *to = t->value + k * n;

        for (size_t i = 0; st == EL_OK && i < n; i++)
            st = el_csv_cell_number(r->csv, i, column, -HUGE_VAL, HUGE_VAL,
                                    &to[i], err);
    }
    for (size_t k = 0; st == EL_OK && k < c->n; k++) {
        t->name[k] = identifier(t, k, el_csv_header(r->csv, c->column[k]));
        if (!t->name[k])
            st = el_fail(err, EL_E_NOMEM, "%s: names", t->source);
    }
    return st;
}

el_status el_law_read_csv(el_law_reader *r, el_error *err)
{
    const size_t target = el_csv_column(r->csv, r->t->target);
    chosen c = {0};
    left_out out = {0};
    el_status st;

    if (target == EL_NO_COLUMN)
        return el_fail(err, EL_E_ARG, "--target: %s has no column %.80s",
                       r->t->source, r->t->target);
    if (el_csv_n_records(r->csv) < 2)
        return el_fail(err, EL_E_DATA, "%s: %zu row%s: a law needs more",
                       r->t->source, el_csv_n_records(r->csv),
                       el_csv_n_records(r->csv) == 1 ? "" : "s");
    st = choose(r, target, &c, &out, err);
    if (st == EL_OK)
        warn(r, &out);
    if (st == EL_OK && c.n == 0)
        st = el_fail(err, EL_E_DATA,
                     "%s: no column of numbers that varies beside %s",
                     r->t->source, r->t->target);
    if (st == EL_OK)
        st = read_cells(r, &c, target, err);
    el_buf_clear(&out.text);
    el_buf_clear(&out.constant);
    return st;
}
