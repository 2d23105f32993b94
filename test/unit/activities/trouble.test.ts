import { strict as assert } from 'node:assert';
import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import { toApplicationFailure } from '../../../activities/failures.ts';
import { phaseActivity, type ActivityDependencies } from '../../../activities/phase-activity.ts';
import { costOf, waits } from '../../../activities/trouble.ts';
import { mutating } from '../../../connectors/call-context.ts';
import { TenantError } from '../../../tenant/errors.ts';
import type { OperationInput } from '../../../tenant/operations.ts';
import { aTenant } from '../../support/tenant.ts';

const input: OperationInput = { tenantId: aTenant().id, slug: 'acme', actor: 'me', kind: 'PROVISIONING', originalRunId: 'run' };
const signal = new AbortController().signal;

describe('the time for which an activity may be in trouble', () => {
  const failure = (type: string, details?: unknown) => ApplicationFailure.create({ type, message: 'x', ...(details !== undefined && { details: [details] }) });

  it('counts the attempt and the pause after it, a call at most half a minute, a wait wholly', () => {
    assert.equal(costOf(failure('UNAVAILABLE'), 400, 1), 1_400);
    assert.equal(costOf(failure('UNAVAILABLE'), 500_000, 3), 34_000);
    assert.equal(costOf(failure('NOT_READY'), 500_000, 1), 501_000);
  });

  it('counts neither throttling nor an attempt with progress', () => {
    assert.equal(costOf(failure('THROTTLED'), 10_000, 5), 0);
    assert.equal(costOf(failure('NOT_READY', { hasProgressed: true }), 500_000, 5), 0);
  });

  /** Runs one attempt of a step that fails, when earlier ones have taken `before` milliseconds of trouble. */
  const attempt = async (error: Error, before: number, number = 1): Promise<ApplicationFailure> => {
    const projection = {
      admit: async () => ({ tenantId: input.tenantId, kind: 'PROVISIONING', tenant: aTenant() }),
      enterPhase: async () => undefined,
      failPhase: async (_operation: unknown, _phase: unknown, _error: unknown, cost: number) => before + cost,
    };
    const dependencies = { projection, settings: { HEALTH_CHECK_TIMEOUT_SECONDS: 30 } } as unknown as ActivityDependencies;
    const step = phaseActivity(dependencies, 'VERIFY', async () => { throw error; }, { patience: waits(2, 'HEALTH_CHECK_TIMEOUT_SECONDS') });
    const environment = new MockActivityEnvironment({ attempt: number, heartbeatTimeoutMs: 0 });
    return environment.run(step, input).then(() => assert.fail('it must not succeed'), (failure: unknown) => failure as ApplicationFailure);
  };

  it('ends the retries when it is used up, whatever the number of the attempt', async () => {
    const away = new TenantError('UNAVAILABLE', 'away');
    assert.equal((await attempt(away, 0, 40)).nonRetryable, false);
    const last = await attempt(away, 59_500);
    assert.deepEqual([last.nonRetryable, last.type, last.message], [true, 'UNAVAILABLE', 'away']);
  });

  it('makes the next try wait for the longer of the backoff and what the system asked for', () => {
    const delay = (retryAfterSeconds: number, number: number) =>
      (toApplicationFailure(new TenantError('THROTTLED', 'slow down', { retryAfterSeconds }), signal, number) as ApplicationFailure).nextRetryDelay;
    assert.deepEqual([delay(1, 1), delay(1, 4), delay(30, 4), delay(1, 50)], ['1s', '8s', '30s', '15s']);
  });
});

describe('a step that removes parts of a tenant', () => {
  const remove = (kind: OperationInput['kind'], tenant: ReturnType<typeof aTenant>) => {
    const projection = {
      admit: async () => ({ tenantId: tenant.id, kind, tenant }), enterPhase: async () => undefined, completePhase: async () => undefined, failPhase: async () => 0,
    };
    const step = phaseActivity({ projection, settings: {} } as unknown as ActivityDependencies, 'REMOVE_NAMESPACE', async () => ({ removed: true }));
    return new MockActivityEnvironment({ heartbeatTimeoutMs: 0 }).run(step, { ...input, kind });
  };
  const wasActive = { activatedAt: new Date() };

  for (const kind of ['PROVISIONING', 'REPROVISION', 'ROLLBACK', 'SUSPENSION'] as const) {
    it(`refuses a tenant that was ever ACTIVE to ${kind}, whatever its status says`, async () => {
      for (const status of ['ACTIVE', 'SUSPENDED', 'FAILED', 'PROVISIONING'] as const) await assert.rejects(remove(kind, aTenant({ status, ...wasActive })), { type: 'CONFLICT' });
    });
  }

  it('removes what a provisioning made that never became ACTIVE, and a tenant whose deletion was confirmed', async () => {
    for (const status of ['FAILED', 'PROVISIONING'] as const) assert.deepEqual(await remove('ROLLBACK', aTenant({ status })), { removed: true });
    assert.deepEqual(await remove('DELETION', aTenant({ status: 'DELETING', ...wasActive })), { removed: true });
    await assert.rejects(remove('DELETION', aTenant({ status: 'ACTIVE', ...wasActive })), { type: 'CONFLICT' });
  });
});

describe('a call that changes something', () => {
  it('does not begin once the attempt has a successor', async () => {
    let calls = 0;
    let successor = false;
    const projection = {
      admit: async () => ({ tenantId: input.tenantId, kind: 'PROVISIONING', tenant: aTenant() }), enterPhase: async () => undefined,
      assertCurrent: async () => { if (successor) throw new TenantError('UNAVAILABLE', 'a later attempt has begun'); }, failPhase: async () => 0,
    };
    const step = phaseActivity({ projection, settings: {} } as unknown as ActivityDependencies, 'CONFIGURE', async () => {
      await mutating(async () => { calls += 1; });
      successor = true;
      await new Promise((resolve) => setTimeout(resolve, 1_600));
      await mutating(async () => { calls += 1; });
      return {};
    });
    await assert.rejects(new MockActivityEnvironment({ heartbeatTimeoutMs: 0 }).run(step, input), { message: 'a later attempt has begun' });
    assert.equal(calls, 1);
  });
});
