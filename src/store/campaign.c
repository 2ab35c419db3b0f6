/* SPDX-License-Identifier: Apache-2.0 */
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
