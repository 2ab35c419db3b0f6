/* SPDX-License-Identifier: Apache-2.0 */
#include "store/merge.h"

#include <string.h>

#include "base/mem.h"
#include "store/columns.h"

#define CHUNK 2048u /* requests or samples on their way */

typedef struct ids {
    int64_t *v;
    size_t n, cap;
} ids;

typedef struct merger {
    el_store *into, *from;
    const el_task *task;
    ids run;
    int64_t *campaign_from, *campaign_into; /* the same one here and there */
    size_t n_campaign, cap_from, cap_into;
    el_store_request *request;
    el_reading *sample;
    el_strings strings; /* of the requests */
    size_t n, device;   /* in request or sample; of all samples there */
    el_store_merged done;
} merger;

static el_status no_memory(el_error *err)
{
    return el_fail(err, EL_E_NOMEM, "store: out of memory");
}

static el_status same_campaign(void *ctx, const el_store_campaign_seen *c,
                               el_error *err)
{
    merger *m = ctx;
    int64_t id = 0;
    int64_t *from, *into;
    el_status st = el_store_campaign_add(m->into, &c->campaign, &id, err);

    if (st != EL_OK)
        return st;
    from = el_grow(m->campaign_from, &m->cap_from, m->n_campaign + 1,
                   sizeof *from);
    if (from)
        m->campaign_from = from;
    into = el_grow(m->campaign_into, &m->cap_into, m->n_campaign + 1,
                   sizeof *into);
    if (into)
        m->campaign_into = into;
    if (!from || !into)
        return no_memory(err);
    from[m->n_campaign] = c->id;
    into[m->n_campaign++] = id;
    return EL_OK;
}

static el_status note_run(void *ctx, const el_store_run_seen *run,
                          el_error *err)
{
    merger *m = ctx;
    int64_t *more =
        el_grow(m->run.v, &m->run.cap, m->run.n + 1, sizeof *m->run.v);

    if (!more)
        return no_memory(err);
    m->run.v = more;
    m->run.v[m->run.n++] = run->id;
    return EL_OK;
}

/* --- requests and samples ------------------------------------------------- */

static el_status flush_requests(merger *m, el_error *err)
{
    el_status st = el_store_add_requests(m->into, m->request, m->n, err);

    m->n = 0;
    el_strings_clear(&m->strings);
    return st;
}

static el_status copy_request(void *ctx, int64_t run, size_t seq,
                              const el_store_request *r, el_error *err)
{
    merger *m = ctx;
    el_store_request copy = *r;

    (void)run;
    (void)seq;
    if (copy.error) {
        copy.error =
            el_strings_add(&m->strings, copy.error, strlen(copy.error));
        if (!copy.error)
            return no_memory(err);
    }
    m->request[m->n++] = copy;
    return m->n == CHUNK ? flush_requests(m, err) : EL_OK;
}

static el_status flush_samples(merger *m, el_error *err)
{
    el_status st = m->n > 0 ? el_store_add_samples(m->into, m->device,
                                                   m->sample, m->n, err)
                            : EL_OK;

    m->n = 0;
    return st;
}

static el_status copy_sample(void *ctx, const el_store_sample_seen *s,
                             el_error *err)
{
    merger *m = ctx;
    el_status st = EL_OK;

    if (m->n == CHUNK || s->device != m->device)
        st = flush_samples(m, err);
    m->device = s->device;
    m->sample[m->n++] = s->sample;
    return st;
}

static el_status copy_rows(merger *m, int64_t run, el_error *err)
{
    const el_store_filter filter = {.run = run};
    el_status st;

    m->n = 0;
    st = el_store_each_request(m->from, &filter, NULL, copy_request, m, err);
    if (st == EL_OK)
        st = flush_requests(m, err);
    m->device = 0;
    if (st == EL_OK)
        st = el_store_each_sample(m->from, &filter, NULL, copy_sample, m, err);
    return st == EL_OK ? flush_samples(m, err) : st;
}

/* --- runs ----------------------------------------------------------------- */

static bool counts_agree(const merger *m, const el_store_loaded *l)
{
    return m->into->n_request == (int64_t)l->seen.n_request &&
           m->into->n_sample == (int64_t)l->seen.n_sample;
}

static el_status copy_run(merger *m, int64_t id, el_error *err)
{
    el_store_loaded l;
    bool is_new = false;
    size_t k = 0;
    el_status st = el_store_load(m->from, id, &l, err);

    if (st != EL_OK)
        return st;
    while (k < m->n_campaign && m->campaign_from[k] != l.seen.campaign_id)
        k++;
    if (k < m->n_campaign) /* else begun since the list was made: next time */
        st = el_store_begin(m->into, m->campaign_into[k], &l.seen.run, &is_new,
                            err);
    if (st == EL_OK && is_new)
        st = copy_rows(m, id, err);
    if (st == EL_OK && is_new && !counts_agree(m, &l))
        st = el_fail(err, EL_E_DATA,
                     "%s: damaged: run %lld lacks requests or samples",
                     m->from->name, (long long)id);
    if (st == EL_OK && is_new)
        st = el_store_commit(m->into, err);
    if (st != EL_OK)
        el_store_rollback(m->into);
    m->done.n_new += st == EL_OK && is_new;
    el_store_loaded_clear(&l);
    return st;
}

static el_status copy_all(merger *m, el_error *err)
{
    const el_store_filter all = {.run = 0};
    el_status st = el_store_each_campaign(m->from, same_campaign, m, err);

    if (st == EL_OK)
        st = el_store_each_run(m->from, &all, m->task, note_run, m, err);
    for (size_t i = 0; i < m->run.n && st == EL_OK; i++) {
        el_task_report(m->task, i, m->run.n);
        st = el_task_is_cancelled(m->task)
                 ? el_fail(err, EL_E_CANCELLED, "%s: stopped on request",
                           m->from->name)
                 : copy_run(m, m->run.v[i], err);
    }
    m->done.n_campaign = m->n_campaign;
    m->done.n_run = m->run.n;
    return st;
}

el_status el_store_merge(el_store *into, el_store *from, const el_task *task,
                         el_store_merged *out, el_error *err)
{
    merger m = {.into = into, .from = from, .task = task};
    el_status st = el_store_may_write(into, err);

    if (st == EL_OK && strcmp(into->name, from->name) == 0)
        st = el_fail(err, EL_E_ARG, "%s: merged into itself", into->name);
    if (st != EL_OK)
        return st;
    m.request = el_array(CHUNK, sizeof *m.request);
    m.sample = el_array(CHUNK, sizeof *m.sample);
    st = m.request && m.sample ? copy_all(&m, err) : no_memory(err);
    if (st == EL_OK)
        *out = m.done;
    el_strings_clear(&m.strings);
    el_free(m.request);
    el_free(m.sample);
    el_free(m.run.v);
    el_free(m.campaign_from);
    el_free(m.campaign_into);
    return st;
}
