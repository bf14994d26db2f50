"""Every document that commands send; --json prints what they ask for. A test checks each against the schema."""

LINE = """
fragment Line on Incident {
  reference title stage kind visibility severity { name rank } commander { name email }
  services { slug name } labels detectedAt declaredAt mitigatedAt resolvedAt closedAt url publicUrl
}"""

VIEWER = """query { viewer {
  kind name user { id email accessRole } permissions
  tokens { id name hint scopes expiresAt current }
} }"""

INCIDENTS = f"""query ($filter: IncidentFilter, $orderBy: IncidentOrder!, $first: Int, $after: Cursor) {{
  incidents(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {{
    nodes {{ ...Line }} pageInfo {{ hasNextPage endCursor }}
  }}
}}{LINE}"""

INCIDENT = f"""query ($ref: String!, $events: Int!) {{
  cursor
  incident(ref: $ref) {{
    ...Line publicTitle summary version members {{ name email }} mergedInto {{ reference }}
    impactStartedAt acknowledgedAt reportedBy {{ name }}
    roles {{ role {{ key name }} user {{ name email }} assumedAt }}
    unfilledRoles {{ key name }}
    internalDue: nextUpdateDueAt(audience: INTERNAL)
    publicDue: nextUpdateDueAt(audience: PUBLIC)
    tasks(first: 100) {{ nodes {{ title state claimedBy {{ name }} }} }}
    timeline(last: $events) {{ nodes {{ ...Entry }} }}
    allowedActions
  }}
}}{LINE}
fragment Entry on Event {{ cursor number kind occurredAt actor {{ kind name }} text pinned }}"""

OPEN_INCIDENTS = """query { incidents(filter: {open: true}, first: 100) { nodes {
  reference title summary stage severity { name rank } services { slug name } detectedAt declaredAt
} } }"""

REFERENCES = """query ($text: String) { incidents(filter: {open: true, text: $text}, first: 50) {
  nodes { reference title }
} }"""

SEVERITIES = "query { severities { name rank definition archived } }"

SERVICES = "query { services { slug name archived } }"

SERVICE_NAMES = "query { services { slug name } }"

TEAM_NAMES = "query { teams { slug name members { email } } }"

ROLES = "query { roles { key name archived } }"

COMPONENTS = "query { components { id name group status archived } }"

PEOPLE = "query ($text: String) { viewer { user { id name email } } users(text: $text) { id name email archived } }"

PERSON = "query ($id: ID!) { node(id: $id) { ... on User { id name email archived } } }"

ON_CALL = """query { integrations {
  key name archived
  onCall { asOf age error people { name email user { name email } rota service until } }
} onCall { schedule { name team { slug } } user { name email } startsAt endsAt layer } }"""

OVERRIDES = "query ($ref: String!) { schedule(ref: $ref) { overrides { user { email } startsAt endsAt } } }"

ADD_OVERRIDE = """mutation ($input: AddOverrideInput!) { addOverride(input: $input) {
  cursor override { id startsAt endsAt }
} }"""

TIMELINE = """query ($ref: String!, $events: Int!) { cursor incident(ref: $ref) {
  reference title stage severity { name rank } timeline(last: $events) { nodes { ...Entry data } }
} }
fragment Entry on Event { cursor number kind occurredAt actor { kind name } text pinned }"""

FEED = """subscription ($incident: String!, $after: Cursor, $kinds: [String!]) {
  feed(incident: $incident, after: $after, kinds: $kinds) { cursor event { ...Entry data } }
}
fragment Entry on Event { cursor number kind occurredAt actor { kind name } text pinned }"""

DECLARE = f"""mutation ($input: DeclareIncidentInput!) {{ declareIncident(input: $input) {{
  cursor incident {{ ...Line unfilledRoles {{ key name }}
    similar(first: 3) {{ score reasons {{ kind text }} incident {{ reference title stage }} }} }}
}} }}{LINE}"""

CHANGE_STAGE = f"""mutation ($input: ChangeStageInput!) {{ changeStage(input: $input) {{
  cursor incident {{ ...Line }} }} }}{LINE}"""

ACKNOWLEDGE = f"""mutation ($input: IncidentInput!) {{ acknowledgeIncident(input: $input) {{
  cursor incident {{ ...Line }} }} }}{LINE}"""

DECLINE = f"""mutation ($input: ReasonInput!) {{ declineIncident(input: $input) {{
  cursor incident {{ ...Line }} }} }}{LINE}"""

CANCEL = f"""mutation ($input: ReasonInput!) {{ cancelIncident(input: $input) {{
  cursor incident {{ ...Line }} }} }}{LINE}"""

REOPEN = f"""mutation ($input: ReasonInput!) {{ reopenIncident(input: $input) {{
  cursor incident {{ ...Line }} }} }}{LINE}"""

ASSIGN = """mutation ($input: AssignRoleInput!) { assignRole(input: $input) {
  cursor incident { reference roles { role { key name } user { name email } assumedAt } }
} }"""

RELINQUISH = """mutation ($input: RelinquishRoleInput!) { relinquishRole(input: $input) {
  cursor incident { reference roles { role { key name } user { name email } assumedAt } }
} }"""

NOTE = """mutation ($input: AddEntryInput!) { addEntry(input: $input) {
  cursor event { cursor number kind entryKind occurredAt text pinned incident { reference } }
} }"""

PAGE = """mutation ($input: PageSomebodyInput!) { pageSomebody(input: $input) {
  cursor incident { reference paging { state policy { name } pages { user { name email } state } } }
} }"""

PREVIEW = """query ($input: PublishUpdateInput!) { previewUpdate(input: $input) {
  sentence colleagues recipients { channel count }
} }"""

PUBLISH = """mutation ($input: PublishUpdateInput!) { publishUpdate(input: $input) {
  cursor update {
    id audience status body publishedAt nextUpdateBy incident { reference publicUrl }
    components { component { name } from to }
  }
} }"""

ALERT_SOURCES = "query { alertSources { id name archived } }"

SILENCE = "id matchers source { id name } service { slug } reason startsAt endsAt author { name }"
SILENCES = f"query {{ silences {{ {SILENCE} }} }}"

WOULD_SILENCE = """query ($matchers: JSON, $source: ID, $service: String) {
  wouldSilence(matchers: $matchers, source: $source, service: $service) { id title startsAt labels }
}"""

SAVE_SILENCE = f"""mutation ($input: SaveSilenceInput!) {{ saveSilence(input: $input) {{
  cursor silence {{ {SILENCE} }}
}} }}"""

END_SILENCE = f"""mutation ($input: EndSilenceInput!) {{ endSilence(input: $input) {{
  cursor silence {{ {SILENCE} }}
}} }}"""
