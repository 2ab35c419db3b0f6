/* SPDX-License-Identifier: Apache-2.0 */
/* Content keys: FNV-1a, 128 bit, of named values. Layer: store. */
#ifndef EL_STORE_KEY_H
#define EL_STORE_KEY_H
#include <stdint.h>

#include "store/store.h"

typedef struct el_key {
    uint64_t hi, lo;
} el_key;

void el_key_init(el_key *key);
/* What is unknown (NULL, "" or NaN) leaves the key as it is. */
void el_key_text(el_key *key, const char *name, const char *value);
void el_key_number(el_key *key, const char *name, double value);
void el_key_print(const el_key *key, char out[EL_STORE_KEY]);

#endif
