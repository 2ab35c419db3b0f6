/* SPDX-License-Identifier: Apache-2.0 */
#include "app/optimize.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "io/catalog_json.h"
#include "io/csv.h"
#include "io/fit_json.h"
#include "model/candidate.h"

static bool is_named(const el_grid_axis *axis, const char *text, size_t len)
{
    return strlen(axis->name) == len && strncmp(axis->name, text, len) == 0;
}

static el_status parse_pair(const char *text, size_t len, el_config *config,
                            el_error *err)
{
    const char *eq = memchr(text, '=', len);
    size_t k = 0, n = eq ? (size_t)(eq - text) : len;
    double value;

    while (k < EL_N_GRID_AXES && !is_named(&el_grid_axes[k], text, n))
        k++;
    if (k == EL_N_GRID_AXES || !eq)
        return el_fail(err, EL_E_ARG,
                       "not tp, pp, ep, dp or batch with a value: \"%.*s\"",
                       (int)len, text);
    if (!el_parse_double(eq + 1, len - n - 1, &value) || !(value >= 1.0) ||
        value != floor(value))
        return el_fail(err, EL_E_ARG, "not a whole number above 0: \"%.*s\"",
                       (int)len, text);
    *el_grid_value(&el_grid_axes[k], config) = value;
    return EL_OK;
}

el_status el_config_parse(const char *text, el_config *out, el_error *err)
{
    el_config config = {EL_UNKNOWN, 1.0, 1.0, EL_UNKNOWN, EL_UNKNOWN};

    for (const char *at = text;;) {
        size_t len = strcspn(at, ",");
        el_status st = parse_pair(at, len, &config, err);
        if (st != EL_OK)
            return st;
        if (at[len] == '\0')
            break;
        at += len + 1;
    }
    if (!el_is_known(config.tp))
        return el_fail(err, EL_E_ARG, "no tp in \"%s\"", text);
    *out = config;
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

/* "h100:8" -> "h100" and 8. */
static el_status split_count(const char *text, char name[EL_NAME_LEN],
                             double *count, el_error *err)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : strlen(text);

    *count = EL_UNKNOWN;
    el_str_copy(name, len + 1 < EL_NAME_LEN ? len + 1 : EL_NAME_LEN, text);
    if (!colon)
        return EL_OK;
    if (el_parse_double(colon + 1, strlen(colon + 1), count) && *count >= 1.0 &&
        *count <= 65536.0 && *count == floor(*count))
        return EL_OK;
    return el_fail(err, EL_E_ARG,
                   "--gpu: not a number of GPUs from 1 to 65536: \"%.80s\"",
                   text);
}

static el_status take_axes(const el_ask *ask, el_ask_state *s, el_error *err)
{
    el_choices *gpus = &s->axis[EL_SETUP_GPU];
    el_status st = EL_OK;

    memcpy(s->axis, ask->axis, sizeof s->axis);
    for (size_t i = 0; st == EL_OK && i < gpus->n; i++) {
        st = split_count(gpus->v[i], s->gpu[i], &s->gpus[i], err);
        s->counted = s->counted || el_is_known(s->gpus[i]);
        gpus->v[i] = s->gpu[i];
    }
    return st;
}

static el_status open_rest(const el_ask *ask, el_ask_state *s, el_error *err)
{
    el_setup_ask setups = {.set = &s->set,
                           .model = ask->model,
                           .axis = s->axis,
                           .gpus = s->gpus,
                           .query = &s->query};
    el_status st;

    s->query = ask->query;
    s->query.workload = ask->workload ? ask->workload : "";
    st = take_axes(ask, s, err);
    if (st == EL_OK)
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
        st = el_measured_open(&ask->files, s->catalog, s->axis[EL_SETUP_GPU].v,
                              s->axis[EL_SETUP_GPU].n, ask->task, &s->measured,
                              err);
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
