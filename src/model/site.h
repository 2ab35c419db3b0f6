/* SPDX-License-Identifier: Apache-2.0 */
/* Where a configuration lies, and how much the analytic model is in doubt
 * there; the covariance is that of energylens/calibrate.h. Layer: model. */
#ifndef EL_MODEL_SITE_H
#define EL_MODEL_SITE_H
#include "energylens/analytic.h"

#define EL_SITE_AXES 6u

typedef struct el_site {
    double x[EL_SITE_AXES]; /* ln, in lengths over which they stay alike */
    int workload;           /* whose prompts these are */
} el_site;

/* Of one quantity. */
typedef struct el_doubt {
    double sd;     /* of ln(measured / model), by the model */
    double prompt; /* d ln y / d ln prompt, prompt unknown; 0: known */
} el_doubt;

/* tp 1, ep 4 and tp 4, ep 4 of one replica are one configuration. */
el_point el_point_as_run(const el_point *point);

el_site el_site_of(const el_point *point, const char *workload, int index);
/* 1 at the same one, 0 far apart. */
double el_site_alike(const el_site *a, const el_site *b);

el_doubt el_doubt_of(const el_point *point, const char *workload,
                     el_target target, const el_prediction *p);
double el_doubt_covariance(double alike, const el_doubt *a, const el_doubt *b,
                           bool same_workload);

#endif
