/* SPDX-License-Identifier: Apache-2.0 */
#include "app/profile.h"

#include <math.h>
#include <string.h>

#include "app/profile_session.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"

typedef el_profile_session session;

/* Runs of one job in this session. */
typedef struct job_run {
    const el_profile_job *job;
    el_profile_answer *answer;
    el_profile_values *value;
    uint32_t quality, tags;
} job_run;

const char *el_profile_state_name(el_profile_state state)
{
    static const char *const name[] = {"pending", "done before", "done",
                                       "failed"};

    return name[state];
}

void el_profiled_clear(el_profiled *p)
{
    el_free(p->answer);
    el_profile_plan_clear(&p->plan);
    *p = (el_profiled){.n_failed = 0};
}

/* --- for who watches ------------------------------------------------------ */

static void show(session *s)
{
    s->now.left_s = fmax(0, s->end_s - el_clock_s());
    if (isnan(s->end_s))
        s->now.left_s = NAN;
    if (s->args->show)
        s->args->show(&s->now, s->args->show_ctx);
}

static void show_trial(const el_trial_now *t, void *ctx)
{
    static const el_profile_stage stage[] = {
        [EL_TRIAL_IDLE_BEFORE] = EL_PROFILE_IDLE,
        [EL_TRIAL_WARM_UP] = EL_PROFILE_WARM_UP,
        [EL_TRIAL_MEASURE] = EL_PROFILE_MEASURE,
        [EL_TRIAL_IDLE_AFTER] = EL_PROFILE_IDLE};
    session *s = ctx;

    if (s->now.stage != EL_PROFILE_PREFILL)
        s->now.stage = stage[t->stage];
    s->now.power_w = t->power_w;
    s->now.token_hz = t->token_hz;
    show(s);
}

static void show_progress(session *s, size_t n_done)
{
    double job_s = (el_clock_s() - s->begin_s) / (double)n_done;

    s->now.n_done = n_done;
    s->end_s = s->begin_s + job_s * (double)s->now.n_job;
    show(s);
}

/* --- one run -------------------------------------------------------------- */

static el_trial_ask trial_ask(const session *s, const job_run *j)
{
    const el_profile_args *a = s->args;
    el_rng rng;

    el_rng_init(&rng, s->task ? s->task->seed : 0,
                1024 * j->job->row + j->value->n);
    return (el_trial_ask){.load = s->load,
                          .shape = j->job->shape,
                          .in_flight = j->job->in_flight,
                          .seed = el_rng_next(&rng),
                          .meter = s->meter,
                          .device = s->device,
                          .n_device = s->n_device,
                          .n_used = s->is_node ? s->n_device : j->job->n_gpu,
                          .interval_s = s->interval_s,
                          .idle_s = a->idle_s,
                          .window_s = a->window_s,
                          .max_s = a->max_s,
                          .engine = s->engine,
                          .show = show_trial};
}

/* The same load with one output token: prefill alone. */
static el_status run_prefill(session *s, el_trial_ask ask, el_trial *out,
                             bool *has, el_error *err)
{
    bool wanted = s->meter && ask.shape.output_tokens > 1 &&
                  (s->args->split == EL_SPLIT_BOTH ||
                   s->args->split == EL_SPLIT_DIFFERENCE);
    el_status st;

    *has = false;
    if (!wanted)
        return EL_OK;
    ask.shape.output_tokens = 1;
    ask.idle_s = 0;
    ask.ctx = s;
    s->now.stage = EL_PROFILE_PREFILL;
    st = el_trial_run(&ask, s->task, out, err);
    s->now.stage = EL_PROFILE_IDLE;
    *has = st == EL_OK;
    return st;
}

static void keep_answer(const session *s, job_run *j, const el_trial *t)
{
    el_profile_answer *a = j->answer;
    el_buf flags = {0};

    j->quality |= t->quality | s->foreign;
    j->tags |= t->tags;
    el_profile_flags(j->quality, j->tags, &flags);
    el_str_copy(a->flags, sizeof a->flags, el_buf_text(&flags));
    el_buf_clear(&flags);
    a->n_run++;
    a->n_new++;
    a->token_hz = t->token_hz;
    a->power_w = t->power_w;
    a->ttft_s = t->ttft_s;
}

static double value_of(const session *s, const job_run *j, const el_trial *t)
{
    return s->meter ? t->energy_j / (double)t->n_request /
                          j->job->configuration.output_tokens
                    : 1 / t->token_hz;
}

/* Without the keys that it may hold. */
static void command_fact(const session *s, const el_profile_job *job,
                         el_profile_facts *fact)
{
    el_argv argv;
    el_buf text = {0};

    if (!s->args->plan.engine_cmd ||
        el_profile_command(s->args->plan.engine_cmd, job, 0, &argv, NULL) !=
            EL_OK)
        return;
    el_argv_print_masked(&argv, &text);
    el_argv_clear(&argv);
    fact->failed = fact->failed || !el_buf_ok(&text);
    el_profile_fact(fact, "engine_command", el_buf_text(&text));
    el_buf_clear(&text);
}

static el_status try_to_write(session *s, job_run *j, el_trial *t,
                              const el_trial *prefill, el_error *err)
{
    el_profile_facts fact = {.n = 0};
    const el_profile_record r = {
        .store = s->store,
        .campaign = s->campaign,
        .job = j->job,
        .repeat = j->answer->n_run + 1,
        .meter = s->meter ? el_meter_kind_of(s->meter)->name : NULL,
        .environment = &s->environment,
        .fact = &fact,
        .quality = s->foreign};
    el_status st;

    command_fact(s, j->job, &fact);
    st = el_profile_keep(&r, t, prefill, &j->answer->prefill_share, err);
    el_profile_facts_clear(&fact);
    return st;
}

/* A server may have closed a connection that nobody used for an hour. */
static el_status write_run(session *s, job_run *j, el_trial *t,
                           const el_trial *prefill, el_error *err)
{
    el_error why = {0};
    el_status st;

    if (s->args->split == EL_SPLIT_DIFFERENCE ||
        s->args->split == EL_SPLIT_NONE)
        t->has_phases = false;
    st = try_to_write(s, j, t, prefill, &why);
    if (st != EL_E_IO && st != EL_E_DEVICE)
        return st == EL_OK ? st : el_fail(err, st, "%s", why.message);
    st = el_profile_reopen_store(s, err);
    return st == EL_OK ? try_to_write(s, j, t, prefill, err) : st;
}

static el_status one_run(session *s, job_run *j, el_error *err)
{
    el_trial_ask ask = trial_ask(s, j);
    el_trial t, prefill;
    bool has_prefill = false;
    el_status st;

    ask.ctx = s;
    s->now.stage = EL_PROFILE_IDLE;
    st = el_trial_run(&ask, s->task, &t, err);
    if (st != EL_OK)
        return st;
    st = run_prefill(s, ask, &prefill, &has_prefill, err);
    if (st == EL_OK)
        st = write_run(s, j, &t, has_prefill ? &prefill : NULL, err);
    if (st == EL_OK)
        keep_answer(s, j, &t);
    if (st == EL_OK)
        st = el_profile_add_value(j->value, value_of(s, j, &t), err);
    if (has_prefill)
        el_trial_clear(&prefill);
    el_trial_clear(&t);
    return st;
}

/* --- one job -------------------------------------------------------------- */

/* Failures that belong to the configuration, not to us. */
static bool is_its_own(el_status st)
{
    return st == EL_E_DEVICE || st == EL_E_DATA || st == EL_E_IO ||
           st == EL_E_NUMERIC || st == EL_E_ARG;
}

static el_status keep_failure(session *s, job_run *j, const el_error *why,
                              el_error *err)
{
    el_profile_facts fact = {.n = 0}, none = {.n = 0};
    const el_profile_record r = {.store = s->store,
                                 .campaign = s->campaign,
                                 .job = j->job,
                                 .repeat = j->answer->n_run + 1,
                                 .environment = &none,
                                 .fact = &fact};
    el_status st;

    j->answer->state = EL_JOB_FAILED;
    el_str_copy(j->answer->failure, sizeof j->answer->failure, why->message);
    s->out->n_failed++;
    el_task_warn(s->task, "row %zu: %s", j->job->row, why->message);
    st = el_profile_keep_failure(&r, why->message, err);
    el_profile_facts_clear(&fact);
    return st;
}

static el_status repeat(session *s, job_run *j, el_error *err)
{
    el_repeats *energy = &j->answer->energy;
    el_status st = EL_OK;

    while (st == EL_OK && !energy->enough) {
        s->now.repeat = j->value->n + 1;
        s->now.so_far = *energy;
        st = one_run(s, j, err);
        *energy = el_repeats_of(j->value->v, j->value->n, &s->args->rule);
    }
    return st;
}

static el_status run_job(session *s, size_t i, el_error *err)
{
    job_run j = {.job = &s->out->plan.job[i],
                 .answer = &s->out->answer[i],
                 .value = &s->value[i]};
    el_error why = {0};
    el_status st = EL_OK;

    s->now.job = j.job;
    s->now.stage = EL_PROFILE_ENGINE;
    s->now.repeat = 0;
    show(s);
    if (!s->load)
        st = el_profile_start_engine(s, j.job, &why);
    if (st == EL_OK)
        st = repeat(s, &j, &why);
    if (st == EL_OK)
        j.answer->state = EL_JOB_DONE;
    else if (is_its_own(st) && s->store) {
        if (st != EL_E_DATA) /* whatever state it is in */
            el_profile_stop_engine(s);
        st = keep_failure(s, &j, &why, err);
    } else {
        (void)el_fail(err, st, "%s", why.message);
    }
    return st;
}

/* --- all of them ---------------------------------------------------------- */

static el_status run_jobs(session *s, el_error *err)
{
    const el_profile_plan *p = &s->out->plan;
    el_status st = EL_OK;
    size_t n_done = 0, engine = p->n_engine;

    s->now.n_job = 0;
    for (size_t i = 0; i < p->n; i++)
        s->now.n_job += s->out->answer[i].state == EL_JOB_PENDING;
    s->begin_s = el_clock_s();
    for (size_t i = 0; st == EL_OK && i < p->n; i++) {
        if (s->out->answer[i].state != EL_JOB_PENDING)
            continue;
        if (p->job[i].engine != engine)
            el_profile_stop_engine(s);
        engine = p->job[i].engine;
        st = run_job(s, i, err);
        show_progress(s, ++n_done);
    }
    return st;
}

static el_status check_args(const el_profile_args *a, el_error *err)
{
    if (a->window_s < EL_METER_SHORT_S && !a->allow_short)
        return el_fail(err, EL_E_ARG,
                       "--window: below %g s energy can be far off; take it "
                       "with --allow-short",
                       EL_METER_SHORT_S);
    if (a->rule.min > a->rule.max)
        return el_fail(err, EL_E_ARG, "--repeats: above --max-repeats");
    return EL_OK;
}

static void answers_init(el_profiled *p)
{
    for (size_t i = 0; i < p->plan.n; i++)
        p->answer[i] =
            (el_profile_answer){.energy = {.mean = NAN, .relative = NAN},
                                .token_hz = NAN,
                                .power_w = NAN,
                                .ttft_s = NAN,
                                .prefill_share = NAN};
}

static el_status open_all(session *s, el_error *err)
{
    el_profiled *p = s->out;
    el_status st = el_profile_plan_read(&s->args->plan, s->task, &p->plan, err);

    if (st != EL_OK)
        return st;
    p->answer = el_array(p->plan.n, sizeof *p->answer);
    if (!p->answer)
        return el_fail(err, EL_E_NOMEM, "plan: %zu rows", p->plan.n);
    answers_init(p);
    st = el_profile_open_meter(s, err);
    if (st == EL_OK)
        st = el_profile_open_store(s, err);
    p->by_energy = s->meter != NULL;
    return st;
}

el_status el_app_profile(const el_profile_args *args, const el_task *task,
                         el_profiled *out, el_error *err)
{
    el_profiled p = {.n_failed = 0};
    session s = {.args = args, .task = task, .out = &p};
    el_error why = {0};
    el_status st = check_args(args, &why);

    s.end_s = s.now.power_w = s.now.token_hz = NAN;
    s.now.n_most = args->rule.max;
    if (st == EL_OK)
        st = open_all(&s, &why);
    if (st == EL_OK)
        st = run_jobs(&s, &why);
    el_profile_close(&s);
    p.interrupted = st == EL_E_CANCELLED && p.answer;
    if (st != EL_OK && !p.interrupted) {
        el_profiled_clear(&p);
        return el_fail(err, st, "%s", why.message);
    }
    *out = p;
    return EL_OK;
}
