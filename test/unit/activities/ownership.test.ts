import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Client } from '@temporalio/client';
import { Ownership, OwnershipLost } from '../../../activities/ownership.ts';
import { TenantError } from '../../../tenant/errors.ts';

const TIMEOUT_MS = 2_000;
const never = new AbortController().signal;

describe('an attempt that owns its activity', () => {
  /** Runs `body` in an activity whose heartbeats Temporal acknowledges, or not. */
  const inActivity = <T>(acknowledges: () => boolean, body: (ownership: Ownership, beats: () => number) => Promise<T>, isCurrent = async (): Promise<void> => undefined): Promise<T> => {
    let beats = 0;
    const client = {
      options: { identity: 'test' },
      withAbortSignal: (_signal: AbortSignal, call: () => Promise<unknown>) => call(),
      connection: { withDeadline: (_deadline: unknown, call: () => Promise<unknown>) => call() },
      workflowService: { recordActivityTaskHeartbeat: async () => {
        if (!acknowledges()) throw new Error('cut off');
        beats += 1;
      } },
    };
    const environment = new MockActivityEnvironment({ heartbeatTimeoutMs: TIMEOUT_MS, currentAttemptScheduledTimestampMs: Date.now() }, { client: client as unknown as Client });
    return environment.run(() => body(new Ownership(isCurrent), () => beats));
  };

  /** A call that ends by itself after `ms`, or with its signal. @returns how long it took */
  const calling = (ms: number, aborted?: (error: unknown) => void) => async (signal: AbortSignal): Promise<number> => {
    const startedAt = performance.now();
    await sleep(ms, undefined, { signal }).catch(() => aborted?.(signal.reason));
    return performance.now() - startedAt;
  };

  it('sends no heartbeat of its own while the last proof is fresh', async () => {
    await inActivity(() => true, async (ownership, beats) => {
      await ownership.run(never, calling(10));
      await ownership.run(never, calling(10));
      assert.equal(beats(), 0);
    });
  });

  it('continues a long call as long as its heartbeats are acknowledged', async () => {
    await inActivity(() => true, async (ownership, beats) => {
      const took = await ownership.run(never, calling(2 * TIMEOUT_MS, (reason) => assert.fail(String(reason))));
      assert.ok(took >= 2 * TIMEOUT_MS - 50 && beats() >= 2, `${took} ms, ${beats()} heartbeats`);
    });
  });

  it('aborts a call in progress before Temporal starts another attempt, when no heartbeat is acknowledged', async () => {
    await inActivity(() => false, async (ownership) => {
      const began = activityInfo().currentAttemptScheduledTimestampMs;
      let reason: unknown;
      await ownership.run(never, calling(5 * TIMEOUT_MS, (why) => { reason = why; }));
      assert.ok(reason instanceof OwnershipLost);
      assert.ok(Date.now() - began < TIMEOUT_MS, `${Date.now() - began} ms after the last proof`);
      await assert.rejects(ownership.run(never, calling(1)), OwnershipLost);
    });
  });

  it('begins no call once the last proof is old and no heartbeat is acknowledged', async () => {
    await inActivity(() => false, async (ownership) => {
      await sleep(TIMEOUT_MS / 2 + 50);
      await assert.rejects(ownership.run(never, async () => assert.fail('it must not begin')), OwnershipLost);
    });
  });

  it('aborts a call in progress when the database names a successor, although Temporal answers', async () => {
    let successor = false;
    const isCurrent = async (): Promise<void> => { if (successor) throw new TenantError('SUPERSEDED', 'a newer run has taken over'); };
    await inActivity(() => true, async (ownership) => {
      let reason: unknown;
      const call = ownership.run(never, calling(5 * TIMEOUT_MS, (why) => { reason = why; }));
      await sleep(100);
      successor = true;
      assert.ok(await call < 1.5 * TIMEOUT_MS);
      assert.equal((reason as Error).message, 'a newer run has taken over');
    }, isCurrent);
  });
});
