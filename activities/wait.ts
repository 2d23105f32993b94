import { setTimeout as sleep } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { TenantError } from '../tenant/errors.ts';

export interface WaitOptions<Result> {
  /** What is awaited, as it completes the sentence "still waiting for …". */
  what: string;
  timeoutMs: number;
  /** Pause between two probes. */
  intervalMs: number;
  /** Asked at once and then every interval; `undefined` or `false` = not yet. What it throws ends the wait. */
  probe: () => Promise<Result | undefined | false>;
  /** Asked when the time is over: why it is not there yet, e.g. the reason an outside controller states. */
  explain?: () => string | undefined | Promise<string | undefined>;
}

/**
 * Waits inside the running activity, so that a wait costs neither timers nor further activities. Ends with the probe's first result,
 * with the activity's cancellation at once, or after `timeoutMs` with NOT_READY, which Temporal retries.
 */
export const waitFor = async <Result>({ what, timeoutMs, intervalMs, probe, explain }: WaitOptions<Result>): Promise<Result> => {
  const signal = cancellationSignal();
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const result = await probe();
    if (result !== undefined && result !== false) return result;
    if (Date.now() + intervalMs > deadline) {
      const reason = await explain?.();
      throw new TenantError('NOT_READY', `still waiting for ${what} after ${Math.round(timeoutMs / 1000)} s${reason ? `: ${reason}` : ''}`);
    }
    await sleep(intervalMs, undefined, { signal });
  }
};
