/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links files: schema energylens.links, version 1. Layer: io.
 *
 *   {"schema": "energylens.links", "version": 1, "energylens": "...",
 *    "result": {
 *      "gpu": "h100-sxm5-80gb",          slug of the catalogue
 *      "spin_w_per_sm": null, "bus_j_per_byte": null,
 *      "files": ["nccl.txt"],
 *      "collectives": [
 *        {"collective": "all_reduce", "gpus": 8, "alpha_s": ..,
 *         "first_s": .., "ramp_s": .., "bus_bytes_s": ..,
 *         "sm_bytes_s": null,            null: SMs were not varied
 *         "rows": 44, ...}]}}            how good the fit was; not read back
 */
#ifndef EL_IO_LINKS_JSON_H
#define EL_IO_LINKS_JSON_H
#include <jansson.h>
#include <stdint.h>

#include "energylens/links.h"

#define EL_LINKS_SCHEMA  "energylens.links"
#define EL_LINKS_VERSION 1

/* What was fitted and from which files. */
typedef struct el_links_report {
    el_links links;
    el_link_fit fit[EL_LINKS_MAX]; /* of links.curve, in order */
    const char *const *path;       /* borrowed */
    size_t n_path;
} el_links_report;

/* The document; NULL when out of memory. */
json_t *el_links_json(const el_links_report *report, uint64_t seed);

/*
 * EL_E_DATA "l.json: result.collectives[2].alpha_s: ...": a key that is not
 * known, a coefficient that is negative or no number, a collective of a number
 * of GPUs twice; EL_E_VERSION, EL_E_IO, EL_E_NOMEM. *out is written only on
 * EL_OK.
 */
EL_NODISCARD el_status el_links_load(const char *path, el_links *out,
                                     el_error *err);
/* The same from a document; name stands in messages. */
EL_NODISCARD el_status el_links_read(const json_t *doc, const char *name,
                                     el_links *out, el_error *err);

#endif
