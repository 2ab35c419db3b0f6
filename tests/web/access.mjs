// SPDX-License-Identifier: Apache-2.0
// The page without a mouse, without colours, read aloud.
import assert from "node:assert/strict";

// Every control has a name, every reference a target, every id one owner.
async function names(page) {
  const found = await page.evaluate(() => {
    const name = (e) => (e.getAttribute("aria-label") || [...(e.labels || [])].map((l) => l.textContent).join("") || e.textContent).trim();
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    return {
      unnamed: [...document.querySelectorAll("input, select, button, [role=region], a")].filter((e) => !(name(e) || e.getAttribute("aria-labelledby"))).map((e) => e.outerHTML.slice(0, 60)),
      twice: ids.filter((id, i) => ids.indexOf(id) !== i),
      dangling: [...document.querySelectorAll("[aria-labelledby], [aria-controls], [for], [list], a[href^='#']")].flatMap((e) => ["aria-labelledby", "aria-controls", "for", "list"]
        .map((a) => e.getAttribute(a)).concat(e.hash ? e.hash.slice(1) : null)).filter((id) => id && !document.getElementById(id)),
      headings: [...document.querySelectorAll("h1, h2, h3")].map((h) => +h.tagName[1]),
      mains: document.querySelectorAll("main").length, lang: document.documentElement.lang, title: document.title,
      cells: [...document.querySelectorAll("thead th:not([scope=col]), tbody th:not([scope=row])")].length,
      moving: document.getAnimations().length,
    };
  });
  const { headings, ...rest } = found;
  assert.deepEqual(rest, { unnamed: [], twice: [], dangling: [], mains: 1, lang: "en", title: "EnergyLens", cells: 0, moving: 0 });
  assert.equal(headings.filter((h) => h === 1).length, 1);
  headings.forEach((h, i) => assert.ok(i === 0 || h <= headings[i - 1] + 1, "a level of headings is skipped"));
}

// Text 4.5, borders of controls 3, both with what is behind them.
async function contrast(page) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const low = await page.evaluate(() => {
      const rgb = (s) => s.match(/[\d.]+/g).map(Number);
      const light = (c) => c.slice(0, 3).map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((a, v, i) => a + v * [0.2126, 0.7152, 0.0722][i], 0);
      const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
      const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
      const seen = [...document.querySelectorAll("body *")].filter((e) => e.offsetParent);
      const text = seen.filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || e.matches("input, select"));
      const below = (all, least, color) => all.filter((e) => ratio(color(e), ground(e)) < least).map((e) => `${least}: ${e.tagName}#${e.id} ${e.textContent.slice(0, 30)}`);
      return [...below(text, 4.5, (e) => rgb(getComputedStyle(e).color)),
        ...below(seen.filter((e) => e.placeholder), 4.5, (e) => rgb(getComputedStyle(e, "::placeholder").color)),
        ...below(seen.filter((e) => e.matches("button, select, input[type=text], input:not([type])")), 3, (e) => rgb(getComputedStyle(e).borderBottomColor))];
    });
    assert.deepEqual(low, [], colorScheme);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

// Tab from the top of a page just opened to its end: every control once, as it
// is read, each seen.
async function keyboard(page) {
  const stops = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const e = document.activeElement;
      if (e === document.body || e.dataset.visited) return null;
      e.dataset.visited = "1";
      const ring = e.id === "pick" ? e.previousElementSibling : e, look = getComputedStyle(ring), r = ring.getBoundingClientRect();
      const column = e.closest("form, main"), at = column ? [r.left, r.top + r.height / 2 + (column.scrollTop || 0) + scrollY, r.height] : null;
      return { id: e.id || e.textContent.slice(0, 30), column: column?.tagName, at, outlined: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2,
        onScreen: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth };
    });
    if (!stop) break;
    stops.push(stop);
    assert.ok(stops.length < 200, "the keyboard is trapped");
  }
  const tabbable = await page.evaluate(() => [...document.querySelectorAll("input, select, button, a, [tabindex='0']")].filter((e) => e.getClientRects().length && !e.dataset.visited).map((e) => e.id || e.className));
  assert.deepEqual(tabbable, [], "not reached by Tab");
  assert.deepEqual(stops.filter((s) => !s.outlined).map((s) => s.id), [], "no ring where the focus is");
  assert.deepEqual(stops.filter((s) => !s.onScreen).map((s) => s.id), [], "focus out of sight");
  assert.match(stops[0].id, /^Skip/);
  stops.slice(1).forEach((s, i) => {
    const before = stops[i];
    if (!s.at || s.column !== before.column || before.column === undefined) return;
    const below = s.at[1] - before.at[1], sameRow = Math.abs(below) < Math.max(s.at[2], before.at[2]) / 2;
    assert.ok(sameRow ? s.at[0] >= before.at[0] : below > 0, `${before.id}, then ${s.id}: not as it is read`);
  });
  // the skip link leads past the question; a picked row keeps the focus when it is pressed
  await page.evaluate(() => { document.activeElement.blur(); });
  await page.focus(".skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "status");
  const pick = page.locator("#best tbody tr:nth-child(2) button");
  await pick.focus();
  await page.keyboard.press("Space");
  assert.equal(await pick.getAttribute("aria-pressed"), "true");
  assert.ok(await pick.evaluate((b) => b === document.activeElement), "focus lost");
  await page.keyboard.press("Space");
  assert.equal(await pick.getAttribute("aria-pressed"), "false");
}

// Large enough to hit (WCAG 2.5.8).
async function targets(page) {
  const small = await page.$$eval("button, select, input:not(.unseen), .drop", (all) => all.filter((e) => e.offsetParent && e.type !== "checkbox").map((e) => [e.id || e.textContent, e.getBoundingClientRect()])
    .filter(([, r]) => r.width < 24 || r.height < 24).map(([id, r]) => `${id} ${r.width}x${r.height}`));
  assert.deepEqual(small, []);
}

// What a screen reader is told once the sliders rest.
async function spoken(page) {
  await page.press("#rate", "ArrowLeft");
  await page.waitForFunction(() => /^Run tp=.* per output token$/.test(document.getElementById("live").textContent) &&
    document.getElementById("live").textContent.startsWith(document.getElementById("verdict").textContent));
}

export async function checkAccess(page, fresh) {
  await names(page);
  await contrast(page);
  await targets(page);
  await keyboard(fresh);
  await spoken(fresh);
}
