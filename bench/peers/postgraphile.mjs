// PostGraphile 5 on views of the benchmark's tables (bench/peers/views.sql), as its documentation has it.
import { createServer } from 'node:http'
import { grafserv } from 'postgraphile/grafserv/node'
import { makePgService } from 'postgraphile/adaptors/pg'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { postgraphile } from 'postgraphile'

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ['peer'], poolConfig: { max: 10 } })],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: { explain: false }
}
const serv = postgraphile(preset).createServ(grafserv)
const server = createServer()
server.on('error', error => { console.error(error); process.exit(1) })
await serv.addTo(server)
const graphql = server.listeners('request')
server.removeAllListeners('request')
server.on('request', (request, response) => {
  if (request.url === '/up') return response.end('ok')
  for (const listener of graphql) listener.call(server, request, response)
})
server.listen(Number(process.env.MUSTER_PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
