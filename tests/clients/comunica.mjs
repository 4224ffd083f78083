// Asks with Comunica as its documentation shows: one question per line of the standard input, {sources, query}, and one
// answer per line: the terms with kind, language and datatype, or the message of the error.
import { QueryEngine } from "@comunica/query-sparql";
import { createInterface } from "node:readline";

const show = (term) => ({
  type: term.termType,
  value: term.value,
  ...(term.language && { language: term.language }),
  ...(term.datatype && { datatype: term.datatype.value }),
});

async function ask(engine, { sources, query }) {
  const result = await engine.query(query, { sources });
  if (result.resultType === "bindings") {
    const rows = await (await result.execute()).toArray();
    return rows.map((row) => Object.fromEntries([...row].map(([name, term]) => [name.value, show(term)])));
  }
  if (result.resultType === "quads") {
    const quads = await (await result.execute()).toArray();
    return quads.map((quad) => [show(quad.subject), show(quad.predicate), show(quad.object)]);
  }
  return result.execute();
}

const engine = new QueryEngine();
for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ answer: await ask(engine, JSON.parse(line)) }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
  }
}
