/* SPDX-License-Identifier: Apache-2.0 */
#include "app/profile_slurm.h"

#include <string.h>

#define WARN_S 120 /* before the limit, so that the engine can be stopped */

/* One word for a POSIX shell. */
static void quote(const char *word, el_buf *out)
{
    el_buf_add(out, "'");
    for (; *word; word++) {
        if (*word == '\'')
            el_buf_add(out, "'\\''");
        else
            el_buf_add_n(out, word, 1);
    }
    el_buf_add(out, "'");
}

/* 1-4,7,9-12 */
static void print_rows(const el_slurm_args *a, el_buf *out)
{
    for (size_t i = 0; i < a->n_row;) {
        size_t k = i;

        while (k + 1 < a->n_row && a->row[k + 1] == a->row[k] + 1)
            k++;
        el_buf_printf(out, "%s%llu", i ? "," : "",
                      (unsigned long long)a->row[i]);
        if (k > i)
            el_buf_printf(out, "-%llu", (unsigned long long)a->row[k]);
        i = k + 1;
    }
}

static void print_head(const el_slurm_args *a, el_buf *out)
{
    el_buf_printf(out,
                  "#!/bin/sh\n"
                  "# Made by energylens profile --slurm. `sh FILE` submits it; "
                  "sbatch does the rest.\n"
                  "#SBATCH --job-name=%s\n#SBATCH --array=",
                  a->name);
    print_rows(a, out);
    el_buf_printf(out,
                  "\n#SBATCH --requeue\n#SBATCH --open-mode=append\n"
                  "#SBATCH --signal=B:USR1@%d\n",
                  WARN_S);
    for (size_t i = 0; i < a->n_option; i++)
        el_buf_printf(out, "#SBATCH %s\n", a->option[i]);
    el_buf_add(out, "\nenergylens=");
    quote(a->program, out);
    el_buf_add(out, "\nstore=");
    quote(a->store, out);
    el_buf_add(out, "\nname=");
    quote(a->name, out);
    el_buf_add(out, "\n\nmeasure() {\n    exec \"$energylens\" profile");
    for (size_t i = 0; i < a->n_word; i++) {
        el_buf_add(out, " ");
        quote(a->word[i], out);
    }
    el_buf_add(out, " \\\n        --row \"$1\" --store \"$store.task-$1\" "
                    "--resume --quiet\n}\n\n");
}

/* What is the same for every job. */
static const char tail[] =
    "# all tasks have ended, well or not: what they stored, into one\n"
    "if [ \"${1:-}\" = merge ]; then\n"
    "    exec \"$energylens\" store merge \"$store\" \"$store\".task-*[0-9]\n"
    "fi\n"
    "\n"
    "# a task; near its time limit it stops the run and goes to the queue "
    "again\n"
    "if [ -n \"${SLURM_ARRAY_TASK_ID:-}\" ]; then\n"
    "    measure \"$SLURM_ARRAY_TASK_ID\" &\n"
    "    child=$!\n"
    "    again=\n"
    "    trap 'again=1; kill -TERM \"$child\" 2>/dev/null' USR1\n"
    "    trap 'kill -TERM \"$child\" 2>/dev/null' TERM INT\n"
    "    wait \"$child\"\n"
    "    code=$?\n"
    "    while kill -0 \"$child\" 2>/dev/null; do wait \"$child\"; code=$?; "
    "done\n"
    "    if [ -n \"$again\" ]; then\n"
    "        scontrol requeue "
    "\"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\"\n"
    "    fi\n"
    "    exit \"$code\"\n"
    "fi\n"
    "\n"
    "# a person: once in the queue is enough\n"
    "if squeue --noheader --name=\"$name\" --user=\"$(id -un)\" | grep -q .; "
    "then\n"
    "    echo \"$name is in the queue already: squeue --name=$name\" >&2\n"
    "    exit 1\n"
    "fi\n"
    "job=$(sbatch --parsable \"$0\") || exit 4\n"
    "job=${job%%;*} # \"id;cluster\" where there are several\n"
    "sbatch --parsable --array=0 --dependency=\"afterany:$job\" "
    "--job-name=\"$name-merge\" \\\n"
    "    \"$0\" merge >/dev/null || exit 4\n"
    "echo \"submitted $job; results go to $store when all tasks have ended\"\n";

static el_status check(const el_slurm_args *a, el_error *err)
{
    if (strncmp(a->store, "postgres", 8) == 0 && strstr(a->store, "://"))
        return el_fail(err, EL_E_ARG,
                       "--slurm: a database needs no merging: give each task "
                       "--store postgresql://... itself");
    for (size_t i = 0; i < a->n_word + a->n_option; i++) {
        const char *w = i < a->n_word ? a->word[i] : a->option[i - a->n_word];

        if (strchr(w, '\n'))
            return el_fail(err, EL_E_ARG, "--slurm: a newline in \"%.80s\"", w);
    }
    for (const char *c = a->name; *c; c++)
        if (strchr(" \t\n'\"$`\\", *c))
            return el_fail(err, EL_E_ARG,
                           "--campaign: \"%.80s\" cannot name a job", a->name);
    return EL_OK;
}

el_status el_slurm_script(const el_slurm_args *args, el_buf *out, el_error *err)
{
    el_status st = check(args, err);

    if (st != EL_OK)
        return st;
    print_head(args, out);
    el_buf_add(out, tail);
    return el_buf_ok(out) ? EL_OK
                          : el_fail(err, EL_E_NOMEM, "slurm: out of memory");
}
