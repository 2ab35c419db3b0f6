/* SPDX-License-Identifier: Apache-2.0 */
#include "io/vllm_metrics.h"

#include <string.h>

#include "base/mem.h"
#include "base/prometheus.h"
#include "io/csv.h"
#include "io/csv_text.h"

#define MOST_SERIES 16384u
#define MOST        1e15 /* a count above this is none */
#define MAX_NAME    200u

/* What a sample is for; below EL_VLLM_N_VALUES: an el_vllm_value. */
enum {
    OLD_ITL_S = EL_VLLM_N_VALUES, /* the name before 0.11, for some time both */
    OLD_ITL_N,
    BEGAN,
    PROMPT_SUM,
    PROMPT_BUCKET,
    ANSWER_SUM,
    ANSWER_BUCKET,
    N_KINDS
};

static const struct {
    const char *name;
    int kind;
} metrics[] = {
    {"vllm:num_requests_running", EL_VLLM_RUNNING},
    {"vllm:num_requests_waiting", EL_VLLM_WAITING},
    {"vllm:prompt_tokens_total", EL_VLLM_PROMPT_TOKENS},
    {"vllm:prefix_cache_hits_total", EL_VLLM_CACHED_TOKENS},
    {"vllm:generation_tokens_total", EL_VLLM_OUTPUT_TOKENS},
    {"vllm:iteration_tokens_total_count", EL_VLLM_STEPS},
    {"vllm:num_preemptions_total", EL_VLLM_PREEMPTIONS},
    {"vllm:time_to_first_token_seconds_sum", EL_VLLM_TTFT_S},
    {"vllm:time_to_first_token_seconds_count", EL_VLLM_TTFT_N},
    {"vllm:inter_token_latency_seconds_sum", EL_VLLM_ITL_S},
    {"vllm:inter_token_latency_seconds_count", EL_VLLM_ITL_N},
    {"vllm:time_per_output_token_seconds_sum", OLD_ITL_S},
    {"vllm:time_per_output_token_seconds_count", OLD_ITL_N},
    {"vllm:e2e_request_latency_seconds_sum", EL_VLLM_E2E_S},
    {"vllm:request_prompt_tokens_sum", PROMPT_SUM},
    {"vllm:request_prompt_tokens_bucket", PROMPT_BUCKET},
    {"vllm:request_generation_tokens_sum", ANSWER_SUM},
    {"vllm:request_generation_tokens_bucket", ANSWER_BUCKET},
    {"process_start_time_seconds", BEGAN},
};

#define N_METRICS (sizeof metrics / sizeof *metrics)

/* A counter of one engine. */
struct el_vllm_series {
    const char *key; /* name and labels, interned */
    size_t page;     /* that it was last on */
    double last;
};

/* What a page gains, while it is read. */
typedef struct page {
    el_vllm *v;
    const char *name;
    double value[N_KINDS]; /* by kind; NaN: none yet */
    el_vllm_growth *out;
    size_t next; /* the series that follows, if pages are alike */
    size_t n_sample;
    el_error *err;
} page;

void el_vllm_init(el_vllm *vllm)
{
    *vllm = (el_vllm){.began_s = EL_UNKNOWN};
}

void el_vllm_clear(el_vllm *vllm)
{
    el_free(vllm->series);
    el_strings_clear(&vllm->strings);
    el_vllm_init(vllm);
}

static int kind_of(const el_prom *p)
{
    for (size_t i = 0; i < N_METRICS; i++)
        if (el_prom_is(p, metrics[i].name))
            return metrics[i].kind;
    return -1;
}

/* ---- series ---- */

static el_status add_series(page *g, const char *key, el_vllm_series **out)
{
    el_vllm *v = g->v;
    el_vllm_series *more;

    if (v->n == MOST_SERIES)
        return el_fail(g->err, EL_E_DATA, "%.150s: more than %u series",
                       g->name, MOST_SERIES);
    more = el_grow(v->series, &v->cap, v->n + 1, sizeof *more);
    if (!more)
        return el_fail(g->err, EL_E_NOMEM, "%.150s: out of memory", g->name);
    v->series = more;
    *out = &more[v->n++];
    **out = (el_vllm_series){.key = key};
    return EL_OK;
}

static el_status find_series(page *g, const el_prom *p, el_vllm_series **out)
{
    el_vllm *v = g->v;
    size_t len = (size_t)(p->labels - p->name) + p->labels_len;
    const char *key = el_strings_add(&v->strings, p->name, len);

    if (!key)
        return el_fail(g->err, EL_E_NOMEM, "%.150s: out of memory", g->name);
    for (size_t i = 0; i < v->n; i++) {
        size_t k = (g->next + i) % v->n;

        if (v->series[k].key == key) {
            g->next = k + 1;
            *out = &v->series[k];
            return EL_OK;
        }
    }
    return add_series(g, key, out);
}

static el_status check_model(page *g, const el_prom *p)
{
    char name[MAX_NAME];
    const char *model;

    if (!el_prom_label(p, "model_name", name, sizeof name))
        return EL_OK;
    model = el_strings_add(&g->v->strings, name, strlen(name));
    if (!model)
        return el_fail(g->err, EL_E_NOMEM, "%.150s: out of memory", g->name);
    if (!g->v->model)
        g->v->model = model;
    if (g->v->model == model)
        return EL_OK;
    return el_fail(g->err, EL_E_DATA,
                   "%.60s: two models, %.60s and %.60s: leave the lines of one",
                   g->name, g->v->model, model);
}

/* ---- samples ---- */

static bool read_le(const el_prom *p, double *out)
{
    char text[32];

    if (!el_prom_label(p, "le", text, sizeof text))
        return false;
    *out = INFINITY;
    return strcmp(text, "+Inf") == 0 ||
           (el_parse_double(text, strlen(text), out) && *out > 0.0);
}

static el_status add_bucket(page *g, const el_prom *p, el_vllm_sizes *sizes,
                            double gained)
{
    double le;
    size_t k = 0;

    if (!read_le(p, &le))
        return el_fail(g->err, EL_E_DATA, "%.150s: a bucket without le",
                       g->name);
    while (k < sizes->n_bucket && sizes->le[k] < le)
        k++;
    if (k == sizes->n_bucket || sizes->le[k] > le) {
        if (sizes->n_bucket == EL_VLLM_BUCKETS)
            return el_fail(g->err, EL_E_DATA,
                           "%.150s: a histogram of more than %u buckets",
                           g->name, EL_VLLM_BUCKETS);
        for (size_t i = sizes->n_bucket++; i > k; i--) {
            sizes->le[i] = sizes->le[i - 1];
            sizes->upto[i] = sizes->upto[i - 1];
        }
        sizes->le[k] = le;
        sizes->upto[k] = 0.0;
    }
    sizes->upto[k] += gained;
    return EL_OK;
}

static el_status take(page *g, const el_prom *p, int kind, el_vllm_series *s)
{
    double gained = p->value - s->last;

    if (!(p->value >= 0.0 && p->value <= MOST)) {
        char shown[EL_SHOW_SIZE];

        el_text_show(shown, p->name, p->name_len);
        return el_fail(g->err, EL_E_DATA, "%.100s: %s: %g is no count", g->name,
                       shown, p->value);
    }
    if (kind < EL_VLLM_N_GAUGES || kind == BEGAN)
        gained = p->value;
    else if (gained < 0.0) {
        gained = p->value;
        g->out->n_restart++;
    }
    s->last = p->value;
    s->page = g->v->page;
    g->out->time_s = fmax(g->out->time_s, p->time_s);
    if (kind == BEGAN) {
        g->v->began_s = fmin(g->v->began_s, gained);
        return EL_OK;
    }
    g->n_sample++;
    g->out->n_engine += kind == EL_VLLM_RUNNING;
    if (kind == PROMPT_BUCKET)
        return add_bucket(g, p, &g->out->prompt, gained);
    if (kind == ANSWER_BUCKET)
        return add_bucket(g, p, &g->out->answer, gained);
    g->value[kind] =
        gained + (el_is_known(g->value[kind]) ? g->value[kind] : 0);
    return EL_OK;
}

/* One sample; *again: its series was on this page already. */
static el_status sample(page *g, const el_prom *p, bool *again)
{
    int kind = kind_of(p);
    el_vllm_series *s = NULL;
    el_status st;

    *again = false;
    if (kind < 0)
        return EL_OK;
    st = check_model(g, p);
    if (st == EL_OK)
        st = find_series(g, p, &s);
    if (st != EL_OK)
        return st;
    *again = s->page == g->v->page;
    return *again ? EL_OK : take(g, p, kind, s);
}

/* Replicas with other ladders leave steps down: no count falls with its size.
 */
static void settle(el_vllm_sizes *sizes, double sum)
{
    for (size_t k = 1; k < sizes->n_bucket; k++)
        sizes->upto[k] = fmax(sizes->upto[k], sizes->upto[k - 1]);
    sizes->sum = sum;
}

static el_status finish(page *g)
{
    el_vllm_growth *out = g->out;

    if (g->n_sample == 0)
        return el_fail(g->err, EL_E_DATA,
                       "%.150s: no metric of vLLM (GET /metrics of its server)",
                       g->name);
    if (!el_is_known(g->value[EL_VLLM_ITL_N])) {
        g->value[EL_VLLM_ITL_S] = g->value[OLD_ITL_S];
        g->value[EL_VLLM_ITL_N] = g->value[OLD_ITL_N];
    }
    memcpy(out->value, g->value, sizeof out->value);
    settle(&out->prompt, g->value[PROMPT_SUM]);
    settle(&out->answer, g->value[ANSWER_SUM]);
    return EL_OK;
}

el_status el_vllm_next(el_vllm *vllm, const char **at, const char *end,
                       const char *name, el_vllm_growth *out, el_error *err)
{
    el_vllm_growth growth = {.time_s = EL_UNKNOWN};
    page g = {.v = vllm, .name = name, .out = &growth, .err = err};
    el_status st = EL_OK;
    const char *line = *at;
    bool again = false;
    el_prom p;

    vllm->page++;
    for (size_t k = 0; k < N_KINDS; k++)
        g.value[k] = EL_UNKNOWN;
    while (st == EL_OK && el_prom_next(&line, end, &p, NULL)) {
        st = sample(&g, &p, &again);
        if (again)
            break;
        *at = line;
    }
    if (!again)
        *at = end;
    if (st == EL_OK)
        st = finish(&g);
    if (st == EL_OK)
        *out = growth;
    return st;
}
