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

/* A GPU's name without its memory, which goes to *memory_gb (0: none named),
 * and without the words of its form (sxm5, oam, hbm3). Returns 0 or 1. */
size_t el_keys_board(const char *name, el_key *key, double *memory_gb);

/* Lower-case words joined by single dashes; dst holds strlen(src) + 1. */
void el_key_words(const char *src, char *dst);
/* Length of a GGUF block format that begins with this word ("q4" of
 * "q4-k-m"), with the words that belong to it; 0: none. */
size_t el_key_gguf(const char *word, size_t len);

/*
 * Edits (insert, delete, replace) between two keys, or limit + 1 if more.
 * Cost: O(length of a x length of b), no allocation.
 */
size_t el_key_distance(const char *a, const char *b, size_t limit);

#endif
