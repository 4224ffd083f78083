// A table of an answer: labels and links for what is ours, sorting by a column, more rows on demand.

const FIRST = 200;
const MORE = 500;
const MOST_LABELS = 500;
// Beyond so many different things in a column their labels are not asked for before it is sorted; it goes by IRI then.
const MOST_SORTED = 5000;
const LABELS = (iris) => `PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?thing ?label {
  VALUES ?thing { ${iris.map((iri) => `<${iri}>`).join(" ")} }
  { ?thing skos:prefLabel ?label } UNION { ?thing rdfs:label ?label }
}`;

/** Labels of the graph, asked for at most once for each IRI. `ask(query)` gives an answer; `base`: the start of our IRIs. */
export class Labels {
  #known = new Map();

  constructor(ask, base, language) {
    this.ask = ask;
    this.base = base;
    this.language = language;
  }

  get(iri) {
    return this.#known.get(iri);
  }

  /** Learns the labels of those IRIs that are ours; what cannot be asked for stays without. */
  async learn(iris) {
    if (!this.base) return;
    const wanted = [...new Set(iris)].filter((iri) => iri.startsWith(`${this.base}/`) && !this.#known.has(iri) && !/[<>"{}|^`\\\s]/.test(iri));
    for (let at = 0; at < wanted.length; at += MOST_LABELS) {
      const part = wanted.slice(at, at + MOST_LABELS);
      const { rows } = await this.ask(LABELS(part)).catch(() => ({ rows: [] }));
      for (const iri of part) this.#known.set(iri, undefined);
      for (const [thing, label] of rows) {
        const fits = (label.language || "").startsWith(this.language);
        if (fits || this.#known.get(thing.value) === undefined) this.#known.set(thing.value, label.value);
      }
    }
  }
}

/** Where a link to an IRI leads: to our page about it, or to the IRI itself; null for what is no web address. */
export function addressOf(iri, settings) {
  const { base, prefix, chosen, language } = settings;
  const asked = chosen ? `?lang=${language}` : "";
  if (base && iri.startsWith(`${base}/id/`)) return `${prefix}/doc/${iri.slice(base.length + 4)}${asked}`;
  if (base && (iri.startsWith(`${base}/ns/`) || iri.startsWith(`${base}/graph/`))) return prefix + iri.slice(base.length) + asked;
  return /^https?:\/\//.test(iri) ? iri : null;
}

/** An IRI with the longest prefix that fits, or as it is. */
export function shorten(iri, prefixes) {
  let best = "";
  for (const [name, start] of Object.entries(prefixes)) {
    if (iri.startsWith(start) && start.length > (prefixes[best]?.length ?? 0)) best = name;
  }
  return best && iri.length > prefixes[best].length ? `${best}:${iri.slice(prefixes[best].length)}` : iri;
}

/** The text of a term as the table shows it. */
export function textOf(term, labels, prefixes) {
  if (term === undefined) return "";
  return term.type === "uri" ? (labels.get(term.value) ?? shorten(term.value, prefixes)) : term.value;
}

/** The element with the table. `result`: columns and rows; `labels`: those of its IRIs; `numeric(column)`: whether it holds numbers. */
export function makeTable(result, { labels, settings, numeric, fill }) {
  const { words, prefixes } = settings;
  const whole = document.createElement("div");
  const scroll = whole.appendChild(element("div", { className: "scroll", tabIndex: 0 }));
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-labelledby", "result-title");
  const table = scroll.appendChild(document.createElement("table"));
  const headings = table.appendChild(document.createElement("thead")).appendChild(document.createElement("tr"));
  const body = table.appendChild(document.createElement("tbody"));
  const foot = whole.appendChild(element("p", { className: "soft" }));
  let rows = result.rows;
  let shown = 0;
  let sorted = { column: -1, down: false };
  // Rows wait for their labels: whoever asks for others meanwhile wins, and what was asked before shows nothing.
  let asked = 0;

  result.columns.forEach((name, column) => {
    const heading = headings.appendChild(element("th", { scope: "col", className: numeric(column) ? "number" : "" }));
    const button = heading.appendChild(element("button", { type: "button", textContent: name }));
    button.title = fill(words.sort, { column: name });
    button.addEventListener("click", () => sort(column));
  });

  async function sort(column) {
    const mine = ++asked;
    sorted = { column, down: sorted.column === column && !sorted.down };
    const { down } = sorted;
    for (const button of foot.querySelectorAll("button")) button.disabled = true; // "more" would be of the order before
    const iris = [...new Set(result.rows.map((row) => row[column]).filter((term) => term?.type === "uri").map((term) => term.value))];
    const named = iris.length <= MOST_SORTED;
    if (named) await labels.learn(iris);
    if (mine !== asked) return;
    const order = new Intl.Collator(settings.language, { numeric: true });
    const text = (row) => (named ? textOf(row[column], labels, prefixes) : (row[column]?.value ?? ""));
    const compare = numeric(column) ? (a, b) => Number(a[column]?.value ?? -Infinity) - Number(b[column]?.value ?? -Infinity) : (a, b) => order.compare(text(a), text(b));
    const inOrder = [...result.rows].sort((a, b) => (down ? -compare(a, b) : compare(a, b)));
    if (!(await show(inOrder, 0, Math.max(shown, FIRST)))) return;
    [...headings.children].forEach((one, place) => (place === column ? one.setAttribute("aria-sort", down ? "descending" : "ascending") : one.removeAttribute("aria-sort")));
  }

  /** Shows `count` rows of `ordered` from `from` on, behind those that stand there, or in their place from the first one on; false when others were asked for meanwhile. */
  async function show(ordered, from, count) {
    const mine = ++asked;
    const part = ordered.slice(from, from + count);
    await labels.learn(part.flat().filter((term) => term?.type === "uri").map((term) => term.value));
    if (mine !== asked) return false;
    if (!from) body.replaceChildren();
    body.append(...part.map(makeRow));
    rows = ordered;
    shown = from + part.length;
    foot.replaceChildren();
    if (shown >= rows.length) return true;
    foot.append(`${fill(words.shown, { shown, rows: rows.length })} `);
    const more = Math.min(MORE, rows.length - shown);
    const button = foot.appendChild(element("button", { type: "button", className: "quiet", textContent: fill(words.more, { rows: more }) }));
    button.addEventListener("click", () => show(rows, shown, MORE));
    return true;
  }

  function makeRow(row) {
    const line = document.createElement("tr");
    row.forEach((term, column) => {
      const cell = line.appendChild(element("td", { className: numeric(column) ? "number" : "" }));
      if (term !== undefined) cell.appendChild(document.createElement("div")).append(...makeCell(term));
    });
    return line;
  }

  function makeCell(term) {
    const text = textOf(term, labels, prefixes);
    if (term.type === "uri") {
      const href = addressOf(term.value, settings);
      if (!href) return [text];
      const link = element("a", { href, title: term.value, textContent: text });
      if (/^https?:/.test(href)) link.rel = "noreferrer";
      return [link];
    }
    if (term.type === "bnode") return [element("span", { className: "soft", textContent: term.value.startsWith("_:") ? term.value : `_:${term.value}` })];
    if (!term.language) return [text];
    const said = element("span", { lang: term.language, textContent: text });
    return term.language === settings.language ? [said] : [said, " ", element("small", { className: "tag", textContent: term.language })];
  }

  return show(rows, 0, FIRST).then(() => whole);
}

export function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
