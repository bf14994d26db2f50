// One operation over one connection: `node ask.mjs '{"way": …, "address": …, "query": …, …}'`. Prints what came of it:
// {answers: […]}, {error: […]} for errors that the protocol reports beside the answers, or {closed: a code or status}.
import { client } from "./clients.mjs";

const { way, address, query, variables, ...who } = JSON.parse(process.argv[2]);
const answers = [];
const finish = (what) => {
  console.log(JSON.stringify(what));
  process.exit(0);
};
client(way, address, who).subscribe(
  { query, variables },
  {
    next: (answer) => answers.push(answer),
    complete: () => finish({ answers }),
    error: (error) => finish(Array.isArray(error) ? { error } : { closed: error.code ?? error.response?.status ?? `${error}` }),
  },
);
