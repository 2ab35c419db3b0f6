/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/discover_live.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/format.h"
#include "cli/progress.h"
#include "cli/term.h"

#define DIGITS    3
#define OTHER     3u  /* lines that are no law */
#define WORTH     .98 /* of the error of the law before: shown */
#define MIN_WIDTH 40

/* Laws that say something new, the longest `most` of them. */
static size_t choose(const el_glimpse *g, size_t most, size_t *out)
{
    size_t n = 0;
    double shown = (double)INFINITY;

    for (size_t i = 0; i < g->n; i++) {
        if (!(sqrt(g->law[i].loss) < WORTH * shown))
            continue;
        shown = sqrt(g->law[i].loss);
        if (n == most) {
            for (size_t k = 1; k < n; k++)
                out[k - 1] = out[k];
            n--;
        }
        out[n++] = i;
    }
    return n;
}

static void add_law(el_live *live, const el_glimpse_law *law,
                    const char *const *names, el_loss loss)
{
    const el_expr_style style = {EL_NOTATION_TEXT, DIGITS};
    const double error = sqrt(law->loss);
    el_buf text = {0};
    int room;

    el_buf_printf(&live->laws, "%4u  %9s  ", law->complexity,
                  loss == EL_LOSS_PLAIN ? el_fmt_number(error, DIGITS).s
                                        : el_fmt_percent(error).s);
    room = live->width - 18;
    el_expr_print(law->expr, names, style, &text);
    if ((int)text.len > room)
        el_buf_printf(&live->laws, "%.*s...\n", room - 3, el_buf_text(&text));
    else
        el_buf_printf(&live->laws, "%s\n", el_buf_text(&text));
    el_buf_clear(&text);
}

/* Take in a front; its laws read `target` = ..., errors as of `loss`. */
static void see(el_live *live, const el_glimpse *glimpse,
                const char *const *names, el_loss loss)
{
    size_t which[EL_LIVE_LAWS] = {0};
    const size_t room =
        live->height > (int)OTHER + 1 ? (size_t)live->height - OTHER : 1;

    live->tried = glimpse->tried;
    live->n_law = (unsigned)choose(
        glimpse, room < EL_LIVE_LAWS ? room : EL_LIVE_LAWS, which);
    el_buf_clear(&live->laws);
    for (unsigned i = 0; i < live->n_law; i++)
        add_law(live, &glimpse->law[which[i]], names, loss);
}

/* Formulas a second and time left, from two reports on. */
static void add_pace(const el_live *live, double now_s, el_buf *out)
{
    const double gone_s = live->last.time_s - live->first.time_s;
    const size_t more = live->last.done - live->first.done;
    double left_s;

    if (live->tried > 0)
        el_buf_printf(out, "  %s formulas", el_fmt_count(live->tried).s);
    if (!(gone_s > 0) || more == 0 || live->last.done >= live->total)
        return;
    if (live->last.tried > live->first.tried)
        el_buf_printf(out, "  %s/s",
                      el_fmt_count((uint64_t)((double)(live->last.tried -
                                                       live->first.tried) /
                                              gone_s))
                          .s);
    left_s = gone_s / (double)more * (double)(live->total - live->last.done) -
             (now_s - live->last.time_s);
    el_buf_printf(out, "  %s left", el_fmt_time(fmax(left_s, 0)).s);
}

/* Append the picture: the laws, and a line that says how far the search is. */
static void draw(const el_live *live, double now_s, el_buf *out)
{
    el_buf line = {0};

    if (live->n_law > 0) {
        el_buf_add(out, "size  rms error  law\n");
        el_buf_add(out, el_buf_text(&live->laws));
    }
    el_buf_printf(&line, "discover");
    if (isnan(live->first.time_s) || live->total == 0)
        el_buf_printf(&line, "  %s, %s",
                      live->tried > 0 ? "evolution" : "generators",
                      el_fmt_time(now_s - live->start_s).s);
    else if (live->last.done >= live->total)
        el_buf_add(&line, "  weighing the laws");
    else
        el_buf_printf(
            &line, "  %.0f %%",
            floor(100. * (double)live->last.done / (double)live->total));
    add_pace(live, now_s, &line);
    el_buf_add(&line, "  (Ctrl-C: the best so far)");
    el_buf_printf(out, "%.*s\n", live->width, el_buf_text(&line));
    el_buf_clear(&line);
}

static void wipe(el_live *live)
{
    if (live->n_line > 0) {
        (void)fprintf(live->stream, "\033[%uA\r\033[J", live->n_line);
        (void)fflush(live->stream);
    }
    live->n_line = 0;
}

static void redraw(el_live *live)
{
    const double now_s = live->now_s();
    el_buf text = {0};

    if (now_s - live->start_s < EL_LIVE_AFTER_S ||
        now_s - live->drawn_s < EL_LIVE_EVERY_S)
        return;
    draw(live, now_s, &text);
    if (live->n_line > 0)
        (void)fprintf(live->stream, "\033[%uA\r\033[J", live->n_line);
    (void)fputs(el_buf_text(&text), live->stream);
    (void)fflush(live->stream);
    live->n_line = live->n_law + (live->n_law > 0) + 1;
    live->drawn_s = now_s;
    el_buf_clear(&text);
}

static void on_show(const el_discovered *d, const el_glimpse *glimpse,
                    void *ctx)
{
    el_live *live = ctx;

    live->width = el_term_width(STDERR_FILENO) - 1;
    if (live->width < MIN_WIDTH)
        live->width = MIN_WIDTH;
    live->height = el_term_height(STDERR_FILENO);
    see(live, glimpse, d->table.name, d->options.loss);
    if (glimpse->tried == 0) /* else a report of the budget follows */
        redraw(live);
}

static void on_progress(size_t done, size_t total, void *ctx)
{
    el_live *live = ctx;

    live->last = (el_live_mark){live->now_s(), done, live->tried};
    if (isnan(live->first.time_s) || done < live->first.done ||
        total != live->total)
        live->first = live->last;
    live->total = total;
    redraw(live);
}

static void on_warning(const char *text, void *ctx)
{
    el_live *live = ctx;

    wipe(live);
    live->task->warn(text, live->task->ctx);
}

/* Asked now and then: a moment to show that time goes on. */
static bool is_cancelled(void *ctx)
{
    el_live *live = ctx;

    redraw(live);
    return live->task->cancelled(live->task->ctx);
}

el_task el_live_start(el_live *live, const el_cli *cli, el_discover_args *args)
{
    el_task task = cli->task;

    *live = (el_live){.task = &cli->task};
    if (cli->quiet || !el_term_redraws(STDERR_FILENO))
        return task;
    live->stream = stderr;
    live->now_s = el_clock_s;
    live->start_s = live->now_s();
    live->first.time_s = (double)NAN;
    live->width = EL_TERM_WIDTH - 1;
    live->height = EL_TERM_HEIGHT;
    args->show = on_show;
    args->show_ctx = live;
    task.progress = on_progress;
    task.warn = on_warning;
    task.cancelled = is_cancelled;
    task.ctx = live;
    return task;
}

void el_live_end(el_live *live)
{
    wipe(live);
    el_buf_clear(&live->laws);
}
