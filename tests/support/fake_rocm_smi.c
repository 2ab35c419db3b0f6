/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A librocm_smi64.so for EL_ROCM_SMI_PATH: two GPUs at 200 W.
 * FAKE_ROCM = "none": rsmi_init fails, as without the amdgpu driver;
 * "power": no energy counter, only power.
 */
/* NOLINTBEGIN(readability-identifier-naming,concurrency-mt-unsafe): the
   vendor's names; nobody sets variables here */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int rsmi_init(uint64_t flags);
int rsmi_shut_down(void);
int rsmi_num_monitor_devices(uint32_t *n);
int rsmi_dev_name_get(uint32_t i, char *text, size_t cap);
int rsmi_dev_energy_count_get(uint32_t i, uint64_t *count, float *unit_uj,
                              uint64_t *when);
int rsmi_dev_power_ave_get(uint32_t i, uint32_t sensor, uint64_t *uw);

static int is_set(const char *word)
{
    const char *s = getenv("FAKE_ROCM");

    return s && strcmp(s, word) == 0;
}

int rsmi_init(uint64_t flags)
{
    (void)flags;
    return is_set("none") ? 8 : 0;
}

int rsmi_shut_down(void)
{
    return 0;
}

int rsmi_num_monitor_devices(uint32_t *n)
{
    *n = 2;
    return 0;
}

int rsmi_dev_name_get(uint32_t i, char *text, size_t cap)
{
    (void)snprintf(text, cap, "AMD Instinct MI300X %u", i);
    return 0;
}

int rsmi_dev_energy_count_get(uint32_t i, uint64_t *count, float *unit_uj,
                              uint64_t *when)
{
    struct timespec t;

    (void)i;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    *when = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    *unit_uj = 15.259F;
    *count = (uint64_t)(200e-3 * (double)*when / 15.259);
    return is_set("power") ? 2 : 0;
}

int rsmi_dev_power_ave_get(uint32_t i, uint32_t sensor, uint64_t *uw)
{
    (void)i;
    (void)sensor;
    *uw = 200000000u;
    return 0;
}
/* NOLINTEND(readability-identifier-naming,concurrency-mt-unsafe) */
