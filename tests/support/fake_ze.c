/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A libze_loader.so.1 for EL_ZE_PATH: one driver with one card at 150 W.
 * FAKE_ZE = "no_card": no card domain, only a first one; "no_power": none.
 */
/* NOLINTBEGIN(readability-identifier-naming,concurrency-mt-unsafe): the
   vendor's names; nobody sets variables here */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct counter {
    uint64_t energy_uj, timestamp_us;
} counter;

int zesInit(uint32_t flags);
int zesDriverGet(uint32_t *n, void **handle);
int zesDeviceGet(void *driver, uint32_t *n, void **handle);
int zesDeviceGetCardPowerDomain(void *device, void **power);
int zesDeviceEnumPowerDomains(void *device, uint32_t *n, void **power);
int zesPowerGetEnergyCounter(void *power, counter *out);

static int thing;

static int is_set(const char *word)
{
    const char *s = getenv("FAKE_ZE");

    return s && strcmp(s, word) == 0;
}

int zesInit(uint32_t flags)
{
    return (int)flags;
}

int zesDriverGet(uint32_t *n, void **handle)
{
    *n = 1;
    handle[0] = &thing;
    return 0;
}

int zesDeviceGet(void *driver, uint32_t *n, void **handle)
{
    (void)driver;
    *n = 1;
    handle[0] = &thing;
    return 0;
}

int zesDeviceGetCardPowerDomain(void *device, void **power)
{
    *power = device;
    return is_set("no_card") || is_set("no_power") ? 1 : 0;
}

int zesDeviceEnumPowerDomains(void *device, uint32_t *n, void **power)
{
    *n = is_set("no_power") ? 0 : 1;
    power[0] = device;
    return 0;
}

int zesPowerGetEnergyCounter(void *power, counter *out)
{
    struct timespec t;

    (void)power;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    out->timestamp_us =
        (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
    out->energy_uj = 150u * out->timestamp_us;
    return 0;
}
/* NOLINTEND(readability-identifier-naming,concurrency-mt-unsafe) */
