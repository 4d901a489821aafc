import { describe, expect, it } from 'vitest';
import { checkOrigin } from './check-origin';

const web = (...origins: string[]) => ({ class: 'web' as const, origins });

const ALLOWED: [string, Parameters<typeof checkOrigin>[0], string | undefined][] = [
  ['its exact origin', web('https://app.example.com'), 'https://app.example.com'],
  ['a subdomain of a wildcard', web('https://*.example.com'), 'https://a.b.example.com'],
  ['any page for *', web('*'), 'http://localhost:5173'],
  ['a program without an origin', web('https://app.example.com'), undefined],
  ['null for a userscript', { class: 'userscript', origins: [] }, 'null'],
  ['an extension for a userscript', { class: 'userscript', origins: [] }, 'moz-extension://1234'],
  ['a server', { class: 'server', origins: [] }, undefined],
  ['null without a browser for a server key', { class: 'server', origins: [] }, 'null'],
];

const REFUSED: [string, Parameters<typeof checkOrigin>[0], string][] = [
  ['another origin', web('https://app.example.com'), 'https://evil.example.com'],
  ['another scheme', web('https://app.example.com'), 'http://app.example.com'],
  ['another port', web('https://app.example.com'), 'https://app.example.com:8443'],
  ['a look-alike of a wildcard', web('https://*.example.com'), 'https://evilexample.com'],
  ['the bare host of a wildcard', web('https://*.example.com'), 'https://example.com'],
  ['a host that only starts alike', web('https://a.example.com'), 'https://a.example.com.evil.org'],
  ['null for *', web('*'), 'null'],
  ['an extension for *', web('*'), 'chrome-extension://abcd'],
  ['any page with a server key', { class: 'server', origins: [] }, 'https://app.example.com'],
];

describe('checkOrigin', () => {
  it.each(ALLOWED)('allows %s', (_name, key, origin) => {
    expect(() => checkOrigin(key, { origin, fetchMode: undefined })).not.toThrow();
  });

  it.each(REFUSED)('refuses %s', (_name, key, origin) => {
    expect(() => checkOrigin(key, { origin, fetchMode: undefined })).toThrow();
  });

  it('refuses a server key from a browser that sends no origin', () => {
    const key = { class: 'server' as const, origins: [] };
    expect(() => checkOrigin(key, { origin: undefined, fetchMode: 'cors' })).toThrow(/server key/);
  });
});
