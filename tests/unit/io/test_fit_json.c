/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "el_fit_sample.h"
#include "io/fit_json.h"
#include "io/fit_json_part.h"
#include "io/json.h"
#include "model/bootstrap_fit.h"

static void print_set(const el_fit_set *set, el_buf *out)
{
    el_error err = {0};

    if (el_fit_set_print(set, NULL, out, &err) != EL_OK)
        fail_msg("%s", err.message);
}

static el_fit_set read_back(const el_buf *text)
{
    el_fit_set set = {0};
    el_error err = {0};

    if (el_fit_set_parse(text->text, text->len, "f.json", &set, &err) != EL_OK)
        fail_msg("%s", err.message);
    return set;
}

static void same_bits(const void *a, const void *b, size_t n)
{
    assert_memory_equal(a, b, n);
}

static void same_model(const el_model *a, const el_model *b)
{
    assert_int_equal(a->extras, b->extras);
    assert_ptr_equal(a->form, b->form);
    assert_int_equal(a->n_param, b->n_param);
    same_bits(a->param, b->param, a->n_param * sizeof(double));
    same_bits(a->cov, b->cov, a->n_param * a->n_param * sizeof(double));
    same_bits(&a->noise, &b->noise, sizeof a->noise);
    same_bits(&a->noise_df, &b->noise_df, sizeof(double));
    same_bits(a->lo, b->lo, sizeof a->lo);
    same_bits(a->hi, b->hi, sizeof a->hi);
    assert_int_equal(a->n_workload, b->n_workload);
    for (size_t i = 0; i < a->n_workload; i++)
        assert_string_equal(a->workload[i], b->workload[i]);
    assert_int_equal(a->prompts_unknown, b->prompts_unknown);
    assert_int_equal(a->n_rows, b->n_rows);
    assert_int_equal(a->iterations, b->iterations);
    assert_int_equal(a->converged, b->converged);
    same_bits(&a->loss, &b->loss, sizeof(double));
}

/* Predictions of random points come out with the same bits. */
static void same_predictions(const el_group_fit *a, const el_group_fit *b,
                             uint64_t *seed)
{
    static const double degree[] = {1, 2, 4, 8};

    for (int i = 0; i < 50; i++) {
        el_point p = {.tp = degree[el_test_next(seed) % 4],
                      .pp = 1,
                      .ep = 1,
                      .dp = 1,
                      .batch = floor(el_test_unif(seed, 1, 64)),
                      .isl = a->model[0].prompts_unknown
                                 ? EL_UNKNOWN
                                 : el_test_unif(seed, 16, 4096),
                      .osl = el_test_unif(seed, 16, 4096),
                      .workload = -1};
        el_prediction x, y;

        assert_int_equal(el_fit_predict(a, &a->facts, &p, "lm-arena-chat",
                                        p.batch, &x, NULL),
                         EL_OK);
        assert_int_equal(el_fit_predict(b, &b->facts, &p, "lm-arena-chat",
                                        p.batch, &y, NULL),
                         EL_OK);
        assert_true(x.energy_per_request_j > 0.0);
        same_bits(&x.energy_per_request_j, &y.energy_per_request_j,
                  sizeof(double));
        same_bits(&x.energy_per_request_lo_j, &y.energy_per_request_lo_j,
                  sizeof(double));
        same_bits(&x.energy_per_request_hi_j, &y.energy_per_request_hi_j,
                  sizeof(double));
        same_bits(&x.tpot_s, &y.tpot_s, sizeof(double));
        same_bits(&x.ttft_s, &y.ttft_s, sizeof(double));
        assert_int_equal(x.source, y.source);
        assert_int_equal(x.extrapolated_axes, y.extrapolated_axes);
        assert_string_equal(x.note, y.note);
    }
}

static void test_round_trip(void **state)
{
    uint64_t seed = 20260501;
    el_fit_set a = el_sample_fits(seed), b;
    el_buf text = {0}, again = {0};

    (void)state;
    print_set(&a, &text);
    b = read_back(&text);
    assert_int_equal(a.n, b.n);
    for (size_t i = 0; i < a.n; i++) {
        assert_true(el_group_key_equal(&a.fit[i].key, &b.fit[i].key));
        assert_string_equal(a.fit[i].key.model_slug, b.fit[i].key.model_slug);
        same_bits(&a.fit[i].facts, &b.fit[i].facts, sizeof a.fit[i].facts);
        same_bits(&a.fit[i].cleaning, &b.fit[i].cleaning,
                  sizeof a.fit[i].cleaning);
        assert_int_equal(a.fit[i].n_slice, b.fit[i].n_slice);
        assert_int_equal(a.fit[i].leaned_on_prior, b.fit[i].leaned_on_prior);
        for (el_target t = 0; t < EL_N_TARGETS; t++) {
            assert_int_equal(a.fit[i].has[t], b.fit[i].has[t]);
            if (a.fit[i].has[t])
                same_model(&a.fit[i].model[t], &b.fit[i].model[t]);
        }
        same_predictions(&a.fit[i], &b.fit[i], &seed);
    }
    assert_string_equal(b.form, "closed12");
    assert_string_equal(b.source, "made-up.csv");
    assert_string_equal(b.data_hash, "0123456789abcdef");
    assert_string_equal(b.made_by, EL_VERSION);
    assert_int_equal(b.prior, EL_PRIOR_PHYSICAL);
    assert_int_equal(b.scope, EL_SCOPE_GPUS);
    assert_int_equal(b.seed, 7);
    assert_close(b.min_latency_s, 1.5, 0, 0);
    print_set(&b, &again);
    assert_string_equal(el_buf_text(&text), el_buf_text(&again));
    el_buf_clear(&again);
    el_buf_clear(&text);
    el_fit_set_clear(&b);
    el_fit_set_clear(&a);
    assert_int_equal(el_mem_live(), 0);
}

static void test_save_and_load(void **state)
{
    char path[] = "/tmp/el_test_fit_XXXXXX";
    int fd = mkstemp(path);
    el_fit_set a = el_sample_fits(3), b = {0};
    el_error err = {0};

    (void)state;
    assert_true(fd >= 0);
    a.seed = UINT64_MAX; /* more than JSON integers hold */
    assert_int_equal(el_fit_set_save(&a, path, &err), EL_OK);
    assert_int_equal(el_fit_set_load(path, &b, &err), EL_OK);
    assert_true(b.seed == UINT64_MAX);
    el_fit_set_clear(&b);
    (void)unlink(path);
    (void)close(fd);
    assert_int_equal(el_fit_set_load(path, &b, &err), EL_E_IO);
    assert_int_equal(el_fit_set_save(&a, "/nonexistent/f.json", &err), EL_E_IO);
    assert_int_equal(el_fit_set_load(NULL, &b, &err), EL_E_ARG);
    assert_int_equal(el_fit_set_parse("{}", 2, "f", NULL, &err), EL_E_ARG);
    el_fit_set_clear(&a);
    assert_int_equal(el_mem_live(), 0);
}

/* The document with one path changed: value NULL takes the key away. */
static void expect(const char *path, const char *value, el_status want,
                   const char *message)
{
    el_fit_set a = el_sample_fits(11), b = {.seed = 99};
    el_buf text = {0}, changed = {0};
    json_t *doc = NULL, *at;
    char key[128];
    el_error err = {0};
    el_status st;

    print_set(&a, &text);
    assert_int_equal(el_json_parse(text.text, text.len, "t", &doc, &err),
                     EL_OK);
    at = doc;
    while (strchr(path, '/')) {
        size_t n = strcspn(path, "/");

        (void)snprintf(key, sizeof key, "%.*s", (int)n, path);
        at = json_is_array(at) ? json_array_get(at, strtoul(key, NULL, 10))
                               : json_object_get(at, key);
        assert_non_null(at);
        path += n + 1;
    }
    if (json_is_array(at))
        json_array_set_new(at, strtoul(path, NULL, 10),
                           json_loads(value, JSON_DECODE_ANY, NULL));
    else if (value)
        json_object_set_new(at, path, json_loads(value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(at, path);
    assert_int_equal(el_json_print(doc, &changed, &err), EL_OK);
    st = el_fit_set_parse(changed.text, changed.len, "f.json", &b, &err);
    if (st != want || !strstr(err.message, message))
        fail_msg("%s = %s: status %d, \"%s\", want \"%s\"", path,
                 value ? value : "(gone)", (int)st, err.message, message);
    assert_null(strchr(err.message, '\n'));
    assert_int_equal(b.seed, 99); /* untouched */
    json_decref(doc);
    el_buf_clear(&changed);
    el_buf_clear(&text);
    el_fit_set_clear(&a);
    assert_int_equal(el_mem_live(), 0);
}

#define FIT    "result/fits/0/"
#define ENERGY FIT "targets/energy/"

static void test_refused(void **state)
{
    static const struct {
        const char *path, *value, *message;
    } bad[] = {
        {"result", NULL, "f.json: result: missing"},
        {"seed", NULL, "seed: missing"},
        {"seed", "-1", "seed: not a whole number"},
        {"seed", "\"12x\"", "seed: not a whole number"},
        {"seed", "\"99999999999999999999999\"", "seed: not a whole number"},
        {"extra", "1", "unknown key \"extra\""},
        {"energylens", "1", "energylens: not a string"},
        {"result/fits", NULL, "f.json: result.fits: missing"},
        {"result/fits", "[]", "fits: is empty"},
        {"result/fits", "{}", "fits: not an array"},
        {"result/fits/0", "7", "result.fits[0]: not a JSON object"},
        {"result/form", NULL, "result.form: missing"},
        {"result/form", "3", "form: not a string"},
        {"result/data_hash", "\"0123456789abcdef0123\"", "too long"},
        {"result/prior", "\"guess\"", "unknown prior \"guess\""},
        {"result/scope", "\"rack\"", "unknown scope \"rack\""},
        {"result/note", "1", "unknown key \"note\""},
        {"result/cleaning/min_latency_s", "null", "is null, want a number"},
        {"result/cleaning/sessions", "1", "sessions: not true or false"},
        {"result/cleaning/sessions", NULL, "sessions: missing"},
        {FIT "model", NULL, "f.json: result.fits[0].model: missing"},
        {FIT "gpu", "[]", "gpu: not a string"},
        {FIT "facts/layers", NULL, "fits[0].facts.layers: missing"},
        {FIT "facts/layers", "\"32\"", "facts.layers: not a number"},
        {FIT "facts/arch", "17", "facts.arch: not a kind of network"},
        {FIT "facts/colour", "1", "facts: unknown key \"colour\""},
        {FIT "cleaning/rows", "1.5", "cleaning.rows: not a whole number"},
        {FIT "cleaning/rows", "-1", "cleaning.rows: is -1, must be from 0"},
        {FIT "residuals/0/axis", "\"x\"", "unknown axis \"x\""},
        {FIT "residuals", "1", "residuals: not an array"},
        {FIT "targets/energy", NULL, "targets.energy: missing"},
        {FIT "targets/power", "{}", "unknown key \"power\""},
        {ENERGY "form", "\"quantum\"",
         "targets.energy.form: unknown form \"quantum\""},
        {FIT "targets/itl/form", "\"serving8\"", "does not fit itl"},
        {ENERGY "form", NULL, "targets.energy.form: missing"},
        {ENERGY "form", "\"discovered\"",
         "targets.energy.law: missing, or no text"},
        {ENERGY "law", "\"tp\"", "law: only of the form discovered"},
        {ENERGY "loss", NULL, "energy.loss: missing"},
        {ENERGY "prompts_unknown", NULL, "prompts_unknown: missing"},
        {ENERGY "noise", NULL, "energy.noise: missing"},
        {ENERGY "noise/colour", "1", "noise: unknown key \"colour\""},
        {ENERGY "parameters", NULL, "energy.parameters: missing"},
        {ENERGY "covariance", NULL, "energy.covariance: missing"},
        {FIT "facts", NULL, "fits[0].facts: missing"},
        {FIT "leaned_on_prior", NULL, "leaned_on_prior: missing"},
        {FIT "residuals/0/n", "null", "n: is null, want a number"},
        {ENERGY "noise/df", "0", "noise.df: is 0, must be from 1"},
        {ENERGY "noise/floor_sd", "-1", "must be from 0"},
        {ENERGY "ranges/tp/lo", "9", "ranges.tp.hi: below lo"},
        {ENERGY "ranges/tp", NULL, "ranges.tp: missing"},
        {ENERGY "workloads", "[1]", "not a list of short names"},
        {ENERGY "workloads", "[1,1,1,1,1,1,1,1,1,1,1,1,1]", "too many"},
        {ENERGY "parameters/ln_W", NULL, "parameters.ln_W: missing"},
        {ENERGY "parameters/ln_Z", "{}", "unknown key \"ln_Z\""},
        {ENERGY "parameters/ln_W/fitted", "null", "want a number"},
        {ENERGY "parameters/ln_W/fitted", "1e9", "must be from -10000"},
        {ENERGY "parameters/ln_W/value", "5.0",
         "differs from exp(fitted): change both"},
        {ENERGY "parameters/r/value", "5.0",
         "differs from fitted: change both"},
        {ENERGY "covariance/order", "[]", "not as many names"},
        {ENERGY "covariance/order/0", "\"r\"", "place 0 must be \"ln_f1\""},
        {ENERGY "covariance/lower", "[]", "not as many rows"},
        {ENERGY "covariance/lower/2", "[1,2]",
         "covariance.lower[2]: not a row of 3 numbers"},
        {ENERGY "covariance/lower/0/0", "-1", "a variance below 0"},
        {ENERGY "covariance/lower/1/0", "\"x\"", "not a number"},
        {ENERGY "n_rows", NULL, "energy.n_rows: missing"},
        {ENERGY "converged", "0", "converged: not true or false"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect(bad[i].path, bad[i].value, EL_E_DATA, bad[i].message);
    expect("version", "2", EL_E_VERSION, "version 2 is newer than 1");
}

static void test_truncated(void **state)
{
    el_fit_set a = el_sample_fits(5), b = {0};
    el_buf text = {0};
    el_error err = {0};

    (void)state;
    print_set(&a, &text);
    for (size_t n = 0; n + 2 < text.len; n += text.len / 37) {
        assert_int_equal(el_fit_set_parse(text.text, n, "f.json", &b, &err),
                         EL_E_DATA);
        assert_null(strchr(err.message, '\n'));
    }
    el_buf_clear(&text);
    el_fit_set_clear(&a);
    assert_int_equal(el_mem_live(), 0);
}

/* Labels are cut to 47 bytes, and two long ones can then be the same. */
static void test_equal_labels(void **state)
{
    el_fit_set a = el_sample_fits(9), b;
    el_model *m = &a.fit[1].model[EL_TARGET_ENERGY];
    el_buf text = {0};

    (void)state;
    for (size_t i = 0; i < 2; i++)
        el_str_copy(m->workload[i], EL_LABEL_LEN,
                    i ? "a-very-long-workload-label-that-ends-in-x-one"
                      : "a-very-long-workload-label-that-ends-in-x-two");
    print_set(&a, &text);
    assert_non_null(strstr(el_buf_text(&text), "~2\""));
    b = read_back(&text);
    same_model(m, &b.fit[1].model[EL_TARGET_ENERGY]);
    el_fit_set_clear(&b);
    el_buf_clear(&text);
    el_fit_set_clear(&a);
}

/* What a group tells besides: read back from the parameters' names. */
static void test_extras(void **state)
{
    for (unsigned extras = 0; extras < 1u << EL_MAX_EXTRAS; extras++) {
        el_fit_set a = el_sample_fits(3), b;
        el_model *m = &a.fit[1].model[EL_TARGET_ENERGY];
        el_param_spec spec[EL_MAX_PARAMS];
        el_buf text = {0};

        (void)state;
        m->extras = extras;
        m->n_param = el_model_specify(m, spec);
        memset(m->cov, 0, sizeof m->cov);
        for (size_t j = 0; j < m->n_param; j++) {
            m->param[j] = spec[j].centre + 0.25;
            m->cov[j * m->n_param + j] = 0.5 + (double)j;
        }
        print_set(&a, &text);
        b = read_back(&text);
        same_model(m, &b.fit[1].model[EL_TARGET_ENERGY]);
        el_fit_set_clear(&b);
        el_buf_clear(&text);
        el_fit_set_clear(&a);
    }
}

static void test_not_finite(void **state)
{
    el_fit_set a = el_sample_fits(9);
    el_buf text = {0};
    json_t *out = NULL;
    el_bootstrap other = {.n = 5};
    el_error err = {0};

    (void)state;
    assert_int_equal(el_fit_set_to_json(&a, &other, &out, &err), EL_E_ARG);
    a.fit[0].model[EL_TARGET_ITL].cov[5] = INFINITY;
    assert_int_equal(el_fit_set_print(&a, NULL, &text, &err), EL_E_NUMERIC);
    assert_string_equal(err.message, "fit of sample-7b on a100-sxm4-40gb: itl: "
                                     "a parameter is not finite");
    assert_int_equal(text.len, 0);
    el_fit_set_clear(&a);
}

static void test_bootstrap_intervals(void **state)
{
    el_fit_set a = el_sample_fits(9);
    el_span own[2][EL_MAX_PARAMS] = {{{0, 0}}};
    el_bootstrap boot = {1000, EL_LEVEL, 2, own};
    json_t *out = NULL, *w;

    (void)state;
    own[0][2] = (el_span){0.0, log(4.0)};
    assert_int_equal(el_fit_set_to_json(&a, &boot, &out, NULL), EL_OK);
    w = json_object_get(
        json_object_get(
            json_object_get(
                json_object_get(json_array_get(json_object_get(out, "fits"), 0),
                                "targets"),
                "energy"),
            "parameters"),
        "ln_W");
    assert_close(json_real_value(json_object_get(w, "lo")), 1.0, 1e-15, 0);
    assert_close(json_real_value(json_object_get(w, "hi")), 4.0, 1e-14, 0);
    assert_int_equal(
        json_integer_value(json_object_get(out, "bootstrap_draws")), 1000);
    json_decref(out);
    el_fit_set_clear(&a);
    assert_int_equal(el_mem_live(), 0);
}

/* Every allocation of a load and every seventh of a save (there are thousands)
 * fails once. */
static void test_no_memory(void **state)
{
    el_fit_set a = el_sample_fits(9), b = {0};
    long live, k;
    el_buf text = {0}, out = {0};
    json_t *doc = NULL;
    el_status st;

    (void)state;
    a.n = 1;
    print_set(&a, &text);
    live = el_mem_live();
    for (k = 0, st = EL_E_NOMEM; st == EL_E_NOMEM && k < 40000; k += 7) {
        el_mem_fail_at(k);
        st = el_fit_set_print(&a, NULL, &out, NULL);
        el_mem_fail_at(-1);
        el_buf_clear(&out);
        assert_int_equal(el_mem_live(), live);
    }
    assert_int_equal(st, EL_OK);
    /* The document itself is jansson's: 2.14 reads past its buffer when an
     * allocation fails inside its lexer, so only our part is tried. */
    assert_int_equal(el_json_parse(text.text, text.len, "f", &doc, NULL),
                     EL_OK);
    for (k = 0, st = EL_E_NOMEM; st == EL_E_NOMEM && k < 100; k++) {
        el_fit_set_clear(&b);
        el_mem_fail_at(k);
        st = el_fit_result_read(json_object_get(doc, "result"), "f:", &b, NULL);
        el_mem_fail_at(-1);
    }
    assert_int_equal(st, EL_OK);
    assert_true(k > 1);
    json_decref(doc);
    el_fit_set_clear(&b);
    el_buf_clear(&text);
    el_fit_set_clear(&a);
}

/* The file of the released version is read as long as there is a program. */
static void test_golden(void **state)
{
    el_fit_set a = el_sample_fits(1), b = {0};
    el_error err = {0};
    el_buf text = {0};
    const char *path = EL_SOURCE_DIR "/tests/golden/formats/fit-v1.json";

    (void)state;
    if (getenv("EL_UPDATE_GOLDEN")) /* NOLINT(concurrency-mt-unsafe) */
        assert_int_equal(el_fit_set_save(&a, path, &err), EL_OK);
    if (el_fit_set_load(path, &b, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(b.n, 2);
    assert_string_equal(b.fit[0].key.model, "sample-7b");
    assert_int_equal(b.fit[1].model[EL_TARGET_ENERGY].n_workload, 2);
    assert_close(b.fit[0].model[EL_TARGET_ENERGY].noise_df, 42.5, 0, 0);
    assert_close(b.fit[0].mape_pct, 3.25, 0, 0);
    el_buf_clear(&text);
    el_fit_set_clear(&b);
    el_fit_set_clear(&a);
}

/* The fits that the repository carries. */
static void test_carried(void **state)
{
    static const char *const path[] = {
        EL_SOURCE_DIR "/data/fits/a100-sxm4-40gb.fit.json",
        EL_SOURCE_DIR "/data/fits/h100-sxm5-80gb.fit.json"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        el_fit_set set = {0};
        el_error err = {0};

        if (el_fit_set_load(path[i], &set, &err) != EL_OK)
            fail_msg("%s", err.message);
        assert_true(set.n >= 10);
        assert_true(*set.source && *set.data_hash);
        el_fit_set_clear(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_save_and_load),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_equal_labels),
        cmocka_unit_test(test_extras),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_bootstrap_intervals),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_carried),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
