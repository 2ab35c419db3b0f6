/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/files.h
 * @brief What programs read and write: catalogue, tables, fit files.
 *
 * Layer: io. Nothing is half-written: files appear whole or not at all.
 */
#ifndef EL_FILES_H
#define EL_FILES_H
#include "energylens/api.h"
#include "energylens/catalog.h"
#include "energylens/fit.h"
#include "energylens/table.h"
#include "energylens/task.h"

EL_API_BEGIN

/**
 * Built-in entries, then every *.json of `dir`, `dir`/hw and `dir`/llm (NULL:
 * none). A user's entry with the slug of a built-in one replaces it and
 * inherits its aliases; a user's name or alias wins over a built-in one.
 *
 * @param[out] out el_catalog_free
 * @retval EL_OK, EL_E_IO (folder or file not readable), EL_E_DATA ("my/x.json:
 *         values.tdp_w.value: not a number"; two entries of one source with
 *         the same slug or alias; nothing to read in dir), EL_E_VERSION (newer
 *         file), EL_E_NOMEM
 * Cost   the built-in part parses about 0.3 MB of JSON, some milliseconds;
 *        nothing is done before the first call
 */
EL_NODISCARD el_status el_catalog_load(const char *dir, el_catalog **out,
                                       el_error *err);

/** What a table is read for. */
typedef enum el_table_use {
    EL_TABLE_MEASURED, /**< an energy column is needed; measured ones read */
    EL_TABLE_QUERY     /**< measured columns are never looked at */
} el_table_use;

/**
 * Read measurement tables (CSV, version 1) one after the other ("-": stdin).
 *
 * @param[out] out el_table_free; rows in file order, nothing dropped
 * @retval EL_OK, EL_E_IO, EL_E_DATA ("a.csv:17: energy_j: not a number"),
 *         EL_E_ARG, EL_E_NOMEM, EL_E_CANCELLED
 */
EL_NODISCARD el_status el_table_read(const char *const *path, size_t n_path,
                                     el_table_use use, const el_task *task,
                                     el_table **out, el_error *err);

/**
 * Read a fit file ("-": stdin).
 *
 * @param[out] out written only on EL_OK; el_fit_set_clear
 * @retval EL_OK, EL_E_IO, EL_E_DATA ("fit.json: result.fits[0].gpu: missing";
 *         also unknown keys, wrong types and sizes, unknown forms, truncated
 *         or malformed JSON), EL_E_VERSION (newer file: names both versions),
 *         EL_E_NOMEM
 */
EL_NODISCARD el_status el_fit_set_load(const char *path, el_fit_set *out,
                                       el_error *err);

/** Write a fit file whole ("-": stdout). EL_E_IO, EL_E_NUMERIC, EL_E_NOMEM. */
EL_NODISCARD el_status el_fit_set_save(const el_fit_set *set, const char *path,
                                       el_error *err);

EL_API_END

#endif
