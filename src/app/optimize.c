/* SPDX-License-Identifier: Apache-2.0 */
#include "app/optimize.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "io/catalog_json.h"
#include "io/csv.h"
#include "io/fit_json.h"

static const char *const config_key[] = {"tp", "pp", "ep", "dp", "batch"};

#define N_KEYS (sizeof config_key / sizeof *config_key)

static el_status parse_pair(const char *text, size_t len, double value[N_KEYS],
                            el_error *err)
{
    const char *eq = memchr(text, '=', len);
    size_t k = 0, n = eq ? (size_t)(eq - text) : len;

    while (k < N_KEYS &&
           (strlen(config_key[k]) != n || strncmp(config_key[k], text, n) != 0))
        k++;
    if (k == N_KEYS || !eq)
        return el_fail(err, EL_E_ARG,
                       "not tp, pp, ep, dp or batch with a value: \"%.*s\"",
                       (int)len, text);
    if (!el_parse_double(eq + 1, len - n - 1, &value[k]) ||
        !(value[k] >= 1.0) || value[k] != floor(value[k]))
        return el_fail(err, EL_E_ARG, "not a whole number above 0: \"%.*s\"",
                       (int)len, text);
    return EL_OK;
}

el_status el_config_parse(const char *text, el_config *out, el_error *err)
{
    double v[N_KEYS] = {NAN, 1.0, 1.0, NAN, NAN};

    for (const char *at = text;;) {
        size_t len = strcspn(at, ",");
        el_status st = parse_pair(at, len, v, err);
        if (st != EL_OK)
            return st;
        if (at[len] == '\0')
            break;
        at += len + 1;
    }
    if (!el_is_known(v[0]))
        return el_fail(err, EL_E_ARG, "no tp in \"%s\"", text);
    *out = (el_config){v[0], v[1], v[2], v[3], v[4]};
    return EL_OK;
}

static el_status parse_current(const char *text, el_optimize_query *query,
                               el_error *err)
{
    el_error why = {0};

    if (!text)
        return EL_OK;
    query->has_current = true;
    if (el_config_parse(text, &query->current, &why) == EL_OK)
        return EL_OK;
    return el_fail(err, EL_E_ARG, "--current: %s", why.message);
}

static el_status open_rest(const el_ask *ask, el_ask_state *s, el_error *err)
{
    el_setup_ask setups = {.set = &s->set,
                           .model = ask->model,
                           .axis = ask->axis,
                           .query = &s->query};
    el_status st;

    s->query = ask->query;
    s->query.workload = ask->workload ? ask->workload : "";
    st = parse_current(ask->current, &s->query, err);
    if (st == EL_OK)
        st = el_catalog_load(ask->catalog_dir, &s->catalog, err);
    if (st == EL_OK && ask->calibrate_path) {
        st = el_runs_read(ask->calibrate_path, NULL, &s->runs, err);
        setups.runs = &s->runs;
    }
    setups.catalog = s->catalog;
    setups.measured = &s->measured;
    if (st == EL_OK)
        st = el_measured_open(
            &ask->files, s->catalog, ask->axis[EL_SETUP_GPU].v,
            ask->axis[EL_SETUP_GPU].n, ask->task, &s->measured, err);
    if (st == EL_OK)
        st = el_setups_open(&setups, &s->setups, s->left_out, err);
    return st;
}

el_status el_ask_open_set(const el_ask *ask, el_fit_set *set, el_ask_state *out,
                          el_error *err)
{
    el_status st;

    memset(out, 0, sizeof *out);
    out->set = *set;
    memset(set, 0, sizeof *set);
    st = open_rest(ask, out, err);
    if (st != EL_OK)
        el_ask_close(out);
    return st;
}

el_status el_ask_open(const el_ask *ask, el_ask_state *out, el_error *err)
{
    el_fit_set set = {0};
    el_status st = EL_OK;

    if (ask->fit_path && ask->calibrate_path)
        return el_fail(err, EL_E_ARG,
                       "--calibrate corrects the analytic model: leave out "
                       "--fit");
    if (ask->fit_path && el_measured_files_any(&ask->files))
        return el_fail(err, EL_E_ARG,
                       "--links and --kernel-table are of the analytic model: "
                       "leave out --fit");
    if (ask->fit_path)
        st = el_fit_set_load(ask->fit_path, &set, err);
    return st == EL_OK ? el_ask_open_set(ask, &set, out, err) : st;
}

void el_ask_close(el_ask_state *state)
{
    el_setups_close(&state->setups);
    el_measured_close(&state->measured);
    el_runs_clear(&state->runs);
    el_fit_set_clear(&state->set);
    el_catalog_free(state->catalog);
    memset(state, 0, sizeof *state);
}
