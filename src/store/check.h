/* SPDX-License-Identifier: Apache-2.0 */
/* Is a store whole? Layer: store. */
#ifndef EL_STORE_CHECK_H
#define EL_STORE_CHECK_H
#include "store/read.h"

/*
 * What the database itself checks, then what a store promises: every run has
 * the requests and samples that were counted when it was written, and contents
 * give their keys. One line for each fault into *said: none is a clean store.
 * EL_E_IO, EL_E_DEVICE, EL_E_NOMEM, EL_E_CANCELLED: it could not be found out.
 */
EL_NODISCARD el_status el_store_check(el_store *store, const el_task *task,
                                      el_buf *said, el_error *err);

#endif
