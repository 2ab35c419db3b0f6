// SPDX-License-Identifier: Apache-2.0
// The page of `energylens serve` as a person uses it, in Chromium: what it shows
// is what the command line says.
//   node page.mjs URL PROGRAM FIT CONFIG [FOLDER-FOR-PICTURES]
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [url, program, fit, config, pictures] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
const noise = [];

async function open(options) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1400 }, acceptDownloads: true, ...options });
  page.on("console", (m) => noise.push(`${m.type()}: ${m.text()}`));
  page.on("pageerror", (e) => noise.push(e.message));
  await page.goto(url);
  await answered(page, 1);
  return page;
}

const answers = (page) => page.evaluate(() => +document.body.dataset.answers || 0);
const answered = (page, n) => page.waitForFunction((k) => +document.body.dataset.answers >= k, n, { timeout: 60000 });

// Do something, wait for the answer that it leads to.
async function then(page, action) {
  const n = await answers(page);
  await action();
  await answered(page, n + 1);
}

function commandLine(text) { // as the page says it, with files by their paths
  const words = text.replace("energylens ", "").split(/\s+/).map((w) => (w.endsWith(".fit.json") ? fit : w.endsWith("config.json") ? config : w));
  return JSON.parse(execFileSync(program, [...words, "--json"], { encoding: "utf8" })).result;
}

async function agrees(page) {
  const want = commandLine(await page.textContent("#command")).chosen;
  const shown = await page.textContent("#best tbody tr:first-child td:nth-child(4)");
  assert.equal(shown, String(+want.energy_per_output_token_j.toPrecision(3)));
  assert.ok((await page.textContent("#status")).includes(`tp=${want.tp}`));
}

const page = await open({});
await agrees(page);
if (pictures) {
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.waitForTimeout(300); // the chart takes the new size
  await page.screenshot({ path: `${pictures}/page.png` });
  await page.setViewportSize({ width: 1280, height: 1400 });
}
assert.ok(await page.locator("#chart canvas").count() === 1, "no chart");
assert.match(await page.textContent("#launch"), /^vllm serve /);

// sliders by keyboard and by mouse
await then(page, () => page.focus("#rate").then(() => page.keyboard.press("PageUp")));
await agrees(page);
const box = await page.locator("#tpot").boundingBox();
await then(page, () => page.mouse.click(box.x + box.width * 0.35, box.y + box.height / 2));
await agrees(page);

// limits that nothing keeps
await then(page, () => page.locator("#tpot").fill("0"));
assert.match(await page.textContent("#status"), /^Nothing keeps all limits/);
await then(page, () => page.locator("#tpot").fill("1000"));

// a name that is not known is said, not drawn
await then(page, () => page.fill("#model", "nosuchmodel"));
assert.match(await page.textContent("#status"), /nosuchmodel/);

// files: a fit that was served, a config.json handed over
await then(page, () => page.fill("#model", ""));
await then(page, async () => { await page.fill("#gpu", ""); await page.selectOption("#fit", { index: 1 }); });
await then(page, () => page.fill("#model", "llama-2-13b"));
await agrees(page);
await then(page, () => page.selectOption("#fit", ""));
await then(page, () => page.fill("#gpu", "h100"));
await then(page, () => page.setInputFiles("#pick", config));
await agrees(page);

// compare two, explain, downloads
await page.click("#best tbody tr:nth-child(1) button");
await page.click("#best tbody tr:nth-child(2) button");
assert.equal(await page.locator("#compare tbody tr").count(), 10);
await then(page, () => page.fill("#model", "llama-3.1-8b"));
await page.click("#explain");
await page.waitForSelector("#kernels tbody tr");
assert.ok(await page.locator("#whatIf tbody tr").count() >= 3);
for (const [kind, test] of [["json", (t) => JSON.parse(t).schema === "energylens.optimize"], ["csv", (t) => t.startsWith("tp,")], ["html", (t) => t.startsWith("<!DOCTYPE html>")]]) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`[data-save=${kind}]`)]);
  assert.ok(test(readFileSync(await download.path(), "utf8")), kind);
}

// every control has a name, focus goes through them in order, text has contrast
const unnamed = await page.$$eval("input, select, button", (all) => all.filter((e) => !(e.labels?.length || e.getAttribute("aria-label") || e.textContent.trim())).map((e) => e.id));
assert.deepEqual(unnamed, []);
await page.keyboard.press("Tab");
for (const scheme of ["light", "dark"]) {
  await page.emulateMedia({ colorScheme: scheme });
  const low = await page.$$eval("h1, h2, p, td, th, label, legend, pre, output, button", (all) => {
    const rgb = (s) => s.match(/[\d.]+/g).map(Number);
    const light = (c) => c.slice(0, 3).map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((a, v, i) => a + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
    return all.filter((e) => e.offsetParent).filter((e) => {
      const a = light(rgb(getComputedStyle(e).color)), b = light(ground(e));
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
    }).map((e) => `${e.tagName} ${e.textContent.slice(0, 30)}`);
  });
  assert.deepEqual(low, [], scheme);
  if (pictures) await page.screenshot({ path: `${pictures}/page-${scheme}.png`, fullPage: true });
}

// narrow: nothing sticks out sideways
const phone = await open({ viewport: { width: 400, height: 800 } });
assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
if (pictures) await phone.screenshot({ path: `${pictures}/page-narrow.png`, fullPage: true });

// the browser says nothing but of the requests that were refused on purpose
assert.deepEqual(noise.filter((n) => !/status of 400/.test(n)), []);
await browser.close();
console.log("page: as the command line says");
