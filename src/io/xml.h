/* SPDX-License-Identifier: Apache-2.0 */
/* Text inside SVG and HTML. Layer: io. */
#ifndef EL_IO_XML_H
#define EL_IO_XML_H
#include "base/str.h"

/* & < > and quotes as entities; control characters, which XML has not, as
 * spaces. */
void el_xml_text(el_buf *out, const char *text);

#endif
