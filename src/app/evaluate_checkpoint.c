/* SPDX-License-Identifier: Apache-2.0 */
#include "app/evaluate_checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "energylens/known.h"
#include "io/file_hash.h"

#define FORMAT 1

/* --- whose file ----------------------------------------------------------- */

static void add_bytes(uint64_t *h, const void *bytes, size_t n)
{
    *h = el_hash_bytes(*h, bytes, n);
}

/* With its NUL, so that "a", "bc" is not "ab", "c". */
static void add_text(uint64_t *h, const char *text)
{
    add_bytes(h, text, strlen(text) + 1);
}

static void add_number(uint64_t *h, double value)
{
    value = el_is_known(value) ? value + 0.0 : -1.0e300; /* one NaN, no -0 */
    add_bytes(h, &value, sizeof value);
}

static void add_facts(uint64_t *h, const el_facts *facts)
{
#define ADD(member) add_number(h, facts->member);
    EL_FACTS_LIST(ADD)
#undef ADD
}

static void add_sample(uint64_t *h, const el_sample *s)
{
    const el_point *p = &s->point;
    const double number[] = {p->tp,
                             p->pp,
                             p->ep,
                             p->dp,
                             p->batch,
                             p->isl,
                             p->osl,
                             p->workload,
                             p->steady,
                             s->energy_j,
                             s->batch_size,
                             s->energy_node_j,
                             s->latency_s,
                             s->ttft_s,
                             s->itl_s,
                             s->run_s,
                             s->num_gpus,
                             s->repeat_ss,
                             (double)s->n_repeats};

    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        add_number(h, number[i]);
}

static void add_groups(uint64_t *h, const el_groups *groups)
{
    for (size_t g = 0; g < groups->n; g++) {
        const el_group *group = &groups->group[g];

        add_text(h, group->key.model);
        add_text(h, group->key.model_slug);
        add_text(h, group->key.gpu);
        add_text(h, group->key.precision);
        add_text(h, group->key.engine);
        add_facts(h, &group->facts);
        for (size_t k = 0; k < group->n_workload; k++)
            add_text(h, group->workload[k]);
        for (size_t i = 0; i < group->n; i++)
            add_sample(h, &group->sample[i]);
    }
}

static void add_options(uint64_t *h, const el_evaluate_args *args)
{
    const el_evaluate_options *o = &args->options;
    const double number[] = {o->splits,        o->samples, o->percent,
                             (double)o->seeds, o->scope,   o->free_batch,
                             o->batch_cut,     o->prior};

    for (size_t f = 0; f < o->n_form; f++)
        add_text(h, o->form[f]->name);
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        add_number(h, number[i]);
    for (size_t i = 0; i < args->n_more; i++)
        add_number(h, args->more_samples[i]);
}

/* --- what is in it -------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const el_kept_set *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return (x->set > y->set) - (x->set < y->set);
}

/* "count set text" */
static bool read_line(const char *line, el_kept_set *out)
{
    char *end;

    errno = 0;
    out->count = strtoul(line, &end, 10);
    if (errno || end == line || *end != ' ')
        return false;
    out->set = strtoul(end + 1, &end, 10);
    out->text = end + 1;
    return !errno && *end == ' ';
}

static el_status index_lines(el_evaluate_checkpoint *c, el_error *err)
{
    size_t n = c->journal.n_line;

    if (n == 0)
        return EL_OK;
    c->kept = el_array(n, sizeof *c->kept);
    if (!c->kept)
        return el_fail(err, EL_E_NOMEM, "%s: %zu lines", c->journal.path, n);
    for (size_t i = 0; i < n; i++)
        if (!read_line(c->journal.line[i], &c->kept[i]))
            return el_fail(err, EL_E_DATA, "%s:%zu: damaged", c->journal.path,
                           i + 2);
    c->n_kept = n;
    qsort(c->kept, n, sizeof *c->kept, by_place);
    return EL_OK;
}

static const char *recall(void *ctx, size_t i)
{
    const el_evaluate_checkpoint *c = ctx;
    const el_kept_set place = {.count = c->count, .set = i};
    const el_kept_set *found = NULL;

    if (c->n_kept > 0)
        found = bsearch(&place, c->kept, c->n_kept, sizeof place, by_place);
    return found ? found->text : NULL;
}

static el_status keep(void *ctx, size_t i, const char *text, el_error *err)
{
    el_evaluate_checkpoint *c = ctx;
    el_buf line = {0};
    el_status st;

    el_buf_printf(&line, "%zu %zu ", c->count, i);
    el_buf_add(&line, text);
    if (el_buf_ok(&line)) {
        (void)pthread_mutex_lock(&c->lock);
        st = el_journal_add(&c->journal, el_buf_text(&line), err);
        (void)pthread_mutex_unlock(&c->lock);
    } else {
        st = el_fail(err, EL_E_NOMEM, "%s: a line", c->journal.path);
    }
    el_buf_clear(&line);
    return st;
}

/* --- open and close ------------------------------------------------------- */

static el_status open_journal(const el_evaluate_args *args,
                              const el_groups *groups, uint64_t seed,
                              el_evaluate_checkpoint *c, el_error *err)
{
    uint64_t h = EL_HASH_START;
    char head[96];

    add_text(&h, EL_VERSION);
    add_bytes(&h, &seed, sizeof seed);
    add_options(&h, args);
    add_groups(&h, groups);
    (void)snprintf(head, sizeof head,
                   "energylens.evaluate.checkpoint %d %016jx", FORMAT,
                   (uintmax_t)h);
    return el_journal_open(args->checkpoint, head, args->resume, &c->journal,
                           err);
}

el_status el_evaluate_checkpoint_open(const el_evaluate_args *args,
                                      const el_groups *groups,
                                      const el_task *task,
                                      el_evaluate_checkpoint *c, el_error *err)
{
    el_status st;

    memset(c, 0, sizeof *c);
    if (!args->checkpoint)
        return EL_OK;
    if (args->resume && access(args->checkpoint, F_OK) != 0 && errno == ENOENT)
        el_task_warn(task, "--resume: %s is not there: from the beginning",
                     args->checkpoint);
    st = open_journal(args, groups, task ? task->seed : 0, c, err);
    if (st == EL_OK)
        st = index_lines(c, err);
    if (st == EL_OK && pthread_mutex_init(&c->lock, NULL) != 0)
        st = el_fail(err, EL_E_NOMEM, "%s: no mutex", args->checkpoint);
    if (st == EL_OK) {
        c->keeper = (el_evaluate_keeper){recall, keep, c};
        return EL_OK;
    }
    el_free(c->kept);
    el_journal_close(&c->journal);
    return st;
}

void el_evaluate_checkpoint_close(el_evaluate_checkpoint *c)
{
    if (c->keeper.keep)
        (void)pthread_mutex_destroy(&c->lock);
    el_free(c->kept);
    el_journal_close(&c->journal);
    memset(c, 0, sizeof *c);
}
