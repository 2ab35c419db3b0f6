/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/version.h
 * @brief Version of the library. Layer: app.
 */
#ifndef EL_VERSION_H
#define EL_VERSION_H
#include "energylens/api.h"

EL_API_BEGIN

/** "0.1.0" (semver), static storage. */
const char *el_version(void);

EL_API_END

#endif
