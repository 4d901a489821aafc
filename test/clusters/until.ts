import { setTimeout as sleep } from 'node:timers/promises';

/** The first answer that is worth something. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(20);
  }
}
