/* SPDX-License-Identifier: Apache-2.0 */
#include "io/kept.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "io/catalog_read.h"
#include "model/fit_set.h"

#define MAX_FITS 64u
#define MAX_PATH 512u

/* What tells that a file is still the one that was read. */
typedef struct stamp {
    struct timespec time;
    off_t size;
    ino_t inode;
} stamp;

typedef struct kept_fit {
    char path[MAX_PATH];
    stamp stamp;
    el_fit_set set;
} kept_fit;

static struct {
    pthread_mutex_t lock; /* of all below */
    size_t n_open;
    el_catalog *catalog;
    size_t n_fit;
    kept_fit fit[MAX_FITS];
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void lock(void)
{
    (void)pthread_mutex_lock(&kept.lock);
}

static void unlock(void)
{
    (void)pthread_mutex_unlock(&kept.lock);
}

static bool stamp_of(const char *path, stamp *out)
{
    struct stat s;

    if (stat(path, &s) != 0 || !S_ISREG(s.st_mode))
        return false;
    *out = (stamp){s.st_mtim, s.st_size, s.st_ino};
    return true;
}

static bool is_same(const stamp *a, const stamp *b)
{
    return a->time.tv_sec == b->time.tv_sec &&
           a->time.tv_nsec == b->time.tv_nsec && a->size == b->size &&
           a->inode == b->inode;
}

el_status el_kept_open(el_error *err)
{
    el_catalog *catalog = el_kept_catalog();
    el_status st = EL_OK;

    if (!catalog) /* reading takes long: not with the lock */
        st = el_catalog_read_files(NULL, &catalog, err);
    if (st != EL_OK)
        return st;
    lock();
    if (kept.n_open++ == 0) {
        kept.catalog = catalog;
        catalog = NULL;
    }
    unlock();
    el_catalog_free(catalog);
    return EL_OK;
}

void el_kept_close(void)
{
    lock();
    if (kept.n_open > 0 && --kept.n_open == 0) {
        for (size_t i = 0; i < kept.n_fit; i++)
            el_fit_set_clear(&kept.fit[i].set);
        kept.n_fit = 0;
        el_catalog_free(kept.catalog);
        kept.catalog = NULL;
    }
    unlock();
}

el_catalog *el_kept_catalog(void)
{
    el_catalog *held;

    lock();
    held = kept.catalog ? el_catalog_hold(kept.catalog) : NULL;
    unlock();
    return held;
}

static bool is_open(void)
{
    bool open;

    lock();
    open = kept.n_open > 0;
    unlock();
    return open;
}

static kept_fit *find(const char *path)
{
    for (size_t i = 0; i < kept.n_fit; i++)
        if (strcmp(kept.fit[i].path, path) == 0)
            return &kept.fit[i];
    return NULL;
}

bool el_kept_fit(const char *path, el_fit_set *out)
{
    const kept_fit *f;
    stamp now;
    bool done = false;

    if (!stamp_of(path, &now))
        return false;
    lock();
    f = find(path);
    if (f && is_same(&f->stamp, &now)) {
        *out = el_fit_set_hold(&f->set);
        done = true;
    }
    unlock();
    return done;
}

/* Room for path: what was kept of it before is given up. */
static kept_fit *place_for(const char *path)
{
    kept_fit *f = find(path);

    if (f)
        el_fit_set_clear(&f->set);
    else if (kept.n_fit < MAX_FITS)
        f = &kept.fit[kept.n_fit++];
    return f;
}

void el_kept_add_fit(const char *path, el_fit_set *set)
{
    kept_fit *f;
    stamp now;

    if (!is_open() || strlen(path) >= MAX_PATH || !stamp_of(path, &now) ||
        !el_fit_set_share(set))
        return;
    lock();
    f = kept.n_open > 0 ? place_for(path) : NULL;
    if (f) {
        el_str_copy(f->path, sizeof f->path, path);
        f->stamp = now;
        f->set = el_fit_set_hold(set);
    }
    unlock();
}
