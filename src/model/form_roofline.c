/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roofline: each phase takes as long as its busiest resource at peak, and
 * draws the power limit.
 *
 *   E = TDP [ max(F_p / F, M_p / BW) + O max(F_s / F, M_s / BW) ]
 *
 * F_p, M_p FLOP and bytes of the prefill, F_s, M_s of one step. Work shared by
 * T P GPUs takes 1 / (T P) of the time at T P times the power: the degrees
 * cancel, all configurations tie and the first is taken. Nothing is fitted.
 *
 * Source  S. Williams, A. Waterman, D. Patterson, Roofline, CACM 52(4), 2009,
 *         65-76, with TDP for power as in SweetSpot's and Splitwise's
 *         estimates.
 */
#include "model/forms.h"
#include "model/load_work.h"
#include "model/rule.h"

static el_status fit(const el_fit_data *data, el_model *model, el_error *err)
{
    const el_facts *f = data->facts;

    if (!el_is_known(f->gpu_tdp_w) || !el_is_known(f->gpu_flop_s) ||
        !el_is_known(f->gpu_bw_bytes_s))
        return el_fail(err, EL_E_DATA,
                       "roofline: the GPU's peaks or power limit are unknown");
    return el_rule_fit(data, model, err);
}

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *y, double *grad)
{
    const el_facts *f = &model->facts;

    (void)grad; /* no parameters */
    for (size_t i = 0; i < n; i++) {
        el_load_work w = el_load_work_of(f, &point[i]);
        double prefill_s = fmax(w.prefill_flop / f->gpu_flop_s,
                                w.prefill_bytes / f->gpu_bw_bytes_s);
        double step_s =
            fmax(w.step_flop / f->gpu_flop_s, w.step_bytes / f->gpu_bw_bytes_s);

        y[i] = f->gpu_tdp_w * (prefill_s + point[i].osl * step_s);
    }
}

const el_form el_form_roofline = {
    .name = "roofline",
    .title = "peaks and power limit, nothing fitted",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = el_rule_specify,
    .fit = fit,
    .predict = predict,
};
