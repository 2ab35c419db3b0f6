/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/columns.h"

el_status el_store_campaign_add(el_store *store,
                                const el_store_campaign *campaign, int64_t *id,
                                el_error *err)
{
    char key[EL_STORE_KEY];
    el_status st = el_store_may_write(store, err);

    if (st == EL_OK && (!campaign->name || !*campaign->name))
        st = el_fail(err, EL_E_ARG, "store: a campaign needs a name");
    if (st == EL_OK)
        st = el_store_check_text("campaign", campaign->name, err);
    if (st == EL_OK)
        st = el_store_check_text("plan", campaign->plan, err);
    if (st == EL_OK)
        st = el_store_check_number("n_planned", campaign->n_planned,
                                   EL_COLUMN_FROM_0, err);
    if (st == EL_OK)
        st = el_store_check_number("created_utc_s", campaign->created_utc_s,
                                   EL_COLUMN_NUMBER, err);
    if (st != EL_OK)
        return st;
    el_campaign_key(campaign, key);
    const el_value v[] = {el_value_text(key),
                          el_value_text(campaign->name),
                          el_value_text(campaign->plan),
                          el_value_real(campaign->n_planned),
                          el_value_real(campaign->created_utc_s),
                          el_value_text(EL_VERSION)};

    return el_store_keep(store, "campaign",
                         "key,name,plan,n_planned,created_utc_s,energylens", v,
                         sizeof v / sizeof *v, id, NULL, err);
}

el_status el_store_done_of(el_store *store, int64_t campaign,
                           const el_store_configuration *c, el_store_done *out,
                           el_error *err)
{
    const el_sql_kind *k = store->kind;
    char key[EL_STORE_KEY];
    el_store_done done = {0, 0, 0};
    bool row = true;
    el_status st;

    el_store_configuration_key(c, key);
    const el_value v[] = {el_value_integer(campaign), el_value_text(key)};

    st = k->start(store->self,
                  "SELECT r.state, count(*) FROM run r JOIN configuration c "
                  "ON c.id = r.configuration_id WHERE r.campaign_id = $1 AND "
                  "c.key = $2 GROUP BY r.state",
                  v, 2, err);
    while (st == EL_OK && row) {
        st = k->step(store->self, &row, err);
        if (st == EL_OK && row) {
            const char *state = k->text(store->self, 0);
            size_t n = (size_t)k->integer(store->self, 1);

            *(!state                           ? &done.n_failed
              : strcmp(state, "complete") == 0 ? &done.n_complete
              : strcmp(state, "partial") == 0  ? &done.n_partial
                                               : &done.n_failed) += n;
        }
    }
    k->stop(store->self);
    if (st == EL_OK)
        *out = done;
    return st;
}
