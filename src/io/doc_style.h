/* SPDX-License-Identifier: Apache-2.0 */
/* How documents look. Charts are drawn dark on white; where the page is dark
 * their greys are turned by their values in plot_draw.c. Used by doc.c alone.
 * Layer: io. */
#ifndef EL_IO_DOC_STYLE_H
#define EL_IO_DOC_STYLE_H

/* clang-format off */
#define EL_DOC_STYLE \
":root{--part-bg:#bcd6ea;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--soft:#f6f8fa;--accent:#0060a0}\n" \
"@media screen and (prefers-color-scheme:dark){:root{--part-bg:#27496a;--bg:#14171c;--fg:#e6e9ed;--dim:#a5adb8;--line:#3a424d;--soft:#1d222a;--accent:#6cb6ff}\n" \
"svg [fill=\"#FFFFFF\"]{fill:#14171c}svg [stroke=\"#FFFFFF\"]{stroke:#14171c}" \
"svg [fill=\"#222222\"]{fill:#e6e9ed}svg [fill=\"#666666\"]{fill:#a5adb8}" \
"svg [stroke=\"#222222\"]{stroke:#e6e9ed}svg [stroke=\"#666666\"]{stroke:#a5adb8}" \
"svg [stroke=\"#E6E6E6\"]{stroke:#2b323b}svg [stroke=\"#F3F3F3\"]{stroke:#20262e}" \
"svg [fill=\"#0072B2\"]{fill:#5aaef0}svg [stroke=\"#0072B2\"]{stroke:#5aaef0}}\n" \
"*{box-sizing:border-box}body{margin:0 auto;max-width:62rem;padding:1.5rem;background:var(--bg);color:var(--fg);font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}\n" \
"h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0 .5rem}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-top:.8rem;border-top:1px solid var(--line)}\n" \
"header p,figcaption,caption,footer{color:var(--dim)}footer{margin-top:2.5rem;border-top:1px solid var(--line);font-size:.85rem;overflow-wrap:anywhere}\n" \
".call{border-left:4px solid var(--accent);background:var(--soft);padding:.7rem 1rem;font-size:1.08rem}\n" \
".wide{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem;min-width:50%}\n" \
"caption{text-align:left;padding-bottom:.4rem}th,td{padding:.28rem .8rem .28rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;white-space:nowrap}\n" \
"th[scope=row]{font-weight:600;white-space:normal;min-width:min(11rem,32vw)}.n{text-align:right}.part{min-width:17rem;background:linear-gradient(to right,var(--part-bg) var(--part),transparent 0) 0 50%/calc(100% - 5rem) 60% no-repeat;-webkit-print-color-adjust:exact;print-color-adjust:exact}td:last-child:not(.n){white-space:normal;min-width:10rem}\n" \
"pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.7rem .9rem;overflow-x:auto;font:.86rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}\n" \
"figure{margin:1.2rem 0}figure svg{width:100%;max-width:54rem;min-width:32rem;height:auto;display:block}figcaption{font-size:.9rem}\n" \
":focus-visible{outline:2px solid var(--accent);outline-offset:2px}\n" \
"@media print{body{max-width:none;padding:0;font-size:11pt}section,figure,.wide{break-inside:avoid}h2{break-after:avoid}.wide{overflow:visible}figure svg{max-width:15cm;min-width:0}}\n"
/* clang-format on */

#endif
