/* SPDX-License-Identifier: Apache-2.0 */
/* Which devices of a meter: indices, ids, CUDA_VISIBLE_DEVICES. */
#include <stdlib.h>
#include <string.h>

#include "meter/meter.h"

static bool is_index(const char *name, size_t len)
{
    return len > 0 && len < 6 && strspn(name, "0123456789") >= len;
}

/* One name to a device; index len is not NUL-terminated. */
static el_status find(el_meter *meter, const char *name, size_t len,
                      const char *where, size_t *out, el_error *err)
{
    size_t n = el_meter_count(meter), hits = 0;

    if (strncmp(name, "MIG-", 4) == 0)
        return el_fail(err, EL_E_DEVICE,
                       "%s: %.*s is a MIG partition: NVML knows the power of "
                       "the whole board only and cannot attribute it",
                       where, (int)len, name);
    if (is_index(name, len)) {
        size_t i = (size_t)strtoul(name, NULL, 10);

        if (i < n) {
            *out = i;
            return EL_OK;
        }
    }
    for (size_t i = 0; i < n; i++) {
        el_meter_device d;

        if (el_meter_describe(meter, i, &d, NULL) == EL_OK &&
            strncmp(d.id, name, len) == 0 && len > 0) {
            *out = i;
            hits++;
        }
    }
    if (hits == 1)
        return EL_OK;
    return el_fail(err, EL_E_ARG, "%s: %s \"%.*s\"; %s has %zu device%s", where,
                   hits ? "more than one device begins with" : "no device",
                   (int)len, name, el_meter_kind_of(meter)->name, n,
                   n == 1 ? "" : "s");
}

static bool is_listed(const size_t *index, size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (index[k] == i)
            return true;
    return false;
}

static el_status add(el_meter *meter, const char *name, size_t len,
                     const char *where, size_t *index, size_t *n, el_error *err)
{
    size_t i = 0;
    el_status st = find(meter, name, len, where, &i, err);

    if (st == EL_OK && !is_listed(index, *n, i))
        index[(*n)++] = i;
    return st;
}

/* CUDA's list; indices are taken as NVML counts them (PCI order). */
static el_status pick_visible(el_meter *meter, const char *list, size_t *index,
                              size_t *n, el_error *err)
{
    el_status st = EL_OK;

    while (st == EL_OK && *list) {
        size_t len = strcspn(list, ",");

        st = add(meter, list, len, "CUDA_VISIBLE_DEVICES", index, n, err);
        list += len + (list[len] == ',');
    }
    return st;
}

static el_status refuse_shared(el_meter *meter, const size_t *index, size_t n,
                               el_error *err)
{
    for (size_t k = 0; k < n; k++) {
        el_meter_device d;
        el_status st = el_meter_describe(meter, index[k], &d, err);

        if (st == EL_OK && d.shared)
            st = el_fail(err, EL_E_DEVICE,
                         "gpu %zu: MIG is on: the power is that of the whole "
                         "board and cannot be attributed to a partition; "
                         "--gpus %zu takes the board",
                         index[k], index[k]);
        if (st != EL_OK)
            return st;
    }
    return EL_OK;
}

el_status el_meter_pick(el_meter *meter, const char *const *name, size_t n_name,
                        size_t *index, size_t *n, el_error *err)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables here */
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    size_t got = 0;
    el_status st = EL_OK;

    for (size_t k = 0; st == EL_OK && k < n_name; k++)
        st = add(meter, name[k], strlen(name[k]), "--gpus", index, &got, err);
    if (st == EL_OK && n_name == 0) {
        if (el_meter_kind_of(meter) == &el_meter_nvml && visible)
            st = pick_visible(meter, visible, index, &got, err);
        else
            for (size_t i = 0; i < el_meter_count(meter); i++)
                index[got++] = i;
        if (st == EL_OK && got == 0)
            st = el_fail(err, EL_E_DEVICE,
                         "CUDA_VISIBLE_DEVICES is empty: no GPU to measure");
        if (st == EL_OK)
            st = refuse_shared(meter, index, got, err);
    }
    if (st == EL_OK)
        *n = got;
    return st;
}
