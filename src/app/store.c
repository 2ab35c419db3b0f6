/* SPDX-License-Identifier: Apache-2.0 */
#include "app/store.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

static el_status fail_temporary(el_error *err, int code)
{
    char text[128] = "";

    (void)strerror_r(code ? code : EIO, text, sizeof text);
    return el_fail(err, EL_E_IO, "store: temporary file: %s", text);
}

static el_status to_file(void *ctx, const char *text, size_t len, el_error *err)
{
    errno = 0;
    return fwrite(text, 1, len, ctx) == len ? EL_OK
                                            : fail_temporary(err, errno);
}

/* Nothing to write is an answer, a name that is not there is a mistake. */
typedef struct found {
    const el_store_filter *filter;
    bool any;
} found;

static el_status see_run(void *ctx, const el_store_run_seen *run, el_error *err)
{
    found *f = ctx;

    (void)run;
    f->any = true;
    return el_fail(err, EL_E_CANCELLED, "seen"); /* one is enough */
}

static el_status see_campaign(void *ctx, const el_store_campaign_seen *c,
                              el_error *err)
{
    found *f = ctx;

    (void)err;
    f->any = f->any || strcmp(c->campaign.name, f->filter->campaign) == 0;
    return EL_OK;
}

static el_status check_names(el_store *store, const el_store_filter *filter,
                             el_error *err)
{
    const el_store_filter run = {.run = filter->run};
    found f = {.filter = filter};
    el_status st = EL_OK;

    if (filter->run != 0) {
        st = el_store_each_run(store, &run, NULL, see_run, &f, err);
        st = st == EL_E_CANCELLED ? EL_OK : st;
        if (st == EL_OK && !f.any)
            return el_fail(err, EL_E_DATA, "%s: no run %lld",
                           el_store_name(store), (long long)filter->run);
    }
    f.any = false;
    if (st == EL_OK && filter->campaign)
        st = el_store_each_campaign(store, see_campaign, &f, err);
    if (st == EL_OK && filter->campaign && !f.any)
        return el_fail(err, EL_E_DATA, "%s: no campaign \"%.100s\"",
                       el_store_name(store), filter->campaign);
    return st;
}

el_status el_app_store_export(const char *where, el_store_export_what what,
                              const el_store_filter *filter,
                              const el_task *task, FILE **out, el_error *err)
{
    el_store *store = NULL;
    FILE *f = NULL;
    size_t n = 0;
    el_status st = el_store_open(where, EL_STORE_READ, &store, err);

    if (st == EL_OK)
        st = check_names(store, filter, err);
    if (st == EL_OK) {
        errno = 0;
        f = tmpfile();
        st = f ? el_store_export(store, what, filter, task, to_file, f, &n, err)
               : fail_temporary(err, errno);
    }
    errno = 0;
    if (st == EL_OK && fflush(f) != 0)
        st = fail_temporary(err, errno);
    el_store_close(store);
    if (st == EL_OK)
        *out = f;
    else if (f)
        (void)fclose(f);
    return st;
}

static el_status merge_one(el_store *into, const char *where,
                           const el_task *task, el_store_merged *sum,
                           el_error *err)
{
    el_store *from = NULL;
    el_store_merged one = {0, 0, 0};
    el_status st = el_store_open(where, EL_STORE_READ, &from, err);

    if (st == EL_OK)
        st = el_store_merge(into, from, task, &one, err);
    el_store_close(from);
    sum->n_campaign += one.n_campaign;
    sum->n_run += one.n_run;
    sum->n_new += one.n_new;
    return st;
}

el_status el_app_store_merge(const char *into, const char *const *from,
                             size_t n, const el_task *task,
                             el_store_merged *sum, el_error *err)
{
    el_store *store = NULL;
    el_error first = {.status = EL_OK};
    size_t n_bad = 0;
    el_status st = el_store_open(into, EL_STORE_WRITE, &store, err);

    memset(sum, 0, sizeof *sum);
    for (size_t i = 0; i < n && st == EL_OK; i++) {
        el_error why = {.status = EL_OK};

        st = merge_one(store, from[i], task, sum, &why);
        if (st == EL_OK)
            continue;
        if (st == EL_E_NOMEM || st == EL_E_CANCELLED) {
            st = el_fail(err, st, "%s", why.message);
        } else {
            el_task_warn(task, "%s", why.message);
            first = n_bad++ ? first : why;
            st = EL_OK;
        }
    }
    el_store_close(store);
    if (st == EL_OK && n_bad > 0)
        return el_fail(err, first.status, "%zu of %zu stores not merged: %s",
                       n_bad, n, first.message);
    return st;
}
