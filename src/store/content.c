/* SPDX-License-Identifier: Apache-2.0 */
/* Content keys of what a store holds. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/columns.h"

/* Blank degrees are 1, and 1 is left out of the key. */
static double degree(double v)
{
    return el_is_known(v) ? v : 1;
}

static double unless(double v, double usual)
{
    return v == usual ? EL_UNKNOWN : v;
}

void el_store_configuration_key(const el_store_configuration *c,
                                char key[EL_STORE_KEY])
{
    const double tp = degree(c->tp), pp = degree(c->pp);
    const double ep = degree(c->ep), dp = degree(c->dp);
    el_store_configuration v = *c;
    el_key h;

    v.tp = unless(tp, 1);
    v.pp = unless(pp, 1);
    v.ep = unless(ep, 1);
    v.dp = unless(dp, 1);
    v.num_gpus = unless(c->num_gpus, pp * dp * fmax(tp, ep));
    el_key_init(&h);
#define X(name) el_key_text(&h, #name, v.name);
    EL_STORE_CONFIGURATION_LABELS(X)
#undef X
#define X(name) el_key_number(&h, #name, v.name);
    EL_STORE_CONFIGURATION_NUMBERS(X)
#undef X
    el_key_print(&h, key);
}

void el_campaign_key(const el_store_campaign *c, char key[EL_STORE_KEY])
{
    el_key h;

    el_key_init(&h);
    el_key_text(&h, "campaign", c->name);
    el_key_text(&h, "plan", c->plan);
    el_key_print(&h, key);
}

static int by_name(const void *a, const void *b)
{
    const el_store_fact *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

el_status el_environment_key(const el_store_fact *f, size_t n,
                             char key[EL_STORE_KEY], el_error *err)
{
    const el_store_fact **sorted;
    size_t known = 0;
    el_key h;

    key[0] = '\0';
    if (n == 0)
        return EL_OK;
    /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
    sorted = el_array(n, sizeof *sorted);
    if (!sorted)
        return el_fail(err, EL_E_NOMEM, "store: out of memory");
    for (size_t i = 0; i < n; i++)
        if (f[i].value && *f[i].value)
            sorted[known++] = &f[i];
    /* NOLINTNEXTLINE(bugprone-sizeof-expression) */
    qsort(sorted, known, sizeof *sorted, by_name);
    el_key_init(&h);
    for (size_t i = 0; i < known; i++)
        el_key_text(&h, sorted[i]->name, sorted[i]->value);
    if (known > 0)
        el_key_print(&h, key);
    el_free(sorted);
    return EL_OK;
}

void el_run_key(const el_store_run *run, const char *campaign,
                const char *environment, char key[EL_STORE_KEY])
{
    char configuration[EL_STORE_KEY];
    el_key h;

    el_store_configuration_key(&run->configuration, configuration);
    el_key_init(&h);
    el_key_text(&h, "campaign", campaign);
    el_key_text(&h, "configuration", configuration);
    el_key_text(&h, "environment", environment);
    el_key_text(&h, "state", el_store_state_name(run->state));
    el_key_number(&h, "repeat", run->repeat);
    el_key_number(&h, "started_utc_s", run->started_utc_s);
    el_key_text(&h, "meter", run->meter);
    for (size_t i = 0; i < el_n_store_columns; i++) {
        const el_store_column *c = &el_store_columns[i];

        if (c->part == EL_OF_CONFIGURATION)
            continue;
        if (c->rule == EL_COLUMN_TEXT)
            el_key_text(&h, c->name, el_column_text(c, run));
        else
            el_key_number(&h, c->name, el_column_number(c, run));
    }
    el_key_print(&h, key);
}

void el_sum_run(uint64_t *sum, const el_store_run *run)
{
    const el_value version =
        el_value_text(run->energylens ? run->energylens : EL_VERSION);

    el_sum_add(sum, &version, 1);
    for (size_t i = 0; i < run->n_device; i++) {
        const el_store_device *d = &run->device[i];
        const el_value v[] = {el_value_text(d->id), el_value_text(d->name),
                              el_value_real(d->energy_j),
                              el_value_real(d->idle_power_w)};

        el_sum_add(sum, v, sizeof v / sizeof *v);
    }
    /* facts come back in another order: added, not chained */
    for (size_t i = 0; i < run->n_fact; i++) {
        const el_value v[] = {el_value_text(run->fact[i].name),
                              el_value_text(run->fact[i].value)};
        uint64_t one = 0;

        el_sum_add(&one, v, 2);
        if (v[1].kind != EL_VALUE_NULL)
            *sum += one;
    }
}

int64_t el_sum_total(uint64_t run, uint64_t requests, const uint64_t *samples,
                     size_t n_device)
{
    uint64_t sum = run;
    int64_t out;

    el_sum_add(
        &sum,
        &(el_value){.kind = EL_VALUE_INTEGER, .integer = (int64_t)requests}, 1);
    for (size_t i = 0; i < n_device; i++)
        el_sum_add(&sum,
                   &(el_value){.kind = EL_VALUE_INTEGER,
                               .integer = (int64_t)samples[i]},
                   1);
    memcpy(&out, &sum, sizeof out);
    return out;
}
