/* SPDX-License-Identifier: Apache-2.0 */
#include "store/check.h"

#include <string.h>

#include "base/mem.h"
#include "store/columns.h"

#define MAX_SAID 20 /* lines of one kind */

/* Rows that should not be there: their ids. */
static const struct {
    const char *sql, *what;
} promises[] = {
    {"SELECT r.id FROM run r WHERE r.n_request <> (SELECT count(*) FROM "
     "request t WHERE t.run_id = r.id) ORDER BY r.id",
     "requests were lost or added"},
    {"SELECT r.id FROM run r WHERE r.n_sample <> (SELECT count(*) FROM sample "
     "t WHERE t.run_id = r.id) ORDER BY r.id",
     "samples were lost or added"},
    {"SELECT DISTINCT t.run_id FROM sample t WHERE NOT EXISTS (SELECT 1 FROM "
     "device d WHERE d.run_id = t.run_id AND d.device = t.device) ORDER BY "
     "t.run_id",
     "samples of a device that it does not have"}};

typedef struct checker {
    el_store *store;
    const el_task *task;
    el_buf *said;
    int64_t *run; /* all ids */
    size_t n_run, cap_run;
} checker;

/* Damage that stops one question is an answer; the others are still asked. */
static el_status take(const checker *c, el_status st, const el_error *why,
                      el_error *err)
{
    if (st == EL_E_DATA) {
        el_buf_printf(c->said, "%s\n", why->message);
        return EL_OK;
    }
    return st == EL_OK ? st : el_fail(err, st, "%s", why->message);
}

static el_status ask(const checker *c, const char *sql, const char *what,
                     el_error *err)
{
    const el_sql_kind *k = c->store->kind;
    bool row = true;
    el_status st = k->start(c->store->self, sql, NULL, 0, err);

    for (int n = 0; st == EL_OK && row && n < MAX_SAID; n++) {
        st = k->step(c->store->self, &row, err);
        if (st == EL_OK && row)
            el_buf_printf(c->said, "run %lld: %s\n",
                          (long long)k->integer(c->store->self, 0), what);
    }
    k->stop(c->store->self);
    return st;
}

/* --- keys ----------------------------------------------------------------- */

static el_status check_campaign(void *ctx, const el_store_campaign_seen *seen,
                                el_error *err)
{
    const checker *c = ctx;
    char key[EL_STORE_KEY];

    (void)err;
    el_campaign_key(&seen->campaign, key);
    if (strcmp(key, seen->key) != 0)
        el_buf_printf(c->said, "campaign %lld: its content gives another key\n",
                      (long long)seen->id);
    return EL_OK;
}

static el_status note_run(void *ctx, const el_store_run_seen *seen,
                          el_error *err)
{
    checker *c = ctx;
    int64_t *more = el_grow(c->run, &c->cap_run, c->n_run + 1, sizeof *c->run);

    if (!more)
        return el_fail(err, EL_E_NOMEM, "store: out of memory");
    c->run = more;
    more[c->n_run++] = seen->id;
    return EL_OK;
}

/* --- sums ----------------------------------------------------------------- */

typedef struct sums {
    uint64_t request, *sample;
    size_t n_device;
} sums;

static el_status add_request(void *ctx, int64_t run, size_t seq,
                             const el_store_request *r, el_error *err)
{
    sums *s = ctx;
    el_value v[EL_REQUEST_VALUES];

    (void)run;
    (void)seq;
    (void)err;
    el_request_values(r, 0, v);
    el_sum_add(&s->request, v, EL_REQUEST_VALUES);
    return EL_OK;
}

static el_status add_sample(void *ctx, const el_store_sample_seen *seen,
                            el_error *err)
{
    sums *s = ctx;
    el_value v[EL_SAMPLE_VALUES];

    (void)err;
    if (seen->device >= s->n_device)
        return EL_OK; /* said elsewhere */
    el_sample_values(&seen->sample, 0, v);
    el_sum_add(&s->sample[seen->device], v, EL_SAMPLE_VALUES);
    return EL_OK;
}

static el_status check_content(const checker *c, const el_store_loaded *l,
                               el_error *err)
{
    const el_store_filter filter = {.run = l->seen.id};
    sums s = {0, NULL, l->seen.run.n_device};
    uint64_t run = 0;
    el_status st;

    s.sample = el_array(s.n_device + 1, sizeof *s.sample);
    if (!s.sample)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", c->store->name);
    el_sum_run(&run, &l->seen.run);
    st =
        el_store_each_request(c->store, &filter, c->task, add_request, &s, err);
    if (st == EL_OK)
        st = el_store_each_sample(c->store, &filter, c->task, add_sample, &s,
                                  err);
    if (st == EL_OK &&
        el_sum_total(run, s.request, s.sample, s.n_device) != l->seen.content)
        el_buf_printf(c->said,
                      "run %lld: facts, devices, requests or samples were "
                      "changed\n",
                      (long long)l->seen.id);
    el_free(s.sample);
    return st;
}

static el_status text_of(const checker *c, const char *sql, int64_t run,
                         char out[EL_STORE_KEY], el_error *err)
{
    const el_sql_kind *k = c->store->kind;
    const el_value id = el_value_integer(run);
    bool row = false;
    el_status st = k->start(c->store->self, sql, &id, 1, err);

    out[0] = '\0';
    if (st == EL_OK)
        st = k->step(c->store->self, &row, err);
    if (st == EL_OK && row && k->text(c->store->self, 0))
        el_str_copy(out, EL_STORE_KEY, k->text(c->store->self, 0));
    k->stop(c->store->self);
    return st;
}

static el_status check_run(const checker *c, int64_t id, el_error *err)
{
    static const char *const of_run[] = {
        "SELECT k.key FROM campaign k JOIN run r ON r.campaign_id = k.id WHERE "
        "r.id = $1",
        "SELECT k.key FROM configuration k JOIN run r ON r.configuration_id = "
        "k.id WHERE r.id = $1",
        "SELECT k.key FROM environment k JOIN run r ON r.environment_id = k.id "
        "WHERE r.id = $1"};
    char has[3][EL_STORE_KEY], key[EL_STORE_KEY];
    el_store_loaded l;
    el_status st = el_store_load(c->store, id, &l, err);

    if (st == EL_E_ARG) /* the id is in a table, what it names is not */
        return el_fail(err, EL_E_DATA, "run %lld: it cannot be found",
                       (long long)id);
    if (st != EL_OK)
        return st;
    for (size_t i = 0; i < 3 && st == EL_OK; i++)
        st = text_of(c, of_run[i], id, has[i], err);
    if (st == EL_OK) {
        const char *odd = NULL;

        el_store_configuration_key(&l.seen.run.configuration, key);
        if (strcmp(key, has[1]) != 0)
            odd = "its configuration";
        st = el_environment_key(l.seen.run.environment,
                                l.seen.run.n_environment, key, err);
        if (st == EL_OK && strcmp(key, has[2]) != 0)
            odd = "its environment";
        el_run_key(&l.seen.run, has[0], has[2], key);
        if (st == EL_OK && strcmp(key, l.seen.key) != 0 && !odd)
            odd = "its content";
        if (odd)
            el_buf_printf(c->said, "run %lld: %s gives another key\n",
                          (long long)id, odd);
    }
    if (st == EL_OK)
        st = check_content(c, &l, err);
    el_store_loaded_clear(&l);
    return st;
}

static el_status no_request(void *ctx, int64_t run, size_t seq,
                            const el_store_request *r, el_error *err)
{
    (void)ctx;
    (void)run;
    (void)seq;
    (void)r;
    (void)err;
    return EL_OK;
}

static el_status no_sample(void *ctx, const el_store_sample_seen *seen,
                           el_error *err)
{
    (void)ctx;
    (void)seen;
    (void)err;
    return EL_OK;
}

/* Tables that no run leads to have their columns all the same. */
static el_status check_empty(const checker *c, el_error *err)
{
    const el_store_filter all = {.run = 0};
    el_error why;
    el_status st = take(
        c,
        el_store_each_request(c->store, &all, c->task, no_request, NULL, &why),
        &why, err);

    if (st != EL_OK)
        return st;
    return take(
        c, el_store_each_sample(c->store, &all, c->task, no_sample, NULL, &why),
        &why, err);
}

static el_status check_runs(checker *c, el_error *err)
{
    const el_store_filter all = {.run = 0};
    el_error why;
    el_status st =
        take(c, el_store_each_run(c->store, &all, c->task, note_run, c, &why),
             &why, err);

    for (size_t i = 0; i < c->n_run && st == EL_OK; i++) {
        el_task_report(c->task, i, c->n_run);
        if (el_task_is_cancelled(c->task))
            return el_fail(err, EL_E_CANCELLED, "%s: stopped on request",
                           c->store->name);
        st = take(c, check_run(c, c->run[i], &why), &why, err);
    }
    return st == EL_OK && c->n_run == 0 ? check_empty(c, err) : st;
}

el_status el_store_check(el_store *store, const el_task *task, el_buf *said,
                         el_error *err)
{
    checker c = {.store = store, .task = task, .said = said};
    el_error why;
    el_status st =
        take(&c, store->kind->check(store->self, said, &why), &why, err);

    for (size_t i = 0; i < sizeof promises / sizeof *promises && st == EL_OK;
         i++)
        st = take(&c, ask(&c, promises[i].sql, promises[i].what, &why), &why,
                  err);
    if (st == EL_OK)
        st = take(&c, el_store_each_campaign(store, check_campaign, &c, &why),
                  &why, err);
    if (st == EL_OK)
        st = check_runs(&c, err);
    el_free(c.run);
    if (st == EL_OK && !el_buf_ok(said))
        st = el_fail(err, EL_E_NOMEM, "%s: out of memory", store->name);
    return st;
}
