/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load client against tests/support/fake_openai, which stamps what it
 * sends: thousands of streams, events a second of one core, how far times to
 * first token are off.
 *   bench_load [STREAMS]
 */
#include <libgen.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "../../tests/support/el_fake_openai.h"
#include "load/load.h"

#define MAX_REQUESTS 20000u

typedef struct answers {
    el_load_request r[MAX_REQUESTS]; /* by index */
    size_t n;
} answers;

static answers got;
static el_fake_log server_log[MAX_REQUESTS];
static double off[MAX_REQUESTS];
static char program[512];

static bool keep(const el_load_request *r, void *ctx)
{
    (void)ctx;
    if (r->index < MAX_REQUESTS) {
        got.r[r->index] = *r;
        got.n++;
    }
    return true;
}

static bool run(const char *const *option, const el_load_work *given,
                el_load_total *total)
{
    el_fake_openai server = {.pid = 0};
    el_load_target target = {.url = server.url};
    el_load_work work = *given;
    el_load *load = NULL;
    el_error err = {EL_OK, "the server did not start"};
    bool ok = el_fake_openai_start(program, option, &server);

    got.n = 0;
    work.done = keep;
    ok = ok && el_load_open(&target, NULL, &load, &err) == EL_OK &&
         el_load_run(load, &work, NULL, total, &err) == EL_OK;
    el_load_close(load);
    el_fake_openai_stop(&server);
    if (!ok)
        (void)fprintf(stderr, "bench_load: %s\n", err.message);
    return ok;
}

static void print(const char *name, const el_load_total *t)
{
    double wall_s = t->end_s - t->start_s, n = (double)t->n_chunk;

    printf("%-32s %zu of %zu ok, %zu at once, %.0f events/s, "
           "%.0f a second of processor time, read at most %.2f ms late\n",
           name, t->n_outcome[EL_LOAD_OK], t->n_request, t->peak_in_flight,
           n / wall_s, n / t->cpu_s, 1e3 * t->lag_max_s);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void print_off(const char *name, size_t n)
{
    qsort(off, n, sizeof *off, ascending);
    printf("%-32s median %.1f us, 99 %% below %.1f us, worst %.1f us (%zu)\n",
           name, 1e6 * off[n / 2], 1e6 * off[n * 99 / 100], 1e6 * off[n - 1],
           n);
}

/* From the server's send() of a token until the client's stamp of it, and from
   the client's until the server has the request: what TTFT is off by. */
static void compare(const char *path)
{
    size_t n = el_fake_log_read(path, server_log, MAX_REQUESTS), k = 0;

    for (size_t i = 0; i < n; i++)
        off[k++] = got.r[server_log[i].index].first_s - server_log[i].first_s;
    print_off("  first token, stamp after send", k);
    for (size_t i = 0; i < n; i++) {
        const el_fake_log *l = &server_log[i];

        off[i] =
            fabs(el_load_ttft_s(&got.r[l->index]) - (l->first_s - l->recv_s));
    }
    print_off("  TTFT off by", k);
}

static bool timing(const char *name, el_load_work work, const char *itl)
{
    char path[] = "/tmp/el_bench_load_XXXXXX";
    int fd = mkstemp(path);
    const char *option[] = {"--log", path, "--ttft", "0.05",
                            "--itl", itl,  NULL};
    el_load_total t;
    bool ok = fd >= 0 && close(fd) == 0 && run(option, &work, &t);

    if (ok) {
        print(name, &t);
        compare(path);
    }
    (void)unlink(path);
    return ok;
}

int main(int argc, char **argv)
{
    size_t streams = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
    const el_load_shape shape = {100, 100}, few = {100, 20};
    const char *const flood[] = {"--itl", "0", NULL};
    const char *const step[] = {"--itl", "0.1", "--step", NULL};
    el_load_work work = {.shape = &shape, .n_shape = 1, .streams = streams};
    el_load_total t;
    bool ok = true;

    (void)snprintf(program, sizeof program, "%s/fake_openai",
                   dirname(argv[0])); /* NOLINT */
    work.n_request = 2 * streams;
    if (run(flood, &work, &t))
        print("as fast as it comes", &t);
    work.n_request = streams;
    if (run(step, &work, &t))
        print("all tokens at the same instants", &t);
    work.shape = &few;
    work.arrival = EL_LOAD_POISSON;
    work.rate_hz = 200;
    work.n_request = 1000;
    ok = timing("200 requests/s, 20 tokens", work, "0.01") && ok;
    work.rate_hz = 1000;
    work.n_request = 4000;
    ok = timing("1000 requests/s, 20 tokens", work, "0.05") && ok;
    return ok ? 0 : 1;
}
