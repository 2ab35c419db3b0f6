/* SPDX-License-Identifier: Apache-2.0 */
#include "app/profile_session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/file_hash.h"
#include "io/json.h"
#include "meter/http.h"
#include "store/read.h"

#define LOG_FOLDER_MODE 0755
#define DRIVER_FILE     "/proc/driver/nvidia/version"

/* --- store ---------------------------------------------------------------- */

static void name_campaign(el_profile_session *s)
{
    const char *path = s->args->plan.path, *slash = strrchr(path, '/');
    char *name = s->out->campaign, *dot;

    el_str_copy(name, sizeof s->out->campaign,
                s->args->campaign ? s->args->campaign
                : slash           ? slash + 1
                                  : path);
    dot = strrchr(name, '.');
    if (!s->args->campaign && dot && dot > name)
        *dot = '\0';
}

el_status el_profile_add_value(el_profile_values *values, double v,
                               el_error *err)
{
    double *more =
        el_grow(values->v, &values->cap, values->n + 1, sizeof *more);

    if (!more)
        return el_fail(err, EL_E_NOMEM, "profile: out of memory");
    values->v = more;
    values->v[values->n++] = v;
    return EL_OK;
}

/* The runs of our campaign, while they are read. */
typedef struct past {
    el_profile_session *s;
    char (*key)[EL_STORE_KEY]; /* of each job */
    size_t n_run;
} past;

static double value_of(const el_profile_session *s, const el_store_run *run)
{
    return s->meter ? run->energy_j / run->requests /
                          run->configuration.output_tokens
                    : 1 / run->throughput_tok_s;
}

static el_status see_run(void *ctx, const el_store_run_seen *seen,
                         el_error *err)
{
    past *p = ctx;
    el_profile_session *s = p->s;
    char key[EL_STORE_KEY];
    el_status st = EL_OK;

    if (seen->campaign_id != s->campaign)
        return EL_OK;
    p->n_run++;
    if (seen->run.state != EL_RUN_COMPLETE)
        return EL_OK;
    el_store_configuration_key(&seen->run.configuration, key);
    for (size_t i = 0; st == EL_OK && i < s->out->plan.n; i++)
        if (strcmp(key, p->key[i]) == 0)
            st = el_profile_add_value(&s->value[i], value_of(s, &seen->run),
                                      err);
    return st;
}

static el_status look_back(el_profile_session *s, size_t *n_run, el_error *err)
{
    const el_profile_plan *plan = &s->out->plan;
    const el_store_filter ours = {.campaign = s->out->campaign};
    past p = {.s = s, .key = el_array(plan->n, sizeof *p.key)};
    el_status st;

    s->value = el_array(plan->n, sizeof *s->value);
    if (!p.key || !s->value) {
        el_free(p.key);
        return el_fail(err, EL_E_NOMEM, "profile: out of memory");
    }
    for (size_t i = 0; i < plan->n; i++)
        el_store_configuration_key(&plan->job[i].configuration, p.key[i]);
    st = el_store_each_run(s->store, &ours, s->task, see_run, &p, err);
    for (size_t i = 0; st == EL_OK && i < plan->n; i++) {
        el_profile_answer *a = &s->out->answer[i];

        a->n_run = s->value[i].n;
        a->energy = el_repeats_of(s->value[i].v, s->value[i].n, &s->args->rule);
        if (a->energy.enough)
            a->state = EL_JOB_BEFORE;
    }
    el_free(p.key);
    *n_run = p.n_run;
    return st;
}

el_status el_profile_reopen_store(el_profile_session *s, el_error *err)
{
    char hash[EL_HASH_LEN];
    el_store_campaign c = {.name = s->out->campaign,
                           .plan = hash,
                           .n_planned = (double)s->out->plan.n_row,
                           .created_utc_s = el_clock_utc_s()};
    el_status st = el_file_hash(&s->args->plan.path, 1, hash, err);

    el_store_close(s->store);
    s->store = NULL;
    if (st == EL_OK)
        st = el_store_open(s->args->store, EL_STORE_WRITE, &s->store, err);
    if (st == EL_OK)
        st = el_store_campaign_add(s->store, &c, &s->campaign, err);
    if (st == EL_OK)
        el_str_copy(s->out->store, sizeof s->out->store,
                    el_store_name(s->store));
    return st;
}

el_status el_profile_open_store(el_profile_session *s, el_error *err)
{
    size_t n_run = 0;
    el_status st;

    name_campaign(s);
    st = el_profile_reopen_store(s, err);
    if (st == EL_OK)
        st = look_back(s, &n_run, err);
    if (st == EL_OK && n_run > 0 && !s->args->resume)
        st = el_fail(err, EL_E_ARG,
                     "%s has %zu runs of campaign %s; --resume goes on with "
                     "it, --campaign NAME begins another",
                     el_store_name(s->store), n_run, s->out->campaign);
    return st;
}

/* --- meter ---------------------------------------------------------------- */

static el_status enough_gpus(const el_profile_session *s, el_error *err)
{
    const el_profile_plan *p = &s->out->plan;

    for (size_t i = 0; i < p->n; i++)
        if (p->job[i].n_gpu > s->n_device)
            return el_fail(err, EL_E_DEVICE,
                           "row %zu of the plan needs %zu GPUs, the meter has "
                           "%zu",
                           p->job[i].row, p->job[i].n_gpu, s->n_device);
    return EL_OK;
}

el_status el_profile_open_meter(el_profile_session *s, el_error *err)
{
    const el_profile_args *a = s->args;
    el_status st;

    if (strcmp(a->meter, "none") == 0)
        return EL_OK;
    st = el_meter_open(a->meter, &s->meter, err);
    if (st != EL_OK)
        return st;
    s->interval_s =
        fmax(a->interval_s, el_meter_kind_of(s->meter)->min_interval_s);
    s->is_node = el_meter_kind_of(s->meter) == &el_meter_rapl;
    s->device = el_array(el_meter_count(s->meter), sizeof *s->device);
    if (!s->device)
        return el_fail(err, EL_E_NOMEM, "meter: out of memory");
    st =
        el_meter_pick(s->meter, a->gpu, a->n_gpu, s->device, &s->n_device, err);
    return st == EL_OK && !s->is_node ? enough_gpus(s, err) : st;
}

/* Processes before our engine is there are others'. An engine that was there
   first counts as one process a device. */
static void look_for_others(el_profile_session *s, size_t most)
{
    s->foreign = 0;
    for (size_t i = 0; s->meter && i < s->n_device; i++) {
        size_t n = 0;

        if (el_meter_users(s->meter, s->device[i], &n) && n > most)
            s->foreign = EL_Q_FOREIGN;
    }
}

/* --- what it ran on ------------------------------------------------------- */

static void driver_fact(el_profile_facts *f)
{
    FILE *file = fopen(DRIVER_FILE, "re");
    char line[256];

    if (!file)
        return;
    if (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        el_profile_fact(f, "nvidia_driver", line);
    }
    (void)fclose(file);
}

static void machine_facts(el_profile_session *s)
{
    el_profile_facts *f = &s->machine;
    struct utsname u;
    el_buf names = {0};

    if (uname(&u) == 0) {
        el_profile_fact(f, "host", u.nodename);
        el_profile_fact(f, "system", u.release);
    }
    driver_fact(f);
    for (size_t i = 0; i < s->n_device; i++) {
        el_meter_device d;

        if (el_meter_describe(s->meter, s->device[i], &d, NULL) == EL_OK)
            el_buf_printf(&names, "%s%s", i ? ", " : "", d.name);
    }
    f->failed = f->failed || !el_buf_ok(&names);
    el_profile_fact(f, "devices", el_buf_text(&names));
    el_buf_clear(&names);
}

/* vLLM's /version; others have none. */
static void engine_version(const char *url, el_profile_facts *f)
{
    char full[1200];
    el_http *http = NULL;
    el_buf page = {0};
    json_t *doc = NULL;

    (void)snprintf(full, sizeof full, "%s/version", url);
    if (el_http_open(full, &http, NULL) == EL_OK &&
        el_http_get(http, &page, NULL) == EL_OK &&
        el_json_parse(el_buf_text(&page), page.len, full, &doc, NULL) == EL_OK)
        el_profile_fact(f, "engine_version",
                        json_string_value(json_object_get(doc, "version")));
    json_decref(doc);
    el_buf_clear(&page);
    el_http_close(http);
}

static void environment_facts(el_profile_session *s)
{
    el_profile_facts *f = &s->environment;
    el_load_server server = el_load_server_of(s->load);

    if (s->machine.n == 0)
        machine_facts(s);
    el_profile_facts_clear(f);
    f->failed = s->machine.failed;
    for (size_t i = 0; i < s->machine.n; i++)
        el_profile_fact(f, s->machine.v[i].name, s->machine.v[i].value);
    el_profile_fact(f, "served_model", server.model);
    el_profile_fact(f, "served_by", server.owner);
    engine_version(s->url, f);
}

/* --- engine --------------------------------------------------------------- */

static el_status make_folder(const char *path, el_error *err)
{
    if (mkdir(path, LOG_FOLDER_MODE) != 0 && errno != EEXIST)
        return el_fail(err, EL_E_IO, "%.200s: %s", path,
                       strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
    return EL_OK;
}

static el_status launch(el_profile_session *s, const el_profile_job *job,
                        el_error *err)
{
    const el_profile_args *a = s->args;
    char log[1024] = "/dev/null";
    el_argv argv = {.n = 0};
    unsigned port = 0;
    el_status st = el_engine_port(&port, err);

    if (st == EL_OK && a->logs) {
        st = make_folder(a->logs, err);
        (void)snprintf(log, sizeof log, "%s/engine-%zu.log", a->logs,
                       job->engine + 1);
    }
    if (st == EL_OK)
        st = el_profile_command(a->plan.engine_cmd, job, port, &argv, err);
    if (st == EL_OK)
        st = el_engine_start(&argv, log, a->stop_s, &s->engine, err);
    el_argv_clear(&argv);
    if (!a->plan.engine_url)
        (void)snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u", port);
    return st;
}

el_status el_profile_start_engine(el_profile_session *s,
                                  const el_profile_job *job, el_error *err)
{
    const el_profile_args *a = s->args;
    el_load_target target = a->target;
    el_status st = EL_OK;

    if (a->plan.engine_url)
        el_str_copy(s->url, sizeof s->url, a->plan.engine_url);
    look_for_others(s, a->plan.engine_cmd ? 0 : 1);
    if (a->plan.engine_cmd)
        st = launch(s, job, err);
    if (st == EL_OK)
        st =
            el_engine_wait(s->engine, s->url, a->start_timeout_s, s->task, err);
    target.url = s->url;
    target.model = a->served;
    if (st == EL_OK)
        st = el_load_open(&target, s->task, &s->load, err);
    if (st == EL_OK)
        environment_facts(s);
    else
        el_profile_stop_engine(s);
    return st;
}

void el_profile_stop_engine(el_profile_session *s)
{
    el_load_close(s->load);
    s->load = NULL;
    el_engine_stop(s->engine);
    s->engine = NULL;
}

void el_profile_close(el_profile_session *s)
{
    el_profile_stop_engine(s);
    el_profile_facts_clear(&s->environment);
    el_profile_facts_clear(&s->machine);
    el_meter_close(s->meter);
    el_free(s->device);
    for (size_t i = 0; s->value && i < s->out->plan.n; i++)
        el_free(s->value[i].v);
    el_free(s->value);
    el_store_close(s->store);
}
