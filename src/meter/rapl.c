/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU packages and memory by RAPL, as /sys/class/powercap ($EL_POWERCAP_PATH)
 * shows them: intel-rapl:N is a package and intel-rapl:N:M a part of it.
 *
 * Taken: packages, and "dram", which no package holds. Left out: core and
 * uncore (inside the package), psys (holds the packages) and
 * intel-rapl-mmio (the package a second time).
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "meter/meter.h"

#define ROOT      "/sys/class/powercap"
#define MAX_ZONES 64u
#define TICK_S    1e-3 /* Intel SDM volume 3B, 14.10: about 1 ms */

typedef struct zone {
    char name[32];   /* "package-0" */
    char folder[32]; /* "intel-rapl:0" */
    double range_j;  /* the counter restarts after this */
    int fd;          /* energy_uj, kept open */
} zone;

typedef struct rapl {
    size_t n;
    zone at[MAX_ZONES];
} rapl;

static void rapl_close(void *self)
{
    rapl *r = self;

    for (size_t i = 0; i < r->n; i++)
        (void)close(r->at[i].fd);
    el_free(r);
}

/* The file's first line; false and errno where it cannot be read. */
static bool read_line(int fd, char *text, size_t cap)
{
    ssize_t len = pread(fd, text, cap - 1, 0);

    if (len <= 0) {
        errno = len == 0 ? ENODATA : errno;
        return false;
    }
    text[len] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return true;
}

static int open_file(const char *root, const char *folder, const char *file)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/%s/%s", root, folder, file);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static bool read_file(const char *root, const char *folder, const char *file,
                      char *text, size_t cap)
{
    int fd = open_file(root, folder, file);
    bool ok = fd >= 0 && read_line(fd, text, cap);

    if (fd >= 0)
        (void)close(fd);
    return ok;
}

/* A whole number of microjoules; false for anything else. */
static bool to_joules(const char *text, double *out)
{
    char *end;
    unsigned long long v;

    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    v = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0')
        return false;
    *out = 1e-6 * (double)v;
    return true;
}

static bool is_wanted(const char *folder, const char *name)
{
    return strncmp(folder, "intel-rapl:", 11) == 0 &&
           (strncmp(name, "package", 7) == 0 || strcmp(name, "dram") == 0);
}

static el_status add_zone(rapl *r, const char *root, const char *folder,
                          el_error *err)
{
    zone z = {.fd = -1};
    char text[64];

    if (!read_file(root, folder, "name", z.name, sizeof z.name) ||
        !is_wanted(folder, z.name) || r->n == MAX_ZONES)
        return EL_OK;
    if (strcmp(z.name, "dram") == 0) { /* one for each package */
        (void)snprintf(text, sizeof text, "dram-%.8s", folder + 11);
        text[strcspn(text, ":")] = '\0';
        el_str_copy(z.name, sizeof z.name, text);
    }
    el_str_copy(z.folder, sizeof z.folder, folder);
    z.fd = open_file(root, folder, "energy_uj");
    if (z.fd < 0 && (errno == EACCES || errno == EPERM))
        return el_fail(err, EL_E_DEVICE,
                       "rapl: %s/%s/energy_uj: permission denied; run as root "
                       "or let this user read it (chmod a+r), which newer "
                       "kernels forbid by default",
                       root, folder);
    if (z.fd < 0)
        return el_fail(err, EL_E_DEVICE, "rapl: %s/%s/energy_uj: %s", root,
                       folder, strerror(errno)); /* NOLINT */
    if (read_file(root, folder, "max_energy_range_uj", text, sizeof text))
        (void)to_joules(text, &z.range_j);
    r->at[r->n++] = z;
    return EL_OK;
}

static int by_folder(const void *a, const void *b)
{
    const zone *x = a, *y = b;

    return strcmp(x->folder, y->folder);
}

static el_status find_zones(rapl *r, const char *root, el_error *err)
{
    DIR *dir = opendir(root);
    const struct dirent *entry;
    el_status st = EL_OK;

    if (!dir)
        return el_fail(err, EL_E_DEVICE, "rapl: no %s on this machine", root);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): own DIR, no other thread */
    while (st == EL_OK && (entry = readdir(dir)) != NULL)
        st = add_zone(r, root, entry->d_name, err);
    (void)closedir(dir);
    if (st == EL_OK && r->n == 0)
        return el_fail(err, EL_E_DEVICE, "rapl: no CPU package in %s", root);
    qsort(r->at, r->n, sizeof *r->at, by_folder);
    return st;
}

static el_status rapl_open(const char *argument, void **self, el_error *err)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables here */
    const char *root = getenv("EL_POWERCAP_PATH");
    rapl *r = el_array(1, sizeof *r);
    el_status st;

    (void)argument;
    if (!r)
        return el_fail(err, EL_E_NOMEM, "rapl: out of memory");
    st = find_zones(r, root && *root ? root : ROOT, err);
    if (st == EL_OK)
        *self = r;
    else
        rapl_close(r);
    return st;
}

static size_t rapl_count(const void *self)
{
    const rapl *r = self;

    return r->n;
}

static el_status rapl_read(void *self, size_t i, bool all, el_reading *out,
                           el_error *err)
{
    const rapl *r = self;
    const zone *z = &r->at[i];
    char text[64];

    (void)all;
    if (!read_line(z->fd, text, sizeof text))
        return el_fail(err, errno == ENODEV ? EL_E_DEVICE : EL_E_IO,
                       "rapl: %s: %s", z->name, strerror(errno)); /* NOLINT */
    if (!to_joules(text, &out->energy_j))
        return el_fail(err, EL_E_IO, "rapl: %s: energy_uj is \"%.40s\"",
                       z->name, text);
    out->have = EL_HAVE_ENERGY;
    return EL_OK;
}

static el_status rapl_describe(void *self, size_t i, el_meter_device *out,
                               el_error *err)
{
    const rapl *r = self;
    const zone *z = &r->at[i];
    el_reading probe = {0};

    (void)snprintf(out->id, sizeof out->id, "%s", z->name);
    (void)snprintf(out->name, sizeof out->name, "CPU %s", z->name);
    out->wrap_j = z->range_j;
    out->tick_s = TICK_S;
    if (rapl_read(self, i, true, &probe, err) != EL_OK)
        return EL_E_DEVICE;
    out->can = probe.have;
    return EL_OK;
}

const el_meter_kind el_meter_rapl = {.name = "rapl",
                                     .what = "CPU packages and memory",
                                     .automatic = true,
                                     .open = rapl_open,
                                     .count = rapl_count,
                                     .describe = rapl_describe,
                                     .read = rapl_read,
                                     .close = rapl_close};
