// Mercurius with its compiler (graphql-jit) and loaders: one statement for each level, as its documentation has it.
import Fastify from 'fastify'
import mercurius from 'mercurius'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

const schema = `
  type Query { incidents(first: Int!): Incidents! }
  type Incidents { nodes: [Incident!]! }
  type Incident {
    reference: String! title: String! stage: String! declaredAt: String severity: Severity
    roles: [Assignment!]! timeline(last: Int!): Events!
  }
  type Severity { name: String! rank: Int! }
  type Assignment { role: Role! user: User! assumedAt: String! }
  type Role { name: String! }
  type User { name: String! email: String! }
  type Events { nodes: [Event!]! }
  type Event { number: Int! kind: String! occurredAt: String! text: String }
`

const INCIDENTS = `select id, 'INC-' || id as reference, title, stage, declared_at as "declaredAt", severity_version_id
  from incident where stage in ('DETECTION', 'TRIAGE', 'RESPONSE', 'MITIGATION') and visibility = 'ORGANISATION'
  order by id desc limit $1`
const SEVERITIES = 'select id, name, rank from severity_version where id = any($1)'
const ROLES = `select a.incident_id, a.assumed_at as "assumedAt", r.name as role, u.name, u.email
  from role_assignment a join role r on r.id = a.role_id join app_user u on u.id = a.user_id
  where a.incident_id = any($1) and a.relinquished_at is null order by a.id`
const EVENTS = `select e.* from unnest($1::bigint[]) i(id) cross join lateral (
  select ev.incident_id, ev.id, ev.number, ev.kind, ev.occurred_at as "occurredAt", t.body as text
  from event ev left join event_text t on t.event_id = ev.id
  where ev.incident_id = i.id and ev.number is not null order by ev.id desc limit $2) e order by e.id`

async function rows (name, text, values) {
  return (await pool.query({ name, text, values })).rows
}

function grouped (found, key) {
  const groups = new Map()
  for (const row of found) {
    const group = groups.get(row[key])
    if (group) group.push(row)
    else groups.set(row[key], [row])
  }
  return groups
}

const resolvers = {
  Query: { incidents: async (_, { first }) => ({ nodes: await rows('incidents', INCIDENTS, [first]) }) }
}

const loaders = {
  Incident: {
    async severity (asked) {
      const keys = asked.map(({ obj }) => obj.severity_version_id)
      const found = new Map((await rows('severities', SEVERITIES, [[...new Set(keys)]])).map(row => [row.id, row]))
      return keys.map(key => found.get(key) ?? null)
    },
    async roles (asked) {
      const keys = asked.map(({ obj }) => obj.id)
      const found = await rows('roles', ROLES, [keys])
      const whole = found.map(row => ({ ...row, role: { name: row.role }, user: { name: row.name, email: row.email } }))
      const groups = grouped(whole, 'incident_id')
      return keys.map(key => groups.get(key) ?? [])
    },
    async timeline (asked) {
      const keys = asked.map(({ obj }) => obj.id)
      const groups = grouped(await rows('events', EVENTS, [keys, asked[0].params.last]), 'incident_id')
      return keys.map(key => ({ nodes: groups.get(key) ?? [] }))
    }
  }
}

pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, text => text.replace(' ', 'T').replace(/\+00$/, '+00:00'))
const app = Fastify()
app.register(mercurius, { schema, resolvers, loaders, jit: 1, path: '/graphql', errorHandler: true })
app.get('/up', async () => 'ok')
await app.listen({ port: Number(process.env.MUSTER_PORT), host: '127.0.0.1' })
process.on('SIGTERM', () => process.exit(0))
