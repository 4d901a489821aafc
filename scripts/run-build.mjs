import { build } from './build-all.mjs';
import { explain } from './expected-error.mjs';
import { install } from './install.mjs';
import { ROOT } from './settings.mjs';
import { complain } from './terminal.mjs';

/** `npm run build`: what `npm start` does before it starts anything. */
export async function runBuild() {
  const stop = new AbortController();
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
  }
  try {
    await install(ROOT, stop.signal);
    await build(ROOT, stop.signal);
  } catch (error) {
    complain(explain(error));
    process.exitCode = 1;
  }
}
