import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EnvError, loadEnv } from './load-env';

const schema = z.object({
  PORT: z.coerce.number().int().default(3000).describe('a port'),
  SECRET: z.string().min(8, 'is too short').describe('8 characters'),
});

describe('loadEnv', () => {
  it('gives what is set, defaults for the rest, and nothing that was not asked for', () => {
    const env = loadEnv(schema, { SECRET: 'long enough', PORT: '', HOME: '/root' });
    expect(env).toEqual({ PORT: 3000, SECRET: 'long enough' });
    expect(Object.isFrozen(env)).toBe(true);
  });

  it.each([
    [{}, 'SECRET is not set; wanted: 8 characters'],
    [{ SECRET: '' }, 'SECRET is not set; wanted: 8 characters'],
    [{ SECRET: 'short' }, 'SECRET is too short; wanted: 8 characters'],
    [{ SECRET: 'long enough', PORT: 'x' }, 'PORT Invalid input'],
  ])('of %j says what is wrong and what is wanted', (source, message) => {
    expect(() => loadEnv(schema, source)).toThrow(EnvError);
    expect(() => loadEnv(schema, source)).toThrow(message);
  });

  it('names every variable that is wrong, and no value', () => {
    const load = () => loadEnv(schema, { SECRET: 's3cret', PORT: '1.5' });
    expect(load).toThrow(/PORT[\s\S]*SECRET/);
    expect(load).not.toThrow(/s3cret/);
  });
});
