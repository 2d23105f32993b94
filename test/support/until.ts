import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  /** Time after which it is given up. */
  seconds?: number;
  intervalMs?: number;
}

/** Asks until there is an answer other than `undefined` or `false`; gives up with what was awaited. */
export const until = async <Result>(
  what: string, ask: () => Promise<Result | undefined | false>, { seconds = 60, intervalMs = 100 }: UntilOptions = {},
): Promise<Result> => {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const result = await ask();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(intervalMs);
  }
};
