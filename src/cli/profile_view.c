/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/profile_view.h"

#include <math.h>

#include "base/clock.h"
#include "cli/format.h"
#include "cli/progress.h"

#define EVERY_S 0.2

static const char *const stages[] = {[EL_PROFILE_ENGINE] = "engine starts",
                                     [EL_PROFILE_IDLE] = "idle",
                                     [EL_PROFILE_WARM_UP] = "warm-up",
                                     [EL_PROFILE_MEASURE] = "measuring",
                                     [EL_PROFILE_PREFILL] = "prefill alone"};

static void print_value(const el_repeats *r, bool by_energy, el_buf *out)
{
    if (isnan(r->mean))
        return;
    el_buf_printf(out, "  %s/token",
                  by_energy ? el_fmt_energy(r->mean).s
                            : el_fmt_time(r->mean).s);
    if (!isnan(r->relative))
        el_buf_printf(out, " +-%s", el_fmt_percent(r->relative).s);
}

static void print_line(const el_profile_now *now, bool by_energy, el_buf *out)
{
    el_buf_printf(out, "profile  %zu/%zu  ", now->n_done, now->n_job);
    if (now->job)
        el_profile_job_text(now->job, out);
    if (now->repeat > 0)
        el_buf_printf(out, "  run %zu", now->repeat);
    el_buf_printf(out, "  %s", stages[now->stage]);
    if (!isnan(now->power_w))
        el_buf_printf(out, "  %s", el_fmt_power(now->power_w).s);
    if (!isnan(now->token_hz))
        el_buf_printf(out, "  %s tokens/s", el_fmt_number(now->token_hz, 4).s);
    print_value(&now->so_far, by_energy, out);
    if (!isnan(now->left_s))
        el_buf_printf(out, "  %s left", el_fmt_time(now->left_s).s);
}

void el_profile_view_clear(el_profile_view *v)
{
    if (v->shown) {
        (void)fprintf(v->stream, "\r%*s\r", v->width - 1, "");
        (void)fflush(v->stream);
    }
    v->shown = false;
}

/* No terminal, a log: what has ended, and when all will have. */
static void log_end(el_profile_view *v, const el_profile_now *now)
{
    if (now->n_done <= v->n_done)
        return;
    v->n_done = now->n_done;
    (void)fprintf(v->stream, "energylens profile: %zu of %zu, %s left\n",
                  now->n_done, now->n_job, el_fmt_time(now->left_s).s);
}

void el_profile_view_show(const el_profile_now *now, void *view)
{
    el_profile_view *v = view;
    double now_s = el_clock_s();
    el_buf line = {0};

    if (!v->stream)
        return;
    if (v->width == 0) {
        log_end(v, now);
        return;
    }
    if (v->shown && now_s - v->last_s < EVERY_S)
        return;
    v->last_s = now_s;
    print_line(now, v->by_energy, &line);
    /* one column stays free, or some terminals wrap */
    (void)fprintf(v->stream, "\r%-*.*s", v->width - 1, v->width - 1,
                  el_buf_text(&line));
    (void)fflush(v->stream);
    v->shown = true;
    el_buf_clear(&line);
}
