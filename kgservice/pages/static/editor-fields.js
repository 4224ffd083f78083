// The parameters of an example: an IRI can be found by its name, and what is filled in is told by name.

const WAIT = 150;
const MOST = 12;
const SAME_CLASS = (iri) => `PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?thing ?label {
  { SELECT DISTINCT ?class { <${iri}> a ?class } }
  ?thing a ?class .
  { ?thing skos:prefLabel ?label } UNION { ?thing rdfs:label ?label }
} LIMIT 5000`;
const PATH = /^[a-z][a-z-]*\/\S+$/i;

/** Equips the IRI fields below `form`. `ask(query)` gives an answer; `labels` knows names of IRIs. */
export function equip(form, { ask, labels, settings, element }) {
  for (const field of form.querySelectorAll("[data-type=iri]")) {
    const input = field.querySelector("input, textarea");
    if (input) equipField(field, input, { ask, labels, settings, element });
  }
}

function equipField(field, input, { ask, labels, settings, element }) {
  const { words, language, base, prefixes } = settings;
  const several = "many" in field.dataset;
  const known = field.querySelector(".known");
  const list = element("ul", { className: "suggestions", id: `${input.id}-list`, hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.suggestions);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" })) {
    // A field of several lines is no combobox for ARIA; the list is then announced by its own role.
    if (!several || name.startsWith("aria-a")) input.setAttribute(name, value);
  }
  if (several) input.setAttribute("aria-controls", list.id);
  field.append(list);
  let chosen = -1;
  let timer = 0;
  let asked = 0;
  let members = null;
  let composing = false;

  const expand = (value) => {
    const [, name, local] = /^([A-Za-z][\w.-]*):(.+)$/.exec(value) || [];
    if (name in prefixes && !value.includes("//")) return prefixes[name] + local;
    return PATH.test(value) ? `${base}/id/${value}` : value;
  };
  const shortenOwn = (iri) => {
    if (iri.startsWith(`${base}/id/`)) return iri.slice(base.length + 4);
    return prefixes.zc && iri.startsWith(prefixes.zc) ? `zc:${iri.slice(prefixes.zc.length)}` : iri;
  };
  const values = () => input.value.split(several ? /[\s,，、;；]+/ : /\n/).map((value) => value.trim()).filter(Boolean);

  /** The line that is being written: its start, end and text. */
  function current() {
    if (!several) return { from: 0, to: input.value.length, text: input.value.trim() };
    const at = input.selectionStart;
    const from = input.value.lastIndexOf("\n", at - 1) + 1;
    const end = input.value.indexOf("\n", at);
    const to = end < 0 ? input.value.length : end;
    return { from, to, text: input.value.slice(from, to).trim() };
  }

  async function suggest() {
    const { text } = current();
    const number = ++asked;
    if (composing) return;
    if (!text || PATH.test(text) || /^[\w.-]+:/.test(text)) return close();
    const found = await find(text).catch(() => []);
    if (number === asked) open(found);
  }

  async function find(text) {
    const kind = field.dataset.example.split("/")[0];
    if (settings.search && settings.searched.includes(kind)) {
      const kinds = kind === "certificate" || kind === "family" ? ["certificate", "family"] : [kind];
      const query = new URLSearchParams([["q", text], ["limit", String(MOST)], ...kinds.map((one) => ["type", one])]);
      const answer = await fetch(`${settings.search}?${query}`);
      if (!answer.ok) return [];
      return (await answer.json()).hits.map((hit) => ({ iri: hit.iri, name: hit.label[language] || hit.label.zh }));
    }
    members ??= ask(SAME_CLASS(expand(field.dataset.example))).catch((error) => {
      members = null; // the next one who writes asks again
      throw error;
    });
    const wanted = text.toLowerCase();
    const found = new Map();
    for (const [thing, label] of (await members).rows) {
      if (!label.value.toLowerCase().includes(wanted) && !thing.value.toLowerCase().includes(wanted)) continue;
      if ((label.language || "").startsWith(language) || !found.has(thing.value)) found.set(thing.value, label.value);
    }
    return [...found].slice(0, MOST).map(([iri, name]) => ({ iri, name }));
  }

  function open(found) {
    chosen = -1;
    list.replaceChildren(
      ...found.map(({ iri, name }, place) => {
        const item = element("li", { id: `${list.id}-${place}`, textContent: name });
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.append(element("small", { textContent: shortenOwn(iri) }));
        item.dataset.value = shortenOwn(iri);
        // Before the field loses the focus, which closes the list.
        item.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          take(item);
        });
        return item;
      }),
    );
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (several) input.removeAttribute("aria-expanded");
  }

  /** Closes the list; what was asked for and has not come opens it no more. */
  function close() {
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    if (!several) input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function take(item) {
    const { from, to } = current();
    input.setRangeText(item.dataset.value, from, to, "end");
    close();
    tell();
  }

  function move(step) {
    const items = [...list.children];
    chosen = (chosen + step + items.length) % items.length;
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
    items[chosen].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", items[chosen].id);
  }

  async function tell() {
    const iris = values().map(expand);
    await labels.learn(iris);
    const names = iris.map((iri) => labels.get(iri)).filter(Boolean);
    known.textContent = names.length ? `= ${names.join(language === "zh" ? "、" : ", ")}` : "";
    known.hidden = !names.length;
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(suggest, WAIT);
  }

  // While an input method composes, the field holds letters that nobody means to look for, and its keys are not ours.
  input.addEventListener("compositionstart", () => {
    composing = true;
    close();
  });
  input.addEventListener("compositionend", () => {
    composing = false;
    later();
  });
  input.addEventListener("input", (event) => {
    if (!composing && !event.isComposing) later();
  });
  input.addEventListener("change", tell);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden || composing || event.isComposing || event.keyCode === 229) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && chosen >= 0) take(list.children[chosen]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  tell();
}
