/* SPDX-License-Identifier: Apache-2.0 */
#include "io/vllm_log.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "io/file.h"
#include "io/prom_range.h"
#include "io/vllm_metrics.h"
#include "num/stats.h"

#define MOST_PAGES 1000000u

/* What the steps below hand on. */
typedef struct work {
    const el_vllm_ask *ask;
    el_vllm vllm;
    size_t n, cap;
    el_vllm_growth *growth; /* by page */
    double *part;           /* for growth of n pages: seconds since the last */
    el_rng rng;
    el_error *err;
} work;

/* ---- pages ---- */

static el_status add_pages(work *w, const char *text, size_t len,
                           const char *name)
{
    const char *at = text, *end = text + len;
    el_status st = EL_OK;

    do {
        el_vllm_growth *more =
            el_grow(w->growth, &w->cap, w->n + 1, sizeof *more);

        if (!more)
            return el_fail(w->err, EL_E_NOMEM, "%.150s: out of memory", name);
        w->growth = more;
        if (w->n == MOST_PAGES)
            return el_fail(w->err, EL_E_DATA, "%.150s: more than %u pages",
                           name, MOST_PAGES);
        st = el_vllm_next(&w->vllm, &at, end, name, &w->growth[w->n], w->err);
        w->n += st == EL_OK;
    } while (st == EL_OK && at < end);
    return st;
}

static el_status add_range(work *w, const char *text, size_t len,
                           const char *name)
{
    el_prom_range range;
    el_buf page = {0};
    el_status st = el_prom_range_open(text, len, name, &range, w->err);

    if (st != EL_OK)
        return st;
    while (st == EL_OK && el_prom_range_next(&range, &page))
        st = el_buf_ok(&page)
                 ? add_pages(w, el_buf_text(&page), page.len, name)
                 : el_fail(w->err, EL_E_NOMEM, "%.150s: out of memory", name);
    el_buf_clear(&page);
    el_prom_range_close(&range);
    return st;
}

static el_status read_pages(work *w)
{
    el_status st = EL_OK;

    for (size_t i = 0; st == EL_OK && i < w->ask->n; i++) {
        const char *path = w->ask->path[i];
        const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
        char *text;
        size_t len;

        st = el_file_read(path, EL_VLLM_MAX_FILE, &text, &len, w->err);
        if (st != EL_OK)
            return st;
        st = el_prom_range_is(text, len) ? add_range(w, text, len, name)
                                         : add_pages(w, text, len, name);
        el_free(text);
    }
    return st;
}

/* ---- seconds ---- */

static el_status even_parts(work *w, size_t first)
{
    if (!el_is_known(w->ask->span_s))
        return el_fail(w->err, EL_E_ARG,
                       "--metrics: the pages have no time stamps: --span says "
                       "how long it was %s",
                       w->n == 1 ? "since the server's start"
                                 : "from the first to the last");
    for (size_t k = first; k < w->n; k++)
        w->part[k] = w->ask->span_s / (double)(w->n - first);
    return EL_OK;
}

static el_status stamped_parts(work *w, size_t first)
{
    double before_s = w->n == 1 ? w->vllm.began_s : w->growth[0].time_s;

    if (el_is_known(w->ask->span_s))
        return el_fail(w->err, EL_E_ARG,
                       "--span: the pages of --metrics have time stamps");
    for (size_t k = first; k < w->n; k++) {
        w->part[k] = w->growth[k].time_s - before_s;
        if (!(w->part[k] > 0.0))
            return el_fail(w->err, EL_E_DATA,
                           w->n == 1 ? "--metrics: page %zu: it does not say "
                                       "when the server began"
                                     : "--metrics: page %zu: not later than "
                                       "the one before",
                           k + 1);
        before_s = w->growth[k].time_s;
    }
    return EL_OK;
}

/* Pages from `first` on count; the one before only says from where on. */
static el_status find_parts(work *w, size_t first)
{
    size_t n_stamped = 0;

    for (size_t k = 0; k < w->n; k++)
        n_stamped += el_is_known(w->growth[k].time_s);
    w->part = el_array(w->n, sizeof *w->part);
    if (!w->part)
        return el_fail(w->err, EL_E_NOMEM, "metrics: %zu pages", w->n);
    if (n_stamped == w->n)
        return stamped_parts(w, first);
    if (n_stamped == 0)
        return even_parts(w, first);
    return el_fail(w->err, EL_E_DATA,
                   "--metrics: %zu of %zu pages have a time stamp", n_stamped,
                   w->n);
}

/* ---- lengths ---- */

static double all_of(const el_vllm_sizes *s)
{
    return s->n_bucket ? s->upto[s->n_bucket - 1] : 0.0;
}

static double in_bucket(const el_vllm_sizes *s, size_t k)
{
    return s->upto[k] - (k ? s->upto[k - 1] : 0.0);
}

/* Buckets as they are drawn from: their bounds and one exponent. */
typedef struct law {
    const el_vllm_sizes *sizes;
    double top;  /* of the last bucket */
    double bend; /* 1 / g: mean place in a bucket is bend / (1 + bend) */
} law;

static double low_of(const law *l, size_t k)
{
    return k ? l->sizes->le[k - 1] : 0.0;
}

static double width_of(const law *l, size_t k)
{
    double le = l->sizes->le[k];

    return (isinf(le) ? fmax(l->top, low_of(l, k)) : le) - low_of(l, k);
}

/* sum = S low + place S width, the half a token that rounding up adds being
 * taken off; *place is kept inside (0, 1). */
static law law_of(const el_vllm_sizes *s)
{
    law l = {.sizes = s};
    double rest = s->sum - 0.5 * all_of(s), low = 0.0, width = 0.0, place;
    size_t last = s->n_bucket - 1;

    for (size_t k = 0; k < last; k++)
        rest -= in_bucket(s, k) * (low_of(&l, k) + 0.5 * width_of(&l, k));
    l.top = low_of(&l, last);
    if (in_bucket(s, last) > 0.0) /* as far as the sum needs */
        l.top = fmax(2.0 * rest / in_bucket(s, last) - l.top, l.top);
    for (size_t k = 0; k < s->n_bucket; k++) {
        low += in_bucket(s, k) * low_of(&l, k);
        width += in_bucket(s, k) * width_of(&l, k);
    }
    place = (s->sum - 0.5 * all_of(s) - low) / width;
    place = width > 0.0 ? fmin(fmax(place, 1e-3), 0.999) : 0.5;
    l.bend = place / (1.0 - place);
    return l;
}

/* n quantiles, ascending. */
static void draw(const el_vllm_sizes *s, size_t n, double *out)
{
    law l = law_of(s);
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        double rank = ((double)i + 0.5) / (double)n * all_of(s), u;

        while (k + 1 < s->n_bucket && s->upto[k] < rank)
            k++;
        u = 1.0 - (s->upto[k] - rank) / in_bucket(s, k);
        out[i] = ceil(low_of(&l, k) + width_of(&l, k) * pow(u, 1.0 / l.bend));
        out[i] = fmax(out[i], 1.0);
    }
}

static void shuffle(el_rng *rng, double *v, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = el_rng_below(rng, i);
        double x = v[i - 1];

        v[i - 1] = v[j];
        v[j] = x;
    }
}

static size_t count_of(const el_vllm_growth *g)
{
    return (size_t)(all_of(&g->answer) + 0.5);
}

static void fill(work *w, size_t first, el_lengths *l)
{
    double from_s = 0.0;
    size_t at = 0;

    for (size_t k = first; k < w->n; k++) {
        const el_vllm_growth *g = &w->growth[k];
        size_t n = count_of(g);

        for (size_t i = 0; i < n; i++)
            l->arrive_s[at + i] = from_s + w->part[k] * el_rng_unit(&w->rng);
        if (n > 0) {
            el_sort(l->arrive_s + at, n);
            draw(&g->prompt, n, l->isl + at);
            draw(&g->answer, n, l->osl + at);
            shuffle(&w->rng, l->isl + at, n);
            shuffle(&w->rng, l->osl + at, n);
        }
        from_s += w->part[k];
        at += n;
    }
}

static el_status check_sizes(work *w, size_t k)
{
    const el_vllm_growth *g = &w->growth[k];
    const el_vllm_sizes *both[2] = {&g->prompt, &g->answer};

    for (size_t i = 0; i < 2; i++)
        if (both[i]->n_bucket == 0 || !el_is_known(both[i]->sum) ||
            !isinf(both[i]->le[both[i]->n_bucket - 1]))
            return el_fail(w->err, EL_E_DATA,
                           "--metrics: page %zu: no whole histogram "
                           "vllm:request_%s_tokens",
                           k + 1, i ? "generation" : "prompt");
    if ((size_t)(all_of(&g->prompt) + 0.5) == count_of(g))
        return EL_OK;
    return el_fail(w->err, EL_E_DATA,
                   "--metrics: page %zu: %g prompts but %g answers", k + 1,
                   all_of(&g->prompt), all_of(&g->answer));
}

static el_status make_log(work *w, size_t first, el_lengths *out)
{
    el_lengths l = {.start_s = EL_UNKNOWN};
    double n = 0.0;
    el_status st = EL_OK;

    for (size_t k = first; st == EL_OK && k < w->n; k++) {
        st = check_sizes(w, k);
        n += all_of(&w->growth[k].answer);
    }
    if (st != EL_OK)
        return st;
    if (n < 0.5 || n > EL_VLLM_MAX_REQUESTS)
        return el_fail(w->err, EL_E_DATA,
                       "--metrics: %g requests finished (1 to %g)", n,
                       EL_VLLM_MAX_REQUESTS);
    for (size_t k = first; k < w->n; k++)
        l.n += count_of(&w->growth[k]);
    l.isl = el_array(l.n, sizeof *l.isl);
    l.osl = el_array(l.n, sizeof *l.osl);
    l.arrive_s = el_array(l.n, sizeof *l.arrive_s);
    if (!l.isl || !l.osl || !l.arrive_s) {
        el_lengths_clear(&l);
        return el_fail(w->err, EL_E_NOMEM, "--metrics: %g requests", n);
    }
    fill(w, first, &l);
    for (size_t k = first; k < w->n; k++)
        l.until_s += w->part[k];
    if (el_is_known(w->growth[first].time_s))
        l.start_s = w->growth[first].time_s - w->part[first];
    *out = l;
    return EL_OK;
}

/* ---- what else is said ---- */

static double gained(const work *w, size_t first, el_vllm_value what)
{
    double sum = 0.0;

    for (size_t k = first; k < w->n; k++)
        sum += w->growth[k].value[what];
    return sum;
}

static void describe(const work *w, size_t first, el_vllm_said *said)
{
    el_vllm_said s = {.n_page = w->n};

    el_str_copy(s.model, sizeof s.model, w->vllm.model ? w->vllm.model : "");
    for (size_t k = first; k < w->n; k++) {
        s.span_s += w->part[k];
        s.n_restart += w->growth[k].n_restart;
    }
    s.n_engine = w->growth[w->n - 1].n_engine;
    s.output_tokens = gained(w, first, EL_VLLM_OUTPUT_TOKENS);
    s.cached_share = gained(w, first, EL_VLLM_CACHED_TOKENS) /
                     gained(w, first, EL_VLLM_PROMPT_TOKENS);
    s.preemptions = gained(w, first, EL_VLLM_PREEMPTIONS);
    s.ttft_s =
        gained(w, first, EL_VLLM_TTFT_S) / gained(w, first, EL_VLLM_TTFT_N);
    s.itl_s = gained(w, first, EL_VLLM_ITL_S) / gained(w, first, EL_VLLM_ITL_N);
    s.in_system = gained(w, first, EL_VLLM_E2E_S) / s.span_s;
    s.running = gained(w, 0, EL_VLLM_RUNNING) / (double)w->n;
    s.waiting = gained(w, 0, EL_VLLM_WAITING) / (double)w->n;
    *said = s;
}

el_status el_vllm_log_read(const el_vllm_ask *ask, el_lengths *out,
                           el_vllm_said *said, el_error *err)
{
    work w = {.ask = ask, .err = err};
    size_t first = 0;
    el_status st;

    el_vllm_init(&w.vllm);
    el_rng_init(&w.rng, ask->seed, 0);
    st = read_pages(&w);
    first = w.n > 1;
    if (st == EL_OK)
        st = find_parts(&w, first);
    if (st == EL_OK)
        st = make_log(&w, first, out);
    if (st == EL_OK)
        describe(&w, first, said);
    el_free(w.part);
    el_free(w.growth);
    el_vllm_clear(&w.vllm);
    return st;
}
