// The clients that others wrote, on one address: `client("ws" or "sse", address, { token, cookie, origin })`.
import { createClient as overEvents } from "graphql-sse";
import { createClient as overSocket } from "graphql-ws";
import WebSocket from "ws";

const soon = () => new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 30));

export function client(way, address, { token, cookie, origin, retries = 0, on = {} } = {}) {
  const url = `${way === "ws" ? address.replace("http", "ws") : address}/graphql`;
  const authorization = token ? { Authorization: `Bearer ${token}` } : {};
  const asBrowser = { ...(cookie ? { cookie } : {}), ...(origin ? { origin } : {}) };
  if (way === "sse") {
    const headers = { ...authorization, ...asBrowser };
    return overEvents({ url, headers, retryAttempts: retries, retry: soon, on });
  }
  class Socket extends WebSocket {
    constructor(to, protocols) {
      super(to, protocols, { headers: asBrowser });
    }
  }
  return overSocket({
    url,
    webSocketImpl: Socket,
    connectionParams: authorization,
    retryAttempts: retries,
    retryWait: soon,
    shouldRetry: () => true,
    on,
  });
}
