/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/fit.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/task.h"
#include "model/forms.h"

/* Arrays that one target of one group is fitted from. */
typedef struct rows {
    el_point *point;
    double *y, *run_s, *time_s;
    size_t n;
} rows;

static void rows_clear(rows *r)
{
    el_free(r->time_s);
    el_free(r->run_s);
    el_free(r->y);
    el_free(r->point);
}

static double run_time(const el_sample *s)
{
    if (el_is_known(s->latency_s))
        return s->latency_s;
    return s->itl_s * s->point.osl;
}

static double target_value(const el_sample *s, el_target target, el_scope scope)
{
    if (target == EL_TARGET_ENERGY && scope == EL_SCOPE_NODE)
        return s->energy_node_j;
    return el_sample_target(s, target);
}

/* Samples where the target is known; n = 0 when there is none. */
static el_status rows_make(const el_group *group, el_target target,
                           el_scope scope, rows *r, el_error *err)
{
    memset(r, 0, sizeof *r);
    if (group->n == 0)
        return EL_OK;
    r->point = el_array(group->n, sizeof *r->point);
    r->y = el_array(group->n, sizeof *r->y);
    r->run_s = el_array(group->n, sizeof *r->run_s);
    r->time_s = el_array(group->n, sizeof *r->time_s);
    if (!r->point || !r->y || !r->run_s || !r->time_s) {
        rows_clear(r);
        return el_fail(err, EL_E_NOMEM, "fit: %zu rows", group->n);
    }
    for (size_t i = 0; i < group->n; i++) {
        const el_sample *s = &group->sample[i];
        double y = target_value(s, target, scope);
        if (!(y > 0.0))
            continue;
        r->point[r->n] = s->point;
        r->y[r->n] = y;
        r->run_s[r->n] = s->run_s;
        r->time_s[r->n++] = run_time(s);
    }
    return EL_OK;
}

static el_fit_data fit_data(const el_group *group, el_target target,
                            el_prior prior, const rows *r)
{
    el_fit_data data = {.target = target,
                        .facts = &group->facts,
                        .point = r->point,
                        .y = r->y,
                        .run_s = r->run_s,
                        .time_s = r->time_s,
                        .n = r->n,
                        .prior = prior,
                        .prompts_unknown = group->prompts_unknown,
                        .extras = group->extras,
                        .n_workload = group->n_workload,
                        .workload = group->workload};

    return data;
}

/* One third of the measured values per slice, fewer where values repeat. */
static void slice_axis(const rows *r, const double *residual, el_axis axis,
                       el_group_fit *fit)
{
    double lo = fit->model[EL_TARGET_ENERGY].lo[axis];
    double hi = fit->model[EL_TARGET_ENERGY].hi[axis];
    size_t n_slice = lo > 0.0 && hi > lo ? 3 : 0;

    for (size_t k = 0; k < n_slice; k++) {
        double step = log(hi / lo) / (double)n_slice;
        el_residual_slice s = {.axis = axis, .lo = INFINITY, .hi = -INFINITY};
        double sum = 0.0, ss = 0.0;
        for (size_t i = 0; i < r->n; i++) {
            double v = el_point_axis(&r->point[i], axis);
            double at = log(v / lo) / step;
            size_t bin = at >= (double)n_slice ? n_slice - 1 : (size_t)at;
            if (!el_is_known(v) || bin != k)
                continue;
            s.lo = fmin(s.lo, v);
            s.hi = fmax(s.hi, v);
            s.n++;
            sum += residual[i];
            ss += residual[i] * residual[i];
        }
        if (s.n == 0)
            continue;
        s.mean_ln = sum / (double)s.n;
        s.rms_ln = sqrt(ss / (double)s.n);
        fit->slice[fit->n_slice++] = s;
    }
}

static el_status summarise(const rows *r, el_group_fit *fit, el_error *err)
{
    double *residual = el_array(r->n, sizeof *residual);
    double sum = 0.0;

    if (!residual)
        return el_fail(err, EL_E_NOMEM, "fit: %zu residuals", r->n);
    el_model_predict(&fit->model[EL_TARGET_ENERGY], r->point, r->n, residual);
    for (size_t i = 0; i < r->n; i++) {
        sum += fabs(residual[i] / r->y[i] - 1.0);
        residual[i] = log(r->y[i] / residual[i]);
    }
    fit->mape_pct = 100.0 * sum / (double)r->n;
    for (el_axis a = 0; a < EL_N_AXES; a++)
        slice_axis(r, residual, a, fit);
    el_free(residual);
    return EL_OK;
}

/* Times take closed12's shape, whatever form the energy has. */
static el_status fit_target(const el_group *group, el_target target,
                            const el_fit_options *options, el_group_fit *fit,
                            el_error *err)
{
    const el_form *form = options->form ? options->form : &el_form_closed12;
    el_fit_data data;
    rows r;
    el_status st = rows_make(group, target, options->scope, &r, err);

    if (st != EL_OK)
        return st;
    if (target != EL_TARGET_ENERGY)
        form = &el_form_closed12;
    data = fit_data(group, target, options->prior, &r);
    data.law = options->law;
    if (r.n > 0) {
        st = el_form_fit(form, &data, &fit->model[target], err);
        fit->has[target] = st == EL_OK;
    }
    if (st == EL_OK && r.n > 0 && target == EL_TARGET_ENERGY &&
        (form->traits & EL_FORM_PREDICTS)) {
        fit->leaned_on_prior = r.n < fit->model[target].n_param;
        st = summarise(&r, fit, err);
    }
    rows_clear(&r);
    return st;
}

typedef struct fit_work {
    const el_groups *groups;
    const el_fit_options *options;
    const size_t *index; /* item -> group */
    el_group_fit *fit;
} fit_work;

static el_status fit_item(void *ctx, size_t i, el_error *err)
{
    fit_work *w = ctx;
    const el_group *group = &w->groups->group[w->index[i]];
    el_group_fit *fit = &w->fit[i];
    el_status st = EL_OK;

    fit->key = group->key;
    fit->facts = group->facts;
    fit->cleaning = group->cleaning;
    for (el_target t = 0; t < EL_N_TARGETS && st == EL_OK; t++)
        st = fit_target(group, t, w->options, fit, err);
    return st;
}

#define NAMED_GROUPS 4u /* the rest is counted */

static const char *prior_in_words(el_prior prior)
{
    static const char *const words[] = {
        "only bounds hold them", "the physical prior fills in",
        "the learned prior fills in", "the analytic model fills in"};

    return words[prior];
}

/* One line for all groups with fewer rows than parameters. */
static void warn_thin_groups(const el_fit_set *set, const el_task *task)
{
    el_buf names = {0};
    size_t n = 0;

    for (size_t i = 0; i < set->n; i++) {
        const el_group_fit *fit = &set->fit[i];
        const el_model *m = &fit->model[EL_TARGET_ENERGY];
        if (!fit->leaned_on_prior)
            continue;
        if (n++ < NAMED_GROUPS)
            el_buf_printf(&names, "%s%s on %s (%zu row%s, needs %zu)",
                          n > 1 ? ", " : "", fit->key.model, fit->key.gpu,
                          m->n_rows, m->n_rows == 1 ? "" : "s", m->n_param);
    }
    if (n > NAMED_GROUPS)
        el_buf_printf(&names, " and %zu more", n - NAMED_GROUPS);
    if (n > 0)
        el_task_warn(task, "too few rows for every parameter, %s: %s",
                     prior_in_words(set->prior), el_buf_text(&names));
    el_buf_clear(&names);
}

static void warn_unconverged(const el_fit_set *set, const el_task *task)
{
    for (size_t i = 0; i < set->n; i++) {
        const el_group_fit *fit = &set->fit[i];
        const el_model *m = &fit->model[EL_TARGET_ENERGY];
        if (!m->converged)
            el_task_warn(task, "%s on %s: did not converge after %zu steps",
                         fit->key.model, fit->key.gpu, m->iterations);
    }
}

/* Groups that can be fitted; EL_E_DATA with the reasons if there is none. */
static el_status choose_groups(const el_groups *groups, el_scope scope,
                               size_t *index, size_t *n, el_error *err)
{
    el_cleaning sum = {0};

    *n = 0;
    for (size_t g = 0; g < groups->n; g++) {
        const el_group *group = &groups->group[g];
        bool usable = false;
        for (size_t i = 0; i < group->n && !usable; i++)
            usable =
                target_value(&group->sample[i], EL_TARGET_ENERGY, scope) > 0.0;
        if (usable)
            index[(*n)++] = g;
        sum.rows += group->cleaning.rows;
        sum.no_energy += group->cleaning.no_energy;
        sum.flagged += group->cleaning.flagged;
        sum.short_run += group->cleaning.short_run;
    }
    if (*n > 0)
        return EL_OK;
    return el_fail(err, EL_E_DATA,
                   "no row left to fit for scope %s: %zu read, %zu without "
                   "energy, %zu flagged, %zu shorter than the limit "
                   "(--min-latency)",
                   el_scope_name(scope), sum.rows, sum.no_energy, sum.flagged,
                   sum.short_run);
}

el_status el_fit_groups(const el_groups *groups, const el_fit_options *options,
                        const el_task *task, el_fit_set *out, el_error *err)
{
    const el_form *form = options->form ? options->form : &el_form_closed12;
    el_fit_set set = {0};
    fit_work work = {groups, options, NULL, NULL};
    size_t *index = NULL;
    el_status st;

    if (groups->n == 0)
        return el_fail(err, EL_E_DATA, "fit: the table has no rows");
    index = el_array(groups->n, sizeof *index);
    if (!index)
        return el_fail(err, EL_E_NOMEM, "fit: %zu groups", groups->n);
    st = choose_groups(groups, options->scope, index, &set.n, err);
    if (st != EL_OK)
        goto done;
    set.fit = el_array(set.n, sizeof *set.fit);
    if (!set.fit) {
        st = el_fail(err, EL_E_NOMEM, "fit: %zu groups", set.n);
        goto done;
    }
    work.index = index;
    work.fit = set.fit;
    st = el_parallel_for(set.n, fit_item, &work, task, err);
    if (st != EL_OK)
        goto done;
    el_str_copy(set.form, sizeof set.form, form->name);
    set.prior = options->prior;
    set.scope = options->scope;
    warn_thin_groups(&set, task);
    warn_unconverged(&set, task);
    *out = set;
    set.fit = NULL;
done:
    el_free(set.fit);
    el_free(index);
    return st;
}
