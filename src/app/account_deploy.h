/* SPDX-License-Identifier: Apache-2.0 */
/* One deployment that serves the whole log. Layer: app. */
#ifndef EL_APP_ACCOUNT_DEPLOY_H
#define EL_APP_ACCOUNT_DEPLOY_H
#include "app/account.h"
#include "model/replica_of.h"

/* What the steps of account hand on. */
typedef struct el_account_work {
    const el_account_ask *ask;
    const el_task *task;
    el_account *out;
    el_replica_lengths lengths;
    el_arrivals arrivals;
    el_bins bins; /* of the deployment served last */
    el_error *err;
} el_account_work;

/* The energy fit that answers; NULL: the analytic model. */
const el_model *el_account_fitted(const el_optimize_query *query);

/*
 * Serve the log by what->config; *out, which may be what, is all of it. Where
 * the limits are kept it is served again with times at the upper end of their
 * intervals. EL_E_DATA (el_replica_of), EL_E_NOMEM, EL_E_CANCELLED.
 */
EL_NODISCARD el_status el_account_deploy(el_account_work *work,
                                         const el_deployment *what,
                                         el_deployment *out);

#endif
