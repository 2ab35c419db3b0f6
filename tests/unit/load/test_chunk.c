/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "load/chunk.h"

static el_chunk read_ok(const char *text)
{
    el_chunk c;

    if (!el_chunk_read(text, strlen(text), &c))
        fail_msg("refused: %s", text);
    return c;
}

static void check_tokens(const char *text, bool has)
{
    if (read_ok(text).has_tokens != has)
        fail_msg("tokens: %s", text);
}

static void test_tokens(void **state)
{
    (void)state;
    /* vLLM, SGLang, TensorRT-LLM: completions */
    check_tokens("{\"id\":\"cmpl-1\",\"choices\":[{\"index\":0,\"text\":\" a\","
                 "\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}",
                 true);
    check_tokens("{\"choices\":[{\"text\":\"\",\"finish_reason\":null}]}",
                 true);
    check_tokens(
        "{\"choices\":[{\"text\":\"b\",\"finish_reason\":\"length\"}]}", true);
    /* llama-server's last one */
    check_tokens("{\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}],"
                 "\"usage\":{\"completion_tokens\":3,\"prompt_tokens\":2,"
                 "\"total_tokens\":5},\"timings\":{\"prompt_ms\":1.5e-1}}",
                 false);
    /* chats: a role, content, reasoning, the end */
    check_tokens("{\"choices\":[{\"delta\":{\"role\":\"assistant\","
                 "\"content\":\"\"},\"finish_reason\":null}]}",
                 false);
    check_tokens("{\"choices\":[{\"delta\":{\"role\":\"assistant\","
                 "\"content\":null}}]}",
                 false);
    check_tokens("{\"choices\":[{\"delta\":{\"role\":\"assistant\","
                 "\"content\":\"Hi\"}}]}",
                 true);
    check_tokens("{\"choices\":[{\"delta\":{\"content\":\"\"},"
                 "\"finish_reason\":null}]}",
                 true);
    check_tokens("{\"choices\":[{\"delta\":{\"reasoning_content\":\"so\"}}]}",
                 true);
    check_tokens("{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}",
                 false);
    check_tokens("{\"choices\":[],\"usage\":{\"prompt_tokens\":1}}", false);
    check_tokens("{\"choices\":null}", false);
    check_tokens("{}", false);
    check_tokens("{\"choices\":[{\"text\":7},{\"text\":\"second\"}]}", false);
}

static void test_usage(void **state)
{
    el_chunk c = read_ok("{\"choices\":[],\"usage\":{\"prompt_tokens\":5,"
                         "\"total_tokens\":12,\"completion_tokens\":7,"
                         "\"prompt_tokens_details\":{\"cached_tokens\":4}}}");
    (void)state;

    assert_true(c.has_usage && !c.done && !c.has_error);
    assert_close(c.prompt_tokens, 5, 0, 0);
    assert_close(c.completion_tokens, 7, 0, 0);
    assert_close(c.cached_tokens, 4, 0, 0);
    c = read_ok("{\"usage\":null}");
    assert_true(!c.has_usage && isnan(c.prompt_tokens));
    c = read_ok("{\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":1.5,"
                "\"prompt_tokens_details\":null}}");
    assert_true(c.has_usage && isnan(c.prompt_tokens));
    assert_true(isnan(c.completion_tokens) && isnan(c.cached_tokens));
    c = read_ok("{\"usage\":{\"prompt_tokens\":9007199254740992,"
                "\"completion_tokens\":9007199254740994}}");
    assert_close(c.prompt_tokens, 9007199254740992.0, 0, 0);
    assert_true(isnan(c.completion_tokens));
    c = read_ok("{\"usage\":{\"prompt_tokens\":\"5\"}}");
    assert_true(isnan(c.prompt_tokens));
}

static void test_done_and_errors(void **state)
{
    el_chunk c = read_ok("[DONE]");
    (void)state;

    assert_true(c.done);
    c = read_ok("{\"error\":{\"message\":\"out of memory\",\"code\":500}}");
    assert_true(c.has_error && el_scan_is(c.message, "out of memory"));
    c = read_ok("{\"error\":\"busy\"}");
    assert_true(c.has_error && el_scan_is(c.message, "busy"));
    c = read_ok("{\"error\":{\"code\":1}}");
    assert_true(c.has_error && c.message.len == 0);
    assert_false(read_ok("{\"error\":null}").has_error);
}

static void test_message(void **state)
{
    static const char *const same[] = {
        "{\"error\":{\"message\":\"why\"}}", "{\"error\":\"why\"}",
        "{\"object\":\"error\",\"message\":\"why\"}", "{\"detail\":\"why\"}"};
    static const char html[] = "<html>502 Bad Gateway</html>";
    (void)state;

    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_true(
            el_scan_is(el_chunk_message(same[i], strlen(same[i])), "why"));
    assert_int_equal(el_chunk_message(html, sizeof html - 1).len, 0);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "[]",
                                      "[DONE",
                                      "{",
                                      "{}}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{\"a\" 1}",
                                      "{a:1}",
                                      "{\"a\":01}",
                                      "{\"a\":1.}",
                                      "{\"a\":.5}",
                                      "{\"a\":1e}",
                                      "{\"a\":+1}",
                                      "{\"a\":-}",
                                      "{\"a\":nul}",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\":\"\\x\"}",
                                      "{\"a\":\"\\u12g4\"}",
                                      "{\"a\":\"b}",
                                      "{\"a\":[1 2]}",
                                      "{\"choices\":[{\"text\":\"b\"}",
                                      "{\"a\":tru}",
                                      "{\"a\":NaN}",
                                      "{\"choices\":[{\"text\":\"b\"]}"};
    char deep[256] = "{\"a\":";
    el_chunk c;
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (el_chunk_read(bad[i], strlen(bad[i]), &c))
            fail_msg("taken: %s", bad[i]);
    memset(deep + 5, '[', 100);
    memset(deep + 105, ']', 100);
    deep[205] = '}';
    assert_false(el_chunk_read(deep, 206, &c));
    /* not past its length: no NUL ends it there */
    assert_false(el_chunk_read("{\"a\":12}", 7, &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),          cmocka_unit_test(test_usage),
        cmocka_unit_test(test_done_and_errors), cmocka_unit_test(test_message),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
