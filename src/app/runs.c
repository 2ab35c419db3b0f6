/* SPDX-License-Identifier: Apache-2.0 */
#include "app/runs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "energylens/calibrate.h"
#include "model/analytic_terms.h"
#include "model/name_format.h"

#define MIN_LATENCY_S 1.5 /* as `fit`: power meters miss shorter runs */

/* Why a row is not used; every row is counted once. */
typedef enum use {
    USED,
    OTHER_MODEL,
    OTHER_GPU,
    OTHER_PRECISION,
    OTHER_ENGINE,
    NO_ENERGY,
    FLAGGED,
    SHORT_RUN,
    NOT_DIVISIBLE,
    N_USES
} use;

static const char *const reason[N_USES] = {
    "used",
    "other models",
    "other GPUs",
    "other precision",
    "another engine",
    "no energy",
    "flagged",
    "shorter than 1.5 s",
    "degrees that the model does not divide by"};

typedef struct choice {
    const el_catalog *catalog;
    el_analytic_state *s;
    const el_row **row; /* used */
    size_t count[N_USES];
    const char *name[N_USES]; /* of the last row left out for its name */
} choice;

el_status el_runs_read(const char *path, const el_task *task, el_runs *out,
                       el_error *err)
{
    el_runs runs = {.table = NULL};
    el_status st =
        el_tables_read(&path, 1, EL_TABLE_MEASURED, task, &runs.table, err);

    if (st != EL_OK)
        return st;
    el_tables_name(path, runs.name);
    *out = runs;
    return EL_OK;
}

void el_runs_clear(el_runs *runs)
{
    el_table_free(runs->table);
    memset(runs, 0, sizeof *runs);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* A config.json has no name but that of its file or folder: "org/" may be left
 * out. */
static bool same_model(const choice *c, const el_row *row)
{
    const el_llm *llm = el_catalog_find_llm(c->catalog, row->model);
    const el_group_key *key = &c->s->key;

    if (!*key->model_slug)
        return el_str_eq_nocase(base_name(row->model), base_name(key->model));
    return el_str_eq_nocase(row->model, key->model) ||
           (llm && strcmp(llm->slug, key->model_slug) == 0);
}

static bool same_gpu(const choice *c, const el_row *row)
{
    const el_gpu *gpu = el_catalog_find_gpu(c->catalog, row->gpu);

    return el_str_eq_nocase(row->gpu, c->s->key.gpu) ||
           (gpu && strcmp(gpu->slug, c->s->key.gpu) == 0);
}

/* One format by two names: a release in fp8 is fp8 under any 16-bit label. */
static bool same_precision(const choice *c, const el_row *row)
{
    const char *asked = el_weight_format(c->s->key.precision);
    const char *said =
        *row->precision ? row->precision : el_name_format(row->model);
    const char *has = el_weight_format(said);
    el_arch_desc arch = c->s->arch;

    if (!*said || (!asked && !has))
        return true;
    if (asked && has)
        return el_str_eq_nocase(asked, has);
    return !asked && el_arch_quantise(&arch, has, NULL, NULL) == EL_OK &&
           fabs(arch.weight_bytes / c->s->arch.weight_bytes - 1.0) < 1e-6;
}

static bool starts_with(const char *text, const char *head)
{
    char start[EL_NAME_LEN];

    el_str_copy(start, sizeof start, text);
    if (strlen(start) > strlen(head))
        start[strlen(head)] = '\0';
    return el_str_eq_nocase(start, head);
}

/* "vLLM 0.11" is a "vLLM", but no "vLLM (eager)". */
static bool same_engine(const choice *c, const el_row *row)
{
    const char *asked = c->s->key.engine, *has = row->engine;

    return !*has || ((starts_with(has, asked) || starts_with(asked, has)) &&
                     el_engine_find(has).eager == el_engine_find(asked).eager);
}

static el_status judge(choice *c, const el_row *row, use *out, el_error *err)
{
    el_point point = el_row_point(row);
    el_shard shard = el_point_shard(&point);
    el_analytic_state *root = c->s->base ? c->s->base : c->s;
    el_error why;
    el_status st = EL_OK;

    *out = !same_model(c, row)                       ? OTHER_MODEL
           : !same_gpu(c, row)                       ? OTHER_GPU
           : !same_precision(c, row)                 ? OTHER_PRECISION
           : !same_engine(c, row)                    ? OTHER_ENGINE
           : !el_is_known(row->energy_per_request_j) ? NO_ENERGY
           : el_row_is_flagged(row)                  ? FLAGGED
           : row->latency_s < MIN_LATENCY_S          ? SHORT_RUN
                                                     : USED;
    c->name[*out] = *out == OTHER_MODEL       ? row->model
                    : *out == OTHER_GPU       ? row->gpu
                    : *out == OTHER_PRECISION ? row->precision
                    : *out == OTHER_ENGINE    ? row->engine
                                              : NULL;
    if (*out == USED)
        st = el_analytic_prepare(root->analytic, &shard, &why);
    if (st == EL_E_NOMEM)
        return el_fail(err, st, "%s", why.message);
    if (st != EL_OK)
        *out = NOT_DIVISIBLE;
    return EL_OK;
}

static el_status choose(const el_runs *runs, choice *c, el_error *err)
{
    size_t n = el_table_n_rows(runs->table);
    const el_row *row = el_table_rows(runs->table);
    el_status st = EL_OK;

    for (size_t i = 0; i < n && st == EL_OK; i++) {
        use u = USED;

        st = judge(c, &row[i], &u, err);
        if (u == USED)
            c->row[c->count[USED]] = &row[i];
        c->count[u]++;
    }
    return st;
}

/* "390 other models, 15 other precision (fp8)" */
static void print_reasons(const choice *c, el_buf *out)
{
    const char *comma = "";

    for (use u = USED + 1; u < N_USES; u++) {
        if (c->count[u] == 0)
            continue;
        el_buf_printf(out, "%s%zu %s", comma, c->count[u], reason[u]);
        if (c->name[u] && (u > OTHER_GPU || c->count[USED] == 0))
            el_buf_printf(out, " (%.40s)", c->name[u]);
        comma = ", ";
    }
}

static el_status none_left(const el_runs *runs, const choice *c, el_error *err)
{
    el_buf why = {0};
    el_status st;

    print_reasons(c, &why);
    st = el_fail(err, EL_E_DATA,
                 "%.60s: no row to calibrate %.60s on %.40s with: %s",
                 runs->name, c->s->key.model, c->s->key.gpu, el_buf_text(&why));
    el_buf_clear(&why);
    return st;
}

static el_status write_note(const el_runs *runs, const choice *c,
                            const el_calibrated *done, char note[EL_RUNS_NOTE],
                            el_error *err)
{
    el_buf text = {0};
    el_status st = EL_OK;

    el_buf_printf(&text, "calibrated on %zu row%s of %.40s (%.3g %% off before",
                  done->n_rows, done->n_rows == 1 ? "" : "s", runs->name,
                  done->before_pct);
    if (el_is_known(done->left_out_pct))
        el_buf_printf(&text, ", %.3g %% each left out", done->left_out_pct);
    if (done->odd)
        el_buf_printf(&text, ", line %zu %+.3g %% off them", done->odd->line,
                      done->odd_pct);
    el_buf_add(&text, ")");
    if (el_table_n_rows(runs->table) > c->count[USED]) {
        el_buf_add(&text, ", ignored: ");
        print_reasons(c, &text);
    }
    if (el_buf_ok(&text))
        el_str_copy(note, EL_RUNS_NOTE, el_buf_text(&text));
    else
        st = el_fail(err, EL_E_NOMEM, "calibrate: out of memory");
    el_buf_clear(&text);
    return st;
}

el_status el_runs_calibrate(const el_runs *runs, const el_catalog *catalog,
                            el_analytic_state *s, char note[EL_RUNS_NOTE],
                            el_error *err)
{
    choice c = {.catalog = catalog, .s = s};
    el_calibrated done;
    el_status st;

    /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
    c.row = el_array(el_table_n_rows(runs->table), sizeof *c.row);
    if (!c.row)
        return el_fail(err, EL_E_NOMEM, "calibrate: %zu rows",
                       el_table_n_rows(runs->table));
    st = choose(runs, &c, err);
    if (st == EL_OK && c.count[USED] == 0)
        st = none_left(runs, &c, err);
    if (st == EL_OK)
        st = el_analytic_calibrate(s->analytic, c.row, c.count[USED], &done,
                                   err);
    if (st == EL_OK)
        st = write_note(runs, &c, &done, note, err);
    el_free(c.row);
    return st;
}
