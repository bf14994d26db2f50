// Follows the feed until an event whose text is "end", over every cut: `node follow.mjs WAY ADDRESS TOKEN AFTER`.
// The client connects again by itself, and goes on after `variables.after`, which is the last cursor that came.
// A line for each event is its text; the last line tells how often it connected, and how often the client gave up.
import { client } from "./clients.mjs";

const [way, address, token, after] = process.argv.slice(2);
const query = "subscription ($after: Cursor) { feed(after: $after) { cursor event { text } } }";
const variables = { after };
let [connected, gaveUp, ended] = [0, 0, false];

const following = client(way, address, { token, retries: Infinity, on: { connected: () => (connected += 1) } });

function follow() {
  const stop = following.subscribe(
    { query, variables },
    {
      next({ data, errors }) {
        if (errors) throw new Error(JSON.stringify(errors));
        if (ended) return;
        variables.after = data.feed.cursor;
        if (data.feed.event) console.log(data.feed.event.text);
        if (data.feed.event?.text !== "end") return;
        ended = true;
        setImmediate(() => stop());
      },
      error(error) {
        if (Array.isArray(error)) throw new Error(JSON.stringify(error));
        gaveUp += 1;
        setTimeout(follow, 20);
      },
      complete() {
        if (!ended) throw new Error("completed before its end");
        console.log(JSON.stringify({ connected, gaveUp }));
        process.exit(0);
      },
    },
  );
}
follow();
