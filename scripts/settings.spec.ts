import { describe, expect, it } from 'vitest';
import { portsFrom, readSettings, ROOT } from './settings.mjs';

describe('the settings of npm start', () => {
  it('default to port 3000 and .howdah in the repository', () => {
    expect(readSettings([], {})).toEqual({
      fresh: false,
      home: `${ROOT}/.howdah`,
      portBase: 3000,
      ports: { gateway: 3000, billing: 3001, demo: 3003, provisioner: 3004, postgres: 3032 },
    });
  });

  it('take --fresh, PORT_BASE and HOWDAH_HOME', () => {
    const settings = readSettings(['--fresh'], { PORT_BASE: '4100', HOWDAH_HOME: '/data/h' });
    expect(settings).toMatchObject({ fresh: true, home: '/data/h', ports: portsFrom(4100) });
  });

  it('refuse a word they do not know', () => {
    expect(() => readSettings(['--frehs'], {})).toThrow('--frehs');
  });

  it.each(['0', '65504', '3000.5', 'three'])('refuse PORT_BASE=%s', (base) => {
    expect(() => readSettings([], { PORT_BASE: base })).toThrow('PORT_BASE');
  });
});
