/* SPDX-License-Identifier: Apache-2.0 */
#include "app/predict_part.h"

#include "base/mem.h"
#include "base/task.h"
#include "io/catalog_json.h"

#define PIECE 128u /* rows handed to a thread at a time */

static el_status check_boundary(const el_fit_set *set, const el_boundary *b,
                                el_error *err)
{
    if (set->n > 0 && set->scope != EL_SCOPE_GPUS && b->scope == EL_SCOPE_GPUS)
        return el_fail(err, EL_E_DATA,
                       "the fit's joules are those of %s: it cannot tell those "
                       "of the GPUs in use; ask with --scope %s",
                       set->scope == EL_SCOPE_NODE ? "whole nodes"
                                                   : "the facility",
                       el_scope_name(set->scope));
    if (set->scope == EL_SCOPE_GPUS && b->scope != EL_SCOPE_GPUS &&
        !el_is_known(b->node_gpus))
        return el_fail(err, EL_E_ARG,
                       "--scope %s needs --node-gpus: how many GPUs one node "
                       "has",
                       el_scope_name(b->scope));
    return EL_OK;
}

el_status el_predictor_open(const char *fit_path, const char *catalog_dir,
                            const el_boundary *boundary, el_predictor **out,
                            el_error *err)
{
    el_predictor *p = el_array(1, sizeof *p);
    el_status st = EL_OK;

    if (!p)
        return el_fail(err, EL_E_NOMEM, "predict: out of memory");
    p->boundary =
        boundary ? *boundary : (el_boundary){EL_SCOPE_GPUS, EL_UNKNOWN, 1.0};
    if (fit_path)
        st = el_fit_set_load(fit_path, &p->set, err);
    if (st == EL_OK)
        st = check_boundary(&p->set, &p->boundary, err);
    if (st == EL_OK)
        st = el_catalog_load(catalog_dir, &p->catalog, err);
    if (st != EL_OK) {
        el_predictor_close(p);
        return st;
    }
    *out = p;
    return EL_OK;
}

void el_predictor_close(el_predictor *predictor)
{
    if (!predictor)
        return;
    el_measured_close(&predictor->measured);
    el_runs_clear(&predictor->runs);
    el_catalog_free(predictor->catalog);
    el_fit_set_clear(&predictor->set);
    el_free(predictor);
}

el_status el_predictor_calibrate(el_predictor *predictor, const char *path,
                                 const el_task *task, el_error *err)
{
    el_runs runs;
    el_status st = el_runs_read(path, task, &runs, err);

    if (st != EL_OK)
        return st;
    el_runs_clear(&predictor->runs);
    predictor->runs = runs;
    return EL_OK;
}

el_status el_predictor_measure(el_predictor *predictor,
                               const el_measured_files *files,
                               const char *const *gpu, size_t n_gpu,
                               const el_task *task, el_error *err)
{
    el_measured_close(&predictor->measured);
    return el_measured_open(files, predictor->catalog, gpu, n_gpu, task,
                            &predictor->measured, err);
}

const el_fit_set *el_predictor_set(const el_predictor *predictor)
{
    return &predictor->set;
}

const el_catalog *el_predictor_catalog(const el_predictor *predictor)
{
    return predictor->catalog;
}

el_scope el_predictor_scope(const el_predictor *predictor)
{
    return predictor->boundary.scope;
}

typedef struct work {
    el_predict_targets targets;
    const el_row *row;
    size_t n;
    el_answer *out;
} work;

static el_status answer_piece(void *ctx, size_t piece, el_error *err)
{
    const work *w = ctx;
    const el_predict_targets *t = &w->targets;
    size_t from = piece * PIECE;
    size_t to = from + PIECE < w->n ? from + PIECE : w->n;
    el_group_fit *prior = el_array(1, sizeof *prior);
    el_status st = EL_OK;

    if (!prior)
        return el_fail(err, EL_E_NOMEM, "predict: scratch of a thread");
    for (size_t i = from; i < to && st == EL_OK; i++)
        st = el_predict_answer(t->predictor, &t->target[t->which[i]],
                               &w->row[i], prior, &w->out[i], err);
    el_free(prior);
    return st;
}

el_status el_predictor_rows(const el_predictor *predictor, const el_row *row,
                            size_t n, const el_task *task, el_answer *out,
                            el_error *err)
{
    work w = {.row = row, .n = n, .out = out};
    el_status st;

    if (n == 0)
        return EL_OK;
    st = el_predict_targets_find(predictor, row, n, &w.targets, err);
    if (st == EL_OK)
        st = el_parallel_for((n + PIECE - 1) / PIECE, answer_piece, &w, task,
                             err);
    el_predict_targets_clear(&w.targets);
    return st;
}
