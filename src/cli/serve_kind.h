/* SPDX-License-Identifier: Apache-2.0 */
/* What a file that was handed over can answer. Layer: cli. */
#ifndef EL_CLI_SERVE_KIND_H
#define EL_CLI_SERVE_KIND_H
#include "energylens/task.h"
#include "io/object.h"

/*
 * Reads the file and puts "kind" into *out:
 *
 *   fit    with "groups": [{model, gpu, precision, engine}], what was fitted
 *   model  a config.json of a known family or with the usual sizes
 *   table  of measurements, with "rows" and the first 64 "groups"
 *   other  with "note", one line: why it is none of these. It may still be a
 *          log of requests, links or kernels; their verbs read them.
 */
void el_serve_kind_put(const char *path, const el_task *task, el_object *out);

#endif
