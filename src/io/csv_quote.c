/* SPDX-License-Identifier: Apache-2.0 */
#include "io/csv.h"

void el_csv_quote(el_buf *buf, const char *text, size_t len)
{
    size_t from = 0;
    size_t i;
    bool plain = true;

    for (i = 0; i < len && plain; i++)
        plain = text[i] != '"' && text[i] != ',' && text[i] != '\n' &&
                text[i] != '\r';
    if (plain) {
        el_buf_add_n(buf, text, len);
        return;
    }
    el_buf_add(buf, "\"");
    for (i = 0; i < len; i++) {
        if (text[i] == '"') { /* the quote goes out twice */
            el_buf_add_n(buf, text + from, i + 1 - from);
            from = i;
        }
    }
    el_buf_add_n(buf, text + from, len - from);
    el_buf_add(buf, "\"");
}
