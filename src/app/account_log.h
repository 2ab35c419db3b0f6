/* SPDX-License-Identifier: Apache-2.0 */
/* The requests that account serves, and by which hours. Layer: app. */
#ifndef EL_APP_ACCOUNT_LOG_H
#define EL_APP_ACCOUNT_LOG_H
#include "app/account.h"
#include "model/replica_of.h"

/* Read the log or make it up from a server's counters, and describe it: all of
 * out up to busy_hz. EL_E_DATA, those of the readers. */
EL_NODISCARD el_status el_account_log(const el_account_ask *ask, uint64_t seed,
                                      el_account *out, el_error *err);

/* What a replica will see of the log. */
EL_NODISCARD el_status el_account_lengths(const el_account *account,
                                          el_replica_lengths *out,
                                          el_error *err);

double el_account_span_s(const el_account *account); /* >= 1 */

/*
 * Bins of an hour by the clock from before the first request to an hour after
 * the last; what still runs then goes to the last. out->energy_j and
 * account->hour are allocated. EL_E_NOMEM.
 */
EL_NODISCARD el_status el_account_bins(el_account *account, el_bins *out,
                                       el_error *err);

/* Hour of the day of a bin, 0 .. 23; since the start without a clock. */
double el_account_hour_of(const el_account *account, size_t bin);
/* gCO2e/kWh in that hour; NaN: not known. */
double el_account_intensity(const el_account *account, size_t bin);

#endif
