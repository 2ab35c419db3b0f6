/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "cli/format.h"

void el_progress_init(el_progress *p, FILE *stream, const char *what, int width)
{
    *p = (el_progress){
        .stream = stream, .what = what, .width = width, .now_s = el_clock_s};
}

void el_progress_line(char *line, size_t cap, const char *what, size_t done,
                      size_t total, double elapsed_s)
{
    double rate_hz = elapsed_s > 0 ? (double)done / elapsed_s : 0;
    double left_s = rate_hz > 0 ? (double)(total - done) / rate_hz : HUGE_VAL;

    (void)snprintf(line, cap, "%s  %3.0f %%  %s/%s  %s/s  %s left", what,
                   total ? floor(100.0 * (double)done / (double)total) : 0.0,
                   el_fmt_count(done).s, el_fmt_count(total).s,
                   el_fmt_number(rate_hz, 3).s,
                   rate_hz > 0 ? el_fmt_time(left_s).s : "-");
}

void el_progress_clear(el_progress *p)
{
    if (p->shown) {
        (void)fprintf(p->stream, "\r%*s\r", p->width - 1, "");
        (void)fflush(p->stream);
    }
    p->shown = false;
}

static void show(el_progress *p, size_t done, double now_s)
{
    char line[256];

    el_progress_line(line, sizeof line, p->what, done, p->total,
                     now_s - p->start_s);
    /* one column stays free, or some terminals wrap */
    (void)fprintf(p->stream, "\r%-*.*s", p->width - 1, p->width - 1, line);
    (void)fflush(p->stream);
    p->shown = true;
    p->last_s = now_s;
}

void el_progress_update(el_progress *p, size_t done, size_t total)
{
    double now_s;

    if (!p->stream)
        return;
    now_s = p->now_s();
    if (!p->started || done < p->last_done || total != p->total) {
        p->start_s = now_s;
        p->last_s = now_s;
        p->total = total;
        p->started = true;
    }
    p->last_done = done;
    if (done >= total) {
        el_progress_clear(p);
        return;
    }
    if (now_s - p->start_s >= EL_PROGRESS_AFTER_S && done > 0 &&
        (!p->shown || now_s - p->last_s >= EL_PROGRESS_EVERY_S))
        show(p, done, now_s);
}
