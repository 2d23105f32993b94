import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { closeDeletionRequest } from '../../../activities/deletion/close-request.ts';
import { openDeletionRequest } from '../../../activities/deletion/open-request.ts';
import { sendDeletionCode } from '../../../activities/deletion/send-code.ts';
import { closeOperation } from '../../../activities/operation/close-operation.ts';
import type { ActivityDependencies } from '../../../activities/phase-activity.ts';
import type { UnadmittedEnd } from '../../../projection/interface.ts';
import type { DeletionRequestInput } from '../../../tenant/deletion.ts';
import { TenantError } from '../../../tenant/errors.ts';
import type { CloseOperationInput } from '../../../tenant/operations.ts';

const INPUT = { tenantId: '11111111-1111-4111-8111-111111111111', slug: 'acme', actor: 'alice', kind: 'DELETION', originalRunId: 'wait-1' } satisfies DeletionRequestInput;
const REQUEST = {
  originalRunId: 'wait-1', tenantId: INPUT.tenantId, slug: 'acme', requestedBy: 'alice', approver: 'bob', nonce: '00', state: 'WAITING', triesLeft: 5, graceMinutes: 0,
  expiresAt: new Date('2030-01-01T00:00:00Z'), secondsLeft: 300,
};

/** Runs an activity with its dependencies. */
const run = <Input extends DeletionRequestInput, Output>(activity: (dependencies: ActivityDependencies) => (input: Input) => Promise<Output>, world: object, input: Input): Promise<Output> => {
  const dependencies = { settings: { DELETION_CODE_KEY: 'k'.repeat(32), HEARTBEAT_TIMEOUT_SECONDS: 8, DELETION_GRACE_MINUTES: 0 }, ...world } as unknown as ActivityDependencies;
  const environment = new MockActivityEnvironment({ workflowExecution: { workflowId: 'w', runId: 'run-1' }, heartbeatTimeoutMs: 0 }, { logger: new DefaultLogger('ERROR') });
  return environment.run(activity(dependencies), input);
};

describe('the activities of a deletion request', () => {
  describe('the code', () => {
    const sent = async (answer: (recipient: string) => void, input: DeletionRequestInput = INPUT) => {
      const bodies: { recipient: string }[] = [];
      const notes: string[] = [];
      const world = {
        connectors: { notifications: { send: async (body: { recipient: string }) => { answer(body.recipient); bodies.push(body); } } },
        projection: { deletions: { find: async () => REQUEST, noteUnsent: async (_run: string, reason: string) => void notes.push(reason) } },
      };
      const result = await run(sendDeletionCode, world, input).catch((error: unknown) => error as Error & { nonRetryable?: boolean });
      return { bodies, notes, result };
    };

    it('is sent to each admin, in words that come from the stored request alone', async () => {
      const first = await sent(() => undefined);
      const second = await sent(() => undefined, { ...INPUT, actor: 'somebody else', slug: 'another' });
      assert.deepEqual(first.bodies.map(({ recipient }) => recipient), ['alice', 'bob']);
      assert.deepEqual(second.bodies, first.bodies);
    });

    it('that is refused for one admin is sent to the other, and the request says so', async () => {
      const { bodies, notes } = await sent((recipient) => {
        if (recipient === 'alice') throw new TenantError('INVALID_REQUEST', 'notification-service: the recipient is on the suppression list');
      });
      assert.deepEqual(bodies.map(({ recipient }) => recipient), ['bob']);
      assert.deepEqual(notes, ['the code could not be sent to alice: notification-service: the recipient is on the suppression list']);
    });

    it('is tried again while the notification-service is away', async () => {
      const { notes, result } = await sent(() => { throw new TenantError('UNAVAILABLE', 'notification-service is away'); });
      assert.ok(result instanceof Error && !result.nonRetryable);
      assert.deepEqual(notes, []);
    });
  });

  it('a request is opened without a call to any other service', async () => {
    const world = { connectors: undefined, projection: { deletions: { open: async () => REQUEST } } };
    assert.equal((await run(openDeletionRequest, world, { ...INPUT, approver: 'bob' })).tries, 5);
  });

  it('the time left for the confirmation goes by the clock of the database, not by that of the worker', async () => {
    const world = { projection: { deletions: { open: async () => REQUEST } } };
    assert.equal((await run(openDeletionRequest, world, { ...INPUT, approver: 'bob' })).confirmationSeconds, 300);
  });

  it('a request that was confirmed is not opened again by a reset', async () => {
    const world = { projection: { deletions: { open: async () => ({ ...REQUEST, state: 'CONFIRMED' }) } } };
    await assert.rejects(run(openDeletionRequest, world, INPUT), { type: 'SUPERSEDED', message: 'its wait was reset after the confirmation' });
  });

  describe('the end', () => {
    const closed = (end: object | null) => ({ projection: { deletions: { close: async () => end, running: async () => 'SUSPENSION is running, run 7' } } });

    it('is the one on record, which may be an earlier one', async () => {
      assert.deepEqual(await run(closeDeletionRequest, closed({ state: 'EXPIRED', reason: null }), { ...INPUT, state: 'CALLED_OFF' }), { result: 'EXPIRED' });
    });

    it('of a request that never came on record is the one that was asked for', async () => {
      assert.deepEqual(await run(closeDeletionRequest, closed(null), { ...INPUT, state: 'CALLED_OFF' }), { result: 'CALLED_OFF' });
      assert.deepEqual(await run(closeDeletionRequest, closed(null), { ...INPUT, state: 'REFUSED' }), { result: 'REFUSED', reason: 'SUSPENSION is running, run 7' });
    });
  });
});

describe('the end of an operation that was never admitted', () => {
  const closing = async (kind: 'PROVISIONING' | 'SUSPENSION') => {
    const recorded: [string, UnadmittedEnd][] = [];
    const world = { projection: {
      closeOperation: async () => { throw new TenantError('CONFLICT', 'the tenant is gone'); },
      recordUnadmitted: async (_run: unknown, slug: string, end: UnadmittedEnd) => { recorded.push([slug, end]); return true; },
    } };
    const input: CloseOperationInput = { ...INPUT, kind, end: 'FAILED', reason: 'the database was away', undone: false };
    return { ...await run(closeOperation as never, world, input as never) as { closed: boolean }, recorded };
  };

  it('is kept for a creation, whose reason is read by its id', async () => {
    assert.deepEqual(await closing('PROVISIONING'), { closed: true, recorded: [['acme', { status: 'FAILED', failureReason: 'the database was away' }]] });
  });

  it('is not kept for another operation: the run tells', async () => {
    assert.deepEqual(await closing('SUSPENSION'), { closed: false, recorded: [] });
  });
});
