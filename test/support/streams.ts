import type { CustomerDatabase } from './customer';

/** `POST {db}/sql/stream`, its body not read yet. */
export const streamOf = ({ gatewayUrl, path, key }: CustomerDatabase, query: string) =>
  fetch(`${gatewayUrl}${path}/sql/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });

/** The values of NDJSON. */
export const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
