/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue from data/{hw,llm} (compiled in) and user folders. Layer: io.
 *
 * One file an entry; docs/catalog.md has examples.
 *
 *   {"schema": "energylens.gpu" | "energylens.model", "version": 1,
 *    "slug": "[a-z0-9.-]", "name": text,
 *    "vendor", "arch", "form", "memory_type", "link": text    (gpu)
 *    "arch": "dense|moe|ssm|hybrid|vlm", "family", "base"     (model)
 *    "aliases": [text], "notes": text,
 *    "source": text, "confidence": word      what the values below it go by
 *    "values": {key: number | null |
 *               {"value": number | null, "source", "confidence", "note"}}}
 *
 * Keys of values are the members of el_gpu and el_llm (sliding_window_tokens
 * for sliding_window). Needed: schema, version, slug; a model needs arch or
 * base. "base" names a model whose shape (values, arch, family) this one has;
 * values given here replace single ones. Unknown keys are errors.
 */
#ifndef EL_IO_CATALOG_JSON_H
#define EL_IO_CATALOG_JSON_H
#include <jansson.h>

#include "energylens/files.h"

/*
 * The entry as a document that el_catalog_load reads back: copy it to a file,
 * change it, override. Every value carries its source. New reference; NULL
 * when out of memory.
 */
json_t *el_catalog_gpu_json(const el_catalog *catalog, size_t i);
json_t *el_catalog_llm_json(const el_catalog *catalog, size_t i);

#endif
