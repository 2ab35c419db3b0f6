/* SPDX-License-Identifier: Apache-2.0 */
/* Joules as bills and files have them. Layer: base. */
#ifndef EL_BASE_UNITS_H
#define EL_BASE_UNITS_H

#define EL_J_PER_KWH 3.6e6
#define EL_J_PER_WH  3600.0
#define EL_J_PER_MJ  1e6

#endif
