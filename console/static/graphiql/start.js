// Starts GraphiQL on our own endpoint with the examples of examples.js. No build step.
"use strict";
(function () {
  const socket = location.origin.replace(/^http/, "ws") + "/graphql";
  const fetcher = GraphiQL.createFetcher({
    url: "/graphql",
    legacyWsClient: undefined,
    wsClient: graphqlWs.createClient({ url: socket, lazy: true }),
  });
  const reference = location.pathname.match(/\/incidents\/([\w-]+)$/);
  const examples = reference ? [musterIncident(reference[1]), ...MUSTER_EXAMPLES] : MUSTER_EXAMPLES;
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
