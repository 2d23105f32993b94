import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Projection } from '../../../projection/interface.ts';
import { endLostRequests } from '../../../projection/lost-requests.ts';
import type { DescribeOpenRun } from '../../../projection/reconcile.ts';
import { OPERATION_KINDS } from '../../../tenant/lifecycle.ts';
import { deletionWaitWorkflowIdOf, workflowIdOf } from '../../../tenant/names.ts';
import { ADMIN, deletionRequests } from '../../support/deletion-fixture.ts';
import { runOf, withProjection } from '../../support/projection-fixture.ts';

describe('a tenant whose deletion is confirmed', function () {
  this.timeout(60_000);
  let pool: pg.Pool;
  let projection: Projection;

  withProjection((given) => { ({ pool, projection } = given); });

  const { requested, confirmed, records, suspend } = deletionRequests(() => ({ pool, projection }));
  const state = async (originalRunId: string) => (await projection.deletions.find(originalRunId))?.state;
  const statusBecomes = (tenantId: string, status: string) => pool.query('UPDATE tenants SET status = $2 WHERE id = $1', [tenantId, status]);

  describe('between the confirmation and the beginning of the deletion', () => {
    for (const kind of OPERATION_KINDS) {
      const legal = ['SUSPENSION', 'DELETION'].includes(kind);
      it(`${kind} of an active tenant is ${legal ? 'admitted' : 'refused'}`, async () => {
        const { tenant } = await confirmed();
        if (legal) await projection.admit(runOf(tenant.id, kind));
        else await assert.rejects(projection.admit(runOf(tenant.id, kind)), { failureClass: 'CONFLICT', details: { status: 'ACTIVE', legal: ['SUSPENSION', 'DELETION'] } });
      });
    }

    it('a reactivation is refused, and admitted once the deletion is called off', async () => {
      const { tenant, originalRunId } = await confirmed();
      await suspend(tenant.id);
      await assert.rejects(projection.admit(runOf(tenant.id, 'REACTIVATION')), { failureClass: 'CONFLICT', message: /deletion of .* is confirmed; call the deletion off/ });
      await projection.deletions.close(originalRunId, { state: 'CALLED_OFF', reason: null, actor: ADMIN });
      await projection.admit(runOf(tenant.id, 'REACTIVATION'));
    });

    it('no operation is admitted beside the confirmation', async () => {
      for (let round = 0; round < 10; round += 1) {
        const { tenant, decide } = await requested();
        const [verdict, admission] = await Promise.allSettled([decide(ADMIN), projection.admit(runOf(tenant.id, 'RECONFIGURATION'))]);
        assert.equal(verdict.status, 'fulfilled');
        assert.equal(verdict.value.outcome, admission.status === 'fulfilled' ? 'BUSY' : 'ACCEPTED');
      }
    });

    it('a confirmed request is ended by nothing once its deletion has begun, and no record says that it was called off', async () => {
      const { tenant, originalRunId } = await confirmed();
      const close = () => projection.deletions.close(originalRunId, { state: 'CALLED_OFF', reason: null, actor: ADMIN });
      const deletion = await projection.admit(runOf(tenant.id, 'DELETION'));
      assert.equal((await close())?.state, 'CONFIRMED', 'while it is at work');
      await projection.closeOperation(deletion, { status: 'FAILED', failureReason: 'for the test' });
      await statusBecomes(tenant.id, 'DELETING');
      assert.equal((await close())?.state, 'CONFIRMED', 'when it stopped half way');
      await pool.query('DELETE FROM tenants WHERE id = $1', [tenant.id]);
      assert.equal((await close())?.state, 'CONFIRMED', 'when the tenant is gone');
      assert.ok((await records(tenant.id)).every(({ eventType }) => eventType !== 'TENANT_DELETION_CALLED_OFF'));
    });

    it('a confirmed request ends when its deletion did not begin', async () => {
      const { tenant, originalRunId } = await confirmed();
      const deletion = await projection.admit(runOf(tenant.id, 'DELETION'));
      await projection.closeOperation(deletion, { status: 'FAILED', failureReason: 'for the test' });
      assert.equal((await projection.deletions.close(originalRunId, { state: 'CALLED_OFF', reason: null, actor: ADMIN }))?.state, 'CALLED_OFF');
    });

    it('a tenant that the wait suspended stands as it was left, and was suspended by the wait', async () => {
      for (const succeeds of [true, false]) {
        const { tenant, originalRunId } = await confirmed();
        const suspensionRunId = await suspend(tenant.id, { succeeds });
        assert.deepEqual(await projection.deletions.standing(originalRunId, suspensionRunId), { suspendedByWait: true, departure: null });
        assert.equal((await projection.deletions.standing(originalRunId, undefined)).suspendedByWait, false);
      }
    });

    it('a suspension of the wait that another admin finished is still the wait\'s, one of their own is not', async () => {
      const { tenant, originalRunId } = await confirmed();
      const suspensionRunId = await suspend(tenant.id, { succeeds: false });
      await suspend(tenant.id);
      assert.equal((await projection.deletions.standing(originalRunId, suspensionRunId)).suspendedByWait, true);
      assert.deepEqual(await projection.deletions.standing(originalRunId, 'a run that was never admitted'), { suspendedByWait: false, departure: null });
    });

    it('a tenant that was suspended before is not restored by the wait', async () => {
      const { tenant, decide, originalRunId } = await requested();
      const suspensionRunId = await suspend(tenant.id);
      await decide(ADMIN);
      assert.deepEqual(await projection.deletions.standing(originalRunId, suspensionRunId), { suspendedByWait: false, departure: null });
    });

    it('a tenant that is ACTIVE again, had another operation or is gone is not the one that was confirmed', async () => {
      const departure = async (change: (tenantId: string) => Promise<unknown>) => {
        const { tenant, originalRunId } = await confirmed();
        await suspend(tenant.id);
        await change(tenant.id);
        return (await projection.deletions.standing(originalRunId, undefined)).departure;
      };
      assert.equal(await departure((id) => statusBecomes(id, 'ACTIVE')), 'the tenant is ACTIVE');
      assert.equal(await departure((id) => pool.query('DELETE FROM tenants WHERE id = $1', [id])), 'the tenant is gone');
      assert.equal(await departure((id) => pool.query(
        `INSERT INTO tenant_operations (run_id, tenant_id, seq, operation_id, kind, actor, workflow_id, original_run_id, slug, current_phase, status)
         VALUES ($2, $1, 9, $1, 'REACTIVATION', 'bob', 'w', 'o', 's', 'SCALE_UP', 'COMPLETED')`, [id, randomUUID()])), 'REACTIVATION by bob came after the confirmation');
    });
  });

  describe('a request whose wait ended outside the service', () => {
    const nothingOpen = async () => null;
    const endedOf = async (originalRunId: string, describe: DescribeOpenRun = nothingOpen) => (await endLostRequests(pool, 0, describe)).includes(originalRunId);

    it('is ended with a reason, WAITING and CONFIRMED alike, and blocks nothing any more', async () => {
      for (const confirms of [false, true]) {
        const { tenant, originalRunId, decide } = await requested();
        if (confirms) await decide(ADMIN);
        assert.equal(await endedOf(originalRunId), true);
        const { state: end, reason } = (await projection.deletions.find(originalRunId))!;
        assert.deepEqual([end, reason], ['CALLED_OFF', 'its wait ended outside the service']);
        assert.equal((await records(tenant.id)).at(-1)?.['eventType'], 'TENANT_DELETION_CALLED_OFF');
        await projection.admit(runOf(tenant.id, 'RECONFIGURATION'));
      }
    });

    it('is left alone while its wait is open, while its deletion may be, without an answer, and before it was quiet', async () => {
      const { tenant, originalRunId, decide } = await requested();
      await decide(ADMIN);
      for (const open of [deletionWaitWorkflowIdOf(tenant.id), workflowIdOf(tenant.slug)]) {
        assert.equal(await endedOf(originalRunId, async (workflowId) => (workflowId === open ? 'run' : null)), false, open);
      }
      assert.equal(await endedOf(originalRunId, async () => { throw new Error('Temporal is away'); }), false);
      assert.deepEqual((await endLostRequests(pool, 60, nothingOpen)), []);
      assert.equal(await state(originalRunId), 'CONFIRMED');
    });

    it('keeps CONFIRMED once the tenant is DELETING, and says why a deletion did not begin', async () => {
      const { tenant, originalRunId, decide } = await requested();
      await decide(ADMIN);
      const deletion = await projection.admit(runOf(tenant.id, 'DELETION'));
      assert.equal(await endedOf(originalRunId), false, 'while it is at work');
      await projection.closeOperation(deletion, { status: 'FAILED', failureReason: 'the namespace is stuck' });
      await statusBecomes(tenant.id, 'DELETING');
      assert.equal(await endedOf(originalRunId), false);
      await statusBecomes(tenant.id, 'ACTIVE');
      assert.equal(await endedOf(originalRunId), true);
      assert.equal((await projection.deletions.find(originalRunId))?.reason, 'the deletion did not begin: the namespace is stuck');
    });
  });
});
