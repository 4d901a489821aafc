// What somebody writes who wants SQL over HTTP and nothing else: no key, no limit, no time-out,
// no clean-up, no log. The rate to come close to.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import pg from 'pg';

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.POOL_MAX),
});

const server = createServer(async (request, response) => {
  if (request.method === 'GET') return response.end();
  try {
    const { query, params } = JSON.parse(await text(request));
    const { rows } = await pool.query(query, params);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rows));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit());
