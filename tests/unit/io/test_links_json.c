/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "io/json.h"
#include "io/links_json.h"

static const char *const files[] = {"a.txt", "b.csv"};

static el_links_report sample(void)
{
    el_links_report r = {.path = files, .n_path = 2};

    el_str_copy(r.links.gpu, sizeof r.links.gpu, "h100-sxm5-80gb");
    r.links.spin_w_per_sm = NAN;
    r.links.bus_j_per_byte = 5e-10;
    r.links.n = 2;
    r.fit[0] = (el_link_fit){
        .curve = {EL_COLL_ALL_REDUCE, 8, 1e-5, 2e-6, 3e-5, 4e11, NAN},
        .n = 44,
        .n_size = 22,
        .held_median = NAN,
        .held_worst = NAN};
    r.fit[1] = r.fit[0];
    r.fit[1].curve.collective = EL_COLL_EXPERT_EXCHANGE;
    r.fit[1].curve.sm_bytes_s = 1.5e10;
    r.links.curve[0] = r.fit[0].curve;
    r.links.curve[1] = r.fit[1].curve;
    return r;
}

static void assert_same(const el_link_curve *a, const el_link_curve *b)
{
    assert_int_equal(a->collective, b->collective);
    assert_close(a->gpus, b->gpus, 0, 0);
    assert_close(a->alpha_s, b->alpha_s, 0, 0);
    assert_close(a->first_s, b->first_s, 0, 0);
    assert_close(a->ramp_s, b->ramp_s, 0, 0);
    assert_close(a->bus_bytes_s, b->bus_bytes_s, 0, 0);
    assert_int_equal(el_is_known(a->sm_bytes_s), el_is_known(b->sm_bytes_s));
    if (el_is_known(b->sm_bytes_s))
        assert_close(a->sm_bytes_s, b->sm_bytes_s, 0, 0);
}

static void test_round_trip(void **state)
{
    el_links_report r = sample();
    el_links back;
    el_buf text = {0};
    json_t *doc = el_links_json(&r, 7);

    (void)state;
    assert_int_equal(el_json_print(doc, &text, NULL), EL_OK);
    json_decref(doc);
    assert_int_equal(
        el_json_parse(el_buf_text(&text), text.len, "l", &doc, NULL), EL_OK);
    assert_int_equal(el_links_read(doc, "l", &back, NULL), EL_OK);
    json_decref(doc);
    el_buf_clear(&text);
    assert_string_equal(back.gpu, "h100-sxm5-80gb");
    assert_false(el_is_known(back.spin_w_per_sm));
    assert_close(back.bus_j_per_byte, 5e-10, 0, 0);
    assert_int_equal(back.n, 2);
    assert_same(&back.curve[0], &r.links.curve[0]);
    assert_same(&back.curve[1], &r.links.curve[1]);
}

/* A file of version 1 stays readable. */
static void test_version_1(void **state)
{
    el_links l;

    (void)state;
    assert_int_equal(el_links_load(EL_SOURCE_DIR
                                   "/tests/golden/formats/links-v1.json",
                                   &l, NULL),
                     EL_OK);
    assert_int_equal(l.n, 2);
    assert_close(l.curve[0].alpha_s, 1e-5, 0, 0);
    assert_false(el_is_known(l.curve[0].sm_bytes_s));
    assert_close(l.curve[1].sm_bytes_s, 14.6e9, 0, 0);
    assert_close(l.spin_w_per_sm, 2, 0, 0);
    assert_close(l.bus_j_per_byte, 4e-10, 0, 0);
    assert_int_equal(el_links_load("/nowhere.json", &l, NULL), EL_E_IO);
}

#define HEAD                                                                   \
    "{\"schema\":\"energylens.links\",\"version\":1,\"result\":{\"gpu\":"      \
    "\"h100\",\"collectives\":["
#define CURVE(name, gpus)                                                      \
    "{\"collective\":\"" name "\",\"gpus\":" gpus ",\"alpha_s\":1e-5,"         \
    "\"first_s\":0,\"ramp_s\":0,\"bus_bytes_s\":1e11"
#define TAIL "}]}}"

static el_status read_text(const char *text, el_links *out, el_error *err)
{
    json_t *doc = NULL;
    el_status st = el_json_parse(text, strlen(text), "l.json", &doc, err);

    if (st == EL_OK)
        st = el_links_read(doc, "l.json", out, err);
    json_decref(doc);
    return st;
}

/* Written by hand, in any order. */
static void test_order(void **state)
{
    el_links l;

    (void)state;
    assert_int_equal(
        read_text(HEAD CURVE("send", "2") "}," CURVE(
                      "all_reduce", "8") "}," CURVE("all_reduce", "2") TAIL,
                  &l, NULL),
        EL_OK);
    assert_int_equal(l.n, 3);
    assert_close(l.curve[0].gpus, 2, 0, 0);
    assert_close(l.curve[1].gpus, 8, 0, 0);
    assert_int_equal(l.curve[2].collective, EL_COLL_SEND);
}

static void test_bad(void **state)
{
    static const struct {
        const char *text, *says;
        el_status status;
    } bad[] = {
        {"[]", "not a JSON object", EL_E_DATA},
        {"{\"schema\":\"energylens.fit\",\"version\":1}", "energylens.links",
         EL_E_DATA},
        {"{\"schema\":\"energylens.links\",\"version\":2}", "newer than 1",
         EL_E_VERSION},
        {"{\"schema\":\"energylens.links\",\"version\":1}", "result",
         EL_E_DATA},
        {"{\"schema\":\"energylens.links\",\"version\":1,\"result\":{}}",
         "result.gpu: missing", EL_E_DATA},
        {"{\"schema\":\"energylens.links\",\"version\":1,\"result\":{\"gpu\":"
         "\"x\"}}",
         "collectives: not an array", EL_E_DATA},
        {HEAD "3]}}", "collectives[0]: not a JSON object", EL_E_DATA},
        {HEAD "{\"gpus\":2" TAIL, "collectives[0].collective: missing",
         EL_E_DATA},
        {HEAD CURVE("gossip", "2") TAIL, "unknown: \"gossip\"", EL_E_DATA},
        {HEAD CURVE("send", "1") TAIL, "gpus: is 1, must be from 2", EL_E_DATA},
        {HEAD CURVE("send", "null") TAIL, "gpus: missing", EL_E_DATA},
        {HEAD CURVE("send", "\"2\"") TAIL, "gpus: not a number", EL_E_DATA},
        {HEAD CURVE("send", "2") ",\"bus_bytes_sec\":1" TAIL,
         "unknown key \"bus_bytes_sec\"", EL_E_DATA},
        {HEAD CURVE("send", "2") ",\"sm_bytes_s\":-1" TAIL, "sm_bytes_s: is -1",
         EL_E_DATA},
        {HEAD CURVE("send", "2") "}," CURVE("send", "2") TAIL,
         "collectives[1]: send of 2 GPUs twice", EL_E_DATA},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        el_links l = {.n = 99};
        el_error err = {0};
        el_status st = read_text(bad[i].text, &l, &err);

        if (st != bad[i].status || !strstr(err.message, bad[i].says))
            fail_msg("%zu: %d \"%s\" lacks \"%s\"", i, st, err.message,
                     bad[i].says);
        assert_int_equal(l.n, 99);
    }
}

static void test_too_many(void **state)
{
    el_buf text = {0};
    el_links l;
    el_error err;

    (void)state;
    el_buf_add(&text, HEAD);
    for (int i = 0; i < 65; i++)
        el_buf_printf(&text, "%s{\"collective\":\"send\",\"gpus\":%d}",
                      i ? "," : "", i + 2);
    el_buf_add(&text, "]}}");
    assert_int_equal(read_text(el_buf_text(&text), &l, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "65 curves, at most 64"));
    el_buf_clear(&text);
}

static void test_oom(void **state)
{
    el_links_report r = sample();
    long k = 0;
    json_t *doc;

    (void)state;
    do {
        el_mem_fail_at(k);
        doc = el_links_json(&r, 0);
        el_mem_fail_at(-1);
        if (!doc)
            assert_int_equal(el_mem_live(), 0);
    } while (!doc && ++k < 500);
    assert_non_null(doc);
    assert_true(k > 5);
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_order),      cmocka_unit_test(test_bad),
        cmocka_unit_test(test_too_many),   cmocka_unit_test(test_oom),
    };
    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
