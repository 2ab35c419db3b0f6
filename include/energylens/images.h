/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/images.h
 * @brief The pictures of a prompt.
 *
 * Layer: model. Only the analytic model looks at them.
 */
#ifndef EL_IMAGES_H
#define EL_IMAGES_H
#include "energylens/api.h"

EL_API_BEGIN

typedef struct el_images {
    double n;                   /**< of one prompt; 0 none */
    double width_px, height_px; /**< 0: EL_ARCH_IMAGE_SIDE */
    double tokens; /**< of the prompt's tokens so many are theirs, in place of
                        n; 0 or NaN: not known */
} el_images;

EL_API_END

#endif
