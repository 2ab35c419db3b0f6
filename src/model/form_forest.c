/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forest: the mean of 300 deep trees, each grown on .63 of the rows and .6 of
 * the features at every split.
 *
 * Source  L. Breiman, Random Forests, Machine Learning 45, 2001, 5-32, in
 *         XGBoost's version (one round of parallel trees, no shrinkage).
 */
#include "model/forms.h"
#include "model/trees.h"

static el_status answer(const el_fit_data *data, const el_points *asked,
                        double *y, double *sd, el_error *err)
{
    static const el_tree_setting setting[] = {
        {"objective", "reg:squarederror"},
        {"tree_method", "exact"},
        {"num_parallel_tree", "300"},
        {"eta", "1"},
        {"subsample", "0.63"},
        {"colsample_bynode", "0.6"},
        {"max_depth", "12"},
        {"min_child_weight", "1"},
        {"lambda", "0"},
    };
    static const el_tree_plan plan = {EL_XGBOOST_LIBRARY, setting,
                                      sizeof setting / sizeof *setting, 1};

    return el_trees_answer(&plan, data, asked, y, sd, err);
}

const el_form el_form_forest = {
    .name = "forest",
    .title = "random forest (XGBoost)",
    .traits = EL_FORM_PREDICTS | EL_FORM_LEARNS,
    .targets = (1u << EL_N_TARGETS) - 1u,
    .answer = answer,
};
