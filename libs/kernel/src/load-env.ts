import { z } from 'zod';

/** Thrown at start, before anything runs: names each variable and what is wanted of it. */
export class EnvError extends Error {
  override readonly name = 'EnvError';
}

/**
 * The process's environment, checked once and frozen. An empty variable counts as missing:
 * compose files and shells write `NAME=` for "not set".
 */
export function loadEnv<S extends z.ZodObject>(
  schema: S,
  source: Record<string, string | undefined>,
): Readonly<z.output<S>> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, source[name] === '' ? undefined : source[name]]),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return Object.freeze(parsed.data);
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const wanted = schema.shape[name]?.description;
    const problem = given[name] === undefined ? 'is not set' : issue.message;
    return `  ${name} ${problem}${wanted ? `; wanted: ${wanted}` : ''}`;
  });
  throw new EnvError(`The environment is not complete:\n${lines.join('\n')}`);
}
