// What can stand at the cursor: variables of the query, classes, properties and values of this graph, and keywords.

const KEYWORDS = (
  "SELECT DISTINCT WHERE OPTIONAL FILTER UNION MINUS GRAPH VALUES BIND AS ORDER BY DESC ASC GROUP HAVING LIMIT OFFSET " +
  "PREFIX BASE CONSTRUCT ASK DESCRIBE FROM NAMED EXISTS NOT IN COUNT SUM AVG MIN MAX SAMPLE GROUP_CONCAT SEPARATOR " +
  "STR LANG LANGMATCHES DATATYPE BOUND IF COALESCE REGEX CONTAINS STRSTARTS STRENDS LCASE UCASE STRLEN SUBSTR REPLACE " +
  "CONCAT YEAR MONTH DAY ABS ROUND CEIL FLOOR isIRI isLiteral isBlank UNDEF"
).split(" ");
const MOST = 80;
const DECLARED = /PREFIX\s+([^\s:]*):\s*<([^>]*)>/gi;

/** The completions at a place. `terms`: prefixes, classes, properties and values (each with name, zh, en, count), or null. */
export function findCompletions(context, terms, language) {
  const variable = context.matchBefore(/[?$][\p{L}\p{N}_]*/u);
  if (variable) return offer(variable.from, variables(context, variable));
  const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}_.-]*(:[\p{L}\p{N}_-]*)?/u);
  if (!word && !context.explicit) return null;
  const from = word ? word.from : context.pos;
  const typed = word ? word.text.toLowerCase() : "";
  if (/[<"'@^]/.test(context.state.sliceDoc(Math.max(0, from - 1), from)) || inComment(context)) return null;
  const found = terms ? matchTerms(terms, typed, afterType(context, from), language) : [];
  const words = typed && !typed.includes(":")
    ? KEYWORDS.filter((one) => one.toLowerCase().startsWith(typed)).map((label) => ({ label, type: "keyword" }))
    : [];
  return offer(from, [...words, ...found]);
}

const offer = (from, options) => (options.length ? { from, options, filter: false } : null);

function inComment(context) {
  const line = context.state.doc.lineAt(context.pos);
  return /(^|\s)#/.test(line.text.slice(0, context.pos - line.from));
}

/** Whether a class is wanted: after `a` or `rdf:type`. */
function afterType(context, from) {
  return /(?:^|[\s;{])(?:a|rdf:type)\s+$/.test(context.state.sliceDoc(Math.max(0, from - 40), from));
}

function variables(context, typed) {
  const all = context.state.doc.toString().match(/[?$][\p{L}\p{N}_]+/gu) || [];
  const others = new Set(all.map((one) => typed.text[0] + one.slice(1)));
  others.delete(typed.text);
  return [...others].filter((one) => one.startsWith(typed.text)).map((label) => ({ label, type: "variable" }));
}

function matchTerms(terms, typed, classesOnly, language) {
  const local = typed.includes(":") ? typed.slice(typed.indexOf(":") + 1) : typed;
  const rank = (term) => {
    const name = term.name.toLowerCase();
    if (name.startsWith(typed)) return 0;
    if (typed.includes(":")) return name.startsWith(typed.slice(0, typed.indexOf(":") + 1)) && name.includes(local) ? 1 : -1;
    if (name.slice(name.indexOf(":") + 1).startsWith(typed)) return 1;
    if ([term.zh, term.en].some((label) => label && label.toLowerCase().includes(typed))) return 2;
    return name.includes(typed) ? 3 : -1;
  };
  const groups = classesOnly ? [terms.classes] : [terms.properties, terms.classes, terms.values];
  return groups
    .flatMap((group, order) => group.map((term) => ({ term, order, rank: rank(term) })))
    .filter((one) => one.rank >= 0)
    .sort((a, b) => a.rank - b.rank || a.order - b.order || b.term.count - a.term.count)
    .slice(0, MOST)
    .map(({ term }) => ({
      label: term.name,
      detail: (language === "zh" ? term.zh || term.en : term.en || term.zh) || undefined,
      apply: (view, _, from, to) => insert(view, term.name, from, to, terms.prefixes),
    }));
}

/** Puts the name in, and its prefix at the top where the query does not declare it. */
function insert(view, name, from, to, prefixes) {
  const text = view.state.doc.toString();
  const declared = new Set([...text.matchAll(DECLARED)].map((match) => match[1]));
  const prefix = name.slice(0, name.indexOf(":"));
  const changes = [{ from, to, insert: name }];
  let added = 0;
  if (!name.startsWith("<") && !declared.has(prefix) && prefixes[prefix]) {
    const line = `PREFIX ${prefix}: <${prefixes[prefix]}>\n`;
    const first = /^(?:[ \t]*#[^\n]*\n)*/.exec(text)[0].length;
    changes.push({ from: Math.min(first, from), insert: line });
    added = line.length;
  }
  view.dispatch({ changes, selection: { anchor: from + name.length + added }, userEvent: "input.complete" });
}
