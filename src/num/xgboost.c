/* SPDX-License-Identifier: Apache-2.0 */
#include "num/xgboost.h"

#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

typedef void *handle;

/* The part of xgboost/c_api.h (1.7) that is called; all return 0 on success.
 * Its bst_ulong is uint64_t. */
typedef struct api {
    void *library;
    const char *(*last_error)(void);
    int (*matrix_create)(const float *data, uint64_t nrow, uint64_t ncol,
                         float missing, handle *out);
    int (*matrix_set)(handle matrix, const char *field, const float *array,
                      uint64_t len);
    int (*matrix_free)(handle matrix);
    int (*booster_create)(const handle *matrices, uint64_t len, handle *out);
    int (*booster_free)(handle booster);
    int (*booster_set)(handle booster, const char *name, const char *value);
    int (*booster_update)(handle booster, int round, handle train);
    int (*booster_predict)(handle booster, handle matrix, int options,
                           unsigned ntree_limit, int training,
                           uint64_t *out_len, const float **out);
} api;

/* POSIX lets a function pointer travel as void *; C17 wants bytes copied. */
static bool find(void *library, const char *name, void *function, size_t size)
{
    void *symbol = dlsym(library, name);

    memcpy(function, &symbol, size);
    return symbol != NULL;
}

static el_status api_open(const char *path, api *a, el_error *err)
{
    const struct {
        const char *name;
        void *function;
    } wanted[] = {
        {"XGBGetLastError", &a->last_error},
        {"XGDMatrixCreateFromMat", &a->matrix_create},
        {"XGDMatrixSetFloatInfo", &a->matrix_set},
        {"XGDMatrixFree", &a->matrix_free},
        {"XGBoosterCreate", &a->booster_create},
        {"XGBoosterFree", &a->booster_free},
        {"XGBoosterSetParam", &a->booster_set},
        {"XGBoosterUpdateOneIter", &a->booster_update},
        {"XGBoosterPredict", &a->booster_predict},
    };

    /* unloading would pull its threads' storage from under it */
    a->library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!a->library)
        return el_fail(err, EL_E_DEVICE,
                       "XGBoost's library %s is not there (Debian: "
                       "libxgboost0)",
                       path);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (find(a->library, wanted[i].name, wanted[i].function,
                 sizeof a->matrix_free))
            continue;
        (void)dlclose(a->library);
        return el_fail(err, EL_E_DEVICE, "%s: no function %s", path,
                       wanted[i].name);
    }
    return EL_OK;
}

/* api_open sets every function or fails, through an address that the analyser
 * does not follow: NOLINTBEGIN(clang-analyzer-core.CallAndMessage) */

static el_status refused(const api *a, el_error *err)
{
    const char *why = a->last_error();

    return el_fail(err, EL_E_NUMERIC, "XGBoost: %.*s", (int)strcspn(why, "\n"),
                   why);
}

/* Matrix of 32-bit floats; *out needs matrix_free. */
static el_status matrix_make(const api *a, const el_tree_rows *rows,
                             handle *out, el_error *err)
{
    size_t n_feature = rows->n_feature;
    float *x = el_array(rows->n, n_feature * sizeof *x);
    el_status st = EL_OK;

    if (!x)
        return el_fail(err, EL_E_NOMEM, "trees: %zu rows", rows->n);
    for (size_t i = 0; i < rows->n * n_feature; i++)
        x[i] = (float)rows->x[i];
    if (a->matrix_create(x, rows->n, n_feature, NAN, out) != 0)
        st = refused(a, err);
    el_free(x);
    return st;
}

static el_status set_target(const api *a, handle matrix, const double *y,
                            size_t n, el_error *err)
{
    float *label = el_array(n, sizeof *label);
    el_status st = EL_OK;

    if (!label)
        return el_fail(err, EL_E_NOMEM, "trees: %zu rows", n);
    for (size_t i = 0; i < n; i++)
        label[i] = (float)y[i];
    if (a->matrix_set(matrix, "label", label, n) != 0)
        st = refused(a, err);
    el_free(label);
    return st;
}

static el_status grow(const api *a, handle booster, handle train,
                      const el_tree_plan *plan, el_error *err)
{
    static const el_tree_setting always[] = {
        {"nthread", "1"}, {"seed", "0"}, {"verbosity", "0"}};
    int bad = 0;

    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        bad |= a->booster_set(booster, always[i].name, always[i].value);
    for (size_t i = 0; i < plan->n_setting; i++)
        bad |= a->booster_set(booster, plan->setting[i].name,
                              plan->setting[i].value);
    for (int k = 0; k < plan->rounds && bad == 0; k++)
        bad |= a->booster_update(booster, k, train);
    return bad == 0 ? EL_OK : refused(a, err);
}

static el_status predict(const api *a, handle booster, handle asked, size_t n,
                         double *out, el_error *err)
{
    const float *value = NULL; /* the booster's own */
    uint64_t len = 0;

    if (a->booster_predict(booster, asked, 0, 0, 0, &len, &value) != 0)
        return refused(a, err);
    if (len != n)
        return el_fail(err, EL_E_NUMERIC,
                       "XGBoost: %llu predictions for %zu rows",
                       (unsigned long long)len, n);
    for (size_t i = 0; i < n; i++)
        out[i] = (double)value[i];
    return EL_OK;
}

el_status el_xgboost_run(const el_tree_plan *plan, const el_tree_rows *train,
                         const double *y, const el_tree_rows *asked,
                         double *out, el_error *err)
{
    handle matrix = NULL, question = NULL, booster = NULL;
    api a = {0};
    el_status st;

    if (train->n_feature == 0 || train->n == 0 || asked->n == 0 ||
        train->n_feature != asked->n_feature)
        return el_fail(err, EL_E_ARG,
                       "trees: %zu rows of %zu columns, %zu of %zu asked",
                       train->n, train->n_feature, asked->n, asked->n_feature);
    st = api_open(plan->library, &a, err);
    if (st != EL_OK)
        return st;
    st = matrix_make(&a, train, &matrix, err);
    if (st == EL_OK)
        st = matrix_make(&a, asked, &question, err);
    if (st == EL_OK)
        st = set_target(&a, matrix, y, train->n, err);
    if (st == EL_OK && a.booster_create(&matrix, 1, &booster) != 0)
        st = refused(&a, err);
    if (st == EL_OK)
        st = grow(&a, booster, matrix, plan, err);
    if (st == EL_OK)
        st = predict(&a, booster, question, asked->n, out, err);
    if (booster)
        (void)a.booster_free(booster);
    if (question)
        (void)a.matrix_free(question);
    if (matrix)
        (void)a.matrix_free(matrix);
    (void)dlclose(a.library);
    return st;
}

/* NOLINTEND(clang-analyzer-core.CallAndMessage) */
