// The audits of npm's graphql-http: `node audits.mjs URL [TOKEN]` prints what each of them found, as JSON.
import { serverAudits } from "graphql-http";

const [url, token] = process.argv.slice(2);
const signedIn = (address, options = {}) =>
  fetch(address, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } });

const found = [];
for (const audit of serverAudits({ url, fetchFn: token ? signedIn : fetch })) {
  const { id, name, status, reason } = await audit.fn();
  found.push({ id, name, status, reason });
}
console.log(JSON.stringify(found));
