/* SPDX-License-Identifier: Apache-2.0 */
/* A trial as a run of a store. Layer: app. */
#ifndef EL_APP_PROFILE_RECORD_H
#define EL_APP_PROFILE_RECORD_H
#include "app/profile.h"

#define EL_PROFILE_FACTS 32u

/* Facts and the texts they point to; filled before runs are written. */
typedef struct el_profile_facts {
    el_store_fact v[EL_PROFILE_FACTS];
    size_t n;
    el_strings text;
    bool failed; /* out of memory, or too many: a bug */
} el_profile_facts;

/* Nothing where value is NULL, "" or NaN. */
void el_profile_fact(el_profile_facts *facts, const char *name,
                     const char *value);
void el_profile_facts_clear(el_profile_facts *facts);

typedef struct el_profile_record {
    el_store *store;
    int64_t campaign;
    const el_profile_job *job;
    size_t repeat;                       /* from 1 */
    const char *meter;                   /* NULL none */
    const el_profile_facts *environment; /* of the machine and the engine */
    el_profile_facts *fact;              /* of the run; added to */
    uint32_t quality;                    /* EL_Q_* to add */
} el_profile_record;

/* Tags of a trial, `;` between them. */
void el_profile_flags(uint32_t quality, uint32_t tags, el_buf *out);

/*
 * A whole run, in one transaction. prefill: the load of one output token, or
 * NULL. *prefill_share of the energy, NaN unknown. Errors of el_store_begin().
 */
EL_NODISCARD el_status el_profile_keep(const el_profile_record *r,
                                       const el_trial *t,
                                       const el_trial *prefill,
                                       double *prefill_share, el_error *err);
/* A run that failed, and why. */
EL_NODISCARD el_status el_profile_keep_failure(const el_profile_record *r,
                                               const char *why, el_error *err);

#endif
