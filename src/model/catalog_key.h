/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that names are found by (rules: energylens/catalog.h). Layer: model. */
#ifndef EL_MODEL_CATALOG_KEY_H
#define EL_MODEL_CATALOG_KEY_H
#include <stddef.h>

#include "energylens/catalog.h"

typedef enum el_kind { EL_KIND_GPU, EL_KIND_LLM } el_kind;

typedef struct el_key {
    char text[EL_CATALOG_MAX_NAME + 1];
} el_key;

#define EL_KEYS_MAX 7

/*
 * Keys of steps a and b: what entries are stored under. Distinct, not empty,
 * most exact first. Returns how many of key[EL_KEYS_MAX] were written; 0 for
 * a NULL, empty or over-long name.
 */
size_t el_keys_exact(el_kind kind, const char *name, el_key *key);
/* The same, then steps c and d: what a name is looked up by. */
size_t el_keys_loose(el_kind kind, const char *name, el_key *key);

/*
 * Edits (insert, delete, replace) between two keys, or limit + 1 if more.
 * Cost: O(length of a x length of b), no allocation.
 */
size_t el_key_distance(const char *a, const char *b, size_t limit);

#endif
