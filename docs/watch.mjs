// Prints every event as it happens: node docs/watch.mjs (needs the npm packages graphql-ws and ws, and TOKEN in the environment).
// Started again with AFTER=<the last cursor it printed>, it first replays what was missed.
import { createClient } from "graphql-ws";
import WebSocket from "ws"; // Node.js has its own from version 22 on

const client = createClient({
  url: process.env.URL ?? "ws://127.0.0.1:8000/graphql",
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: `Bearer ${process.env.TOKEN}` },
});

const query = `subscription Watch($after: Cursor) {
  incidentEvents(after: $after) { cursor number text incident { reference } }
}`;

for await (const { data, errors } of client.iterate({ query, variables: { after: process.env.AFTER } })) {
  if (errors) throw new Error(JSON.stringify(errors));
  const { cursor, number, text, incident } = data.incidentEvents;
  console.log(`${cursor}\t${incident?.reference ?? "-"}\t${number ?? "-"}\t${text.replace(/\s+/g, " ")}`);
}
