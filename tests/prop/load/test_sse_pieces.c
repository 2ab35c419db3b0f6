/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes, cut anywhere: the events of a parser that sees all at once. */
#include "el_test.h"

#include <stdlib.h>
#include <string.h>

#include "load/sse.h"

#define MAX_BYTES 400u
#define ROUNDS    3000u

typedef struct list {
    char text[8 * MAX_BYTES]; /* each event and a NUL */
    size_t len;
} list;

static void add(list *l, const char *data, size_t len)
{
    memcpy(l->text + l->len, data, len);
    l->len += len;
    l->text[l->len++] = '\0';
}

static bool hear(const char *data, size_t len, void *ctx)
{
    add(ctx, data, len);
    return true;
}

/* Pieces that matter to the grammar come often. */
static size_t draw(uint64_t *seed, char *out)
{
    static const char *const part[] = {
        "data", ":",    " ",       "\n",           "\r",     "\r\n", "a",
        "id",   "\n\n", "data: x", "\xEF\xBB\xBF", "[DONE]", "event"};
    size_t n = 0, wanted = el_test_next(seed) % (MAX_BYTES - 8);

    while (n < wanted) {
        const char *p = part[el_test_next(seed) % 13];

        while (*p)
            out[n++] = *p++;
    }
    return n;
}

/* The standard, line by line, over the whole text. */
static void reference(const char *p, size_t n, list *out)
{
    char data[2 * MAX_BYTES];
    size_t len = 0, i = 0;

    if (n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        i = 3;
    while (i < n) {
        size_t end = i, value = i + 4;

        while (end < n && p[end] != '\n' && p[end] != '\r')
            end++;
        if (end == n)
            return; /* a line that has no end */
        if (end == i) {
            if (len > 0)
                add(out, data, len - 1);
            len = 0;
        } else if (end - i >= 4 && memcmp(p + i, "data", 4) == 0 &&
                   (end == i + 4 || p[i + 4] == ':')) {
            value += value < end;
            value += value < end && p[value] == ' ';
            memcpy(data + len, p + value, end - value);
            len += end - value;
            data[len++] = '\n';
        }
        i = end + 1;
        if (p[end] == '\r' && i < n && p[i] == '\n')
            i++;
    }
}

static void test_pieces(void **state)
{
    uint64_t seed = 20261121;
    (void)state;

    for (size_t round = 0; round < ROUNDS; round++) {
        uint64_t this_seed = seed;
        char stream[MAX_BYTES + 16];
        size_t n = draw(&seed, stream), at = 0;
        list want = {.len = 0}, got = {.len = 0};
        el_sse s = {.begun = false};

        reference(stream, n, &want);
        while (at < n) {
            size_t k = 1 + el_test_next(&seed) % (round % 40 + 1);

            k = k < n - at ? k : n - at;
            /* its own block: a read beyond the piece is seen */
            char *piece = malloc(k);

            assert_non_null(piece);
            memcpy(piece, stream + at, k);
            assert_int_equal(el_sse_feed(&s, piece, k, hear, &got), EL_OK);
            free(piece);
            at += k;
        }
        el_sse_clear(&s);
        if (got.len != want.len || memcmp(got.text, want.text, got.len) != 0)
            fail_msg("seed %llu: %zu bytes of events, not %zu",
                     (unsigned long long)this_seed, got.len, want.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pieces)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
