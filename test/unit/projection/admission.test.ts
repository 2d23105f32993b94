import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ApplicationFailure } from '@temporalio/common';
import type pg from 'pg';
import { toApplicationFailure } from '../../../activities/failures.ts';
import { closeAbandonedOperations } from '../../../projection/reconcile.ts';
import { createProjection } from '../../../projection/projection.ts';
import type { AdmittedOperation, Projection } from '../../../projection/interface.ts';
import { findOperation } from '../../../projection/queries.ts';
import type { TenantError } from '../../../tenant/errors.ts';
import { workflowIdOf } from '../../../tenant/names.ts';
import { PHASES } from '../../../tenant/phases.ts';
import { OPERATION_STEPS } from '../../../tenant/steps.ts';
import { activeTenant, attemptOf, createdTenant, creationRequest, runOf, runPhases, withProjection } from '../../support/projection-fixture.ts';

describe('admission', () => {
  let pool: pg.Pool;
  let projection: Projection;

  withProjection((given) => { ({ pool, projection } = given); });

  const refused = (failureClass: string, details?: object) => (error: { failureClass?: string; details?: unknown }) => {
    assert.equal(error.failureClass, failureClass);
    if (details) assert.deepEqual(error.details, details);
    return true;
  };
  const operations = async (tenantId: string) => (await pool.query(
    'SELECT seq, kind, status, operation_id, retry_count, failure_reason FROM tenant_operations WHERE tenant_id = $1 ORDER BY seq', [tenantId])).rows;
  const state = async (tenantId: string) => (await pool.query('SELECT * FROM tenant_provisioning_state WHERE tenant_id = $1', [tenantId])).rows[0];
  const tenantStatus = async (tenantId: string) => (await pool.query('SELECT status FROM tenants WHERE id = $1', [tenantId])).rows[0]?.status;
  const failed = async (operation: AdmittedOperation) => {
    await projection.closeOperation(operation, { status: 'FAILED', failureReason: 'for good' });
    return operation;
  };

  describe('of a creation', () => {
    it('inserts tenant, state and operation, and finds them again for the same run', async () => {
      const run = runOf(randomUUID(), 'PROVISIONING');
      const request = creationRequest({ settings: { note: 'x' }, configuration: { aiModel: 'claude' } });
      const first = await createdTenant(projection, request, run);
      const second = await createdTenant(projection, request, run);
      assert.deepEqual(second, first);
      assert.equal(first.tenant.status, 'PROVISIONING');
      assert.equal(first.tenant.namespace, `matih-data-plane-${request.slug}`);
      assert.deepEqual(first.tenant.configuration, { aiModel: 'claude' });
      assert.equal((await operations(run.tenantId)).length, 1);
      assert.deepEqual(Object.keys(await state(run.tenantId)).toSorted(), [
        'current_phase', 'failure_reason', 'last_updated_at', 'phase_outputs', 'retry_count', 'started_at', 'status', 'tenant_id']);
    });

    it('names every conflict and inserts nothing', async () => {
      const { slug, name, adminEmail } = (await createdTenant(projection)).tenant;
      const run = runOf(randomUUID(), 'PROVISIONING');
      const request = creationRequest({ slug, name: name.toUpperCase(), adminEmail: adminEmail.toUpperCase() });
      const answer = await projection.admitCreation(run, request, 'dev');
      assert.ok('violations' in answer);
      assert.deepEqual(answer.violations.map(({ code }) => code), ['SLUG_TAKEN', 'NAME_TAKEN', 'ADMIN_EMAIL_TAKEN']);
      assert.equal(await tenantStatus(run.tenantId), undefined);
      assert.deepEqual(await operations(run.tenantId), []);
    });

    it('lets one of twenty win a race for slug, name and e-mail', async () => {
      const { slug, name, adminEmail } = creationRequest();
      const answers = await Promise.all(Array.from({ length: 20 }, () =>
        projection.admitCreation(runOf(randomUUID(), 'PROVISIONING'), creationRequest({ slug, name, adminEmail }), 'dev')));
      assert.equal(answers.filter((answer) => 'operation' in answer).length, 1);
      for (const answer of answers) {
        if ('violations' in answer) assert.equal(answer.violations.length, 3);
      }
    });

    it('lets one win a race for the name alone', async () => {
      const { name } = creationRequest();
      const answers = await Promise.all(Array.from({ length: 10 }, () =>
        projection.admitCreation(runOf(randomUUID(), 'PROVISIONING'), creationRequest({ name }), 'dev')));
      assert.equal(answers.filter((answer) => 'operation' in answer).length, 1);
      assert.deepEqual(new Set(answers.flatMap((answer) => ('violations' in answer ? answer.violations.map(({ code }) => code) : []))), new Set(['NAME_TAKEN']));
    });

    it('is taken back by a refusal, which frees the slug and is repeated to the same run', async () => {
      const run = runOf(randomUUID(), 'PROVISIONING');
      const request = creationRequest();
      const operation = await createdTenant(projection, request, run);
      const violations = [{ field: 'region', code: 'REGION_UNAVAILABLE' as const, message: 'is not available' }];
      await projection.refuseCreation(operation, violations);
      assert.equal(await tenantStatus(run.tenantId), undefined);
      assert.equal((await operations(run.tenantId))[0].status, 'REFUSED');
      assert.deepEqual(await projection.admitCreation(run, request, 'dev'), { violations });
      await assert.rejects(projection.admit(run), refused('SUPERSEDED'));
      await createdTenant(projection, request);
    });

    describe('that was never admitted', () => {
      const creation = () => {
        const { slug } = creationRequest();
        return { slug, run: runOf(randomUUID(), 'PROVISIONING', { workflowId: workflowIdOf(slug) }) };
      };

      it('leaves its reason behind, readable by the run and by the tenant id', async () => {
        const { slug, run } = creation();
        assert.equal(await projection.recordUnadmitted(run, slug, { status: 'FAILED', failureReason: 'the database was away' }), true);
        const row = await findOperation(pool, run.runId);
        assert.deepEqual([row?.slug, row?.kind, row?.status, row?.failureReason], [slug, 'PROVISIONING', 'FAILED', 'the database was away']);
        assert.ok(row?.endedAt);
        assert.equal(await tenantStatus(run.tenantId), undefined);
      });

      it('leaves its violations behind, and is refused with them again', async () => {
        const { slug, run } = creation();
        const violations = [{ field: 'slug', code: 'SLUG_TAKEN' as const, message: 'is in use by another tenant' }];
        await projection.recordUnadmitted(run, slug, { status: 'REFUSED', violations });
        assert.deepEqual((await findOperation(pool, run.runId))?.violations, violations);
        assert.deepEqual(await projection.admitCreation(run, creationRequest({ slug }), 'dev'), { violations });
      });

      it('is recorded once', async () => {
        const { slug, run } = creation();
        for (const recorded of [true, false]) assert.equal(await projection.recordUnadmitted(run, slug, { status: 'FAILED', failureReason: 'once' }), recorded);
        assert.equal((await operations(run.tenantId)).length, 1);
      });

      it('writes nothing beside an operation of the tenant, nor under another workflow id than the slug\'s', async () => {
        const { tenantId, tenant: { slug } } = await createdTenant(projection);
        const workflowId = workflowIdOf(slug);
        assert.equal(await projection.recordUnadmitted(runOf(tenantId, 'PROVISIONING', { workflowId }), slug, { status: 'FAILED' }), false);
        assert.equal(await projection.recordUnadmitted(runOf(randomUUID(), 'PROVISIONING', { workflowId: 'another' }), slug, { status: 'FAILED' }), false);
        assert.equal((await operations(tenantId)).length, 1);
      });
    });

    it('cannot be refused any more when a phase was completed', async () => {
      const operation = await createdTenant(projection);
      await runPhases(projection, operation, ['VALIDATE']);
      await assert.rejects(projection.refuseCreation(operation, []), refused('CONFLICT'));
      assert.equal(await tenantStatus(operation.tenantId), 'PROVISIONING');
    });
  });

  describe('of a retry', () => {
    it('keeps operation id and outputs, counts, and is in progress again', async () => {
      const operation = await createdTenant(projection);
      await runPhases(projection, operation, ['VALIDATE', 'CREATE_NAMESPACE']);
      await failed(operation);
      assert.equal((await state(operation.tenantId)).status, 'FAILED');
      assert.equal(await tenantStatus(operation.tenantId), 'FAILED');

      const retry = await projection.admit(runOf(operation.tenantId, 'PROVISIONING'));
      assert.equal(retry.operationId, operation.operationId);
      assert.equal(retry.seq, 2);
      assert.equal(retry.tenant.status, 'PROVISIONING');
      assert.deepEqual(Object.keys(retry.phaseOutputs), ['VALIDATE', 'CREATE_NAMESPACE']);
      const { status, retry_count: retryCount, failure_reason: reason, current_phase: phase } = await state(operation.tenantId);
      assert.deepEqual({ status, retryCount, reason, phase }, { status: 'IN_PROGRESS', retryCount: 1, reason: null, phase: 'DEPLOY_SECRETS' });
    });

    it('through admitCreation does the same', async () => {
      const request = creationRequest();
      const operation = await createdTenant(projection, request);
      await failed(operation);
      const retry = await createdTenant(projection, request, runOf(operation.tenantId, 'PROVISIONING'));
      assert.deepEqual([retry.operationId, retry.seq], [operation.operationId, 2]);
    });

    it('does everything again but the validation when a cancel was interrupted while it took things back', async () => {
      const operation = await createdTenant(projection);
      await runPhases(projection, operation, ['VALIDATE', 'CREATE_NAMESPACE', 'DEPLOY_SECRETS', 'WITHDRAW_INGRESS']);
      await failed(operation);
      const retry = await projection.admit(runOf(operation.tenantId, 'PROVISIONING'));
      assert.deepEqual(Object.keys(retry.phaseOutputs).filter((step) => (PHASES as readonly string[]).includes(step)), ['VALIDATE']);
      assert.equal((await state(operation.tenantId)).current_phase, 'CREATE_NAMESPACE');
    });

    it('can close its run once more in the same way, and hands the tenant out as it then is', async () => {
      const operation = await createdTenant(projection);
      for (let time = 0; time < 2; time += 1) {
        const { operationId, tenant } = await projection.closeOperation(operation, { status: 'FAILED', failureReason: 'for good' });
        assert.deepEqual([operationId, tenant.status], [operation.operationId, 'FAILED']);
      }
    });

    it('makes every activity of the run before too late', async () => {
      const operation = await failed(await createdTenant(projection));
      await assert.rejects(projection.admit(operation), refused('SUPERSEDED'));
      await projection.admit(runOf(operation.tenantId, 'PROVISIONING'));
      const attempt = attemptOf('VALIDATE', 9);
      await assert.rejects(projection.admit(operation), refused('SUPERSEDED'));
      await assert.rejects(projection.enterPhase(operation, 'VALIDATE', attempt), refused('SUPERSEDED'));
      await assert.rejects(projection.completePhase(operation, 'VALIDATE', {}, attempt), refused('SUPERSEDED'));
      await assert.rejects(projection.failPhase(operation, 'VALIDATE', { failureClass: 'UNAVAILABLE', message: 'x' }, 0, attempt), refused('SUPERSEDED'));
      await assert.rejects(projection.updateTenant(operation, { status: 'ACTIVE' }), refused('SUPERSEDED'));
      await assert.rejects(projection.removeTenant(operation), refused('SUPERSEDED'));
      await assert.rejects(projection.closeOperation(operation, { status: 'CANCELLED' }), refused('SUPERSEDED'));
    });

    it('admits one of two runs that come at once as the newest, the other is superseded or is', async () => {
      const operation = await failed(await createdTenant(projection));
      const runs = [runOf(operation.tenantId, 'PROVISIONING'), runOf(operation.tenantId, 'PROVISIONING')];
      await Promise.all(runs.map((run) => projection.admit(run)));
      const again = await Promise.allSettled(runs.map((run) => projection.admit(run)));
      assert.deepEqual(again.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
      assert.deepEqual((await operations(operation.tenantId)).map(({ seq }) => seq), [1, 2, 3]);
    });
  });

  describe('of a reset', () => {
    it('of the newest run continues it, with a new seq and without counting a retry', async () => {
      const operation = await createdTenant(projection);
      await runPhases(projection, operation, ['VALIDATE', 'CREATE_NAMESPACE']);
      const reset = await projection.admit(runOf(operation.tenantId, 'PROVISIONING', { originalRunId: operation.originalRunId }));
      assert.deepEqual([reset.operationId, reset.seq], [operation.operationId, 2]);
      assert.deepEqual(Object.keys(reset.phaseOutputs), ['VALIDATE', 'CREATE_NAMESPACE']);
      await runPhases(projection, reset, ['CREATE_NAMESPACE']);
      const rows = await operations(operation.tenantId);
      assert.deepEqual(rows.map(({ status, retry_count }) => [status, retry_count]), [['FAILED', 0], ['IN_PROGRESS', 0]]);
      assert.equal(rows[0].failure_reason, 'ended outside the service');
    });

    it('of an older run is refused without effect', async () => {
      const operation = await failed(await createdTenant(projection));
      const retry = await projection.admit(runOf(operation.tenantId, 'PROVISIONING'));
      await assert.rejects(projection.admit(runOf(operation.tenantId, 'PROVISIONING', { originalRunId: operation.originalRunId })), refused('SUPERSEDED'));
      assert.equal((await operations(operation.tenantId)).length, 2);
      await projection.admit(retry);
    });

    it('of a provisioning that a cancel has begun to take back, or took back, is refused', async () => {
      const operation = await createdTenant(projection);
      await runPhases(projection, operation, ['VALIDATE', 'CREATE_NAMESPACE']);
      await projection.enterPhase(operation, 'REMOVE_NAMESPACE', attemptOf('REMOVE_NAMESPACE'));
      const reset = () => projection.admit(runOf(operation.tenantId, 'PROVISIONING', { originalRunId: operation.originalRunId }));
      await assert.rejects(reset(), refused('SUPERSEDED'));
      await projection.closeOperation(operation, { status: 'CANCELLED', removesTenant: true });
      assert.equal(await tenantStatus(operation.tenantId), undefined);
      await assert.rejects(reset(), refused('SUPERSEDED'));
      assert.equal((await operations(operation.tenantId)).length, 1);
    });

    it('of a change that has begun to restore the state before is refused: its history believes in steps that were taken back', async () => {
      const { tenantId } = await activeTenant(projection);
      const change = await projection.admit(runOf(tenantId, 'TIER_CHANGE'));
      await runPhases(projection, change, ['CHECK_FIT', 'APPLY_QUOTA']);
      await projection.enterPhase(change, 'RETURN_TIER', attemptOf('RETURN_TIER:quota'));
      const reset = () => projection.admit(runOf(tenantId, 'TIER_CHANGE', { originalRunId: change.originalRunId }));
      await assert.rejects(reset(), refused('SUPERSEDED'));
      await failed(change);
      await assert.rejects(reset(), refused('SUPERSEDED'));
    });

    it('of a reactivation is refused once that run stopped everything again, but not when an earlier run of it did', async () => {
      const { tenantId } = await activeTenant(projection);
      const suspension = await projection.admit(runOf(tenantId, 'SUSPENSION'));
      await projection.updateTenant(suspension, { status: 'SUSPENDED' });
      await runPhases(projection, suspension, OPERATION_STEPS.SUSPENSION);
      const first = await projection.admit(runOf(tenantId, 'REACTIVATION'));
      await runPhases(projection, first, ['SCALE_UP', 'VERIFY', 'SCALE_DOWN']);
      await failed(first);
      await assert.rejects(projection.admit(runOf(tenantId, 'REACTIVATION', { originalRunId: first.originalRunId })), refused('SUPERSEDED'));
      const second = await projection.admit(runOf(tenantId, 'REACTIVATION'));
      await runPhases(projection, second, ['SCALE_UP']);
      assert.equal((await projection.admit(runOf(tenantId, 'REACTIVATION', { originalRunId: second.originalRunId }))).operationId, first.operationId);
    });

    it('of a reprovision that takes the tenant back once more forgets what was made before', async () => {
      const { tenantId } = await failed(await createdTenant(projection));
      const first = await projection.admit(runOf(tenantId, 'REPROVISION'));
      await runPhases(projection, first, [...OPERATION_STEPS.ROLLBACK.slice(0, -1), 'CREATE_NAMESPACE', 'DEPLOY_SECRETS']);
      const reset = await projection.admit(runOf(tenantId, 'REPROVISION', { originalRunId: first.originalRunId }));
      await projection.enterPhase(reset, 'REMOVE_NAMESPACE', attemptOf('REMOVE_NAMESPACE'));
      await failed(reset);
      const retry = await projection.admit(runOf(tenantId, 'REPROVISION'));
      assert.deepEqual(Object.keys(retry.phaseOutputs).filter((step) => (PHASES as readonly string[]).includes(step)), []);
    });

    it('of a reprovision that succeeded is refused: it would tear an ACTIVE tenant down', async () => {
      const { tenantId } = await failed(await createdTenant(projection));
      const reprovision = await projection.admit(runOf(tenantId, 'REPROVISION'));
      await projection.updateTenant(reprovision, { status: 'ACTIVE' });
      await runPhases(projection, reprovision, OPERATION_STEPS.REPROVISION);
      await assert.rejects(projection.admit(runOf(tenantId, 'REPROVISION', { originalRunId: reprovision.originalRunId })), refused('SUPERSEDED'));
    });

    it('of an operation that completed is refused, so that no ACTIVE tenant becomes FAILED by it', async () => {
      const operation = await activeTenant(projection);
      await assert.rejects(projection.admit(runOf(operation.tenantId, 'PROVISIONING', { originalRunId: operation.originalRunId })), refused('SUPERSEDED'));
      assert.deepEqual([await tenantStatus(operation.tenantId), (await state(operation.tenantId)).status], ['ACTIVE', 'COMPLETED']);
    });

    it('of a reprovision whose tenant is ACTIVE is refused although the run failed', async () => {
      const { tenantId } = await failed(await createdTenant(projection));
      const reprovision = await projection.admit(runOf(tenantId, 'REPROVISION'));
      await projection.updateTenant(reprovision, { status: 'ACTIVE' });
      await failed(reprovision);
      await assert.rejects(projection.admit(runOf(tenantId, 'REPROVISION', { originalRunId: reprovision.originalRunId })), refused('SUPERSEDED'));
      assert.equal(await tenantStatus(tenantId), 'ACTIVE');
    });

    it('of a tier change completes only with its last step, whatever its run before had completed', async () => {
      const { tenantId } = await activeTenant(projection);
      const change = await projection.admit(runOf(tenantId, 'TIER_CHANGE'));
      await runPhases(projection, change, OPERATION_STEPS.TIER_CHANGE.slice(0, -1));
      const reset = await projection.admit(runOf(tenantId, 'TIER_CHANGE', { originalRunId: change.originalRunId }));
      await runPhases(projection, reset, ['CHECK_FIT', 'APPLY_QUOTA']);
      assert.equal((await operations(tenantId)).at(-1).status, 'IN_PROGRESS');
    });

    it('waits also when the reconciler has closed the row of the old run before', async () => {
      const patient = createProjection(pool, { uncleanEndWaitSeconds: 30 });
      const { tenantId, runId } = await createdTenant(patient);
      await pool.query(`UPDATE tenant_operations SET last_updated_at = last_updated_at - interval '61 seconds' WHERE run_id = $1`, [runId]);
      assert.deepEqual(await closeAbandonedOperations(pool, 60, async () => null), [runId]);
      await assert.rejects(patient.admit(runOf(tenantId, 'PROVISIONING')), refused('NOT_READY'));
    });

    it('waits also longer than a run obeys a Retry-After, a part of it at a time', async () => {
      const patient = createProjection(pool, { uncleanEndWaitSeconds: 3_605 });
      const operation = await createdTenant(patient);
      const reset = runOf(operation.tenantId, 'PROVISIONING', { originalRunId: operation.originalRunId });
      await assert.rejects(patient.admit(reset), (error: TenantError) => {
        const { type, nonRetryable } = toApplicationFailure(error, new AbortController().signal, 1) as ApplicationFailure;
        assert.deepEqual([type, nonRetryable], ['NOT_READY', false]);
        return true;
      });
    });

    it('waits until nothing of the old run can be at work', async () => {
      const patient = createProjection(pool, { uncleanEndWaitSeconds: 30 });
      const operation = await createdTenant(patient);
      const reset = runOf(operation.tenantId, 'PROVISIONING', { originalRunId: operation.originalRunId });
      const notReady = (error: { failureClass?: string; retryAfterSeconds?: number }) =>
        error.failureClass === 'NOT_READY' && error.retryAfterSeconds! > 25 && error.retryAfterSeconds! <= 30;
      await assert.rejects(patient.admit(reset), notReady);
      await assert.rejects(patient.admit(reset), notReady);
      assert.equal((await operations(operation.tenantId)).length, 2);
      await pool.query('UPDATE tenant_operations SET admissible_at = clock_timestamp() WHERE run_id = $1', [reset.runId]);
      await patient.admit(reset);
    });
  });

  describe('by legality', () => {
    it('refuses a run under another workflow id or for another slug, and leaves the operation that is at work alone', async () => {
      const { tenantId } = await activeTenant(projection);
      await projection.admit(runOf(tenantId, 'RECONFIGURATION'));
      await assert.rejects(projection.admit(runOf(tenantId, 'SUSPENSION', { workflowId: 'tenant-another' })), refused('CONFLICT'));
      await assert.rejects(projection.admit(runOf(tenantId, 'SUSPENSION', { slug: 'another' })), refused('CONFLICT'));
      assert.deepEqual((await operations(tenantId)).map(({ status }) => status), ['COMPLETED', 'IN_PROGRESS']);
    });

    it('refuses a kind that is not legal with the state and what is legal', async () => {
      const operation = await activeTenant(projection);
      await assert.rejects(projection.admit(runOf(operation.tenantId, 'REACTIVATION')), refused('CONFLICT', {
        status: 'ACTIVE', legal: ['SUSPENSION', 'TIER_CHANGE', 'RECONFIGURATION', 'DELETION'] }));
      await assert.rejects(projection.admit(runOf(operation.tenantId, 'PROVISIONING')), refused('CONFLICT'));
      assert.equal((await operations(operation.tenantId)).length, 1);
    });

    it('does not retry a provisioning whose rollback stopped half way', async () => {
      const operation = await failed(await createdTenant(projection));
      const rollback = await projection.admit(runOf(operation.tenantId, 'ROLLBACK'));
      await failed(rollback);
      await assert.rejects(projection.admit(runOf(operation.tenantId, 'PROVISIONING')), refused('CONFLICT', {
        status: 'FAILED', legal: ['ROLLBACK', 'REPROVISION', 'DELETION'] }));
      assert.equal((await projection.admit(runOf(operation.tenantId, 'ROLLBACK'))).operationId, rollback.operationId);
    });

    it('does not retry a cancelled provisioning that could not be undone', async () => {
      const { tenantId, ...operation } = await createdTenant(projection);
      await projection.closeOperation({ tenantId, ...operation }, { status: 'CANCELLED', failureReason: 'rollback incomplete: zone' });
      assert.equal(await tenantStatus(tenantId), 'FAILED');
      assert.equal((await state(tenantId)).failure_reason, 'rollback incomplete: zone');
      await assert.rejects(projection.admit(runOf(tenantId, 'PROVISIONING')), refused('CONFLICT', {
        status: 'FAILED', legal: ['ROLLBACK', 'REPROVISION', 'DELETION'] }));
    });

    it('gives every run of a tier change an operation id of its own, and a repeated suspension the same', async () => {
      const { tenantId } = await activeTenant(projection);
      const first = await failed(await projection.admit(runOf(tenantId, 'TIER_CHANGE')));
      const second = await failed(await projection.admit(runOf(tenantId, 'TIER_CHANGE')));
      assert.notEqual(second.operationId, first.operationId);
      const suspension = await projection.admit(runOf(tenantId, 'SUSPENSION'));
      await projection.updateTenant(suspension, { status: 'SUSPENDED' });
      await failed(suspension);
      assert.equal(await tenantStatus(tenantId), 'SUSPENDED');
      assert.equal((await projection.admit(runOf(tenantId, 'SUSPENSION'))).operationId, suspension.operationId);
    });

    it('knows no tenant that was never created or is gone', async () => {
      await assert.rejects(projection.admit(runOf(randomUUID(), 'SUSPENSION')), refused('CONFLICT'));
      const operation = await failed(await createdTenant(projection));
      const rollback = await projection.admit(runOf(operation.tenantId, 'ROLLBACK'));
      await projection.removeTenant(rollback);
      await runPhases(projection, rollback, ['REMOVE_TENANT']);
      await assert.rejects(projection.admit(runOf(operation.tenantId, 'DELETION')), refused('CONFLICT'));
      await assert.rejects(projection.admitCreation(runOf(operation.tenantId, 'PROVISIONING'), creationRequest(), 'dev'), refused('CONFLICT'));
    });

    it('makes nothing for a tenant that a cancel removed', async () => {
      const operation = await createdTenant(projection);
      await projection.closeOperation(operation, { status: 'CANCELLED', removesTenant: true });
      await assert.rejects(projection.admitCreation(runOf(operation.tenantId, 'PROVISIONING'), creationRequest(), 'dev'), refused('CONFLICT'));
      assert.equal((await operations(operation.tenantId)).length, 1);
    });

    it('ends a rollback as completed whose run was ended after it had removed the tenant', async () => {
      const { tenantId } = await failed(await createdTenant(projection));
      const rollback = await projection.admit(runOf(tenantId, 'ROLLBACK'));
      await projection.enterPhase(rollback, 'REMOVE_TENANT', attemptOf('REMOVE_TENANT'));
      await projection.removeTenant(rollback);
      await projection.closeOperation(rollback, { status: 'FAILED', failureReason: 'terminated' });
      const { rows: [row] } = await pool.query('SELECT status, failure_reason, progress FROM tenant_operations WHERE run_id = $1', [rollback.runId]);
      assert.deepEqual([row.status, row.failure_reason, row.progress.REMOVE_TENANT.state], ['COMPLETED', null, 'COMPLETED']);
      const { rows } = await pool.query(`SELECT key FROM outbox WHERE tenant_id = $1 AND body->>'eventType' = 'TENANT_ROLLBACK_FAILED'`, [tenantId]);
      assert.equal(rows.length, 0);
    });

    it('removes no tenant that was ever ACTIVE at the end of a cancelled run', async () => {
      const operation = await createdTenant(projection);
      await projection.updateTenant(operation, { status: 'ACTIVE' });
      await projection.closeOperation(operation, { status: 'CANCELLED', removesTenant: true });
      assert.equal(await tenantStatus(operation.tenantId), 'ACTIVE');
    });

    it('lets the operation that removed the tenant finish, also by a retry', async () => {
      const { tenantId, tenant } = await activeTenant(projection);
      const deletion = await projection.admit(runOf(tenantId, 'DELETION'));
      await projection.updateTenant(deletion, { status: 'DELETING' });
      await projection.removeTenant(deletion);
      await projection.removeTenant(deletion);
      assert.equal(await tenantStatus(tenantId), undefined);
      await failed(deletion);
      const retry = await projection.admit(runOf(tenantId, 'DELETION'));
      assert.equal(retry.tenant.slug, tenant.slug);
      assert.ok(retry.tenant.createdAt instanceof Date);
      await runPhases(projection, retry, ['PUBLISH_DELETED']);
      assert.deepEqual((await operations(tenantId)).map(({ status }) => status), ['COMPLETED', 'FAILED', 'COMPLETED']);
    });

    it('is asked again by the last activity when its answer was lost, but not by an older attempt', async () => {
      const operation = await activeTenant(projection);
      assert.equal((await state(operation.tenantId)).status, 'COMPLETED');
      assert.deepEqual(Object.keys((await state(operation.tenantId)).phase_outputs).toSorted(), PHASES.toSorted());
      await projection.admit(operation);
      await assert.rejects(projection.enterPhase(operation, 'ACTIVATE', attemptOf('ACTIVATE')), refused('UNAVAILABLE'));
      await projection.enterPhase(operation, 'ACTIVATE', attemptOf('ACTIVATE', 2));
      await projection.completePhase(operation, 'ACTIVATE', { did: 'again' }, attemptOf('ACTIVATE', 2));
      await assert.rejects(projection.closeOperation(operation, { status: 'FAILED' }), refused('SUPERSEDED'));
      assert.equal((await state(operation.tenantId)).status, 'COMPLETED');
    });
  });
});
