/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The description of a network: composed of the built-in parts data/arch/
 * NAME.ein, or the user's file. Layer: io.
 *
 * A part is a plain run of ops. The text is embed, one layer for each block
 * of the architecture (its mixer's part, then its feed-forward part, under
 * the block's own sizes as dims), head. It stands on its own: printed and
 * edited it can be given back with --arch.
 */
#ifndef EL_IO_ARCH_TEXT_H
#define EL_IO_ARCH_TEXT_H
#include "energylens/arch.h"
#include "energylens/text.h"

/* Text of data/arch/NAME.ein; NULL if there is none. Borrowed, static. */
const char *el_arch_part(const char *name);

/*
 * Description of the network's text part. EL_E_DATA (a block mixes and feeds
 * nothing, or no blocks), EL_E_NOMEM; out is as before on failure.
 */
EL_NODISCARD el_status el_arch_describe(const el_arch_desc *arch, el_buf *out,
                                        el_error *err);

/*
 * Vision tower and projector, to be asked with b = images and s = t = patches
 * of an image. EL_E_DATA where the network has none.
 */
EL_NODISCARD el_status el_arch_describe_vision(const el_arch_desc *arch,
                                               el_buf *out, el_error *err);

/* A description of the user's ("-" is stdin). EL_E_IO, EL_E_DATA, EL_E_NOMEM */
EL_NODISCARD el_status el_arch_describe_file(const char *path, el_buf *out,
                                             el_error *err);

#endif
