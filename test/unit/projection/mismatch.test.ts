import assert from 'node:assert/strict';
import type pg from 'pg';
import type { AdmittedOperation, Projection } from '../../../projection/interface.ts';
import { findTenant } from '../../../projection/queries.ts';
import { closeAbandonedOperations } from '../../../projection/reconcile.ts';
import type { OperationKind } from '../../../tenant/lifecycle.ts';
import { activeTenant, attemptOf, runOf, runPhases, withProjection } from '../../support/projection-fixture.ts';

const PROFESSIONAL = { tier: 'PROFESSIONAL', quota: null } as const;

describe('a living tenant whose change failed', () => {
  let pool: pg.Pool;
  let projection: Projection;

  withProjection((given) => { ({ pool, projection } = given); });

  const begin = async (kind: OperationKind, tenantId?: string): Promise<AdmittedOperation> =>
    projection.admit(runOf(tenantId ?? (await activeTenant(projection)).tenantId, kind));
  const mismatchOf = async ({ tenantId }: AdmittedOperation) => (await findTenant(pool, tenantId))?.mismatch;
  const progressOf = async ({ runId }: AdmittedOperation) => (await pool.query('SELECT progress FROM tenant_operations WHERE run_id = $1', [runId])).rows[0].progress;
  const failed = (unrestored?: Record<string, string>) => ({ status: 'FAILED' as const, failureReason: 'it is broken', ...(unrestored && { unrestored }) });

  it('names the parts that could not be restored, beside those of failures before', async () => {
    const first = await begin('TIER_CHANGE');
    await projection.closeOperation(first, failed({ quota: 'no \0 quota' }));
    const before = await mismatchOf(first);
    assert.deepEqual([before?.operationId, before?.parts], [first.operationId, { quota: 'no \uFFFD quota' }]);
    assert.ok(Math.abs(Date.parse(before!.since) - Date.now()) < 60_000);

    const second = await begin('RECONFIGURATION', first.tenantId);
    await projection.closeOperation(second, failed({ configuration: 'away' }));
    assert.deepEqual(await mismatchOf(first), { since: before?.since, operationId: second.operationId, parts: { ...before?.parts, configuration: 'away' } });
  });

  it('has no mismatch after a full restore, and the compensation counts as completed in spite of errors', async () => {
    const operation = await begin('TIER_CHANGE');
    await runPhases(projection, operation, ['CHECK_FIT', 'APPLY_QUOTA']);
    const attempt = attemptOf('RETURN_TIER:quota');
    await projection.enterPhase(operation, 'RETURN_TIER', attempt);
    await projection.failPhase(operation, 'RETURN_TIER', { failureClass: 'UNAVAILABLE', message: 'away' }, 0, attempt);
    await projection.closeOperation(operation, failed({}));
    assert.equal(await mismatchOf(operation), null);
    const { state, error } = (await progressOf(operation)).RETURN_TIER;
    assert.deepEqual([state, error], ['COMPLETED', null]);
  });

  it('has a failed compensation when a part could not be restored', async () => {
    const operation = await begin('TIER_CHANGE');
    const attempt = attemptOf('RETURN_TIER:quota');
    await projection.enterPhase(operation, 'RETURN_TIER', attempt);
    await projection.failPhase(operation, 'RETURN_TIER', { failureClass: 'UNAVAILABLE', message: 'away' }, 0, attempt);
    await projection.closeOperation(operation, failed({ quota: 'away' }));
    assert.equal((await progressOf(operation)).RETURN_TIER.state, 'FAILED');
  });

  it('names every part that was begun when its run ended outside the service', async () => {
    const operation = await begin('TIER_CHANGE');
    await runPhases(projection, operation, ['CHECK_FIT', 'APPLY_QUOTA']);
    await projection.enterPhase(operation, 'UPGRADE_RELEASES', attemptOf('UPGRADE_RELEASES:1 of 4'));
    await closeAbandonedOperations(pool, 0, async () => null);
    assert.deepEqual((await mismatchOf(operation))?.parts, { quota: 'ended outside the service', releases: 'ended outside the service' });
  });

  it('names nothing when the run was ended before a change, or once the new tier was recorded', async () => {
    const early = await begin('TIER_CHANGE');
    await runPhases(projection, early, ['CHECK_FIT']);
    const late = await begin('TIER_CHANGE');
    await projection.completePhase(late, 'CHECK_FIT', { to: PROFESSIONAL }, attemptOf('CHECK_FIT'));
    await runPhases(projection, late, ['APPLY_QUOTA', 'UPGRADE_RELEASES', 'APPLY_FLAGS']);
    await projection.updateTenant(late, { ...PROFESSIONAL, mismatch: null });
    await closeAbandonedOperations(pool, 0, async () => null);
    assert.deepEqual([await mismatchOf(early), await mismatchOf(late)], [null, null]);
  });

  it('forgets what its run left when a reset of that run restores everything', async () => {
    const operation = await begin('TIER_CHANGE');
    await runPhases(projection, operation, ['CHECK_FIT', 'APPLY_QUOTA']);
    const reset = await projection.admit(runOf(operation.tenantId, 'TIER_CHANGE', { originalRunId: operation.originalRunId }));
    assert.deepEqual((await mismatchOf(operation))?.parts, { quota: 'ended outside the service' });
    await projection.closeOperation(reset, failed({}));
    assert.equal(await mismatchOf(operation), null);
  });

  it('forgets nothing that a tier change left when a reset of a reconfiguration restores the configuration', async () => {
    const first = await begin('TIER_CHANGE');
    await projection.closeOperation(first, failed({ flags: 'away' }));
    const second = await begin('RECONFIGURATION', first.tenantId);
    await projection.enterPhase(second, 'CONFIGURE', attemptOf('CONFIGURE'));
    const reset = await projection.admit(runOf(first.tenantId, 'RECONFIGURATION', { originalRunId: second.originalRunId }));
    assert.deepEqual(Object.keys((await mismatchOf(first))?.parts ?? {}).toSorted(), ['configuration', 'flags']);
    await projection.closeOperation(reset, failed({}));
    assert.deepEqual((await mismatchOf(first))?.parts, { flags: 'away' });
  });

  it('keeps what another operation left when a later one restores everything', async () => {
    const operation = await begin('TIER_CHANGE');
    await projection.closeOperation(operation, failed({ flags: 'away' }));
    await projection.closeOperation(await begin('TIER_CHANGE', operation.tenantId), failed({}));
    assert.deepEqual((await mismatchOf(operation))?.parts, { flags: 'away' });
  });

  it('counts the time in trouble of all activities of a compensation together', async () => {
    const operation = await begin('TIER_CHANGE');
    const fail = (phase: string, part: string, attempt: number) =>
      projection.failPhase(operation, phase, { failureClass: 'UNAVAILABLE', message: 'away' }, 1_000, attemptOf(`${phase}:${part}`, attempt));
    assert.deepEqual([await fail('UPGRADE_RELEASES', '1', 1), await fail('UPGRADE_RELEASES', '2', 1)], [1_000, 1_000]);
    assert.deepEqual([await fail('RETURN_TIER', 'quota', 1), await fail('RETURN_TIER', 'quota', 2), await fail('RETURN_TIER', 'flags', 1)], [1_000, 2_000, 3_000]);
  });
});
