/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_docs.h"

#include <string.h>

#include "base/mem.h"
#include "io/csv_text.h"
#include "io/json.h"

/* One UTF-16 unit of data at i. */
static unsigned unit(const unsigned char *data, size_t i, bool big)
{
    return big ? (unsigned)data[i] << 8 | data[i + 1]
               : (unsigned)data[i + 1] << 8 | data[i];
}

/* UTF-8 of one code point; its bytes. */
static size_t put(char *out, unsigned long c)
{
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)((n == 1 ? 0u : lead[n]) | c);
    return n;
}

/* False: half a pair. out has room for 3 bytes a unit. */
static bool from_utf16(const unsigned char *data, size_t size, char *out,
                       size_t *len)
{
    bool big = data[0] == 0xFE;

    *len = 0;
    for (size_t i = 2; i + 1 < size; i += 2) {
        unsigned long c = unit(data, i, big);

        if (c >= 0xD800 && c < 0xDC00 && i + 3 < size) {
            unsigned long low = unit(data, i + 2, big);

            if (low < 0xDC00 || low > 0xDFFF)
                return false;
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i += 2;
        } else if (c >= 0xD800 && c < 0xE000) {
            return false;
        }
        *len += put(out + *len, c);
    }
    return true;
}

el_status el_import_decode(const char *data, size_t size, const char *name,
                           char **text, size_t *len, el_error *err)
{
    const unsigned char *bytes = (const unsigned char *)data;
    bool wide = size >= 2 && ((bytes[0] == 0xFF && bytes[1] == 0xFE) ||
                              (bytes[0] == 0xFE && bytes[1] == 0xFF));
    size_t bom = el_text_bom(data, size), n = size - bom, bad;
    const char *foreign = wide ? NULL : el_text_foreign(data, size);
    char *out;

    if (foreign)
        return el_fail(err, EL_E_DATA, "%s: %s", name, foreign);
    out = el_array(wide ? size / 2 * 3 + 1 : n + 1, 1);
    if (!out)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", name);
    if (wide && !from_utf16(bytes, size, out, &n)) {
        el_free(out);
        return el_fail(err, EL_E_DATA, "%s: broken UTF-16 text", name);
    }
    if (!wide && n > 0)
        memcpy(out, data + bom, n);
    bad = el_text_bad_byte(out, n);
    if (bad < n) {
        el_free(out);
        return el_fail(err, EL_E_DATA,
                       "%s: byte %zu is no UTF-8 text: not a file that a "
                       "benchmark or power logger wrote, or damaged",
                       name, bad + 1);
    }
    *text = out;
    *len = n;
    return EL_OK;
}

/* Python writes Infinity, -Infinity and NaN, which JSON has not. */
static void mask_not_finite(char *text, size_t len)
{
    static const char *const names[] = {"-Infinity", "Infinity", "NaN"};
    bool quoted = false;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"')
            quoted = !quoted;
        else if (quoted && text[i] == '\\')
            i++;
        for (size_t k = 0; !quoted && k < 3; k++) {
            size_t n = strlen(names[k]);

            if (len - i >= n && memcmp(text + i, names[k], n) == 0) {
                memset(text + i, ' ', n);
                /* "" is no number either; NaN has no room for null */
                memcpy(text + i, n > 3 ? "null" : "\"\"", n > 3 ? 4 : 2);
                i += n - 1;
                break;
            }
        }
    }
}

/* Length of the value that begins with a bracket at text; 0: it never ends. */
static size_t extent(const char *text, size_t len)
{
    bool quoted = false;
    size_t depth = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']') && --depth == 0)
            return i + 1;
    }
    return 0;
}

static el_status take(el_import_file *file, json_t *doc, el_error *err)
{
    if (json_is_array(doc)) {
        file->docs = doc;
        file->is_array = true;
        return EL_OK;
    }
    file->docs = json_array();
    if (json_array_append_new(file->docs, doc) == 0)
        return EL_OK;
    json_decref(file->docs);
    file->docs = NULL;
    return el_fail(err, EL_E_NOMEM, "%s: out of memory", file->name);
}

/* The next line that is not blank from *at on; false at the end. */
static bool next_line(const char *text, size_t len, size_t *at, el_slice *line)
{
    while (*at < len) {
        const char *end = memchr(text + *at, '\n', len - *at);
        size_t n = end ? (size_t)(end - text) - *at : len - *at;

        *line = (el_slice){text + *at, n};
        *at += n + (end != NULL);
        if (strspn(line->text, " \t\r") < n)
            return true;
    }
    return false;
}

/* One object a line; docs stays NULL where a line but the last is none. */
static el_status lines(el_import_file *file, const char *text, el_error *err)
{
    json_t *docs = json_array();
    size_t at = 0;
    el_slice line;
    el_status st = EL_OK;

    if (!docs)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", file->name);
    while (st == EL_OK && next_line(text, file->len, &at, &line)) {
        json_t *doc = NULL;

        st = el_json_parse(line.text, line.len, file->name, &doc, err);
        if (st == EL_E_DATA || (st == EL_OK && !json_is_object(doc))) {
            json_decref(doc);
            st = EL_E_DATA;
            break;
        }
        if (st == EL_OK && json_array_append_new(docs, doc) != 0)
            st = el_fail(err, EL_E_NOMEM, "%s: out of memory", file->name);
    }
    if (st == EL_E_DATA && json_array_size(docs) > 0 &&
        !next_line(text, file->len, &at, &line)) {
        file->cut_lines = true;
        st = EL_OK;
    }
    if (st == EL_OK)
        file->docs = docs;
    else
        json_decref(docs);
    return st;
}

/* A document that begins a line somewhere below other text. */
static el_status buried(el_import_file *file, const char *text, el_error *err)
{
    size_t at = 0;
    el_slice line;

    for (int i = 0; i < 64 && next_line(text, file->len, &at, &line); i++) {
        size_t from = (size_t)(line.text - text), n;
        json_t *doc = NULL;
        el_status st;

        if (*line.text != '{' && *line.text != '[')
            continue;
        n = extent(line.text, file->len - from);
        if (n == 0)
            return EL_OK;
        st = el_json_parse(line.text, n, file->name, &doc, err);
        if (st == EL_OK)
            return take(file, doc, err);
        return st == EL_E_DATA ? EL_OK : st;
    }
    return EL_OK;
}

static el_status documents(el_import_file *file, const char *text,
                           el_error *err)
{
    size_t from = strspn(text, " \t\r\n");
    el_error whole = {0}, each = {0};
    json_t *doc = NULL;
    el_status st;

    if (text[from] != '{' && text[from] != '[')
        return buried(file, text, err);
    st = el_json_parse(text, file->len, file->name, &doc, &whole);
    if (st == EL_OK)
        return take(file, doc, err);
    if (st == EL_E_DATA)
        st = lines(file, text, &each);
    if (st == EL_OK)
        return EL_OK;
    return el_fail(err, st, "%s",
                   st == EL_E_DATA ? whole.message : "import: out of memory");
}

el_status el_import_docs(el_import_file *file, el_error *err)
{
    char *text = el_array(file->len + 1, 1);
    el_status st;

    if (!text)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", file->name);
    memcpy(text, file->text, file->len);
    mask_not_finite(text, file->len);
    st = documents(file, text, err);
    el_free(text);
    return st;
}
