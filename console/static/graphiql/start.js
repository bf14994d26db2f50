// Starts GraphiQL on our own endpoint with the examples of examples.js. No build step.
"use strict";
(function () {
  const socket = location.origin.replace(/^http/, "ws") + "/graphql";
  const fetcher = GraphiQL.createFetcher({
    url: "/graphql",
    legacyWsClient: undefined,
    wsClient: graphqlWs.createClient({ url: socket, lazy: true }),
  });
  const tabs = MUSTER_EXAMPLES.map((example) => ({ query: example.query, variables: example.variables }));
  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultTabs: tabs,
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: true,
      inputValueDeprecation: true,
    }),
  );
})();
