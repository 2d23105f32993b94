import { setTimeout as sleep } from 'node:timers/promises';
import { request, type Dispatcher } from 'undici';
import type { Supervisor } from './supervisor.ts';

/** Short against what starts, long against what one try costs while all cores are busy with starting. */
const POLL_MS = 100;
const LIMIT_MS = 90_000;

/**
 * Waits until `check` neither throws nor returns false. Ends early when any part of the stack fails.
 * @throws naming `what` and the last reason after 90 s
 */
export async function waitUntil(what: string, supervisor: Supervisor, check: () => Promise<unknown>): Promise<void> {
  let stop = false;
  const polling = async () => {
    let reason: unknown = 'it is not ready';
    for (const end = Date.now() + LIMIT_MS; Date.now() < end && !stop; await sleep(POLL_MS)) {
      try {
        if ((await check()) !== false) return;
      } catch (error) {
        reason = (error as Error).message;
      }
    }
    if (!stop) throw new Error(`${what} is not ready after ${LIMIT_MS / 1_000} s: ${String(reason)}`);
  };
  try {
    await Promise.race([polling(), supervisor.failed]);
  } finally {
    stop = true;
  }
}

/** Whether an HTTP endpoint answers 200; throws with its answer otherwise. */
export async function answersOk(url: string, dispatcher?: Dispatcher): Promise<void> {
  const { statusCode, body } = await request(url, { headersTimeout: 5_000, ...(dispatcher ? { dispatcher } : {}) });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${url} answered ${statusCode} ${text.slice(0, 500)}`);
}
