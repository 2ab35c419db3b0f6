/* SPDX-License-Identifier: Apache-2.0 */
#include "app/account_log.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "io/trace.h"
#include "num/stats.h"

#define HOUR_S     3600.0
#define DAY_S      86400.0
#define MOST_HOURS 87600.0 /* ten years */

static el_status read_log(const el_account_ask *ask, uint64_t seed,
                          el_account *out, el_error *err)
{
    const el_vllm_ask metrics = {ask->n_metrics, ask->metrics, ask->span_s,
                                 seed};
    el_lengths *log = &out->log;
    el_status st;

    if (ask->n_metrics > 0)
        st = el_vllm_log_read(&metrics, log, &out->said, err);
    else
        st = el_trace_read(ask->trace, true, log, err);
    if (st != EL_OK)
        return st;
    if (!log->arrive_s)
        return el_fail(err, EL_E_DATA,
                       "%s: no column of times: when requests came decides "
                       "what they cost",
                       ask->trace);
    for (size_t i = 0; i < log->n; i++)
        log->arrive_s[i] /= ask->speed;
    log->until_s /= ask->speed;
    return EL_OK;
}

/* Most requests in a window, by the second. */
static double busiest_hz(const el_account *a)
{
    const el_lengths *log = &a->log;
    size_t from = 0, most = 0;

    for (size_t i = 0; i < log->n; i++) {
        while (log->arrive_s[i] - log->arrive_s[from] >= EL_ACCOUNT_BUSY)
            from++;
        most = i + 1 - from > most ? i + 1 - from : most;
    }
    return (double)most / fmin(EL_ACCOUNT_BUSY, el_account_span_s(a));
}

double el_account_span_s(const el_account *account)
{
    const el_lengths *log = &account->log;

    return fmax(fmax(log->arrive_s[log->n - 1], log->until_s), 1.0);
}

el_status el_account_log(const el_account_ask *ask, uint64_t seed,
                         el_account *out, el_error *err)
{
    el_status st = read_log(ask, seed, out, err);

    if (st != EL_OK)
        return st;
    out->isl = el_mean(out->log.isl, out->log.n);
    out->osl = el_mean(out->log.osl, out->log.n);
    out->rate_hz = (double)out->log.n / el_account_span_s(out);
    out->busy_hz = busiest_hz(out);
    return EL_OK;
}

el_status el_account_lengths(const el_account *account, el_replica_lengths *out,
                             el_error *err)
{
    const el_lengths *log = &account->log;
    double *spare = el_array(log->n, sizeof *spare);

    if (!spare)
        return el_fail(err, EL_E_NOMEM, "account: %zu requests", log->n);
    memcpy(spare, log->isl, log->n * sizeof *spare);
    out->isl_lo = el_quantile(spare, log->n, 0.25);
    out->isl_hi = el_quantile(spare, log->n, 0.75);
    out->isl_most = spare[log->n - 1]; /* sorted by now */
    out->osl = account->osl;
    el_free(spare);
    return EL_OK;
}

el_status el_account_bins(el_account *account, el_bins *out, el_error *err)
{
    double start_s = account->log.start_s, into_s = 0.0, n;
    el_bins bins;

    if (el_is_known(start_s))
        into_s = fmod(start_s, HOUR_S);
    n = floor((into_s + el_account_span_s(account)) / HOUR_S) + 2.0;
    bins = (el_bins){-into_s, HOUR_S, (size_t)fmin(n, MOST_HOURS), NULL};
    bins.energy_j = el_array(bins.n, sizeof *bins.energy_j);
    account->hour = el_array(bins.n, sizeof *account->hour);
    *out = bins;
    if (bins.energy_j && account->hour)
        return EL_OK;
    return el_fail(err, EL_E_NOMEM, "account: %g hours", n);
}

double el_account_hour_of(const el_account *account, size_t bin)
{
    double start_s = account->log.start_s;

    if (!el_is_known(start_s))
        return (double)bin;
    return fmod(floor(fmod(start_s, DAY_S) / HOUR_S) + (double)bin, 24.0);
}

double el_account_intensity(const el_account *account, size_t bin)
{
    bool clock = el_is_known(account->log.start_s);

    return el_tariff_intensity(&account->tariff,
                               clock ? el_account_hour_of(account, bin)
                                     : EL_UNKNOWN);
}
