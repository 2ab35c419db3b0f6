/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "io/fit_json_part.h"

#define LINE_FLAGS (JSON_SORT_KEYS | JSON_REAL_PRECISION(17) | JSON_ENCODE_ANY)

static int append(const char *text, size_t len, void *ctx)
{
    el_buf_add_n(ctx, text, len);
    return el_buf_ok(ctx) ? 0 : -1;
}

static bool is_container(const json_t *v)
{
    return json_is_object(v) || json_is_array(v);
}

static bool is_flat(const json_t *v)
{
    const char *key;
    const json_t *child;
    size_t i;
    json_t *open;

    /* iteration does not change it; jansson's type cannot say so */
    memcpy(&open, &v, sizeof(void *));
    if (json_is_object(v)) {
        json_object_foreach(open, key, child)
        {
            if (is_container(child))
                return false;
        }
    }
    if (json_is_array(v)) {
        json_array_foreach(open, i, child)
        {
            if (is_container(child))
                return false;
        }
    }
    return true;
}

static void print_line(const json_t *v, el_buf *out)
{
    if (json_dump_callback(v, append, out, LINE_FLAGS) != 0)
        out->failed = true;
}

static void indent(size_t depth, el_buf *out)
{
    el_buf_add(out, "\n");
    for (size_t i = 0; i < depth; i++)
        el_buf_add(out, " ");
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_key(const char *key, el_buf *out)
{
    json_t *text = json_string(key);

    if (!text) {
        out->failed = true;
        return;
    }
    print_line(text, out);
    el_buf_add(out, ": ");
    json_decref(text);
}

static void print_value(const json_t *v, size_t depth, el_buf *out);

static void print_object(/* NOLINT(misc-no-recursion) */
                         const json_t *v, size_t depth, el_buf *out)
{
    size_t n = json_object_size(v), k = 0;
    const char **keys = el_array(n, sizeof *keys);
    json_t *open;

    memcpy(&open, &v, sizeof(void *));
    if (!keys) {
        out->failed = true;
        return;
    }
    for (void *i = json_object_iter(open); i;
         i = json_object_iter_next(open, i))
        keys[k++] = json_object_iter_key(i);
    qsort(keys, n, sizeof *keys, compare_keys);
    for (k = 0; k < n; k++) {
        el_buf_add(out, k ? "," : "{");
        indent(depth + 1, out);
        print_key(keys[k], out);
        print_value(json_object_get(v, keys[k]), depth + 1, out);
    }
    indent(depth, out);
    el_buf_add(out, "}");
    el_free(keys);
}

static void print_array(/* NOLINT(misc-no-recursion) */
                        const json_t *v, size_t depth, el_buf *out)
{
    for (size_t i = 0; i < json_array_size(v); i++) {
        el_buf_add(out, i ? "," : "[");
        indent(depth + 1, out);
        print_value(json_array_get(v, i), depth + 1, out);
    }
    indent(depth, out);
    el_buf_add(out, "]");
}

/* Depth is that of a fit file: a handful of levels. */
static void print_value(const json_t *v, /* NOLINT(misc-no-recursion) */
                        size_t depth, el_buf *out)
{
    if (is_flat(v))
        print_line(v, out);
    else if (json_is_object(v))
        print_object(v, depth, out);
    else
        print_array(v, depth, out);
}

el_status el_fit_doc_print(const json_t *doc, el_buf *out, el_error *err)
{
    if (doc) {
        print_value(doc, 0, out);
        el_buf_add(out, "\n");
    }
    if (!doc || !el_buf_ok(out))
        return el_fail(err, EL_E_NOMEM, "fit file: out of memory");
    return EL_OK;
}
