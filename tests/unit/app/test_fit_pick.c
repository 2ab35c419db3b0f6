/* SPDX-License-Identifier: Apache-2.0 */
#include "el_catalog_sample.h"
#include "el_serving.h"

#include "app/optimize.h"

static el_fit_pick pick;

/* Four groups: two GPUs, and on one of them two precisions and a fine-tune. */
static el_fit_set make_set(void)
{
    static const el_group_key keys[] = {
        {"llama-3.1-8b", "llama-3.1-8b", "h100-sxm5-80gb", "bfloat16", "vLLM"},
        {"llama-3.1-8b", "llama-3.1-8b", "h100-sxm5-80gb", "fp8", "vLLM"},
        {"llama-3.1-8b", "llama-3.1-8b", "l4", "bfloat16", "vLLM"},
        {"my/Tuned-8B", "llama-3.1-8b", "l4", "bfloat16", "SGLang"}};
    el_facts facts = el_test_facts();
    el_fit_set set = {.n = 4, .form = "closed12"};

    set.fit = el_array(set.n, sizeof *set.fit);
    for (size_t i = 0; i < set.n; i++) {
        set.fit[i] = el_test_fit(&facts);
        set.fit[i].key = keys[i];
    }
    return set;
}

static el_status find(const el_fit_set *set, el_fit_wish wish, char *message)
{
    el_error err = {0};
    el_status st = el_fit_pick_find(set, catalog, &wish, &pick, &err);

    memcpy(message, err.message, sizeof err.message);
    return st;
}

static void expect(const el_fit_set *set, el_fit_wish wish, size_t group,
                   const char *note)
{
    char message[512];

    if (find(set, wish, message) != EL_OK)
        fail_msg("%s", message);
    assert_ptr_equal(pick.fit, &set->fit[group]);
    if (!strstr(pick.note, note))
        fail_msg("note \"%s\" has no \"%s\"", pick.note, note);
}

static void refuse(const el_fit_set *set, el_fit_wish wish, const char *part)
{
    char message[512];

    assert_int_equal(find(set, wish, message), EL_E_ARG);
    if (!strstr(message, part))
        fail_msg("\"%s\" has no \"%s\"", message, part);
}

static void test_choice(void **state)
{
    el_fit_set set = make_set();

    (void)state;
    expect(
        &set,
        (el_fit_wish){"meta-llama/Llama-3.1-8B-Instruct", "L4", NULL, "vllm"},
        2, "");
    assert_string_equal(pick.note, "");
    assert_string_equal(pick.hub_id, "meta-llama/Llama-3.1-8B-Instruct");
    expect(&set, (el_fit_wish){"llama-3.1-8b", "L4", NULL, "sglang"}, 3,
           "same architecture");
    expect(&set, (el_fit_wish){"my/tuned-8b", NULL, NULL, NULL}, 3, "");
    assert_string_equal(pick.note, "");
    refuse(&set, (el_fit_wish){0}, "--model: the fit file has several");
    refuse(&set, (el_fit_wish){"llama-3.1-8b", NULL, NULL, NULL},
           "--gpu: the fit file has several, name one of: h100-sxm5-80gb, l4");
    refuse(&set, (el_fit_wish){"llama-3.1-8b", "h100", NULL, NULL},
           "--precision: the fit file has several, name one of: bfloat16, fp8");
    set.fit[1].key = set.fit[0].key;
    refuse(&set, (el_fit_wish){"llama-3.1-8b", "h100", NULL, NULL}, "twice");
    el_fit_set_clear(&set);
}

static void test_other_precision(void **state)
{
    el_fit_set set = make_set();

    (void)state;
    expect(&set, (el_fit_wish){"llama-3.1-8b", "l4", "awq", "vLLM"}, 2,
           "precision: fitted on bfloat16");
    assert_int_equal(pick.source, EL_SOURCE_EXTRAPOLATED);
    assert_true(pick.facts.dense_bytes < 0.3 * set.fit[2].facts.dense_bytes);
    el_fit_set_clear(&set);
}

/* A name that says its weights asks for them where nothing else does. */
static void test_precision_by_name(void **state)
{
    el_fit_set set = make_set();

    (void)state;
    expect(&set, (el_fit_wish){"x/Llama-3.1-8B-FP8", "h100", NULL, NULL}, 1,
           "");
    expect(&set, (el_fit_wish){"x/Llama-3.1-8B-AWQ", "l4", NULL, "vLLM"}, 2,
           "precision: fitted on bfloat16");
    assert_string_equal(pick.key.precision, "awq");
    expect(&set, (el_fit_wish){"x/Llama-3.1-8B-AWQ", "l4", "bfloat16", "vLLM"},
           2, "");
    el_fit_set_clear(&set);
}

static void test_prior(void **state)
{
    el_fit_set set = make_set(), empty = {0};
    char message[512];

    (void)state;
    assert_int_equal(
        find(&set, (el_fit_wish){"qwen3-32b", "h200", NULL, NULL}, message),
        EL_OK);
    assert_ptr_equal(pick.fit, &pick.own);
    assert_int_equal(pick.source, EL_SOURCE_MODELLED);
    assert_string_equal(pick.key.gpu, "h200-sxm-141gb");
    el_str_copy(set.form, sizeof set.form, "constant"); /* has no prior */
    assert_int_equal(
        find(&set, (el_fit_wish){"qwen3-32b", "h200", "fp8", "vLLM"}, message),
        EL_OK);
    assert_string_equal(pick.key.precision, "fp8");
    assert_int_equal(
        find(&empty, (el_fit_wish){"qwen3-32b", "h200", NULL, NULL}, message),
        EL_OK);
    refuse(&empty, (el_fit_wish){0}, "name both --model and --gpu");
    refuse(&empty, (el_fit_wish){"nobody", "h200", NULL, NULL},
           "--model: not in the catalogue: nobody");
    refuse(&empty, (el_fit_wish){"qwen3-32b", "nothing", NULL, NULL},
           "--gpu: not in the catalogue: nothing");
    refuse(&set, (el_fit_wish){"nobody", "h100", NULL, NULL},
           "--model: neither the fit file nor the catalogue has nobody");
    refuse(&set, (el_fit_wish){"llama-3.1-8b", "abacus", NULL, NULL},
           "the file has: h100-sxm5-80gb, l4");
    el_fit_set_clear(&set);
}

static void test_config_text(void **state)
{
    el_config c = {0};
    el_error err;

    (void)state;
    assert_int_equal(el_config_parse("tp=8,batch=64", &c, &err), EL_OK);
    assert_true(c.tp == 8 && c.pp == 1 && c.ep == 1 && isnan(c.dp) &&
                c.batch == 64);
    assert_int_equal(el_config_parse("dp=2,ep=8,pp=3,tp=1", &c, &err), EL_OK);
    assert_true(c.dp == 2 && c.ep == 8 && c.pp == 3 && isnan(c.batch));
    assert_int_equal(el_config_parse("batch=64", &c, &err), EL_E_ARG);
    assert_string_equal(err.message, "no tp in \"batch=64\"");
    assert_int_equal(el_config_parse("tp=0", &c, &err), EL_E_ARG);
    assert_int_equal(el_config_parse("tp=1.5", &c, &err), EL_E_ARG);
    assert_int_equal(el_config_parse("tp=x", &c, &err), EL_E_ARG);
    assert_int_equal(el_config_parse("tp", &c, &err), EL_E_ARG);
    assert_int_equal(el_config_parse("t=1", &c, &err), EL_E_ARG);
    assert_int_equal(el_config_parse("", &c, &err), EL_E_ARG);
    assert_int_equal(el_config_parse("tp=1,", &c, &err), EL_E_ARG);
    assert_int_equal(c.dp, 2); /* untouched */
}

/* Times that nobody measured come from the prior, and the note says so. */
static void test_open(void **state)
{
    el_fit_set set = make_set();
    el_ask ask = {.model = "my/tuned-8b", .current = "tp=2"};
    el_ask_state s;
    el_error err;

    (void)state;
    set.fit[3].has[EL_TARGET_TTFT] = false;
    set.fit[3].model[EL_TARGET_ENERGY].prompts_unknown = true;
    assert_int_equal(el_ask_open_set(&ask, &set, &s, &err), EL_OK);
    assert_null(set.fit); /* taken over */
    assert_true(s.setups.query->fit->has[EL_TARGET_TTFT]);
    assert_non_null(strstr(s.setups.setup->note, "TTFT was not measured"));
    assert_non_null(strstr(s.setups.setup->note, "prompt lengths"));
    assert_true(s.setups.query->has_current && s.setups.query->current.tp == 2);
    el_ask_close(&s);
    ask.current = "nonsense";
    set = make_set();
    assert_int_equal(el_ask_open_set(&ask, &set, &s, &err), EL_E_ARG);
    assert_non_null(strstr(err.message, "--current: not tp"));
    assert_null(set.fit);
    ask.current = NULL;
    ask.fit_path = "/nonexistent/fit.json";
    assert_int_equal(el_ask_open(&ask, &s, &err), EL_E_IO);
}

/* A run that was timed as a whole is kept, its parts are not made up. */
static void test_whole_time(void **state)
{
    el_fit_set set = make_set();
    el_ask ask = {.model = "my/tuned-8b"};
    el_ask_state s;

    (void)state;
    set.fit[3].has[EL_TARGET_TTFT] = set.fit[3].has[EL_TARGET_ITL] = false;
    assert_int_equal(el_ask_open_set(&ask, &set, &s, NULL), EL_OK);
    assert_false(s.setups.query->fit->has[EL_TARGET_TTFT]);
    el_ask_close(&s);
}

static void test_out_of_memory(void **state)
{
    el_fit_set set = make_set();
    el_fit_wish wish = {"llama-3.1-8b", "h100", "fp8", NULL};
    long live = el_mem_live();

    (void)state;
    el_mem_fail_at(0);
    assert_int_equal(el_fit_pick_find(&set, catalog, &wish, &pick, NULL),
                     EL_E_NOMEM);
    el_mem_fail_at(-1);
    assert_int_equal(el_mem_live(), live);
    el_fit_set_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_other_precision),
        cmocka_unit_test(test_precision_by_name),
        cmocka_unit_test(test_prior),
        cmocka_unit_test(test_config_text),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_whole_time),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, el_catalog_setup, el_catalog_teardown);
}
