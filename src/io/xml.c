/* SPDX-License-Identifier: Apache-2.0 */
#include "io/xml.h"

#include <string.h>

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return (unsigned char)c < 0x20 && c != '\n' ? " " : NULL;
    }
}

void el_xml_text(el_buf *out, const char *text)
{
    while (*text) {
        const char *special = NULL;
        size_t n = 0;

        while (text[n] && !(special = entity(text[n])))
            n++;
        el_buf_add_n(out, text, n);
        if (special)
            el_buf_add(out, special);
        text += n + (special != NULL);
    }
}
