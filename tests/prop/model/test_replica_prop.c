/* SPDX-License-Identifier: Apache-2.0 */
/* Replays against the same replica walked step by step. */
#include "el_test.h"

#include <string.h>

#include "base/rng.h"
#include "el_replica_sample.h"

#define REQUESTS 400u
#define BATCH    12u
#define BINS     7u

typedef struct trace {
    double arrive_s[REQUESTS], isl[REQUESTS], osl[REQUESTS];
} trace;

typedef struct outcome {
    double ttft_s[REQUESTS], tpot_s[REQUESTS], energy_j[REQUESTS];
    double busy_j, idle_j, end_s;
} outcome;

static void make_trace(el_rng *rng, double rate_hz, trace *t)
{
    double now_s = 0.0;

    for (size_t i = 0; i < REQUESTS; i++) {
        now_s -= log(1.0 - el_rng_unit(rng)) / rate_hz;
        t->arrive_s[i] = now_s;
        t->isl[i] = 1.0 + floor(el_rng_unit(rng) * 3000.0);
        t->osl[i] = 1.0 + floor(el_rng_unit(rng) * 60.0);
    }
}

/* ---- step by step: knows nothing of events ---- */

typedef struct walk {
    const el_replica *r;
    const trace *t;
    size_t in[BATCH], n, next;
    double made[REQUESTS], first_s[REQUESTS], now_s;
} walk;

static double held(const walk *w)
{
    double tokens = 0.0;

    for (size_t k = 0; k < w->n; k++)
        tokens += w->t->isl[w->in[k]] + w->t->osl[w->in[k]];
    return tokens;
}

/* The last request that joins, and the prompt tokens of all that do. */
static size_t joining(const walk *w, double *tokens)
{
    double kv = held(w);
    size_t end = w->next;

    for (*tokens = 0.0; end < REQUESTS; end++) {
        double isl = w->t->isl[end], all = isl + w->t->osl[end];
        if (w->t->arrive_s[end] > w->now_s || kv + all > w->r->kv_tokens ||
            w->n + (end - w->next) == w->r->batch ||
            (end > w->next && *tokens + isl > w->r->chunk_tokens))
            break;
        *tokens += isl;
        kv += all;
    }
    return end;
}

/* A step of those in flight: seconds; joules are shared out. */
static double walk_tokens(walk *w, outcome *out)
{
    double context = 0.0, energy_j;

    for (size_t k = 0; k < w->n; k++)
        context += w->t->isl[w->in[k]] + w->made[w->in[k]];
    energy_j = 1.0 + 0.25 * (double)w->n + 1e-3 * context;
    out->busy_j += energy_j;
    for (size_t k = 0; k < w->n; k++) {
        out->energy_j[w->in[k]] += energy_j / (double)w->n;
        w->made[w->in[k]]++;
    }
    return 0.010 + 0.001 * (double)w->n + 1e-6 * context;
}

static void walk_leave(walk *w, outcome *out)
{
    size_t kept = 0;

    for (size_t k = 0; k < w->n; k++) {
        size_t i = w->in[k];
        if (w->made[i] < w->t->osl[i])
            w->in[kept++] = i;
        else
            out->tpot_s[i] = (w->now_s - w->first_s[i]) / (w->t->osl[i] - 1.0);
    }
    w->n = kept;
}

static void walk_pass(walk *w, outcome *out)
{
    double tokens, energy_j;
    size_t first = w->next;

    w->next = joining(w, &tokens);
    energy_j = 2.0 + 0.01 * tokens;
    w->now_s += 0.020 + 1e-4 * tokens;
    if (w->n > 0)
        w->now_s += walk_tokens(w, out);
    walk_leave(w, out);
    out->busy_j += energy_j;
    for (size_t i = first; i < w->next; i++) {
        out->ttft_s[i] = w->now_s - w->t->arrive_s[i];
        out->energy_j[i] = energy_j * w->t->isl[i] / tokens;
        w->first_s[i] = w->now_s;
        w->made[i] = 1.0;
        if (w->t->osl[i] > 1.0)
            w->in[w->n++] = i;
    }
}

static void walk_step(walk *w, outcome *out)
{
    w->now_s += walk_tokens(w, out);
    walk_leave(w, out);
}

static bool can_pass(const walk *w)
{
    return w->next < REQUESTS && w->t->arrive_s[w->next] <= w->now_s &&
           w->n < w->r->batch &&
           held(w) + w->t->isl[w->next] + w->t->osl[w->next] <= w->r->kv_tokens;
}

static void walk_all(const el_replica *r, const trace *t, outcome *out)
{
    walk w = {.r = r, .t = t};

    memset(out, 0, sizeof *out);
    while (w.next < REQUESTS || w.n > 0) {
        if (can_pass(&w)) {
            walk_pass(&w, out);
        } else if (w.n > 0) {
            walk_step(&w, out);
        } else {
            out->idle_j += 100.0 * (t->arrive_s[w.next] - w.now_s);
            w.now_s = t->arrive_s[w.next];
        }
    }
    out->end_s = w.now_s;
}

static void compare(const el_replica *r, const trace *t)
{
    outcome want, got = {.end_s = 0.0};
    el_arrivals a = {REQUESTS, t->arrive_s, t->isl, t->osl};
    el_idle idle = {.interval_s = INFINITY};
    el_served served = {got.ttft_s, got.tpot_s, got.energy_j};
    double bin_j[BINS] = {0}, sum_j = 0.0, all_j = 0.0;
    el_bins bins = {3.0, 5.0, BINS, bin_j};
    el_replica_sum sum;

    walk_all(r, t, &want);
    assert_int_equal(
        el_replica_serve(r, &a, &idle, &bins, &served, NULL, &sum, NULL),
        EL_OK);
    for (size_t i = 0; i < REQUESTS; i++) {
        assert_close(got.ttft_s[i], want.ttft_s[i], 1e-9, 1e-12);
        assert_close(got.energy_j[i], want.energy_j[i], 1e-9, 1e-12);
        if (t->osl[i] > 1.0)
            assert_close(got.tpot_s[i], want.tpot_s[i], 1e-9, 1e-12);
        else
            assert_true(isnan(got.tpot_s[i]));
        sum_j += got.energy_j[i];
    }
    assert_close(sum.end_s, want.end_s, 1e-9, 1e-12);
    assert_close(sum.idle_j, want.idle_j, 1e-9, 1e-12);
    assert_close(sum.prefill_j + sum.decode_j, want.busy_j, 1e-11, 1e-12);
    assert_close(sum_j, want.busy_j, 1e-11, 1e-12);
    for (size_t k = 0; k < BINS; k++)
        all_j += bin_j[k];
    assert_close(all_j, want.busy_j + want.idle_j, 1e-9, 1e-12);
}

/* From hardly ever busy to a queue that grows, with and without a tight cache
 * and small passes. */
static void test_same_as_step_by_step(void **state)
{
    static const double rate_hz[] = {0.5, 3.0, 8.0, 50.0};
    el_rng rng;

    (void)state;
    el_rng_init(&rng, 5, 0);
    for (size_t k = 0; k < 16; k++) {
        trace t;
        el_replica r;

        assert_int_equal(el_replica_sample(BATCH, &r), EL_OK);
        make_trace(&rng, rate_hz[k % 4], &t);
        if (k / 4 % 2)
            r.kv_tokens = 9000.0;
        if (k / 8)
            r.chunk_tokens = 2000.0;
        compare(&r, &t);
        el_replica_clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_step_by_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
