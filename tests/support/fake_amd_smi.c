/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A libamd_smi.so for EL_AMDSMI_PATH: two sockets of one GPU each at 400 W.
 * FAKE_AMDSMI = "no_energy": the counter is not supported.
 */
/* NOLINTBEGIN(readability-identifier-naming,concurrency-mt-unsafe): the
   vendor's names; nobody sets variables here */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

int amdsmi_init(uint64_t flags);
int amdsmi_shut_down(void);
int amdsmi_get_socket_handles(uint32_t *n, void **handle);
int amdsmi_get_processor_handles(void *socket, uint32_t *n, void **handle);
int amdsmi_get_energy_count(void *processor, uint64_t *count, float *unit_uj,
                            uint64_t *when);

static int sockets[2], gpus[2];

int amdsmi_init(uint64_t flags)
{
    return flags == 2 ? 0 : 1;
}

int amdsmi_shut_down(void)
{
    return 0;
}

int amdsmi_get_socket_handles(uint32_t *n, void **handle)
{
    if (handle && *n >= 2) {
        handle[0] = &sockets[0];
        handle[1] = &sockets[1];
    }
    *n = 2;
    return 0;
}

int amdsmi_get_processor_handles(void *socket, uint32_t *n, void **handle)
{
    if (handle && *n >= 1)
        handle[0] = &gpus[(int *)socket - sockets];
    *n = 1;
    return 0;
}

int amdsmi_get_energy_count(void *processor, uint64_t *count, float *unit_uj,
                            uint64_t *when)
{
    struct timespec t;

    (void)processor;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    *when = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    *unit_uj = 15.3F;
    *count = (uint64_t)(400e-3 * (double)*when / 15.3);
    return getenv("FAKE_AMDSMI") ? 2 : 0;
}
/* NOLINTEND(readability-identifier-naming,concurrency-mt-unsafe) */
