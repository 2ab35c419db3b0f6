/* SPDX-License-Identifier: Apache-2.0 */
/* What a file that was handed over can answer. Layer: cli. */
#ifndef EL_CLI_SERVE_KIND_H
#define EL_CLI_SERVE_KIND_H
#include "energylens/error.h"
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
 *
 * EL_E_NOMEM; a failed step of *out is told by el_object_done().
 */
EL_NODISCARD el_status el_serve_kind_put(const char *path, const el_task *task,
                                         el_object *out);

#endif
