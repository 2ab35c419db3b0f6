/* SPDX-License-Identifier: Apache-2.0 */
#include "model/nlls.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "num/lsq.h"

/* Names with a colon are no parameters of the form itself. */
#define PROMPT_NAME "ln_prompt:"
#define EP_NAME     "ep:exponent"
#define TAIL_NAME   "ln_tail:answers"

/* Spreading experts over 8 GPUs costs a third more or less than slicing. */
#define EP_SD 0.15
/* One answer: none where all are alike and start together, 2 to 3 where the
 * longest of many is that long. */
#define TAIL_LN_SD 1.0

typedef struct nlls_ctx {
    const el_fit_data *data;
    el_model *model; /* trial parameters live here */
    double *ln_y;    /* n */
    double *scale;   /* n: misfit at which the loss turns linear */
} nlls_ctx;

void el_param_set(el_param_spec *spec, const char *name, const char *unit,
                  const char *meaning, bool is_log, double centre, double sd)
{
    el_str_copy(spec->name, sizeof spec->name, name);
    spec->unit = unit;
    spec->meaning = meaning;
    spec->is_log = is_log;
    spec->centre = centre;
    spec->sd = sd;
}

/*
 * Where nobody wrote prompt lengths down the rows decide; this is only where
 * they start, and what a workload that no row has is given. Chat is short,
 * fill-in-the-middle carries its file, images and video bring tokens.
 */
double el_workload_prompt(const char *label)
{
    static const struct {
        const char *word;
        double tokens;
    } guess[] = {
        {"video", 1024}, {"image", 512}, {"mllm", 512}, {"fim", 900}, {"", 256},
    };
    size_t i = 0;

    while (!strstr(label, guess[i].word))
        i++;
    return guess[i].tokens;
}

size_t el_param_add_extras(const el_fit_data *data, el_param_spec *spec,
                           size_t n)
{
    if (data->extras & EL_EXTRA_EP)
        el_param_set(&spec[n++], EP_NAME, "1",
                     "EP exponent: experts spread, against TP", false, 0.0,
                     EP_SD);
    if (data->extras & EL_EXTRA_TAIL)
        el_param_set(&spec[n++], TAIL_NAME, "1",
                     "answers long the last of a set of requests run on", true,
                     0.0, TAIL_LN_SD);
    return n;
}

const char *el_param_extra_name(unsigned extra)
{
    return extra == EL_EXTRA_EP ? EP_NAME : TAIL_NAME;
}

size_t el_param_n_extras(unsigned extras)
{
    return (extras & EL_EXTRA_EP ? 1u : 0u) +
           (extras & EL_EXTRA_TAIL ? 1u : 0u);
}

size_t el_param_add_prompts(const el_fit_data *data, el_param_spec *spec,
                            size_t n)
{
    for (size_t i = 0; data->prompts_unknown && i < data->n_workload; i++) {
        char name[EL_LABEL_LEN] = PROMPT_NAME;
        el_str_copy(name + strlen(PROMPT_NAME),
                    sizeof name - strlen(PROMPT_NAME), data->workload[i]);
        el_param_set(&spec[n++], name, "token",
                     "context of the workload, in place of its prompts", true,
                     log(el_workload_prompt(data->workload[i])),
                     EL_PROMPT_LN_SD);
    }
    return n;
}

size_t el_param_core(const el_param_spec *spec, size_t n)
{
    while (n > 0 && strchr(spec[n - 1].name, ':'))
        n--;
    return n;
}

double el_point_prompt(const el_model *model, const el_point *point,
                       size_t first, size_t *which)
{
    *which = (size_t)-1;
    if (el_is_known(point->isl))
        return point->isl;
    if (!model->prompts_unknown)
        return 0.0;
    if (point->workload < 0 || (size_t)point->workload >= model->n_workload)
        return el_workload_prompt("");
    *which = first + (size_t)point->workload;
    return exp(model->param[*which]);
}

double el_point_shards(const el_point *point)
{
    return fmax(point->tp, point->ep);
}

static bool nlls_residual(const double *p, double *r, double *jac, void *ctx)
{
    nlls_ctx *c = ctx;
    size_t n = c->data->n, k = c->model->n_param;

    memcpy(c->model->param, p, k * sizeof *p);
    c->model->form->predict(c->model, c->data->point, n, r, jac);
    for (size_t i = 0; i < n; i++) {
        r[i] = (log(r[i]) - c->ln_y[i]) / c->scale[i];
        if (!isfinite(r[i]))
            return false;
        for (size_t j = 0; jac && j < k; j++)
            jac[i * k + j] /= c->scale[i];
    }
    return true;
}

/* Bounds, prior and start in the solver's form. */
static void nlls_frame(const el_fit_data *data, const el_param_spec *spec,
                       size_t k, double frame[][EL_MAX_PARAMS])
{
    double *lo = frame[0], *hi = frame[1], *centre = frame[2], *sd = frame[3],
           *p = frame[4];

    for (size_t j = 0; j < k; j++) {
        double shift = data->prior_shift ? data->prior_shift[j] : 0.0;
        centre[j] = spec[j].centre + shift;
        sd[j] = data->prior_sd ? data->prior_sd[j] : spec[j].sd;
        lo[j] = centre[j] - EL_BOUND_SD * sd[j];
        hi[j] = centre[j] + EL_BOUND_SD * sd[j];
        p[j] = data->start ? data->start[j] : centre[j];
    }
}

/*
 * A group that pulls its parameters far from their centres tells that the
 * prior was made for other hardware: loosen it by what was seen and fit once
 * more. On A100 groups, where the centres come from, q stays below 2; on
 * other GPUs it is 4 to 30, and intervals there cover 80-90 % instead of
 * 40-70 %.
 */
#define SURPRISE_LIMIT 2.0
#define SURPRISE_MAX   9.0

static bool loosen_prior(size_t core, double frame[][EL_MAX_PARAMS])
{
    double q = 0.0, factor;

    for (size_t j = 0; j < core; j++) {
        double z = (frame[4][j] - frame[2][j]) / frame[3][j];
        q += z * z;
    }
    factor = sqrt(fmin(q / SURPRISE_LIMIT, SURPRISE_MAX));
    for (size_t j = 0; factor > 1.0 && j < core; j++)
        frame[3][j] *= factor;
    return factor > 1.0;
}

el_status el_form_fit_nlls(const el_fit_data *data, el_model *model,
                           el_error *err)
{
    const el_form *form = model->form;
    double frame[5][EL_MAX_PARAMS];
    el_param_spec spec[EL_MAX_PARAMS];
    nlls_ctx ctx = {data, model, NULL, NULL};
    el_lsq_problem problem = {0};
    el_lsq_result result = {0};
    el_status st;

    model->n_param = form->specify(data, spec);
    nlls_frame(data, spec, model->n_param, frame);
    ctx.ln_y = el_array(2 * data->n, sizeof *ctx.ln_y);
    if (!ctx.ln_y)
        return el_fail(err, EL_E_NOMEM, "%s: scratch for %zu rows", form->name,
                       data->n);
    ctx.scale = ctx.ln_y + data->n;
    for (size_t i = 0; i < data->n; i++) {
        ctx.ln_y[i] = log(data->y[i]);
        ctx.scale[i] =
            el_run_scatter(data->run_s ? data->run_s[i] : EL_UNKNOWN);
    }
    problem.n_param = model->n_param;
    problem.n_resid = data->n;
    problem.residual = nlls_residual;
    problem.ctx = &ctx;
    problem.lo = frame[0];
    problem.hi = frame[1];
    if (data->prior != EL_PRIOR_NONE) {
        problem.centre = frame[2];
        problem.sd = frame[3];
    }
    problem.weight = data->weight;
    problem.soft_l1 = true;
    st = el_lsq_solve(&problem, frame[4], model->cov, &result, err);
    if (st == EL_OK && problem.sd &&
        loosen_prior(el_param_core(spec, model->n_param), frame))
        st = el_lsq_solve(&problem, frame[4], model->cov, &result, err);
    if (st == EL_OK) {
        memcpy(model->param, frame[4], model->n_param * sizeof(double));
        model->iterations = result.iterations;
        model->converged = result.converged;
        model->loss = result.cost;
    }
    el_free(ctx.ln_y);
    return st;
}
