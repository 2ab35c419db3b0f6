/* SPDX-License-Identifier: Apache-2.0 */
/* What profile would do, without doing it. */
#include "app/profile.h"

#include <math.h>
#include <string.h>

#include "profile/engine_words.h"

#define HOST "http://127.0.0.1:PORT"

static void print_engine(const el_profile_args *a, const el_profile_plan *p,
                         size_t engine, el_buf *out)
{
    const char *url = a->plan.engine_url ? a->plan.engine_url : HOST;

    if (a->plan.engine_cmd)
        el_buf_printf(out, "start   %s\n", p->engine[engine]);
    if (a->plan.engine_cmd && a->logs)
        el_buf_printf(out, "log     %s/engine-%zu.log\n", a->logs, engine + 1);
    el_buf_printf(out,
                  "ask     GET %s/health, else GET %s/v1/models, for at most "
                  "%g s\n",
                  url, url, a->start_timeout_s);
}

static void print_load(const el_profile_args *a, const el_profile_job *job,
                       uint32_t output_tokens, el_buf *out)
{
    const char *url = a->plan.engine_url ? a->plan.engine_url : HOST;

    el_buf_printf(
        out,
        "  load  POST %s/v1/%s: %u + %u tokens, streamed, %zu at a "
        "time, until %g s are steady, for at most %g s\n",
        url, a->target.api == EL_LOAD_CHAT ? "chat/completions" : "completions",
        job->shape.input_tokens, output_tokens, job->in_flight, a->window_s,
        a->max_s);
}

static void print_job(const el_profile_args *a, const el_profile_job *job,
                      el_buf *out)
{
    bool difference =
        a->split == EL_SPLIT_BOTH || a->split == EL_SPLIT_DIFFERENCE;

    el_buf_printf(out, "row %-4zu", job->row);
    el_profile_job_text(job, out);
    el_buf_printf(out, ", %zu to %zu times:\n", a->rule.min, a->rule.max);
    if (strcmp(a->meter, "none") != 0)
        el_buf_printf(out, "  idle  %g s before and after, meter %s\n",
                      a->idle_s, a->meter);
    print_load(a, job, job->shape.output_tokens, out);
    if (strcmp(a->meter, "none") != 0 && difference &&
        job->shape.output_tokens > 1)
        print_load(a, job, 1, out);
}

/* Loads alone: how long an engine takes to start is not known. */
static double least_s(const el_profile_args *a, const el_profile_plan *p)
{
    bool difference =
        a->split == EL_SPLIT_BOTH || a->split == EL_SPLIT_DIFFERENCE;
    double one = 2 * a->idle_s + a->window_s * (difference ? 2 : 1);

    return one * (double)a->rule.min * (double)p->n;
}

el_status el_app_profile_dry_run(const el_profile_args *args,
                                 const el_task *task, el_buf *out,
                                 el_error *err)
{
    el_profile_plan p;
    el_status st = el_profile_plan_read(&args->plan, task, &p, err);
    size_t engine;

    if (st != EL_OK)
        return st;
    engine = p.n_engine;
    for (size_t i = 0; i < p.n; i++) {
        if (p.job[i].engine != engine) {
            if (i > 0 && args->plan.engine_cmd)
                el_buf_add(out, "stop    SIGTERM to its process group\n");
            engine = p.job[i].engine;
            print_engine(args, &p, engine, out);
        }
        print_job(args, &p.job[i], out);
    }
    if (p.n > 0 && args->plan.engine_cmd)
        el_buf_add(out, "stop    SIGTERM to its process group\n");
    el_buf_printf(out,
                  "%zu configurations, %zu engines: at least %.0f min of load "
                  "and idle\n",
                  p.n, p.n_engine, ceil(least_s(args, &p) / 60));
    el_profile_plan_clear(&p);
    return el_buf_ok(out) ? EL_OK
                          : el_fail(err, EL_E_NOMEM, "profile: out of memory");
}
