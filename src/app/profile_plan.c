/* SPDX-License-Identifier: Apache-2.0 */
#include "app/profile_plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/hub_id.h"
#include "app/profile_table.h"
#include "base/mem.h"
#include "model/table.h"

#define MAX_VALUE 64
#define MAX_NAME  256
#define PORT_MARK "PORT"

/* What is read, while it is read. */
typedef struct reader {
    const el_profile_plan_args *args;
    el_catalog *catalog; /* NULL: not needed */
    el_profile_plan *plan;
    size_t cap_engine;
} reader;

void el_profile_plan_clear(el_profile_plan *plan)
{
    for (size_t i = 0; i < plan->n_engine; i++)
        el_free(plan->engine[i]);
    el_free(plan->engine);
    el_free(plan->job);
    el_table_free(plan->table);
    *plan = (el_profile_plan){.n = 0};
}

/* --- one row -------------------------------------------------------------- */

static el_status whole(const el_row *row, const char *column, double value,
                       double most, double *out, el_error *err)
{
    if (isnan(value))
        return el_fail(err, EL_E_DATA, "%s:%zu: %s: needed", row->file,
                       row->line, column);
    if (!(value >= 1 && value <= most) || value != floor(value))
        return el_fail(err, EL_E_DATA,
                       "%s:%zu: %s: %g is no whole number from 1 to %g",
                       row->file, row->line, column, value, most);
    *out = value;
    return EL_OK;
}

static const char *label(const char *text)
{
    return text && text[0] ? text : NULL;
}

static void set_configuration(const el_row *row, el_store_configuration *c)
{
    el_store_configuration_init(c);
#define X(name) c->name = label(row->name);
    EL_STORE_CONFIGURATION_LABELS(X)
#undef X
#define X(name) c->name = row->name;
    EL_COLUMN_DEGREES(X)
    EL_COLUMN_LENGTHS(X)
#undef X
    c->vision_tokens = row->vision_tokens;
    c->params_b = 1e-9 * row->params;
    c->active_params_b = 1e-9 * row->active_params;
}

static el_status read_row(const el_row *row, el_profile_job *job, el_error *err)
{
    double batch = 0, in = 0, out = 0, gpus = 0;
    el_status st = whole(row, "batch_size", row->batch_size,
                         EL_LOAD_MAX_STREAMS, &batch, err);

    if (st == EL_OK)
        st = whole(row, "input_tokens", row->input_tokens, EL_LOAD_MAX_TOKENS,
                   &in, err);
    if (st == EL_OK)
        st = whole(row, "output_tokens", row->output_tokens, EL_LOAD_MAX_TOKENS,
                   &out, err);
    if (st == EL_OK)
        st = whole(row, "num_gpus", row->num_gpus, 65536, &gpus, err);
    if (st == EL_OK)
        st = whole(row, "batch_size times dp", batch * row->dp,
                   EL_LOAD_MAX_STREAMS, &batch, err);
    if (st == EL_OK && row->vision_tokens > 0)
        st = el_fail(err, EL_E_DATA,
                     "%s:%zu: vision_tokens: images are not sent", row->file,
                     row->line);
    if (st != EL_OK)
        return st;
    set_configuration(row, &job->configuration);
    job->shape = (el_load_shape){(uint32_t)in, (uint32_t)out};
    job->in_flight = (size_t)batch;
    job->n_gpu = (size_t)gpus;
    return EL_OK;
}

/* --- its engine ----------------------------------------------------------- */

el_status el_profile_command(const char *command, const el_profile_job *job,
                             unsigned port, el_argv *out, el_error *err)
{
    const el_store_configuration *c = &job->configuration;
    const double number[] = {
        c->tp,       c->pp,         c->ep,           c->dp,
        c->num_gpus, c->batch_size, c->input_tokens, c->output_tokens,
        port};
    static const char *const name[] = {
        "tp", "pp", "ep", "dp", "gpus", "batch", "input", "output", "port"};
    char text[9][MAX_VALUE];
    el_engine_value v[11] = {{"model", job->engine_model},
                             {"dtype", c->precision ? c->precision : ""}};

    for (size_t i = 0; i < 9; i++) {
        (void)snprintf(text[i], sizeof text[i], "%.0f", number[i]);
        v[i + 2] = (el_engine_value){name[i], text[i]};
    }
    if (port == 0)
        v[10].text = PORT_MARK;
    if (!c->precision && el_engine_asks_for(command, "dtype"))
        return el_fail(err, EL_E_DATA,
                       "row %zu of the plan: precision: needed for {dtype}",
                       job->row);
    return el_engine_words(command, v, 11, out, err);
}

static el_status name_model(reader *r, el_profile_job *job, el_error *err)
{
    char id[MAX_NAME];

    if (!r->catalog) {
        job->engine_model = r->args->engine_model ? r->args->engine_model
                                                  : job->configuration.model;
        return EL_OK;
    }
    el_hub_id(r->catalog, job->configuration.model, id, sizeof id);
    job->engine_model = el_table_intern(r->plan->table, id, strlen(id));
    return job->engine_model ? EL_OK
                             : el_fail(err, EL_E_NOMEM, "plan: out of memory");
}

static el_status engine_text(const reader *r, const el_profile_job *job,
                             el_buf *out, el_error *err)
{
    el_argv argv;
    el_status st;

    if (!r->args->engine_cmd) { /* what one engine cannot change */
        const el_store_configuration *c = &job->configuration;

        el_buf_printf(out, "%s tp=%g pp=%g ep=%g dp=%g %s", c->model, c->tp,
                      c->pp, c->ep, c->dp, c->precision ? c->precision : "");
        return EL_OK;
    }
    st = el_profile_command(r->args->engine_cmd, job, 0, &argv, err);
    if (st != EL_OK)
        return st;
    el_argv_print(&argv, out);
    el_argv_clear(&argv);
    return EL_OK;
}

static el_status find_engine(reader *r, el_profile_job *job, el_error *err)
{
    el_profile_plan *p = r->plan;
    el_buf text = {0};
    el_status st = engine_text(r, job, &text, err);
    char **v;

    if (st == EL_OK && !el_buf_ok(&text))
        st = el_fail(err, EL_E_NOMEM, "plan: out of memory");
    if (st != EL_OK) {
        el_buf_clear(&text);
        return st;
    }
    for (job->engine = 0; job->engine < p->n_engine; job->engine++)
        if (strcmp(p->engine[job->engine], el_buf_text(&text)) == 0) {
            el_buf_clear(&text);
            return EL_OK;
        }
    v = el_grow(p->engine, &r->cap_engine, p->n_engine + 1, sizeof *v);
    if (!v) {
        el_buf_clear(&text);
        return el_fail(err, EL_E_NOMEM, "plan: out of memory");
    }
    v[p->n_engine++] = text.text; /* now its owner */
    p->engine = v;
    return EL_OK;
}

/* --- the plan ------------------------------------------------------------- */

static bool is_wanted(const el_profile_plan_args *a, size_t row)
{
    for (size_t i = 0; i < a->n_row; i++)
        if (a->row[i] == row)
            return true;
    return a->n_row == 0;
}

static el_status check_rows(const el_profile_plan_args *a, size_t n_row,
                            el_error *err)
{
    for (size_t i = 0; i < a->n_row; i++)
        if (a->row[i] < 1 || a->row[i] > n_row)
            return el_fail(err, EL_E_ARG,
                           "--row: %llu is not in the plan, which has %zu rows",
                           (unsigned long long)a->row[i], n_row);
    return EL_OK;
}

/* Stable: engines in the order of their first rows. */
static void group_by_engine(el_profile_plan *p)
{
    for (size_t i = 1; i < p->n; i++) {
        el_profile_job job = p->job[i];
        size_t k = i;

        for (; k > 0 && p->job[k - 1].engine > job.engine; k--)
            p->job[k] = p->job[k - 1];
        p->job[k] = job;
    }
}

static el_status check_engines(const reader *r, el_error *err)
{
    const el_profile_plan_args *a = r->args;

    if (!a->engine_cmd && !a->engine_url)
        return el_fail(err, EL_E_ARG,
                       "--engine-cmd or --engine-url: one is needed");
    if (!a->engine_cmd && r->plan->n_engine > 1)
        return el_fail(err, EL_E_ARG,
                       "--engine-url: one engine cannot be \"%.80s\" and "
                       "\"%.80s\"; give --engine-cmd, or --row of those that "
                       "it is",
                       r->plan->engine[0], r->plan->engine[1]);
    if (a->engine_cmd && !a->engine_url &&
        !el_engine_asks_for(a->engine_cmd, "port"))
        return el_fail(err, EL_E_ARG,
                       "--engine-cmd: has no {port}; say with --engine-url "
                       "where the engine listens");
    return EL_OK;
}

static el_status read_jobs(reader *r, el_error *err)
{
    el_profile_plan *p = r->plan;
    const el_row *row = el_table_rows(p->table);
    el_status st;

    p->n_row = el_table_n_rows(p->table);
    if (p->n_row == 0)
        return el_fail(err, EL_E_DATA, "%.200s: no rows", r->args->path);
    st = check_rows(r->args, p->n_row, err);
    p->job = st == EL_OK ? el_array(p->n_row, sizeof *p->job) : NULL;
    if (st == EL_OK && !p->job)
        st = el_fail(err, EL_E_NOMEM, "plan: %zu rows", p->n_row);
    for (size_t i = 0; st == EL_OK && i < p->n_row; i++) {
        el_profile_job *job = &p->job[p->n];

        if (!is_wanted(r->args, i + 1))
            continue;
        job->row = i + 1;
        st = read_row(&row[i], job, err);
        if (st == EL_OK)
            st = name_model(r, job, err);
        if (st == EL_OK)
            st = find_engine(r, job, err);
        if (st == EL_OK)
            p->n++;
    }
    return st;
}

el_status el_profile_plan_read(const el_profile_plan_args *args,
                               const el_task *task, el_profile_plan *out,
                               el_error *err)
{
    el_profile_plan plan = {.n = 0};
    reader r = {.args = args, .plan = &plan};
    el_status st = el_profile_files(
        args->path, args->catalog_dir, task, &plan.table,
        args->engine_cmd && !args->engine_model ? &r.catalog : NULL, err);

    if (st == EL_OK)
        st = read_jobs(&r, err);
    if (st == EL_OK)
        st = check_engines(&r, err);
    el_catalog_free(r.catalog);
    if (st != EL_OK) {
        el_profile_plan_clear(&plan);
        return st;
    }
    group_by_engine(&plan);
    *out = plan;
    return EL_OK;
}

void el_profile_job_text(const el_profile_job *job, el_buf *out)
{
    const el_store_configuration *c = &job->configuration;

    el_buf_printf(out, "tp=%g", c->tp);
    if (c->pp > 1)
        el_buf_printf(out, " pp=%g", c->pp);
    if (c->ep > 1)
        el_buf_printf(out, " ep=%g", c->ep);
    if (c->dp > 1)
        el_buf_printf(out, " dp=%g", c->dp);
    el_buf_printf(out, " batch=%g %g+%g", c->batch_size, c->input_tokens,
                  c->output_tokens);
    if (c->precision)
        el_buf_printf(out, " %s", c->precision);
}
