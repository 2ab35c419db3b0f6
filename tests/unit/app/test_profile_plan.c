/* SPDX-License-Identifier: Apache-2.0 */
/* Plans as jobs for engines, and as array jobs of Slurm. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/profile_plan.h"
#include "app/profile_slurm.h"
#include "base/mem.h"
#include "el_test.h"

static const char *const command =
    "vllm serve {model} -tp {tp} --dtype {dtype} --port {port}";
static char path[] = "/tmp/el-plan-XXXXXX";

static void write_plan(const char *rows)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    (void)fprintf(f,
                  "model,gpu,tp,dp,precision,batch_size,input_tokens,"
                  "output_tokens\n%s",
                  rows);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 || close(fd) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static const char *const three = "llama-2-7b,h100,1,1,bfloat16,4,512,128\n"
                                 "llama-2-7b,h100,2,2,bfloat16,8,512,128\n"
                                 "llama-2-7b,h100,1,1,bfloat16,16,64,1\n";

static void grouped_by_engine(void **state)
{
    const el_profile_plan_args a = {.path = path, .engine_cmd = command};
    el_profile_plan p;
    el_buf text = {0};

    (void)state;
    write_plan(three);
    assert_int_equal(el_profile_plan_read(&a, NULL, &p, NULL), EL_OK);
    assert_int_equal(p.n, 3);
    assert_int_equal(p.n_engine, 2);
    assert_int_equal(p.job[0].row, 1);
    assert_int_equal(p.job[1].row, 3); /* one start less */
    assert_int_equal(p.job[2].row, 2);
    assert_int_equal(p.job[2].in_flight, 16); /* 8 on each of 2 replicas */
    assert_int_equal(p.job[2].n_gpu, 4);
    assert_int_equal(p.job[1].shape.output_tokens, 1);
    assert_string_equal(p.engine[0],
                        "vllm serve meta-llama/Llama-2-7b-hf -tp 1 --dtype "
                        "bfloat16 --port PORT");
    el_profile_job_text(&p.job[2], &text);
    assert_string_equal(el_buf_text(&text),
                        "tp=2 dp=2 batch=8 512+128 bfloat16");
    el_buf_clear(&text);
    el_profile_plan_clear(&p);
    assert_int_equal(el_mem_live(), 0);
}

static void some_rows(void **state)
{
    const uint64_t row[] = {3, 1}, beyond[] = {4};
    el_profile_plan_args a = {.path = path,
                              .engine_url = "http://127.0.0.1:1",
                              .row = row,
                              .n_row = 2};
    el_profile_plan p;
    el_error err = {0};

    (void)state;
    write_plan(three);
    assert_int_equal(el_profile_plan_read(&a, NULL, &p, NULL), EL_OK);
    assert_int_equal(p.n, 2);
    assert_int_equal(p.n_row, 3);
    assert_string_equal(p.job[0].engine_model, "llama-2-7b");
    el_profile_plan_clear(&p);
    a.n_row = 0; /* one server cannot be both */
    assert_int_equal(el_profile_plan_read(&a, NULL, &p, &err), EL_E_ARG);
    assert_non_null(strstr(err.message, "one engine cannot be"));
    a.row = beyond;
    a.n_row = 1;
    assert_int_equal(el_profile_plan_read(&a, NULL, &p, &err), EL_E_ARG);
    assert_non_null(strstr(err.message, "has 3 rows"));
    assert_int_equal(el_mem_live(), 0);
}

static void refuse(const char *rows, const char *cmd, const char *url,
                   el_status want, const char *why)
{
    const el_profile_plan_args a = {
        .path = path, .engine_cmd = cmd, .engine_url = url};
    el_profile_plan p = {.n = 77};
    el_error err = {0};

    write_plan(rows);
    assert_int_equal(el_profile_plan_read(&a, NULL, &p, &err), want);
    if (!strstr(err.message, why))
        fail_msg("\"%s\" lacks \"%s\"", err.message, why);
    assert_int_equal(p.n, 77);
    assert_int_equal(el_mem_live(), 0);
}

static void refused(void **state)
{
    const char *url = "http://127.0.0.1:1";

    (void)state;
    refuse("m,h100,1,1,,4,,128\n", NULL, url, EL_E_DATA, ":2: input_tokens: n");
    refuse("m,h100,1,1,,4.5,5,128\n", NULL, url, EL_E_DATA, "4.5 is no whole");
    refuse("m,h100,1,1,,4,5.5,128\n", NULL, url, EL_E_DATA, "input_tokens");
    refuse("m,h100,1,1,,4,5,0\n", NULL, url, EL_E_DATA, "output_tokens");
    refuse("m,h100,1,60000,,60000,5,8\n", NULL, url, EL_E_DATA, "times dp");
    refuse("", NULL, url, EL_E_DATA, "");
    refuse(three, NULL, NULL, EL_E_ARG, "one is needed");
    refuse(three, "vllm serve", NULL, EL_E_ARG, "has no {port}");
    refuse(three, "vllm {gpu}", url, EL_E_ARG, "{gpu} is not known");
    refuse("m,h100,1,1,,4,5,128\n", command, NULL, EL_E_DATA,
           "precision: needed for {dtype}");
}

static void out_of_memory(void **state)
{
    const el_profile_plan_args a = {
        .path = path, .engine_cmd = command, .engine_model = "x"};
    el_status st;
    long k = 0;

    (void)state;
    write_plan(three);
    do {
        el_profile_plan p = {.n = 0};

        el_mem_fail_at(k);
        st = el_profile_plan_read(&a, NULL, &p, NULL);
        el_mem_fail_at(-1);
        el_profile_plan_clear(&p);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 200);
    assert_int_equal(st, EL_OK);
    assert_true(k > 5);
}

static el_slurm_args job(void)
{
    static const char *const word[] = {"plan.csv", "--engine-cmd=it's {tp}"};
    static const char *const option[] = {"--partition=gpu"};
    static const uint64_t row[] = {1, 2, 3, 7, 9, 10};

    return (el_slurm_args){.program = "/opt/el",
                           .name = "h100",
                           .store = "runs.db",
                           .word = word,
                           .n_word = 2,
                           .option = option,
                           .n_option = 1,
                           .row = row,
                           .n_row = 6};
}

static void script(void **state)
{
    el_slurm_args a = job();
    el_buf out = {0};

    (void)state;
    assert_int_equal(el_slurm_script(&a, &out, NULL), EL_OK);
    assert_non_null(strstr(out.text, "#SBATCH --array=1-3,7,9-10\n"));
    assert_non_null(strstr(out.text, "#SBATCH --partition=gpu\n"));
    assert_non_null(strstr(out.text, "'--engine-cmd=it'\\''s {tp}'"));
    el_buf_clear(&out);
    a.store = "postgresql://x";
    assert_int_equal(el_slurm_script(&a, &out, NULL), EL_E_ARG);
    a = job();
    a.name = "a b";
    assert_int_equal(el_slurm_script(&a, &out, NULL), EL_E_ARG);
    a = job();
    a.option = (const char *const[]){"x\ny"};
    assert_int_equal(el_slurm_script(&a, &out, NULL), EL_E_ARG);
    assert_int_equal(out.len, 0);
    a = job();
    el_mem_fail_at(0);
    assert_int_equal(el_slurm_script(&a, &out, NULL), EL_E_NOMEM);
    el_mem_fail_at(-1);
    el_buf_clear(&out);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grouped_by_engine), cmocka_unit_test(some_rows),
        cmocka_unit_test(refused), cmocka_unit_test(out_of_memory),
        cmocka_unit_test(script)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
