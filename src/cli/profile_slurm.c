/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/profile_slurm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/profile_slurm.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/opt_print.h"

/* Of the script, or of each task. */
static bool is_ours(const char *name)
{
    static const char *const ours[] = {"store",   "resume", "row",
                                       "dry-run", "slurm",  "sbatch"};

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(name, ours[i]) == 0)
            return true;
    return false;
}

static const void *value_of(const el_opt *options, const void *args,
                            const char *name)
{
    const el_opt *o = el_opt_find(options, name, strlen(name));

    return (const char *)args + o->offset;
}

static void add_word(el_buf *words, const char *text, size_t *n)
{
    el_buf_add_n(words, text, strlen(text) + 1);
    (*n)++;
}

static size_t all_words(const el_cli *cli, const el_opt *options,
                        const void *args, el_buf *words)
{
    size_t n = 0;

    add_word(words, cli->pos[0], &n);
    for (const el_opt *o = options; o->name; o++)
        if (!is_ours(o->name))
            el_opt_print(o, args, words, &n);
    if (cli->catalog_dir) {
        el_buf_printf(words, "--catalog=%s", cli->catalog_dir);
        add_word(words, "", &n);
    }
    el_buf_printf(words, "--seed=%llu", (unsigned long long)cli->task.seed);
    add_word(words, "", &n);
    return n;
}

/* Where this program lies, for nodes that share our files. */
static void find_program(char *path, size_t cap)
{
    ssize_t n = readlink("/proc/self/exe", path, cap - 1);

    if (n > 0)
        path[n] = '\0';
    else
        el_str_copy(path, cap, "energylens");
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

el_status el_profile_slurm(const el_cli *cli, const el_opt *options,
                           const void *args, const el_profile_plan *plan,
                           el_buf *out, el_error *err)
{
    const el_names *option = value_of(options, args, "sbatch");
    const char *campaign =
        *(const char *const *)value_of(options, args, "campaign");
    char program[1024];
    el_buf words = {0};
    size_t n = all_words(cli, options, args, &words);
    const char **word = el_array(n, sizeof *word);
    uint64_t *row = el_array(plan->n, sizeof *row);
    const char *at = el_buf_text(&words);
    el_status st = EL_E_NOMEM;

    find_program(program, sizeof program);
    for (size_t i = 0; word && el_buf_ok(&words) && i < n; i++) {
        word[i] = at;
        at += strlen(at) + 1;
    }
    for (size_t i = 0; row && i < plan->n; i++)
        row[i] = plan->job[i].row;
    if (row)
        qsort(row, plan->n, sizeof *row, ascending);
    if (word && row && el_buf_ok(&words))
        st = el_slurm_script(
            &(el_slurm_args){
                .program = program,
                .name = campaign ? campaign : "energylens",
                .store = *(const char *const *)value_of(options, args, "store"),
                .word = word,
                .n_word = n,
                .option = option->v,
                .n_option = option->n,
                .row = row,
                .n_row = plan->n},
            out, err);
    else
        (void)el_fail(err, st, "slurm: out of memory");
    el_free(row);
    el_free(word);
    el_buf_clear(&words);
    return st;
}
