import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { curlLine, localJson } from './local-json.mjs';

describe('local.json', () => {
  it('makes the connection string from the id, the key and the port of the gateway', () => {
    const person = { email: 'a@b.c', password: 'p', token: 'hdt_t' };
    const database = { id: 'db_01', url: 'http://localhost:4000/v1/databases/db_01', key: 'hdk_k' };
    const facts = localJson({
      urls: { gateway: 'http://localhost:4000', billing: 'http://localhost:4001' },
      controlDatabase: 'postgresql://…',
      operatorToken: 'hdo_o',
      seeded: { owner: person, developer: person, database },
    });
    expect(facts.database.connectionString).toBe('postgresql://key:hdk_k@db-01.localhost:4000/db');
    expect(facts).toMatchObject({ billing: 'http://localhost:4001', owner: person });
  });
});

describe('the curl line', () => {
  it('survives a shell, whatever the folder is called', () => {
    const file = `/tmp/it's "here" $HOME/local.json`;
    const line = curlLine(file, 'http://localhost:3000/v1/databases/db_01');
    const words = execFileSync(
      'sh',
      ['-c', `node() { printf '%s' "$2"; }; set -- ${line}; printf '%s\\n' "$@"`],
      { encoding: 'utf8' },
    );
    expect(words.split('\n')).toContain(
      `authorization: Bearer require(${JSON.stringify(file)}).database.key`,
    );
    expect(words.split('\n')).toContain('{"query": "select * from todos"}');
  });
});
