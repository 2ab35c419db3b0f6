// SPDX-License-Identifier: Apache-2.0
// Numbers as the command line writes them: significant digits, SI prefixes.

const none = "–";

// "0.160", "1.06", "1250": n digits, none of a whole number lost.
export function digits(v, n = 3) {
  if (v === null || v === undefined || Number.isNaN(v)) return none;
  if (v === 0) return "0";
  const whole = Math.abs(v) >= 10 ** n - 0.5;
  const text = whole ? v.toFixed(0) : v.toPrecision(n);
  return (text.includes("e") ? v.toFixed(n - 1 - Math.floor(Math.log10(Math.abs(v)))) : text).replace("-", "−");
}

const prefixes = [[1e-9, "n"], [1e-6, "µ"], [1e-3, "m"], [1, ""], [1e3, "k"], [1e6, "M"], [1e9, "G"], [1e12, "T"]];

export function si(v, unit) {
  if (v === null || v === undefined) return none;
  if (v === 0) return `0 ${unit}`;
  const p = prefixes.find(([k]) => Math.abs(v) / k < 999.5) || prefixes.at(-1);
  return `${digits(v / p[0])} ${p[1]}${unit}`;
}

// "50 ms" rather than "50.0 ms": what a person set.
export const set = (v) => String(+v.toPrecision(4));
export const setTime = (s) => (s < 1 ? `${set(s * 1e3)} ms` : `${set(s)} s`);

export const percent = (share) => `${(100 * share).toFixed(1)} %`;
export const change = (ratio) => `${ratio >= 0 ? "+" : "−"}${Math.abs(100 * ratio).toFixed(1)} %`;

const J_PER_KWH = 3.6e6;
export const kwhPerMillion = (c) => c.energy_per_output_token_j * 1e6 / J_PER_KWH;
export const interval = (c, dash = " to ") => `${digits(c.energy_per_request_lo_j / c.output_tokens, 2)}${dash}${digits(c.energy_per_request_hi_j / c.output_tokens, 2)}`;

// "h100-sxm5-80gb fp8 tp=2 batch=16": GPU and precision where there are several.
export function nameOf(c, among) {
  const parts = [];
  if (among && among.gpus > 1) parts.push(c.gpu);
  if (among && among.precisions > 1) parts.push(c.precision);
  parts.push(`tp=${c.tp}`);
  for (const [key, what] of [["pp", c.pp], ["ep", c.ep], ["dp", c.dp]]) if (what > 1) parts.push(`${key}=${what}`);
  parts.push(`batch=${c.batch_size}`);
  return parts.join(" ");
}

const limits = {
  request_rate: (r) => `serves ${digits(r.allowed)} of ${digits(r.value)} requests/s`,
  weights: (r) => `weights ${si(r.value, "B")} a GPU, room for ${si(r.allowed, "B")}`,
  kv_cache: (r) => `KV cache of ${digits(r.value)} tokens, room for ${digits(r.allowed)}`,
  gpus: (r) => `needs ${r.value} GPUs of ${r.allowed}`,
  ttft: (r) => `TTFT ${si(r.value, "s")}, limit ${setTime(r.allowed)}`,
  tpot: (r) => `TPOT ${si(r.value, "s")}, limit ${setTime(r.allowed)}`,
  latency: (r) => `request ${si(r.value, "s")}, limit ${setTime(r.allowed)}`,
};

export function reasons(c) {
  if (c.energy_per_request_j === null) return c.note || "cannot be predicted";
  return c.reasons.map((r) => limits[r.limit](r)).join("; ");
}
