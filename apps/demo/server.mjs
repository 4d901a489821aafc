import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

/**
 * A page of somebody who uses Howdah, on an origin of its own: plain files, and the address and
 * key of its database. The key is public, as everything on a page is.
 */

const PUBLIC = join(import.meta.dirname, 'public');
// The folder is flat, and only names found in it are served: no path from outside is ever joined.
const FILES = new Set(readdirSync(PUBLIC));
const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

/** @typedef {{ host: string, port: number, config: { gateway: string, databaseUrl: string, key: string } }} Settings */
/** @typedef {{ status: number, type: string, body: string | Buffer }} Answer */

/** @returns {Settings} */
function readSettings() {
  /** @type {string[]} */
  const problems = [];
  const read = (
    /** @type {string} */ name,
    /** @type {string} */ wanted,
    /** @type {(value: string) => boolean} */ fits,
  ) => {
    const value = process.env[name] ?? '';
    if (!fits(value))
      problems.push(`  ${name} ${value ? `is wrong` : 'is not set'}; wanted: ${wanted}`);
    return value.replace(/\/+$/, '');
  };
  const isUrl = (/** @type {string} */ value) =>
    URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
  const isPort = (/** @type {string} */ value) => /^\d{0,5}$/.test(value) && Number(value) < 65_536;
  const config = {
    gateway: read('DEMO_GATEWAY', "the gateway's address, http://localhost:3000", isUrl),
    databaseUrl: read(
      'DEMO_DATABASE_URL',
      "the database's address, http://localhost:3000/v1/databases/db_…",
      isUrl,
    ),
    key: read('DEMO_KEY', 'a key of that database, hdk_…', (value) => /^hd[a-z]_\S+$/.test(value)),
  };
  const port = Number(read('PORT', 'a port, 3003', isPort) || 3003);
  if (problems.length > 0) {
    console.error(`demo could not start. The environment is not complete:\n${problems.join('\n')}`);
    process.exit(1);
  }
  return { host: process.env.HOST || '0.0.0.0', port, config };
}

/** What the page may do, and no more: its own files, the client's file, and the database. */
function contentSecurityPolicy(/** @type {Settings['config']} */ { gateway, databaseUrl }) {
  const origins = [...new Set([new URL(gateway).origin, new URL(databaseUrl).origin])].join(' ');
  return [
    "default-src 'none'",
    `script-src 'self' ${new URL(gateway).origin}`,
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${origins}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** @returns {Answer} */
function answer(/** @type {string} */ path, /** @type {Settings['config']} */ config) {
  if (path === '/health') return json({ status: 'alive' });
  if (path === '/ready') return json({ status: 'ready' });
  if (path === '/config.json') return json(config);
  const name = path === '/' ? 'index.html' : path.slice(1);
  const type = TYPES.get(extname(name));
  if (!FILES.has(name) || !type) return text(404, 'There is nothing at this address.\n');
  return { status: 200, type, body: readFileSync(join(PUBLIC, name)) };
}

/** @returns {Answer} */
function json(/** @type {unknown} */ value) {
  return { status: 200, type: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}

/** @returns {Answer} */
function text(/** @type {number} */ status, /** @type {string} */ body) {
  return { status, type: 'text/plain; charset=utf-8', body };
}

const { host, port, config } = readSettings();
const policy = contentSecurityPolicy(config);

const server = createServer((request, response) => {
  const { method = 'GET', url = '/' } = request;
  const isRead = method === 'GET' || method === 'HEAD';
  const [path = '/'] = url.split('?');
  const { status, type, body } = isRead ? answer(path, config) : text(405, 'Only GET and HEAD.\n');
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': path === '/config.json' ? 'no-store' : 'no-cache',
    ...(isRead ? {} : { allow: 'GET, HEAD' }),
  });
  response.end(method === 'HEAD' ? undefined : body);
});

server.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
  const taken = `port ${port} is taken by another program; set PORT`;
  console.error(`demo could not start: ${error.code === 'EADDRINUSE' ? taken : error.message}`);
  process.exit(1);
});
server.listen(port, host, () => {
  console.log(JSON.stringify({ process: 'demo', port, msg: 'demo is ready' }));
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
