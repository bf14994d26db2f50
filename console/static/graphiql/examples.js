// What stands in GraphiQL's tabs at first: the drill, in order.
"use strict";
// What could not be looked up is to be filled in by hand.
const musterExamples = ({ incident = "INC-1", user = "id of a user" }) => [
  {
    query: `# Everything that is going on now. Press Ctrl-Enter to run.
query OpenIncidents {
  viewer { name kind }
  incidents(filter: { open: true }, first: 10) {
    nodes {
      reference title stage
      severity { name }
      commander { name }
      unfilledRoles { name duties }
      nextUpdateDueAt(audience: PUBLIC)
      timeline(last: 5) { nodes { number occurredAt text } }
    }
  }
}
`,
  },
  {
    query: `# Declare an incident. Everybody whom its severity calls is told.
mutation Declare($input: DeclareIncidentInput!) {
  declareIncident(input: $input) {
    incident { reference stage severity { name obligations { publicCadenceMinutes } } unfilledRoles { name } }
    cursor
  }
}
`,
    variables: JSON.stringify({ input: { title: "Checkout is down", severity: "SEV1" } }, null, 2),
  },
  {
    query: `# People and roles: whom to give which role.
query People { users { id name teams { name } } roles { key name duties } components { id name status } }
`,
  },
  {
    query: `# Give a role. The holder before is relieved in the same moment.
mutation TakeCommand($input: AssignRoleInput!) {
  assignRole(input: $input) { incident { reference roles { role { name } user { name } assumedAt } } }
}
`,
    variables: JSON.stringify({ input: { incident, role: "commander", user } }, null, 2),
  },
  {
    query: `# Tell customers. It is on the status page within a second.
mutation Tell($input: PublishUpdateInput!) {
  publishUpdate(input: $input) { update { body publishedAt nextUpdateBy } }
}
`,
    variables: JSON.stringify(
      {
        input: {
          incident,
          audience: "PUBLIC",
          status: "INVESTIGATING",
          publicTitle: "Orders can't be placed",
          body: "Orders can't be paid at the moment. We are on it.",
        },
      },
      null,
      2,
    ),
  },
  {
    query: `# Watch everything as it happens.
subscription Watch { incidentEvents { number occurredAt kind text incident { reference } } }
`,
  },
];

function musterIncident(reference) {
  return {
    query: `# One incident, whole. Press Ctrl-Enter to run.
query Incident($ref: String!) {
  incident(ref: $ref) {
    reference title stage summary
    severity { name definition }
    roles { role { name } user { name } assumedAt }
    unfilledRoles { name duties }
    tasks { nodes { title state claimedBy { name } } }
    alerts { nodes { title state startsAt } }
    updates { nodes { audience status body publishedAt } }
    timeline(last: 50) { nodes { number occurredAt text } }
    postmortem { status markdown }
  }
}
`,
    variables: JSON.stringify({ ref: reference }, null, 2),
  };
}
