/* SPDX-License-Identifier: Apache-2.0 */
/* el_cli_run over made-up verbs: exit codes, settings, output, signals. */
#include "el_test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/task.h"
#include "cli/cli.h"
#include "cli/man.h"
#include "cli/settings.h"
#include "io/json.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): tests set their environment */

typedef struct args {
    uint64_t n;
    int status; /* el_status to return, by its place in the list */
    bool no, interrupt;
    el_ints tp;
    el_names set;
    const char *model;
} args;

static const char *const statuses[] = {
    "ok",     "nomem",   "arg",     "data",      "io",
    "device", "numeric", "version", "cancelled", NULL};

static const el_opt options[] = {
    {.name = "n",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(args, n),
     .def = "1",
     .help = "A number. Not more."},
    {.name = "status",
     .kind = EL_OPT_ENUM,
     .choices = statuses,
     EL_OPT_AT(args, status),
     .def = "ok",
     .help = "What to return."},
    {.name = "no", .kind = EL_OPT_FLAG, EL_OPT_AT(args, no), .help = "No."},
    {.name = "interrupt",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(args, interrupt),
     .help = "Press Ctrl-C."},
    {.name = "tp",
     .alias = "tensor-parallel-size",
     .kind = EL_OPT_INTS,
     EL_OPT_AT(args, tp),
     .group = "Degrees",
     .help = "Degrees."},
    {.name = "set",
     .kind = EL_OPT_REPEATED,
     EL_OPT_AT(args, set),
     .min = 1,
     .max = 9,
     .help = "Settings."},
    {.name = "model",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(args, model),
     .help = "Text."},
    {.name = NULL}};

static args last; /* what run() saw */

static el_status run(el_cli *cli, const void *arguments, el_error *err)
{
    const args *a = arguments;

    last = *a;
    el_task_report(&cli->task, 1, 2);
    el_task_warn(&cli->task, "a.csv:%d: odd", 17);
    if (a->interrupt) {
        assert_int_equal(raise(SIGINT), 0);
        if (el_task_is_cancelled(&cli->task))
            return el_fail(err, EL_E_CANCELLED, "stopped");
    }
    cli->answer_is_no = a->no;
    if (a->status != 0)
        return (el_status)a->status; /* without a message of its own */
    if (cli->json)
        return el_cli_json(cli, json_pack("{s:I}", "n", (json_int_t)a->n), err);
    el_buf_printf(&cli->out, "n=%d seed=%d files=%zu\n", (int)a->n,
                  (int)cli->task.seed, cli->n_pos);
    return EL_OK;
}

static const el_example examples[] = {
    {"energylens work a-file-with-a-long-name.csv --status ok --n 12 --no "
     "--interrupt",
     "Work. Hard."},
    {NULL, NULL}};

static const el_verb work = {.name = "work",
                             .group = "Group",
                             .summary = "work on files",
                             .about = "First.\n\nSecond paragraph.",
                             .usage = "[FILE]",
                             .max_pos = 1,
                             .options = options,
                             .examples = examples,
                             .args_size = sizeof(args),
                             .run = run};
static const el_verb needy = {.name = "needy",
                              .group = "Group",
                              .summary = "need a file",
                              .usage = "FILE ...",
                              .min_pos = 1,
                              .max_pos = SIZE_MAX,
                              .args_size = sizeof(args),
                              .run = run};
static const el_verb *const verbs[] = {&work, &needy, NULL};

static int call(int argc, const char *const *argv)
{
    char **mutable_argv;

    memcpy(&mutable_argv, &argv, sizeof argv); /* as main() gets them */
    return el_cli_run(verbs, argc, mutable_argv);
}

#define CALL(...)                                                              \
    call((int)(sizeof((const char *[]){"energylens", __VA_ARGS__}) /           \
               sizeof(char *)),                                                \
         (const char *[]){"energylens", __VA_ARGS__})

static const char *slurp(const char *path)
{
    static char text[4096];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;

    text[n] = '\0';
    if (f)
        (void)fclose(f);
    return f ? text : NULL;
}

static void spit(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void test_exit_codes(void **state)
{
    static const struct {
        const char *status;
        int code;
    } cases[] = {{"ok", 0},      {"nomem", 70},  {"arg", 2},
                 {"data", 3},    {"io", 4},      {"device", 4},
                 {"numeric", 5}, {"version", 3}, {"cancelled", 130}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unlink("out");
        assert_int_equal(
            CALL("work", "-oout", "-q", "--status", cases[i].status),
            cases[i].code);
        assert_int_equal(slurp("out") != NULL, cases[i].code == 0);
    }
    assert_int_equal(CALL("work", "-oout", "-q", "--no"), 1);
    assert_string_equal(slurp("out"), "n=1 seed=0 files=0\n");
}

static void test_usage(void **state)
{
    (void)state;
    assert_int_equal(call(1, (const char *[]){"energylens"}), 2);
    assert_int_equal(CALL("wrok"), 2);
    assert_int_equal(CALL("nonsense"), 2);
    assert_int_equal(CALL("--nonsense"), 2);
    assert_int_equal(CALL("needy"), 2);
    assert_int_equal(CALL("work", "a", "b"), 2);
    assert_int_equal(CALL("help", "nonsense"), 2);
    assert_int_equal(CALL("help"), 0);
    assert_int_equal(CALL("--help"), 0);
    assert_int_equal(CALL("help", "work"), 0);
    assert_int_equal(CALL("work", "--n", "x", "--help"), 0);
    assert_int_equal(CALL("work", "-o", "no/such/folder/x"), 4);
}

static void test_signal(void **state)
{
    (void)state;
    unlink("out");
    assert_int_equal(CALL("work", "--interrupt", "-o", "out"), 130);
    assert_null(slurp("out"));
    assert_int_equal(CALL("work", "-o", "out"), 0); /* forgotten again */
}

static void test_precedence(void **state)
{
    (void)state;
    spit("energylens.json",
         "{\"schema\":\"energylens.settings\",\"version\":1,\"seed\":5,"
         "\"quiet\":true,\"work\":{\"n\":2,\"tp\":[1,2],\"set\":[\"a\",1.5],"
         "\"model\":\"x\",\"no\":false},\"needy\":{}}");
    assert_int_equal(CALL("work", "-o", "out"), 0);
    assert_string_equal(slurp("out"), "n=2 seed=5 files=0\n");
    assert_int_equal(last.tp.n, 2);
    assert_int_equal(last.set.n, 2);
    setenv("ENERGYLENS_N", "3", 1);
    setenv("ENERGYLENS_SEED", "6", 1);
    assert_int_equal(CALL("work", "-o", "out"), 0);
    assert_string_equal(slurp("out"), "n=3 seed=6 files=0\n");
    assert_int_equal(CALL("work", "-o", "out", "--n=4", "--seed=7", "--tp=8",
                          "--set=z", "file"),
                     0);
    assert_string_equal(slurp("out"), "n=4 seed=7 files=1\n");
    assert_int_equal(last.tp.n, 1);
    assert_int_equal(last.set.n, 1);
    setenv("ENERGYLENS_N", "x", 1);
    assert_int_equal(CALL("work", "-o", "out"), 2);
    unsetenv("ENERGYLENS_N");
    unsetenv("ENERGYLENS_SEED");
    unlink("energylens.json");
}

/* The message that a settings document gives, "" if it is fine. */
static const char *settings_error(const char *text, el_status want)
{
    static el_error err;
    args a;
    const el_opt_set own = {options, &a}, none = {NULL, NULL};
    el_strings strings = {0};
    json_t *doc = NULL;
    el_status st;

    err.message[0] = '\0';
    assert_int_equal(el_opt_defaults(&own, &strings, &err), EL_OK);
    assert_int_equal(el_json_parse(text, strlen(text), "s", &doc, &err), EL_OK);
    st = el_settings_apply(doc, "s", verbs, &work, &own, &none, &strings, &err);
    assert_int_equal(st, want);
    if (st != EL_OK)
        assert_int_equal(err.status, st);
    json_decref(doc);
    el_strings_clear(&strings);
    return err.message;
}

#define HEAD "{\"schema\":\"energylens.settings\",\"version\":1,"

static void test_settings_errors(void **state)
{
    (void)state;
    assert_string_equal(settings_error(HEAD "\"work\":{\"n\":7}}", EL_OK), "");
    assert_string_equal(settings_error(HEAD "\"work\":{\"tpp\":1}}", EL_E_DATA),
                        "s: work.tpp: unknown setting, did you mean \"tp\"?");
    assert_string_equal(
        settings_error(HEAD "\"work\":{\"nonsense\":1}}", EL_E_DATA),
        "s: work.nonsense: unknown setting");
    assert_string_equal(settings_error(HEAD "\"plan\":{}}", EL_E_DATA),
                        "s: plan: unknown setting");
    assert_string_equal(settings_error(HEAD "\"work\":{\"n\":-1}}", EL_E_DATA),
                        "s: work.n: not a whole number: \"-1\"");
    assert_string_equal(settings_error(HEAD "\"work\":{\"n\":{}}}", EL_E_DATA),
                        "s: work.n: neither text, number nor flag");
    assert_string_equal(
        settings_error(HEAD "\"work\":{\"tp\":[{}]}}", EL_E_DATA),
        "s: work.tp: neither text, number nor flag");
    assert_string_equal(
        settings_error(HEAD "\"work\":{\"set\":[null]}}", EL_E_DATA),
        "s: work.set: neither text, number nor flag");
    (void)settings_error("{\"schema\":\"other\",\"version\":1}", EL_E_DATA);
    (void)settings_error("{\"schema\":\"energylens.settings\",\"version\":9}",
                         EL_E_VERSION);
    spit("energylens.json", "{\"schema\":");
    assert_int_equal(CALL("work", "-o", "out"), 3);
    unlink("energylens.json");
}

static void test_json(void **state)
{
    (void)state;
    assert_int_equal(CALL("work", "-o", "out", "--json", "--seed", "3"), 0);
    assert_non_null(strstr(slurp("out"), "\"schema\": \"energylens.work\""));
    assert_non_null(strstr(slurp("out"), "\"seed\": 3"));
}

static void test_man_of_these(void **state)
{
    el_buf out = {0};

    (void)state;
    el_man_page(verbs, &out);
    assert_true(el_buf_ok(&out));
    assert_non_null(strstr(out.text, ".Ss energylens work"));
    assert_non_null(strstr(out.text, "Second paragraph.\n"));
    assert_non_null(strstr(out.text, "A number.\nNot more.\nDefault: 1.\n"));
    el_buf_clear(&out);
}

static void test_every_allocation_fails(void **state)
{
    long k = 0;
    int code;

    (void)state;
    spit("energylens.json", HEAD "\"work\":{\"tp\":[1,2],\"model\":\"x\"}}");
    do {
        unlink("out");
        el_mem_fail_at(k);
        code = CALL("work", "-o", "out", "--set", "a", "--json", "b");
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        /* 3: jansson's lexer drops letters when it cannot grow its buffer */
        assert_true(code == 0 || code == 70 || code == 3);
        assert_int_equal(slurp("out") != NULL, code == 0);
    } while (code != 0 && ++k < 1000);
    assert_int_equal(code, 0);
    unlink("energylens.json");
}

static int enter_folder(void **state)
{
    static char name[] = "/tmp/el_frame_XXXXXX";

    *state = mkdtemp(name);
    el_json_init();
    return *state && chdir(name) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    unlink("out");
    return chdir("/") == 0 && rmdir(*state) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_signal),
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_settings_errors),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_man_of_these),
        cmocka_unit_test(test_every_allocation_fails)};

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
/* NOLINTEND(concurrency-mt-unsafe) */
