// Answers a SELECT by following links (Comunica's link traversal): the only sources are the IRIs in the query itself.
import { QueryEngine } from "@comunica/query-sparql-link-traversal";

const bindings = await new QueryEngine().queryBindings(process.argv[2], { lenient: true });
const rows = await bindings.toArray();
console.log(JSON.stringify(rows.map((row) => Object.fromEntries([...row].map(([name, term]) => [name.value, term.value])))));
