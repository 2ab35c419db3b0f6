/* SPDX-License-Identifier: Apache-2.0 */
/* Building a catalogue; used by io. Layer: model. */
#ifndef EL_MODEL_CATALOG_H
#define EL_MODEL_CATALOG_H
#include <stdatomic.h>

#include "base/str.h"
#include "model/catalog_key.h"

#define EL_MAX_FACT 32

/* A member of el_gpu or el_llm by its key in files. */
typedef struct el_field {
    const char *key; /* NULL ends a table */
    size_t offset;
    bool part; /* of a model that may not have it: left out means 0 */
} el_field;

extern const el_field el_gpu_field[], el_llm_field[]; /* doubles */
extern const el_field el_gpu_text[], el_llm_text[];   /* const char * */

/* Entry number i of a kind: what was read, then what others see. */
typedef struct el_item {
    el_entry entry;
    union {
        el_gpu gpu;
        el_llm llm;
    } as;
    el_fact fact[EL_MAX_FACT]; /* one a field; key NULL: not in the file */
    const char *source;        /* of values that name none */
    bool user;                 /* not compiled in */
    bool has_arch;             /* models */
    size_t first_alias, n_own_alias;
} el_item;

/* Whose name it is; a higher one wins, two of the same are an error. */
typedef enum el_name_rank {
    EL_NAME_INHERITED, /* of a built-in entry that the user replaced */
    EL_NAME_BUILT_IN,
    EL_NAME_USER
} el_name_rank;

typedef struct el_slot {
    const char *key; /* NULL: free */
    size_t item;
    el_name_rank rank;
} el_slot;

typedef struct el_shelf {
    el_item *item; /* in the order of slugs once finished */
    size_t n_item, cap;
    el_slot *slot; /* open addressing, power-of-two size */
    size_t n_slot;
} el_shelf;

struct el_catalog {
    atomic_uint holders; /* el_catalog_free() frees for the last of them */
    el_shelf shelf[2];   /* by el_kind */
    const char **alias;  /* of all entries; each has a contiguous part */
    size_t n_alias, cap_alias;
    el_strings strings;
};

EL_NODISCARD el_status el_catalog_new(el_catalog **out, el_error *err);
/* The same catalogue for another holder, who frees it too. Not to be changed
 * from now on. */
el_catalog *el_catalog_hold(el_catalog *catalog);

/* Interned in the catalogue; NULL when out of memory. */
const char *el_catalog_text(el_catalog *catalog, const char *text);

/* Empty item: every text "", every value not given. */
void el_item_init(const el_catalog *catalog, el_kind kind, el_item *item);
const el_field *el_item_fields(el_kind kind);
const el_field *el_item_texts(el_kind kind);
/* Text member; text must be interned. */
void el_item_set_text(el_item *item, const el_field *field, const char *text);
const char *el_item_get_text(const el_item *item, const el_field *field);
/* Append a name (interned) to those of all entries. NOMEM. */
EL_NODISCARD el_status el_catalog_add_alias(el_catalog *catalog,
                                            const char *alias, el_error *err);
/* The same, of the item that is being read. */
EL_NODISCARD el_status el_item_add_alias(el_catalog *catalog, el_item *item,
                                         const char *alias, el_error *err);

/* Copies *item. NOMEM. */
EL_NODISCARD el_status el_catalog_add(el_catalog *catalog, el_kind kind,
                                      const el_item *item, el_error *err);

/*
 * Once, after the last add: user entries replace built-in ones of the same
 * slug, bases are resolved, members set, names indexed. EL_E_DATA for two
 * entries of one source with a name in common, or a base that is unknown or
 * has a base itself. On failure the catalogue can only be freed.
 */
EL_NODISCARD el_status el_catalog_finish(el_catalog *catalog, el_error *err);

/* Build the name index of both shelves; called by el_catalog_finish. */
EL_NODISCARD el_status el_catalog_index(el_catalog *catalog, el_error *err);

#endif
