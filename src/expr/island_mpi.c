/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Islands in the processes of an MPI job. Linked into energylens-mpi in the
 * place of island_serial.c. Rank 0 is the program; the others wait for work
 * (el_island_serve) and read no file. A process that cannot go on ends the job:
 * its islands would be missing.
 */
#include "expr/island_mpi.h"

#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "expr/checkpoint.h"

/* Rules without pointers. */
typedef struct law_book {
    bool any, units, result, wild, directions, parts, shaped;
    el_unit column[EL_EXPR_MAX_COLS], of_result;
    el_direction direction[EL_EXPR_MAX_COLS];
    el_part part[EL_EXPR_MAX_COLS];
    el_template shape;
} law_book;

/* What goes ahead of the columns; all processes run the same program. */
typedef struct header {
    int serve; /* 0: the end */
    size_t n_row, n_col, n_byte;
    el_discover_options options; /* without its pointers */
    uint64_t seed;
    double exact;
    unsigned threads;
    law_book book;
} header;

static law_book write_book(const el_rules *rules, size_t n_col)
{
    law_book b;

    memset(&b, 0, sizeof b);
    if (!rules)
        return b;
    b.any = true;
    b.units = rules->units != NULL;
    b.directions = rules->direction != NULL;
    b.parts = rules->part != NULL;
    for (size_t k = 0; k < n_col; k++) {
        if (b.units)
            b.column[k] = rules->units->column[k];
        if (b.directions)
            b.direction[k] = rules->direction[k];
        if (b.parts)
            b.part[k] = rules->part[k];
    }
    b.wild = b.units && rules->units->wild;
    b.shaped = rules->shape != NULL;
    if (b.shaped)
        b.shape = *rules->shape;
    b.result = b.units && rules->units->result;
    if (b.result)
        b.of_result = *rules->units->result;
    return b;
}

static el_status failed(const char *what, int code, el_error *err)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int n = 0;

    (void)MPI_Error_string(code, text, &n);
    return el_fail(err, EL_E_IO, "mpi: %s: %s", what, text);
}

/* In pieces that a count of MPI can hold. */
static int broadcast(void *bytes, size_t n)
{
    char *p = bytes;
    int code = MPI_SUCCESS;

    while (n > 0 && code == MPI_SUCCESS) {
        const size_t piece = n < INT_MAX ? n : INT_MAX;

        code = MPI_Bcast(p, (int)piece, MPI_BYTE, 0, MPI_COMM_WORLD);
        p += piece;
        n -= piece;
    }
    return code;
}

static el_status invite(const el_island_job *job, void *ctx, el_error *err)
{
    const size_t n = job->columns->n_row, p = job->columns->n_col;
    header h = {.serve = 1,
                .n_row = n,
                .n_col = p,
                .n_byte = job->n_byte,
                .options = *job->options,
                .seed = job->seed,
                .exact = job->exact,
                .threads = job->threads,
                .book = write_book(job->rules, p)};
    double *value = el_array(n * (p + 1), sizeof *value);
    char *state = el_array(job->n_byte, 1);
    int code;
    el_status st = EL_OK;

    (void)ctx;
    if (!value || !state) {
        st = el_fail(err, EL_E_NOMEM, "mpi: %zu rows", n);
        goto done;
    }
    for (size_t k = 0; k < p; k++)
        memcpy(value + k * n, job->columns->col[k], n * sizeof *value);
    memcpy(value + p * n, job->y, n * sizeof *value);
    memcpy(state, job->state, job->n_byte);
    code = broadcast(&h, sizeof h);
    if (code == MPI_SUCCESS)
        code = broadcast(value, n * (p + 1) * sizeof *value);
    if (code == MPI_SUCCESS)
        code = broadcast(state, job->n_byte);
    if (code != MPI_SUCCESS)
        st = failed("invitation", code, err);
done:
    el_free(state);
    el_free(value);
    return st;
}

static el_status agree(bool *go_on, void *ctx, el_error *err)
{
    unsigned char yes = *go_on;
    const int code = broadcast(&yes, 1);

    (void)ctx;
    if (code != MPI_SUCCESS)
        return failed("agreement", code, err);
    *go_on = yes;
    return EL_OK;
}

/* Item by item from its owner: some tens of KB each. */
static el_status share(void *item, size_t size, unsigned n, void *ctx,
                       el_error *err)
{
    const el_island_link *link = el_island_link_get();

    (void)ctx;
    for (unsigned i = 0; i < n; i++) {
        const int owner = (int)el_island_owner(link, i, n);
        const int code = MPI_Bcast((char *)item + i * size, (int)size, MPI_BYTE,
                                   owner, MPI_COMM_WORLD);

        if (code != MPI_SUCCESS)
            return failed("exchange", code, err);
    }
    return EL_OK;
}

/* Filled in by el_island_start(), before any thread is. */
static el_island_link here = {0, 1, invite, agree, share, NULL};

const el_island_link *el_island_link_get(void)
{
    return &here;
}

bool el_island_start(int *argc, char ***argv)
{
    int rank = 0, n_rank = 1, level = 0;

    if (MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &level) !=
            MPI_SUCCESS ||
        level < MPI_THREAD_FUNNELED)
        return false;
    (void)MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    (void)MPI_Comm_size(MPI_COMM_WORLD, &n_rank);
    here.rank = (unsigned)rank;
    here.n_rank = (unsigned)n_rank;
    return true;
}

static void no_save(const void *state, size_t n_byte, void *ctx)
{
    (void)state;
    (void)n_byte;
    (void)ctx;
}

static el_status evolve(const header *h, double *value, const char *state,
                        el_error *err)
{
    const double *col[EL_EXPR_MAX_COLS];
    const el_columns columns = {col, h->n_col, h->n_row};
    const double *y = value + h->n_col * h->n_row;
    const el_task task = {.seed = h->seed, .threads = h->threads};
    el_archive *archive = el_array(1, sizeof *archive);
    el_discover_options options = h->options;
    const el_unit_rules units = {h->book.column,
                                 h->book.result ? &h->book.of_result : NULL,
                                 h->book.wild};
    el_rules rules = {.units = NULL};
    el_evolution *e = NULL;
    bool exact = false;
    el_status st = EL_OK;

    if (!archive)
        return el_fail(err, EL_E_NOMEM, "mpi: archive");
    for (size_t k = 0; k < h->n_col; k++)
        col[k] = value + k * h->n_row;
    /* islands are gathered for a checkpoint, which rank 0 writes */
    options.save = h->options.save ? no_save : NULL;
    options.resume = NULL;
    options.show = NULL;
    options.units = h->book.units ? &units : NULL;
    options.direction = h->book.directions ? h->book.direction : NULL;
    options.part = h->book.parts ? h->book.part : NULL;
    options.shape = h->book.shaped ? &h->book.shape : NULL;
    options.scales = NULL; /* rank 0 selects */
    options.group = NULL;
    el_archive_init(archive, &columns, y, options.loss);
    archive->exact = h->exact;
    if (h->book.any) {
        st = el_rules_init(&rules, &options, &columns, err);
        archive->rules = &rules;
    }
    if (st == EL_OK)
        st = el_evolution_new(&columns, y, &options, h->seed, archive, &here,
                              &e, err);
    if (st == EL_OK)
        st = el_evolution_load(e, archive, state, h->n_byte, err);
    if (st == EL_OK)
        st = el_evolution_run(e, archive, &task, &exact, err);
    el_evolution_free(e);
    el_rules_clear(&rules);
    el_free(archive);
    return st;
}

static el_status serve(const header *h, el_error *err)
{
    const size_t n = h->n_row * (h->n_col + 1);
    double *value = el_array(n, sizeof *value);
    char *state = el_array(h->n_byte, 1);
    int code;
    el_status st;

    if (!value || !state) {
        st = el_fail(err, EL_E_NOMEM, "mpi: %zu rows", h->n_row);
        goto done;
    }
    code = broadcast(value, n * sizeof *value);
    if (code == MPI_SUCCESS)
        code = broadcast(state, h->n_byte);
    st = code == MPI_SUCCESS ? evolve(h, value, state, err)
                             : failed("invitation", code, err);
done:
    el_free(state);
    el_free(value);
    return st;
}

el_status el_island_serve(el_error *err)
{
    el_status st = EL_OK;

    while (st == EL_OK) {
        header h;
        const int code = broadcast(&h, sizeof h);

        if (code != MPI_SUCCESS)
            return failed("wait", code, err);
        if (!h.serve)
            break;
        st = serve(&h, err);
    }
    return st;
}

void el_island_stop(bool in_order)
{
    header h;

    if (!in_order)
        (void)MPI_Abort(MPI_COMM_WORLD, 70);
    memset(&h, 0, sizeof h);
    if (here.rank == 0)
        (void)broadcast(&h, sizeof h);
    (void)MPI_Finalize();
}
