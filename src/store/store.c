/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/schema.h"

static bool is_server(const char *where)
{
    return strncmp(where, "postgresql://", 13) == 0 ||
           strncmp(where, "postgres://", 11) == 0;
}

bool el_store_is_one(const char *where)
{
    static const char magic[] = "SQLite format 3"; /* its NUL counts */
    char begin[sizeof magic];
    struct stat info;
    bool same = false;
    int fd;

    if (is_server(where))
        return true;
    /* a pipe that is opened and closed would lose its writer */
    if (stat(where, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    fd = open(where, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (pread(fd, begin, sizeof begin, 0) == (ssize_t)sizeof begin)
        same = memcmp(begin, magic, sizeof begin) == 0;
    (void)close(fd);
    return same;
}

/*
 * "postgresql://user@host/db": neither ":password" nor "?password=...". Where
 * one password could be read in two ways, its end could be shown as a host.
 */
static el_status show(const char *where, char out[EL_STORE_NAME], el_error *err)
{
    const char *host = is_server(where) ? strstr(where, "://") + 3 : where;
    const char *at = host == where ? NULL : strrchr(where, '@');
    size_t n = (size_t)(host - where);

    el_str_copy(out, EL_STORE_NAME, where);
    if (host == where)
        return EL_OK;
    if (at && host + strcspn(host, "@/?") != at)
        return el_fail(err, EL_E_ARG,
                       "store: in the user and password of an address @ / ? "
                       "are written %%40 %%2F %%3F");
    if (at)
        n += strcspn(host, ":@");
    if (n >= EL_STORE_NAME)
        n = EL_STORE_NAME - 1;
    el_str_copy(out + n, EL_STORE_NAME - n, at ? at : host);
    out[n + strcspn(out + n, "?")] = '\0';
    return EL_OK;
}

static el_status accept(el_store *store, el_error *err)
{
    el_status st;

    if (store->version == 0 && store->use == EL_STORE_READ)
        return el_fail(err, EL_E_DATA, "%s: no store: empty", store->name);
    if (store->use == EL_STORE_READ || store->version > EL_STORE_VERSION)
        return el_schema_accept(store, err);
    if (store->kind->dialect.settle)
        /* left as it is where the file system cannot do it */
        (void)store->kind->run(store->self, store->kind->dialect.settle, NULL);
    st = el_schema_migrate(store, el_migrations, el_n_migrations, err);
    return st == EL_OK ? el_schema_accept(store, err) : st;
}

el_status el_store_open(const char *where, el_store_use use, el_store **out,
                        el_error *err)
{
    el_store *store = el_array(1, sizeof *store);
    el_status st;

    if (!store)
        return el_fail(err, EL_E_NOMEM, "store: out of memory");
    store->use = use;
    store->kind = is_server(where) ? &el_sql_postgres : &el_sql_sqlite;
    st = show(where, store->name, err);
    if (st == EL_OK)
        st = store->kind->open(where, store->name, use, &store->self, err);
    if (st == EL_OK)
        st = store->kind->version(store->self, &store->version, err);
    store->found = store->version;
    if (st == EL_OK)
        st = accept(store, err);
    if (st == EL_OK)
        *out = store;
    else
        el_store_close(store);
    return st;
}

void el_store_close(el_store *store)
{
    if (!store)
        return;
    el_store_rollback(store);
    if (store->self)
        store->kind->close(store->self);
    el_free(store);
}

const char *el_store_name(const el_store *store)
{
    return store->name;
}

void el_store_versions(const el_store *store, int *found, int *now)
{
    *found = store->found;
    *now = store->version;
}
