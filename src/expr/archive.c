/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/archive.h"

#include <math.h>

#include "base/mem.h"
#include "energylens/expr_eval.h"

void el_archive_init(el_archive *archive, const el_columns *columns,
                     const double *y, el_loss loss)
{
    *archive =
        (el_archive){.columns = columns, .y = y, .loss = loss, .exact = 1e-22};
    for (size_t i = 0; i <= EL_ARCHIVE_MAX; i++)
        archive->entry[i].loss = (double)INFINITY;
}

static unsigned n_fitted(const el_expr *expr)
{
    unsigned n = 0;

    for (unsigned j = 0; j < expr->n_const; j++)
        n += expr->kind[j] != EL_CONST_FIXED;
    return n;
}

/* The loss by plain evaluation: the fit's own comes from normal equations,
   which cannot tell a perfect fit from a failed one. */
static double loss_of(const el_archive *archive, const el_expr *expr)
{
    const size_t n = archive->columns->n_row;
    double *f = el_array(n, sizeof *f), sum = 0, all = 0;
    bool is_known = f && el_expr_eval(expr, archive->columns, f, NULL) == EL_OK;

    for (size_t i = 0; is_known && i < n; i++) {
        const double y = archive->y[i];
        const double w = archive->weight ? archive->weight[i] : 1;
        const double r = archive->loss == EL_LOSS_PLAIN ? f[i] - y
                         : archive->loss == EL_LOSS_LOG ? log(f[i] / y)
                                                        : f[i] / y - 1;

        sum += w * r * r;
        all += w;
    }
    el_free(f);
    return is_known && isfinite(sum) ? sum / all : (double)INFINITY;
}

bool el_archive_keep(el_archive *archive, const el_expr *expr, double loss)
{
    const unsigned size = el_expr_complexity(expr);
    el_archive_entry *entry = &archive->entry[size];
    bool better;

    if (size > EL_ARCHIVE_MAX)
        return false;
    if (loss <= archive->exact)
        loss = loss_of(archive, expr);
    /* what separates two fits to rounding is not a difference */
    better = fmax(loss, archive->exact) < entry->loss ||
             (fmax(loss, archive->exact) <= fmax(entry->loss, archive->exact) &&
              n_fitted(expr) < n_fitted(&entry->expr));
    if (archive->rules && (better || loss <= archive->exact) &&
        !el_rules_allow(archive->rules, expr))
        return false;
    if (better) {
        entry->expr = *expr;
        entry->loss = loss;
    }
    return loss <= archive->exact;
}

static bool fit_and_keep(el_archive *archive, const el_expr *expr,
                         unsigned iterations)
{
    el_expr fitted = *expr;
    el_refit_result result;

    return el_expr_complexity(expr) <= EL_ARCHIVE_MAX &&
           el_expr_fit(&fitted, archive->columns, archive->y, archive->weight,
                       archive->loss, iterations, &result, NULL) == EL_OK &&
           el_archive_keep(archive, &fitted, result.loss);
}

bool el_archive_offer(el_archive *archive, const el_expr *expr,
                      unsigned iterations)
{
    archive->n_offered++;
    return fit_and_keep(archive, expr, iterations);
}

void el_archive_reweigh(el_archive *archive, const double *weight)
{
    archive->weight = weight;
    for (size_t i = 0; i <= EL_ARCHIVE_MAX; i++) {
        el_archive_entry *entry = &archive->entry[i];
        const el_expr expr = entry->expr;

        if (!isfinite(entry->loss))
            continue;
        entry->loss = loss_of(archive, &expr);
        (void)fit_and_keep(archive, &expr, 8);
    }
}

bool el_archive_on_front(const el_archive *archive, size_t i)
{
    if (!isfinite(archive->entry[i].loss))
        return false;
    for (size_t k = 0; k < i; k++)
        if (archive->entry[k].loss <=
            fmax(archive->entry[i].loss, archive->exact))
            return false;
    return true;
}

void el_archive_show(const el_archive *archive,
                     const el_discover_options *options, uint64_t tried)
{
    el_glimpse g = {.tried = tried};
    const unsigned most =
        options->max_complexity ? options->max_complexity : EL_ARCHIVE_MAX;

    if (!options->show)
        return;
    for (unsigned i = 0; i <= most && i <= EL_ARCHIVE_MAX; i++)
        if (el_archive_on_front(archive, i))
            g.law[g.n++] = (el_glimpse_law){&archive->entry[i].expr, i,
                                            archive->entry[i].loss};
    options->show(&g, options->show_ctx);
}
