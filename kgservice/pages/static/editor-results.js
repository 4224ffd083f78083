// Answers of the endpoint as rows: asked for with fetch, read as far as a page can hold them.

const MOST_BYTES = 24 * 1024 * 1024;
const RESULTS = "application/sparql-results+json";
const TRIPLES = "application/n-triples";
const NUMBERS = new Set(["integer", "decimal", "double", "float", "int", "long", "short", "nonNegativeInteger"].map((name) => `http://www.w3.org/2001/XMLSchema#${name}`));

/** An error that the endpoint told: `problem` is its document (RFC 9457). */
export class Refused extends Error {
  constructor(problem) {
    super(problem.title);
    this.problem = problem;
  }
}

/** The answer began and did not end: what came of it is not whole. */
export class Broken extends Error {}

/** An id that nobody can guess; crypto.randomUUID is there over https only. */
export function makeId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Asks a query. Resolves to {kind: "table" | "graph" | "truth", columns, rows, truth, raw, cut}; a row is a list of
 * terms ({type, value, language, datatype}) or undefined. `cut`: the answer was larger than is read.
 * Rejects with Refused, with Broken, or as fetch does.
 */
export async function ask(address, query, { id, signal, language } = {}) {
  const headers = { accept: `${RESULTS}, ${TRIPLES};q=0.9`, "content-type": "application/x-www-form-urlencoded" };
  if (language) headers["accept-language"] = language;
  if (id) headers["query-id"] = id;
  const answer = await fetch(address, { method: "POST", headers, body: new URLSearchParams({ query }), signal });
  if (!answer.ok) throw await refusal(answer);
  const { text, cut } = await read(answer);
  if (answer.headers.get("content-type").startsWith(TRIPLES)) return { kind: "graph", raw: text, cut, ...readTriples(text, cut) };
  const found = cut ? null : JSON.parse(text);
  if (found && "boolean" in found) return { kind: "truth", truth: found.boolean, columns: [], rows: [], raw: text, cut };
  const { head, results } = found || mend(text);
  const rows = results.bindings.map((row) => head.vars.map((name) => row[name] && plain(row[name])));
  return { kind: "table", columns: head.vars, rows, raw: text, cut };
}

/** The answer to a query as a file, in the format `accept`. Rejects as `ask` does. */
export async function download(address, query, { accept, language }) {
  const headers = { accept, "accept-language": language };
  const answer = await fetch(address, { method: "POST", headers, body: new URLSearchParams({ query }) });
  if (!answer.ok) throw await refusal(answer);
  return answer.blob().catch((error) => {
    throw new Broken(error.message);
  });
}

/** What an answer with an error says; a proxy on the way may have written it, which knows no problem documents. */
async function refusal(answer) {
  const problem = await answer.json().catch(() => null);
  return problem?.languages ? new Refused(problem) : new Error(`${answer.status}`);
}

export const isNumber = (term) => term !== undefined && term.type === "literal" && NUMBERS.has(term.datatype);

async function read(answer) {
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw error.name === "AbortError" ? error : new Broken(error.message);
    });
    if (done) return { text: parts.join("") + decoder.decode(), cut: false };
    parts.push(decoder.decode(value, { stream: true }));
    size += value.length;
    if (size > MOST_BYTES) {
      await reader.cancel(); // the endpoint ends the query
      return { text: parts.join(""), cut: true };
    }
  }
}

/** What was read of a JSON answer that was cut: up to the last row that is whole. */
function mend(text) {
  for (let end = text.lastIndexOf("}},{"); end > 0; end = text.lastIndexOf("}},{", end - 1)) {
    try {
      return JSON.parse(`${text.slice(0, end)}}}]}}`);
    } catch {
      // The signs stood in a text; the ones before may be the end of a row.
    }
  }
  return { head: { vars: [] }, results: { bindings: [] } };
}

const plain = (term) => ({ type: term.type, value: term.value ?? "", language: term["xml:lang"], datatype: term.datatype });

const TERM = /<([^>]*)>|(_:\S+)|"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?/g;

function readTriples(text, cut) {
  const lines = text.split("\n");
  lines.pop();
  const rows = lines.map((line) =>
    [...line.matchAll(TERM)].slice(0, 3).map(([, iri, blank, literal, language, datatype]) => {
      if (iri !== undefined) return { type: "uri", value: unescape(iri) };
      if (blank !== undefined) return { type: "bnode", value: blank };
      return { type: "literal", value: unescape(literal), language, datatype };
    }),
  );
  return { columns: ["subject", "predicate", "object"], rows, cut };
}

const SIGNS = { t: "\t", b: "\b", n: "\n", r: "\r", f: "\f" };

function unescape(text) {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, (_, short, long, sign) =>
    sign === undefined ? String.fromCodePoint(parseInt(short || long, 16)) : SIGNS[sign] || sign,
  );
}
