import assert from 'node:assert/strict';
import type pg from 'pg';
import type { Projection } from '../../../projection/interface.ts';
import { findProvisioning } from '../../../projection/queries.ts';
import { closeAbandonedOperations } from '../../../projection/reconcile.ts';
import { activeTenant, attemptOf, createdTenant, creationRequest, runOf, runPhases, withProjection } from '../../support/projection-fixture.ts';

describe('the rows behind a running operation', () => {
  let pool: pg.Pool;
  let projection: Projection;

  withProjection((given) => { ({ pool, projection } = given); });

  /** Temporal drops the answer of a late attempt; it is no reason to end the run. */
  const late = { failureClass: 'UNAVAILABLE', message: /a later attempt of \w+ has begun/ };
  const row = async (runId: string) => (await pool.query('SELECT * FROM tenant_operations WHERE run_id = $1', [runId])).rows[0];
  const state = async (tenantId: string) => (await pool.query('SELECT * FROM tenant_provisioning_state WHERE tenant_id = $1', [tenantId])).rows[0];

  it('merges the outputs of phases that end at once', async () => {
    const operation = await createdTenant(projection);
    await Promise.all([
      runPhases(projection, operation, ['DEPLOY_SERVICES']),
      runPhases(projection, operation, ['DEPLOY_INGRESS']),
      runPhases(projection, operation, ['VALIDATE', 'CREATE_NAMESPACE']),
    ]);
    const { phase_outputs: outputs, current_phase: current } = await state(operation.tenantId);
    assert.deepEqual(outputs, {
      VALIDATE: { did: 'VALIDATE' }, CREATE_NAMESPACE: { did: 'CREATE_NAMESPACE' },
      DEPLOY_SERVICES: { did: 'DEPLOY_SERVICES' }, DEPLOY_INGRESS: { did: 'DEPLOY_INGRESS' },
    });
    assert.equal(current, 'DEPLOY_SECRETS');
    assert.equal((await row(operation.runId)).status, 'IN_PROGRESS');
  });

  it('name the step at work, which need not be the first in order', async () => {
    const { tenantId } = await activeTenant(projection);
    const operation = await projection.admit(runOf(tenantId, 'TIER_CHANGE'));
    const current = async () => (await row(operation.runId)).current_phase;
    await runPhases(projection, operation, ['CHECK_FIT']);
    assert.equal(await current(), 'APPLY_QUOTA', 'the first to come');
    await projection.enterPhase(operation, 'UPGRADE_RELEASES', attemptOf('UPGRADE_RELEASES'));
    assert.equal(await current(), 'UPGRADE_RELEASES', 'as a tier goes down');
    await projection.completePhase(operation, 'UPGRADE_RELEASES', {}, attemptOf('UPGRADE_RELEASES'));
    assert.equal(await current(), 'APPLY_QUOTA');
  });

  it('refuses an attempt when a newer one of the same activity has reported', async () => {
    const operation = await createdTenant(projection);
    const attempt = (number: number) => attemptOf('DEPLOY_SERVICES:ai-service', number);
    await projection.enterPhase(operation, 'DEPLOY_SERVICES', attempt(1));
    const { startedAt } = (await row(operation.runId)).progress.DEPLOY_SERVICES;
    await projection.enterPhase(operation, 'DEPLOY_SERVICES', attempt(2));
    await projection.enterPhase(operation, 'DEPLOY_SERVICES', attemptOf('DEPLOY_SERVICES:bi-service'));
    await assert.rejects(projection.enterPhase(operation, 'DEPLOY_SERVICES', attempt(1)), late);
    await assert.rejects(projection.completePhase(operation, 'DEPLOY_SERVICES', {}, attempt(1)), late);
    await assert.rejects(projection.failPhase(operation, 'DEPLOY_SERVICES', { failureClass: 'UNAVAILABLE', message: 'x' }, 0, attempt(1)), late);
    assert.equal((await row(operation.runId)).progress.DEPLOY_SERVICES.startedAt, startedAt);
  });

  it('lets an attempt continue after a reset of the activity, though its number is lower than before', async () => {
    const operation = await createdTenant(projection);
    await projection.enterPhase(operation, 'CONFIGURE', attemptOf('CONFIGURE', 3, 30));
    const reset = attemptOf('CONFIGURE', 1, 40);
    await projection.enterPhase(operation, 'CONFIGURE', reset);
    await assert.rejects(projection.assertCurrent(operation, 'CONFIGURE', attemptOf('CONFIGURE', 3, 30)), late);
    await projection.completePhase(operation, 'CONFIGURE', { did: 'it' }, reset);
    assert.deepEqual((await row(operation.runId)).phase_outputs.CONFIGURE, { did: 'it' });
  });

  it('add up the time for which an activity has been failing, which a reset of the activity forgets', async () => {
    const operation = await createdTenant(projection);
    const fail = (attempt: number, scheduledAt: number) =>
      projection.failPhase(operation, 'CONFIGURE', { failureClass: 'UNAVAILABLE', message: 'away' }, 1_500, attemptOf('CONFIGURE', attempt, scheduledAt));
    assert.deepEqual([await fail(1, 10), await fail(2, 20), await fail(4, 40)], [1_500, 3_000, 4_500]);
    await projection.enterPhase(operation, 'CONFIGURE', attemptOf('CONFIGURE', 1, 50));
    assert.equal(await fail(1, 50), 1_500);
  });

  it('refuses any late attempt once the phase is completed', async () => {
    const operation = await createdTenant(projection);
    await projection.enterPhase(operation, 'VERIFY', attemptOf('VERIFY', 2));
    await projection.completePhase(operation, 'VERIFY', { healthy: 14 }, attemptOf('VERIFY', 2));
    for (const attempt of [attemptOf('VERIFY'), attemptOf('VERIFY', 2), attemptOf('VERIFY:one')]) {
      await assert.rejects(projection.enterPhase(operation, 'VERIFY', attempt), late);
      await assert.rejects(projection.failPhase(operation, 'VERIFY', { failureClass: 'UNAVAILABLE', message: 'x' }, 0, attempt), late);
    }
    assert.deepEqual((await row(operation.runId)).phase_outputs.VERIFY, { healthy: 14 });
  });

  it('count the time in trouble also of an attempt that repeats a completed phase, which stays completed', async () => {
    const operation = await createdTenant(projection);
    await projection.enterPhase(operation, 'VERIFY', attemptOf('VERIFY'));
    await projection.completePhase(operation, 'VERIFY', { healthy: 14 }, attemptOf('VERIFY'));
    const fail = async (attempt: number) => {
      await projection.enterPhase(operation, 'VERIFY', attemptOf('VERIFY', attempt));
      return projection.failPhase(operation, 'VERIFY', { failureClass: 'UNAVAILABLE', message: 'away' }, 1_500, attemptOf('VERIFY', attempt));
    };
    assert.deepEqual([await fail(2), await fail(3)], [1_500, 3_000]);
    const { progress, failure_reason: reason } = await row(operation.runId);
    assert.deepEqual([progress.VERIFY.state, progress.VERIFY.error, reason], ['COMPLETED', null, null]);
  });

  it('keeps text that PostgreSQL refuses, with the characters replaced', async () => {
    const operation = await createdTenant(projection);
    const attempt = attemptOf('CONFIGURE');
    await projection.enterPhase(operation, 'CONFIGURE', attempt);
    await projection.failPhase(operation, 'CONFIGURE', { failureClass: 'UNAVAILABLE', message: 'a\0b \uD83D' }, 0, attempt);
    await projection.completePhase(operation, 'VALIDATE', { 'said\0': 'a\0b' }, attemptOf('VALIDATE'));
    await projection.closeOperation(runOf(operation.tenantId, 'PROVISIONING', { runId: operation.runId }), { status: 'FAILED', failureReason: 'c\0d \uDE00' });
    const { progress, phase_outputs: outputs, failure_reason: reason } = await row(operation.runId);
    assert.equal(progress.CONFIGURE.error.message, 'a\uFFFDb \uFFFD');
    assert.deepEqual(outputs.VALIDATE, { 'said\uFFFD': 'a\uFFFDb' });
    assert.equal(reason, 'c\uFFFDd \uFFFD');
    assert.equal((await state(operation.tenantId)).failure_reason, 'c\uFFFDd \uFFFD');
  });

  it('keeps errors per phase; the reason is the first open one in the order of the steps, and success clears it', async () => {
    const operation = await createdTenant(projection);
    const fail = (phase: string, message: string) =>
      projection.failPhase(operation, phase, { failureClass: 'UNAVAILABLE', message }, 0, attemptOf(phase));
    await fail('DEPLOY_INGRESS', 'no address');
    await fail('DEPLOY_SERVICES', 'no pods');
    assert.equal((await state(operation.tenantId)).failure_reason, 'DEPLOY_SERVICES: no pods');
    await projection.completePhase(operation, 'DEPLOY_SERVICES', {}, attemptOf('DEPLOY_SERVICES', 2));
    assert.equal((await state(operation.tenantId)).failure_reason, 'DEPLOY_INGRESS: no address');
    await projection.closeOperation(operation, { status: 'FAILED' });
    const { progress, failure_reason: reason, ended_at: endedAt } = await row(operation.runId);
    assert.deepEqual([progress.DEPLOY_INGRESS.state, progress.DEPLOY_SERVICES.state, reason], ['FAILED', 'COMPLETED', 'DEPLOY_INGRESS: no address']);
    assert.ok(endedAt);
  });

  it('are read together with the tenant as they were at one moment, whatever ends in the middle of it', async () => {
    const operation = await createdTenant(projection);
    const interrupted = { connect: async () => {
      const client = await pool.connect();
      return { release: () => client.release(), query: async (...query: [string, unknown[]]) => {
        const result = await client.query(...query);
        if (query[0].includes('FROM tenants')) await projection.closeOperation(operation, { status: 'FAILED' });
        return result;
      } };
    } };
    const read = async (from: unknown) => {
      const found = await findProvisioning(from as pg.Pool, operation.tenantId, ['PROVISIONING']);
      return [found?.tenant.status, found?.state.status, found?.operation.status];
    };
    assert.deepEqual(await read(interrupted), ['PROVISIONING', 'IN_PROGRESS', 'IN_PROGRESS']);
    assert.deepEqual(await read(pool), ['FAILED', 'FAILED', 'FAILED']);
  });

  it('moves the tenant only along the transitions and writes the facts learned', async () => {
    const operation = await createdTenant(projection);
    const tenant = await projection.updateTenant(operation, { ingressIp: '10.0.0.1', dnsZone: 'acme.matih.ai' });
    assert.deepEqual([tenant.ingressIp, tenant.dnsZone, tenant.status], ['10.0.0.1', 'acme.matih.ai', 'PROVISIONING']);
    await assert.rejects(projection.updateTenant(operation, { status: 'SUSPENDED' }), {
      failureClass: 'CONFLICT', details: { status: 'PROVISIONING', allowed: ['ACTIVE', 'FAILED', 'DELETING'] } });
  });

  it('remember what was made under the tenant\'s names until it is forgotten, whichever of two phases says so first', async () => {
    const operation = await createdTenant(projection);
    assert.deepEqual(operation.tenant.holdings, {});
    await Promise.all([{ namespace: 'uid-1' }, { zone: 'id-of-zone', delegation: 'id-of-delegation' }].map((holdings) => projection.updateTenant(operation, { holdings })));
    assert.deepEqual((await projection.admit(operation)).tenant.holdings, { namespace: 'uid-1', zone: 'id-of-zone', delegation: 'id-of-delegation' });
    const { holdings } = await projection.updateTenant(operation, { holdings: { namespace: undefined, zone: undefined } });
    assert.deepEqual(holdings, { delegation: 'id-of-delegation' });
  });

  it('of a cancelled provisioning are gone when its undo was complete, and the slug is free', async () => {
    const request = creationRequest();
    const operation = await createdTenant(projection, request);
    await projection.removeTenant(operation);
    await projection.closeOperation(operation, { status: 'CANCELLED' });
    assert.equal(await state(operation.tenantId), undefined);
    assert.equal((await row(operation.runId)).status, 'CANCELLED');
    await createdTenant(projection, request);
  });

  it('are closed when Temporal has no open run, and only after a minute', async () => {
    const abandoned = await createdTenant(projection);
    const running = await createdTenant(projection, creationRequest(), { ...runOf(abandoned.tenantId, 'PROVISIONING'), tenantId: crypto.randomUUID(), workflowId: 'tenant-running' });
    const describe = async (workflowId: string) => (workflowId === 'tenant-running' ? running.runId : null);
    assert.deepEqual(await closeAbandonedOperations(pool, 60, describe), []);
    await pool.query(`UPDATE tenant_operations SET last_updated_at = last_updated_at - interval '61 seconds' WHERE run_id = ANY ($1)`, [[abandoned.runId, running.runId]]);
    assert.deepEqual(await closeAbandonedOperations(pool, 60, () => Promise.reject(new Error('away'))), []);
    assert.deepEqual(await closeAbandonedOperations(pool, 60, describe), [abandoned.runId]);
    const { status, failure_reason: reason } = await state(abandoned.tenantId);
    assert.deepEqual([status, reason], ['FAILED', 'ended outside the service']);
    assert.equal((await row(running.runId)).status, 'IN_PROGRESS');
  });

  it('are read and written by a role that cannot change the schema', async () => {
    await assert.rejects(pool.query('CREATE TABLE x (id int)'), { code: '42501' });
    await assert.rejects(pool.query('DROP TABLE tenants'), { code: '42501' });
    await assert.rejects(pool.query('SELECT * FROM schema_migrations'), { code: '42501' });
  });
});
