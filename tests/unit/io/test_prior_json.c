/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "io/embedded.h"
#include "io/json.h"
#include "io/prior_json.h"
#include "model/forms.h"

static el_lesson made_up(const char *model, el_target target)
{
    el_lesson l = {.form = &el_form_closed12,
                   .target = target,
                   .n_rows = 20,
                   .n = 12,
                   .key = {"", "a \"slug\"", "g", "bf16", "vLLM"}};

    el_str_copy(l.key.model, sizeof l.key.model, model);
    for (size_t j = 0; j < l.n; j++) {
        l.deviation[j] = 0.01 * (double)j - 0.05;
        l.var[j] = 0.0625 * (double)(j + 1) * (double)(j + 1);
    }
    return l;
}

static el_lessons three(void)
{
    el_lessons lessons = {.source = "nobody"};
    const el_lesson l[] = {made_up("one", EL_TARGET_ENERGY),
                           made_up("one", EL_TARGET_ITL),
                           made_up("two", EL_TARGET_ENERGY)};

    for (size_t i = 0; i < 3; i++)
        assert_int_equal(el_lessons_add(&lessons, &l[i], NULL), EL_OK);
    return lessons;
}

static void print(el_buf *out)
{
    el_lessons lessons = three();
    el_error err;

    if (el_lessons_print(&lessons, out, &err) != EL_OK)
        fail_msg("%s", err.message);
    el_lessons_clear(&lessons);
}

static void test_there_and_back(void **state)
{
    el_lessons want = three(), got = {.n = 0};
    el_buf text = {0};
    el_error err;

    (void)state;
    print(&text);
    if (el_lessons_parse(text.text, text.len, "x.json", &got, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_string_equal(got.source, "nobody");
    assert_int_equal(got.n, 3);
    for (size_t i = 0; i < 3; i++) {
        const el_lesson *a = &want.item[i], *b = &got.item[i];

        assert_true(el_group_key_equal(&a->key, &b->key));
        assert_string_equal(b->key.model_slug, "a \"slug\"");
        assert_int_equal(a->target, b->target);
        assert_ptr_equal(b->form, &el_form_closed12);
        assert_int_equal(b->n_rows, 20);
        for (size_t j = 0; j < a->n; j++) {
            assert_close(b->deviation[j], a->deviation[j], 1e-4, 0);
            assert_close(b->var[j], a->var[j], 1e-3, 0);
        }
    }
    el_buf_clear(&text);
    el_lessons_clear(&want);
    el_lessons_clear(&got);
    assert_int_equal(el_mem_live(), 0);
}

/* text with the first `from` turned into `to` is refused and says why. */
static void refused(const char *from, const char *to, el_status want,
                    const char *why)
{
    el_buf text = {0}, changed = {0};
    el_lessons got = {.n = 0};
    const char *at;
    el_error err;

    print(&text);
    at = strstr(text.text, from);
    if (!at)
        fail_msg("no %s in %s", from, text.text);
    el_buf_add_n(&changed, text.text, (size_t)(at - text.text));
    el_buf_add(&changed, to);
    el_buf_add(&changed, at + strlen(from));
    if (el_lessons_parse(changed.text, changed.len, "x.json", &got, &err) !=
        want)
        fail_msg("%s -> %s: %s", from, to, err.message);
    if (!strstr(err.message, "x.json") || !strstr(err.message, why))
        fail_msg("%s -> %s: %s", from, to, err.message);
    el_lessons_clear(&got);
    el_buf_clear(&changed);
    el_buf_clear(&text);
    assert_int_equal(el_mem_live(), 0);
}

static void test_bad_files(void **state)
{
    (void)state;
    refused("\"version\": 1", "\"version\": 9", EL_E_VERSION, "9");
    refused("energylens.prior", "energylens.fit", EL_E_DATA, "schema");
    refused("\"form\": \"closed12\"", "\"form\": \"closed13\"", EL_E_DATA,
            "form");
    refused("ln_W", "ln_V", EL_E_DATA, "parameters");
    refused("\"nobody\"", "\"\"", EL_E_DATA, "source");
    refused("\"model\": \"one\"", "\"model\": \"\"", EL_E_DATA,
            "groups[0].model");
    refused("\"gpu\": \"g\"", "\"gpu\": 7", EL_E_DATA, "groups[0].gpu");
    refused("\"energy\"", "\"joules\"", EL_E_DATA, "joules");
    refused("\"rows\": 20", "\"rows\": 0", EL_E_DATA, "rows");
    refused("\"sd\": [0.25", "\"sd\": [0", EL_E_DATA, "sd[0]");
    refused("\"sd\": [0.25", "\"sd\": [null", EL_E_DATA, "sd[0]");
    refused("\"deviation\": [-0.05,", "\"deviation\": [", EL_E_DATA,
            "list of 12");
    refused("\"groups\": [", "\"groups\": [7, ", EL_E_DATA, "groups[0]");
    refused("\"source\"", "\"sauce\": 1, \"source\"", EL_E_DATA, "sauce");
}

static void test_nothing_to_print(void **state)
{
    el_lessons none = {.n = 0}, mixed = three();
    el_buf out = {0};

    (void)state;
    assert_int_equal(el_lessons_print(&none, &out, NULL), EL_E_ARG);
    mixed.item[1].form = &el_form_powerlaw;
    assert_int_equal(el_lessons_print(&mixed, &out, NULL), EL_E_ARG);
    el_lessons_clear(&mixed);
}

/* What is shipped: every file has a source and groups on known places; a
 * deviation stays within the bounds of a fit, a model within one file. */
static void test_built_in(void **state)
{
    el_lessons all = {.n = 0};
    size_t files = 0;
    el_error err;

    (void)state;
    if (el_lessons_built_in(&all, &err) != EL_OK)
        fail_msg("%s", err.message);
    for (const el_embedded_file *f = el_embedded; f->path; f++)
        files += strncmp(f->path, "data/priors/", 12) == 0;
    assert_true(files >= 3);
    assert_string_equal(all.source, "data/priors");
    assert_true(all.n > 100);
    for (size_t i = 0; i < all.n; i++) {
        const el_lesson *l = &all.item[i];

        assert_true(*l->key.model && *l->key.gpu && *l->key.engine);
        for (size_t j = 0; j < l->n; j++) {
            assert_true(fabs(l->deviation[j]) < 40.0);
            assert_true(l->var[j] > 0.0 && l->var[j] < 100.0);
        }
    }
    el_lessons_clear(&all);
    assert_int_equal(el_mem_live(), 0);
}

static void test_no_memory(void **state)
{
    el_buf text = {0};
    el_status st;
    long k = 0;

    (void)state;
    print(&text);
    do {
        el_lessons got = {.n = 0};

        el_mem_fail_at(k);
        st = el_lessons_parse(text.text, text.len, "x.json", &got, NULL);
        el_mem_fail_at(-1);
        el_lessons_clear(&got);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 1); /* text */
    } while (st != EL_OK && ++k < 2000);
    assert_int_equal(st, EL_OK);
    el_buf_clear(&text);
    k = 0;
    do {
        el_lessons lessons = three();

        el_mem_fail_at(k);
        st = el_lessons_print(&lessons, &text, NULL);
        el_mem_fail_at(-1);
        el_buf_clear(&text);
        el_lessons_clear(&lessons);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 2000);
    assert_int_equal(st, EL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_nothing_to_print),
        cmocka_unit_test(test_built_in),
        cmocka_unit_test(test_no_memory),
    };
    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
