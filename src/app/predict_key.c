/* SPDX-License-Identifier: Apache-2.0 */
#include "app/analytic.h"
#include "app/predict.h"
#include "base/mem.h"
#include "base/str.h"

/* A config.json is in no fit and no catalogue: the names are the key. */
static el_status key_of_path(const el_fit_wish *wish, el_group_key *key,
                             el_error *err)
{
    if (!wish->gpu)
        return el_fail(err, EL_E_ARG, "--gpu: needed with a config.json");
    el_str_copy(key->model, sizeof key->model, wish->model);
    el_str_copy(key->gpu, sizeof key->gpu, wish->gpu);
    el_str_copy(key->precision, sizeof key->precision,
                el_precision_of(wish->precision, wish->model));
    el_str_copy(key->engine, sizeof key->engine,
                wish->engine ? wish->engine : "vLLM");
    return EL_OK;
}

el_status el_predictor_key(const el_predictor *predictor,
                           const el_fit_wish *wish, el_group_key *out,
                           el_error *err)
{
    el_fit_pick *pick;
    el_status st;

    if (wish->model && el_model_is_path(wish->model))
        return key_of_path(wish, out, err);
    pick = el_array(1, sizeof *pick); /* large */
    if (!pick)
        return el_fail(err, EL_E_NOMEM, "predict: out of memory");
    st = el_fit_pick_find(el_predictor_set(predictor),
                          el_predictor_catalog(predictor), wish, pick, err);
    if (st == EL_OK)
        *out = pick->key;
    el_free(pick);
    return st;
}
