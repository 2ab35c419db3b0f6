/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/task.h
 * @brief What long-running calls take: threads, seed, progress, warnings.
 *
 * Layer: base. The callbacks are called from one thread at a time.
 */
#ifndef EL_TASK_H
#define EL_TASK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energylens/api.h"

EL_API_BEGIN

/** Every member may be zero: silent, seed 0, all cores. */
typedef struct el_task {
    uint64_t seed;    /**< same seed, same bits, for any number of threads */
    unsigned threads; /**< 0 = as many as there are cores */
    /** items done of total; called at most a few times a second */
    void (*progress)(size_t done, size_t total, void *ctx);
    /** one line without newline, "where: what" */
    void (*warn)(const char *line, void *ctx);
    bool (*cancelled)(void *ctx); /**< polled between items */
    void *ctx;                    /**< handed to all three */
} el_task;

EL_API_END

#endif
