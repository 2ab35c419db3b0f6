/* SPDX-License-Identifier: Apache-2.0 */
/* Content keys: FNV-1a, 128 bit, of named values; sums over many values.
 * Layer: store. */
#ifndef EL_STORE_KEY_H
#define EL_STORE_KEY_H
#include <stdint.h>

#include "store/sql.h"

typedef struct el_key {
    uint64_t hi, lo;
} el_key;

void el_key_init(el_key *key);
/* What is unknown (NULL, "" or NaN) leaves the key as it is. */
void el_key_text(el_key *key, const char *name, const char *value);
void el_key_number(el_key *key, const char *name, double value);
void el_key_print(const el_key *key, char out[EL_STORE_KEY]);

void el_campaign_key(const el_store_campaign *c, char key[EL_STORE_KEY]);
/* Of the facts that are known, in any order; "" where none is. EL_E_NOMEM. */
EL_NODISCARD el_status el_environment_key(const el_store_fact *f, size_t n,
                                          char key[EL_STORE_KEY],
                                          el_error *err);
/* campaign, environment: their keys. */
void el_run_key(const el_store_run *run, const char *campaign,
                const char *environment, char key[EL_STORE_KEY]);

/*
 * A sum over n values in their order, into *sum: one that differs in a single
 * value has another sum. 2 ns a number.
 */
void el_sum_add(uint64_t *sum, const el_value *v, size_t n);
/* Of what a run has beside its row and its many rows. */
void el_sum_run(uint64_t *sum, const el_store_run *run);
/* All of a run; samples: of each device. */
int64_t el_sum_total(uint64_t run, uint64_t requests, const uint64_t *samples,
                     size_t n_device);

#endif
