/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boost: gradient boosting, 300 trees of depth 4, each taking a tenth of what
 * is left.
 *
 * Source  T. Chen, C. Guestrin, XGBoost, KDD 2016,
 *         doi:10.1145/2939672.2939785.
 */
#include "model/forms.h"
#include "model/trees.h"

static el_status answer(const el_fit_data *data, const el_points *asked,
                        double *y, double *sd, el_error *err)
{
    static const el_tree_setting setting[] = {
        {"objective", "reg:squarederror"},
        {"tree_method", "exact"},
        {"eta", "0.1"},
        {"max_depth", "4"},
        {"min_child_weight", "1"},
        {"subsample", "0.8"},
    };
    static const el_tree_plan plan = {EL_XGBOOST_LIBRARY, setting,
                                      sizeof setting / sizeof *setting, 300};

    return el_trees_answer(&plan, data, asked, y, sd, err);
}

const el_form el_form_boost = {
    .name = "boost",
    .title = "gradient boosting (XGBoost)",
    .traits = EL_FORM_PREDICTS | EL_FORM_LEARNS,
    .targets = (1u << EL_N_TARGETS) - 1u,
    .answer = answer,
};
