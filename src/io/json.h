/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON in and out over jansson. Layer: io.
 *
 * Out: sorted keys, two-space indent, %.17g, NaN becomes null. Every document
 * has {"schema", "version", "energylens", ...} (el_json_envelope).
 * In: duplicate keys refused; a truncated or malformed document is EL_E_DATA
 * "path:line:column: reason"; a newer version EL_E_VERSION naming both.
 */
#ifndef EL_IO_JSON_H
#define EL_IO_JSON_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "energylens/error.h"
#include "io/json_write.h"

#define EL_JSON_MAX_FILE (64u << 20) /* bytes; el_json_load refuses more */

/* Route jansson's allocations through base/mem; call once at start. */
void el_json_init(void);

/* json_real, or null for NaN. Infinite values are a bug upstream: null. */
json_t *el_json_number(double value);

/*
 * Steals result. NULL when out of memory or when result is NULL. A seed above
 * 2^63 - 1 does not fit jansson's integers and is written as a string.
 */
json_t *el_json_envelope(const char *schema, int version, uint64_t seed,
                         json_t *result);

/* The same envelope and a newline around el_write_...(w, "result", ...). */
void el_write_head(el_json_writer *w);
void el_write_tail(el_json_writer *w, const char *schema, int version,
                   uint64_t seed);

/*
 * Appends the document and a newline. A NULL document is EL_E_NOMEM, since
 * that is how jansson reports a build that ran out of memory.
 */
EL_NODISCARD el_status el_json_print(const json_t *json, el_buf *out,
                                     el_error *err);
/* *out is owned by the caller (json_decref). */
EL_NODISCARD el_status el_json_parse(const char *text, size_t len,
                                     const char *name, json_t **out,
                                     el_error *err);
EL_NODISCARD el_status el_json_load(const char *path, json_t **out,
                                    el_error *err);

/*
 * Check doc["schema"] == schema and read doc["version"] into *version;
 * newer than `newest` is EL_E_VERSION, missing or wrong is EL_E_DATA.
 */
EL_NODISCARD el_status el_json_check_schema(const json_t *doc, const char *name,
                                            const char *schema, int newest,
                                            int *version, el_error *err);

/*
 * Typed access with "name: path.to.key: ..." errors. `where` is the place of
 * `object` for messages: "fit.json: fits[0]" makes "fit.json: fits[0].key:
 * ...", "fit.json:" makes "fit.json: key: ...", "" makes "key: ...". Missing
 * key or null: *out = NaN / NULL, OK. EL_E_DATA: object is none, or the value
 * has another type.
 */
EL_NODISCARD el_status el_json_get_number(const json_t *object,
                                          const char *where, const char *key,
                                          double *out, el_error *err);
/* *out is borrowed from object. */
EL_NODISCARD el_status el_json_get_string(const json_t *object,
                                          const char *where, const char *key,
                                          const char **out, el_error *err);
/* Keys outside the NULL-terminated list are EL_E_DATA naming the key. */
EL_NODISCARD el_status el_json_only_keys(const json_t *object,
                                         const char *where,
                                         const char *const *known,
                                         el_error *err);

#endif
