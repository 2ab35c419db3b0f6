/* SPDX-License-Identifier: Apache-2.0 */
/* What choices and axes are called in files and answers. Layer: model. */
#ifndef EL_MODEL_NAMES_H
#define EL_MODEL_NAMES_H
#include "energylens/form.h"

const char *el_prior_name(el_prior prior); /* "none", "physical", ... */

#endif
