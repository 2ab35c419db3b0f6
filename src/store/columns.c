/* SPDX-License-Identifier: Apache-2.0 */
#include "store/columns.h"

#include <math.h>
#include <string.h>

#include "io/csv_text.h"

#define IN_CONFIGURATION(member)                                               \
    offsetof(el_store_run, configuration) +                                    \
        offsetof(el_store_configuration, member)
#define IN_RUN(member) offsetof(el_store_run, member)

const el_store_column el_store_columns[] = {
#define X(m) {#m, IN_CONFIGURATION(m), EL_COLUMN_TEXT, EL_OF_CONFIGURATION},
    EL_STORE_CONFIGURATION_LABELS(X)
#undef X
#define X(m) {#m, IN_CONFIGURATION(m), EL_COLUMN_FROM_0, EL_OF_CONFIGURATION},
        EL_STORE_CONFIGURATION_NUMBERS(X)
#undef X
#define X(m) {#m, IN_RUN(m), EL_COLUMN_FROM_0, EL_OF_RUN},
            EL_STORE_RUN_NUMBERS(X)
#undef X
#define X(m) {#m, IN_RUN(m), EL_COLUMN_TEXT, EL_OF_RUN},
                EL_STORE_RUN_NOTES(X)
#undef X
#define X(m) {#m, IN_RUN(m), EL_COLUMN_FROM_0, EL_OF_RUN_EXTRA},
                    EL_STORE_RUN_EXTRAS(X)
#undef X
};

const size_t el_n_store_columns =
    sizeof el_store_columns / sizeof *el_store_columns;
_Static_assert(sizeof el_store_columns / sizeof *el_store_columns <=
                   EL_MAX_COLUMNS,
               "room for all columns");

const char *el_column_text(const el_store_column *c, const el_store_run *run)
{
    return *(const char *const *)(const void *)((const char *)run + c->offset);
}

double el_column_number(const el_store_column *c, const el_store_run *run)
{
    return *(const double *)(const void *)((const char *)run + c->offset);
}

el_value el_column_value(const el_store_column *c, const el_store_run *run)
{
    return c->rule == EL_COLUMN_TEXT ? el_value_text(el_column_text(c, run))
                                     : el_value_real(el_column_number(c, run));
}

size_t el_column_names(el_column_part first, el_column_part last,
                       const char *before, el_buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < el_n_store_columns; i++) {
        const el_store_column *c = &el_store_columns[i];

        if (c->part < first || c->part > last)
            continue;
        el_buf_printf(out, "%s%s%s", n > 0 ? "," : "", before, c->name);
        n++;
    }
    return n;
}

/* --- what a store takes --------------------------------------------------- */

el_status el_store_check_text(const char *what, const char *text, el_error *err)
{
    size_t len = text ? strlen(text) : 0;

    if (len > EL_STORE_TEXT)
        return el_fail(err, EL_E_DATA, "store: %s: %zu bytes (limit %u)", what,
                       len, EL_STORE_TEXT);
    if (len > 0 && el_text_bad_byte(text, len) < len)
        return el_fail(err, EL_E_DATA, "store: %s: no UTF-8", what);
    return EL_OK;
}

el_status el_store_check_number(const char *what, double v, el_column_rule rule,
                                el_error *err)
{
    if (isnan(v))
        return EL_OK;
    if (isinf(v))
        return el_fail(err, EL_E_DATA, "store: %s: not finite", what);
    if ((rule == EL_COLUMN_FROM_0 && v < 0) ||
        (rule == EL_COLUMN_ABOVE_0 && v <= 0))
        return el_fail(err, EL_E_DATA, "store: %s: %s (%g)", what,
                       v < 0 ? "below 0" : "0 is no measurement", v);
    return EL_OK;
}

static el_status check_column(const el_store_column *c, const el_store_run *run,
                              el_error *err)
{
    el_column_rule rule = c->rule;

    if (rule == EL_COLUMN_TEXT)
        return el_store_check_text(c->name, el_column_text(c, run), err);
    if (strncmp(c->name, "energy_", 7) == 0 &&
        c->offset != offsetof(el_store_run, energy_error_j))
        rule = EL_COLUMN_ABOVE_0; /* joules are measured or unknown */
    return el_store_check_number(c->name, el_column_number(c, run), rule, err);
}

static el_status check_facts(const el_store_fact *fact, size_t n, el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = 0; i < n && st == EL_OK; i++) {
        if (!fact[i].name || !*fact[i].name)
            return el_fail(err, EL_E_ARG, "store: a fact without a name");
        for (size_t k = 0; k < i; k++)
            if (strcmp(fact[k].name, fact[i].name) == 0)
                return el_fail(err, EL_E_ARG, "store: %.100s: given twice",
                               fact[i].name);
        st = el_store_check_text("name of a fact", fact[i].name, err);
        if (st == EL_OK)
            st = el_store_check_text(fact[i].name, fact[i].value, err);
    }
    return st;
}

static el_status check_device(const el_store_device *d, el_error *err)
{
    el_status st = el_store_check_text("device", d->id, err);

    if (st == EL_OK)
        st = el_store_check_text("device", d->name, err);
    if (st == EL_OK)
        st = el_store_check_number("energy of a device", d->energy_j,
                                   EL_COLUMN_ABOVE_0, err);
    if (st == EL_OK)
        st = el_store_check_number("idle power of a device", d->idle_power_w,
                                   EL_COLUMN_FROM_0, err);
    return st;
}

el_status el_store_check_run(const el_store_run *run, el_error *err)
{
    el_status st = el_store_check_text("meter", run->meter, err);

    for (size_t i = 0; i < el_n_store_columns && st == EL_OK; i++)
        st = check_column(&el_store_columns[i], run, err);
    if (st == EL_OK)
        st =
            el_store_check_number("repeat", run->repeat, EL_COLUMN_FROM_0, err);
    if (st == EL_OK)
        st = el_store_check_number("started_utc_s", run->started_utc_s,
                                   EL_COLUMN_NUMBER, err);
    if (st == EL_OK && !isfinite(run->start_s))
        st = el_fail(err, EL_E_ARG, "store: start_s: not finite");
    if (st == EL_OK)
        st = check_facts(run->environment, run->n_environment, err);
    if (st == EL_OK)
        st = check_facts(run->fact, run->n_fact, err);
    for (size_t i = 0; i < run->n_device && st == EL_OK; i++)
        st = check_device(&run->device[i], err);
    return st;
}
