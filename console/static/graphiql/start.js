// Starts GraphiQL on our own endpoint with the examples of examples.js. No build step.
"use strict";
(async function () {
  const socket = location.origin.replace(/^http/, "ws") + "/graphql";
  const fetcher = GraphiQL.createFetcher({
    url: "/graphql",
    legacyWsClient: undefined,
    wsClient: graphqlWs.createClient({ url: socket, lazy: true }),
  });
  // Whoever is signed in finds the newest open incident and a person in the examples, so that they run as they are.
  async function known() {
    try {
      const query = "{ users { id } incidents(filter: { open: true }, first: 1) { nodes { reference } } }";
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query }) });
      const { data } = await answer.json();
      return { incident: data.incidents.nodes[0]?.reference, user: data.users[0]?.id };
    } catch {
      return {};
    }
  }
  const reference = location.pathname.match(/\/incidents\/([\w-]+)$/);
  const facts = await known();
  if (reference) facts.incident = reference[1];
  const drill = musterExamples(facts);
  const examples = reference ? [musterIncident(reference[1]), ...drill] : drill;
  const tabs = examples.map((example) => ({ query: example.query, variables: example.variables }));
  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultTabs: tabs,
      // An incident's own address shows that incident, not the tabs of the last visit.
      ...(reference ? { query: tabs[0].query, variables: tabs[0].variables } : {}),
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: true,
      inputValueDeprecation: true,
    }),
  );
})();
