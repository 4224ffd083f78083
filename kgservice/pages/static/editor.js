// The SPARQL page with a script: runs queries where they stand, and shows answers as table and chart. Without the
// CodeMirror package, which is installed apart, the text area stays the editor.

const settings = JSON.parse(document.getElementById("script-settings").textContent);
const { words, modules } = settings;
const [results, table, chart, fields] = await Promise.all([modules.results, modules.table, modules.chart, modules.fields].map((address) => import(address)));
const { element } = table;
const LONGEST_ADDRESS = 7000;
const LONGEST_RAW = 200_000;
const NAMES = { json: "JSON", xml: "XML", csv: "CSV", tsv: "TSV", turtle: "Turtle", ntriples: "N-Triples", nquads: "N-Quads", trig: "TriG", rdfxml: "RDF/XML", jsonld: "JSON-LD" };

const part = (id) => document.getElementById(id);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
const count = (number) => number.toLocaleString(settings.language);
const askSilently = (query) => results.ask(settings.sparql, query, { language: settings.language });
const labels = new table.Labels(askSilently, settings.base, settings.language);
const area = part("query");
let running = null;

// -- the editor

function openPlain() {
  return {
    get: () => area.value,
    set: (text) => (area.value = text),
    insertAtTop: (line) => area.setRangeText(line, 0, 0, "preserve"),
    mark(line, column) {
      const lines = area.value.split("\n");
      const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
      const before = Array.from(lines[line - 1] ?? "").slice(0, column - 1).join("").length;
      area.focus({ preventScroll: true });
      area.setSelectionRange(start + before, start + (lines[line - 1] ?? "").length);
    },
    clear: () => {},
    focus: () => area.focus(),
  };
}

async function openRich() {
  const { createEditor } = await import(settings.codemirror);
  const parent = part("editor");
  let terms = null;
  fetch(settings.terms).then((answer) => answer.ok && answer.json()).then((found) => (terms = found || null)).catch(() => {});
  parent.hidden = false;
  const rich = createEditor({
    parent,
    text: area.value,
    label: words.editor,
    language: settings.language,
    phrases: settings.phrases,
    terms: () => terms,
    onRun: run,
    onChange: () => (area.value = rich.get()),
  });
  area.hidden = true;
  part("query-label").addEventListener("click", () => rich.focus());
  part("completion-keys").hidden = false;
  return rich;
}

const editor = settings.codemirror ? await openRich().catch(openPlain) : openPlain();

// -- running

async function run() {
  const query = editor.get();
  stop();
  const mine = (running = { id: results.makeId(), abort: new AbortController() });
  begin();
  const began = performance.now();
  const seconds = () => ((performance.now() - began) / 1000).toFixed(2);
  const tick = () => (part("status").textContent = fill(words.running, { seconds: Number(seconds()).toFixed(0) }));
  const timer = setInterval(tick, 1000);
  part("status").textContent = fill(words.running, { seconds: 0 });
  try {
    const answer = await results.ask(settings.sparql, query, { id: mine.id, signal: mine.abort.signal, language: settings.language });
    clearInterval(timer);
    if (running === mine) await show(answer, query, seconds(), () => running === mine);
  } catch (error) {
    clearInterval(timer);
    if (running === mine) tellError(error, query);
  } finally {
    if (running === mine) end();
  }
}

function begin() {
  editor.clear();
  part("result").hidden = false;
  part("result").setAttribute("aria-busy", "true");
  part("problem").hidden = true;
  part("downloads").replaceChildren();
  part("answer").replaceChildren();
  part("cancel").hidden = false;
}

function end() {
  running = null;
  part("cancel").hidden = true;
  part("result").removeAttribute("aria-busy");
}

/** Ends what runs, without a word: another query comes in its place. */
function stop() {
  running?.abort.abort();
}

/** Ends what runs by its id; the endpoint then tells that it was cancelled. */
async function cancel() {
  const mine = running;
  if (!mine) return;
  const answer = await fetch(settings.queries + mine.id, { method: "DELETE" }).catch(() => null);
  if (!answer?.ok) mine.abort.abort(); // it has not begun, or has ended: nothing runs there
}

// -- what came of it

/** Shows an answer; `wanted()`: whether no other query was run meanwhile. */
async function show(answer, query, seconds, wanted) {
  const { kind, rows, cut } = answer;
  const said = kind === "truth" ? words.truth : kind === "graph" ? words.triples : words.rows;
  part("status").textContent = fill(said, { rows: count(rows.length), seconds });
  if (cut) part("status").textContent = fill(words.large, { size: 24, rows: count(rows.length) });
  offerDownloads(kind, query);
  const place = part("answer");
  if (kind === "truth") return place.replaceChildren(element("p", { className: "truth", textContent: answer.truth ? words.yes : words.no }));
  if (!rows.length) return place.replaceChildren(element("p", { textContent: words.nothing }));
  if (kind === "graph") answer.columns = [words.subject, words.predicate, words.object];
  await showViews(answer, place, wanted);
}

async function showViews(answer, place, wanted) {
  const columns = answer.columns.map((_, column) => {
    const bound = answer.rows.filter((row) => row[column] !== undefined);
    return bound.length > 0 && bound.every((row) => results.isNumber(row[column]));
  });
  const numeric = (column) => columns[column];
  const views = { table: () => table.makeTable(answer, { labels, settings, numeric, fill }) };
  const fitting = chart.chartable(answer, numeric);
  if (fitting) views.chart = () => drawChart(answer, fitting);
  views.raw = () => {
    const long = answer.raw.length > LONGEST_RAW;
    return element("pre", { className: "raw", tabIndex: 0, textContent: long ? `${answer.raw.slice(0, LONGEST_RAW)}\n${words.raw_cut}` : answer.raw });
  };
  const made = {};
  const bar = element("div", { className: "views" });
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", words.views);
  const shown = document.createElement("div");
  let chosen = null;
  const choose = async (name) => {
    chosen = name;
    made[name] ??= await views[name]();
    if (chosen !== name) return; // another one was chosen while its labels were awaited
    shown.replaceChildren(made[name]);
    for (const button of bar.children) button.setAttribute("aria-pressed", String(button.dataset.view === name));
  };
  for (const name of Object.keys(views)) {
    const button = bar.appendChild(element("button", { type: "button", textContent: words[name] }));
    button.dataset.view = name;
    button.addEventListener("click", () => choose(name));
  }
  await choose("table");
  if (wanted()) place.replaceChildren(bar, shown);
}

async function drawChart(answer, fitting) {
  const first = answer.rows.slice(0, 60).flatMap((row) => fitting.names.map((column) => row[column]));
  await labels.learn(first.filter((term) => term?.type === "uri").map((term) => term.value));
  const text = (term) => table.textOf(term, labels, settings.prefixes);
  return chart.makeChart(answer, fitting, { text, words, fill, element });
}

function offerDownloads(kind, query) {
  const links = settings.formats[kind].map(([key, name, mediaType]) => {
    const address = `${settings.sparql}?${new URLSearchParams({ query, format: name })}`;
    const file = `zhicheng.${{ turtle: "ttl", ntriples: "nt", nquads: "nq", rdfxml: "rdf" }[key] || key}`;
    if (address.length <= LONGEST_ADDRESS) return element("a", { href: address, download: file, textContent: NAMES[key] });
    // Too long for an address: the same by POST.
    const button = element("button", { type: "button", textContent: NAMES[key] });
    button.addEventListener("click", async () => {
      button.disabled = true;
      part("problem").hidden = true;
      const place = part("downloads").firstChild; // another answer brings other ones
      try {
        save(await results.download(settings.sparql, query, { accept: mediaType, language: settings.language }), file);
      } catch (error) {
        if (place.isConnected) tellProblem(error, query);
      } finally {
        button.disabled = false;
      }
    });
    return button;
  });
  part("downloads").replaceChildren(element("span", { className: "soft", textContent: words.download }), ...links);
}

function save(blob, file) {
  const link = element("a", { href: URL.createObjectURL(blob), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function tellError(error, query) {
  part("status").textContent = "";
  part("answer").replaceChildren();
  part("downloads").replaceChildren();
  tellProblem(error, query);
}

function tellProblem(error, query) {
  const place = part("problem");
  place.hidden = false;
  if (error.name === "AbortError") return place.replaceChildren(element("p", { textContent: words.cancelled }));
  if (!(error instanceof results.Refused)) {
    const text = error instanceof results.Broken ? words.broken : words.unreachable;
    return place.replaceChildren(element("p", { textContent: text }));
  }
  const { problem } = error;
  const { title, detail } = problem.languages[settings.language];
  place.replaceChildren(element("p", {}), element("p", { textContent: detail }));
  place.firstChild.append(element("strong", { textContent: title }));
  if (problem.line) markPlace(place, problem, query, detail);
}

/** The line at fault under the message, a button that leads there, and a mark in the editor. */
function markPlace(place, { line, column }, query, message) {
  const text = query.split("\n")[line - 1] ?? "";
  const lead = `${line} │ `;
  const pre = element("pre", { className: "place", tabIndex: 0 });
  const before = Array.from(text).slice(0, column - 1).join("").replace(/\S/g, (sign) => (sign.codePointAt(0) > 0x2e80 ? "　" : " "));
  pre.append(element("code", { textContent: `${lead}${text}\n${" ".repeat(lead.length)}${before}▲` }));
  const go = element("button", { type: "button", className: "quiet", textContent: fill(words.place, { line, column }) });
  go.addEventListener("click", () => {
    editor.mark(line, column, message);
    editor.focus();
  });
  place.append(pre, go);
  editor.mark(line, column, message);
}

// -- examples: the page of an example is fetched, and its form and query are put in here

async function visit(address, andRun) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const section = page.getElementById("question");
  if (!section) return location.assign(address);
  part("question").replaceWith(document.adoptNode(section));
  for (const link of document.querySelectorAll(".examples a")) {
    const open = new URL(link.href).searchParams.get("example") === new URL(address, location.href).searchParams.get("example");
    if (open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  equipExample();
  const wrong = section.querySelector("[role=alert]");
  if (wrong) return section.querySelector("[aria-invalid]")?.focus();
  editor.set(page.getElementById("query").value);
  history.replaceState(null, "", address);
  if (andRun) await run();
}

function equipExample() {
  const form = document.querySelector(".parameters");
  if (!form) return;
  fields.equip(form, { ask: askSilently, labels, settings, element });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const only = event.submitter?.name === "fill";
    visit(`${settings.page}?${new URLSearchParams(new FormData(form))}`, !only);
  });
}

for (const link of document.querySelectorAll(".examples a")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    visit(link.href, false).then(() => part("question").scrollIntoView({ block: "nearest" }));
  });
}

// -- the rest of the page

async function share() {
  const address = new URL(settings.page, location.href);
  address.searchParams.set("query", editor.get());
  if (settings.chosen) address.searchParams.set("lang", settings.language);
  const place = part("shared");
  place.hidden = false;
  if (address.href.length > LONGEST_ADDRESS) return place.replaceChildren(words.too_long);
  history.replaceState(null, "", address);
  const field = element("input", { type: "text", readOnly: true, value: address.href });
  field.setAttribute("aria-label", words.share);
  place.replaceChildren(element("span", { textContent: words.share }), field);
  field.select();
  // The clipboard is there over https only.
  const copied = await navigator.clipboard?.writeText(address.href).then(() => true, () => false);
  if (copied) place.firstChild.textContent = `${words.share} ${words.copied}`;
}

part("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
area.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
});
part("cancel").addEventListener("click", cancel);
part("share").addEventListener("click", share);
for (const button of document.querySelectorAll(".insert")) {
  button.disabled = false;
  button.addEventListener("click", () => {
    if (!editor.get().includes(button.dataset.insert)) editor.insertAtTop(`${button.dataset.insert}\n`);
  });
}
for (const id of ["share", "keys"]) part(id).hidden = false;
equipExample();
document.documentElement.dataset.ready = "yes";
