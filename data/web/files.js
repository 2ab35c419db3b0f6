// SPDX-License-Identifier: Apache-2.0
// Files that may be named in a question: those of the command line and those
// that were picked or dropped. The server says what each is.
const $ = (id) => document.getElementById(id);
const fields = ["model", "gpu", "precision", "engine"];

export class Files {
  constructor(call, token) {
    Object.assign(this, { call, token, byName: new Map(), models: new Map(), before: null });
  }

  // ---- names: "upload:1" on the wire, "runs.csv" for people ----
  label(text) { return this.byName.get(text)?.label || text; }
  modelName(text) { return this.models.get(text) || text; }

  served(list) {
    for (const f of list) this.add(f);
    const first = (kind) => list.find((f) => f.kind === kind);
    const fit = first("fit"), model = first("model"), table = first("table");
    if (model) $("model").value = this.shown(model);
    if (fit) { $("fit").value = fit.name; this.chosen("fit"); }
    if (table) { $("table").value = table.name; this.chosen("table"); }
  }

  shown(f) { return [...this.models].find(([, name]) => name === f.name)[0]; }

  add(f) {
    this.byName.set(f.name, f);
    if (f.kind === "model") {
      let shown = f.label;
      for (let k = 2; this.models.has(shown); k++) shown = `${f.label} (${k})`;
      this.models.set(shown, f.name);
      $("models").append(Object.assign(document.createElement("option"), { value: shown }));
    } else if (f.kind !== "other") {
      $("tableBox").hidden &&= f.kind !== "table";
      const select = $(f.kind), n = [...select.options].filter((o) => o.textContent.startsWith(f.label)).length;
      select.append(Object.assign(document.createElement("option"), { value: f.name, textContent: n ? `${f.label} (${n + 1})` : f.label }));
    }
  }

  async hand(file) {
    const r = await this.call(`/api/v1/files?name=${encodeURIComponent(file.name)}`, {
      method: "POST", headers: { "X-Energylens-Token": this.token, "Content-Type": "application/octet-stream" }, body: file });
    const f = await r.json();
    if (f.kind === "other") throw new Error(`${f.label} is neither a fit nor a config.json nor a table. ${f.note.replace(/\/tmp\/energylens-serve-\w+\/\d+\//g, "")}.`);
    this.add(f);
    if (f.kind === "model") {
      if ($("fit").value) { $("fit").value = ""; this.chosen("fit"); }
      $("model").value = this.shown(f);
      $("precision").value = $("engine").value = ""; // of what was asked before
    } else {
      $(f.kind).value = f.name;
      this.chosen(f.kind);
    }
  }

  // ---- what was measured: groups of the fit, else of the table ----
  groups() { return this.byName.get($("fit").value || (this.calibrates() ? $("table").value : ""))?.groups || []; }
  calibrates() { return Boolean($("table").value) && !$("fit").value && $("calibrate").checked; }

  chosen(id) {
    if (id === "table") $("calibrate").checked = Boolean($("table").value);
    if (id !== "table" || !$("fit").value) $("tableHint").hidden = true;
    $("calibrateBox").hidden = !$("table").value || Boolean($("fit").value);
    if (id === "fit" && !$("fit").value && this.before) {
      for (const f of fields) $(f).value = this.before[f];
      this.before = null;
    }
    this.listGroups();
    const groups = this.groups();
    if (groups.length === 0) return;
    if (id === "fit") this.before ||= Object.fromEntries(fields.map((f) => [f, $(f).value]));
    const model = $("model").value.trim().toLowerCase();
    const at = groups.findIndex((g) => g.model.toLowerCase() === model);
    $("group").value = String(Math.max(at, 0));
    this.takeGroup();
  }

  listGroups() {
    const groups = this.groups(), told = fields.filter((f) => f === "model" || groups.some((g) => g[f] !== groups[0][f]));
    $("groupBox").hidden = groups.length === 0;
    $("group").replaceChildren(...groups.map((g, i) => Object.assign(document.createElement("option"), {
      value: i, textContent: told.map((f) => g[f]).filter(Boolean).join(", ") })));
  }

  takeGroup() {
    const g = this.groups()[$("group").value];
    if (g) for (const f of fields) $(f).value = g[f];
  }

  // The rows do not fit the question: go on without them; false: they were not used.
  without(message) {
    if (!this.calibrates()) return false;
    $("calibrate").checked = false;
    $("tableHint").hidden = false;
    $("tableHint").textContent = `Not used: ${message}`;
    this.listGroups();
    return true;
  }
}
