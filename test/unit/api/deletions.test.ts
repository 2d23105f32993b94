import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { deletionWaitWorkflowIdOf } from '../../../tenant/names.ts';
import { ApiRig } from '../../support/api-rig.ts';

describe('the request of a deletion', () => {
  const rig = new ApiRig();
  beforeEach(() => { rig.fake.starts = 'ANSWERED'; });
  const remove = (id: string, key: string) => rig.send(`/tenants/${id}`, { method: 'DELETE', key });
  const waitsOf = (id: string) => rig.fake.runs.filter(({ workflowId }) => workflowId === deletionWaitWorkflowIdOf(id));

  it('whose answer from Temporal is lost is accepted, and a repetition after a crash finds it', async () => {
    const { tenantId } = await rig.active();
    const key = randomUUID();
    rig.fake.starts = 'LOST';
    const first = await remove(tenantId, key);
    assert.deepEqual([first.status, first.body.deletion?.state], [202, 'QUEUED']);
    rig.fake.starts = 'ANSWERED';
    await rig.crashedBeforeAnswer(key);
    const again = await remove(tenantId, key);
    assert.deepEqual([again.status, again.body], [202, first.body]);
    assert.equal(waitsOf(tenantId).length, 1);
    const other = await remove(tenantId, randomUUID());
    assert.deepEqual([other.status, other.body.code], [409, 'MATIH-TENANT-3009']);
  });

  it('is accepted once its wait has started, also when the database does not tell what became of it', async () => {
    const { tenantId } = await rig.active();
    const other = await rig.pool.connect();
    rig.fake.onStart = async () => {
      await other.query('BEGIN');
      await other.query('LOCK TABLE deletion_requests IN ACCESS EXCLUSIVE MODE');
    };
    try {
      const { status, body } = await remove(tenantId, randomUUID());
      assert.deepEqual([status, body.deletion?.state], [202, 'QUEUED'], JSON.stringify(body));
    } finally {
      rig.fake.onStart = async () => undefined;
      await other.query('ROLLBACK');
      other.release();
    }
  });

  it('is confirmed once however often: a repetition after a crash costs no second try', async () => {
    const { tenantId, tenant: { slug } } = await rig.active();
    const { deletions } = rig.projection;
    await remove(tenantId, randomUUID());
    const { runId } = waitsOf(tenantId)[0]!;
    await deletions.open({ originalRunId: runId, tenantId, slug, requestedBy: 'admin', approver: null, graceMinutes: 0, tries: 5, confirmationMinutes: 5 });
    let number = 0;
    rig.fake.onSignal = async (_run, argument) => {
      number += 1;
      await deletions.decide(runId, { runId, number, requestId: (argument as { requestId: string }).requestId, admin: null, sender: 'admin' });
    };
    const key = randomUUID();
    const confirm = () => rig.post(`/tenants/${tenantId}/deletion/confirmation`, { body: { code: 'AAAAAAAAAA' }, key });
    const first = await confirm();
    assert.deepEqual([first.status, first.body.triesLeft], [403, 4]);
    await rig.crashedBeforeAnswer(key);
    const again = await confirm();
    assert.deepEqual([again.status, again.body.triesLeft, number], [403, 4, 1]);
  });

  describe('that is confirmed', () => {
    /** A tenant whose deletion is confirmed, with its wait; a signal to the wait comes when its deletion `begins`. */
    const confirmed = async (begins: () => Promise<void> = async () => undefined) => {
      const { tenantId, tenant: { slug } } = await rig.active();
      const key = randomUUID();
      await remove(tenantId, key);
      const wait = waitsOf(tenantId)[0]!;
      const { deletions } = rig.projection;
      await deletions.open({ originalRunId: wait.runId, tenantId, slug, requestedBy: 'admin', approver: null, graceMinutes: 60, tries: 5, confirmationMinutes: 5 });
      await deletions.decide(wait.runId, { runId: wait.runId, number: 1, requestId: undefined, admin: 'admin', sender: 'admin' });
      rig.fake.onSignal = async () => {
        await begins();
        rig.run(slug, { kind: 'DELETION', memo: { tenantId, tenantSlug: slug } });
        wait.status = 'COMPLETED';
      };
      return { tenantId, slug, wait, key };
    };
    afterEach(() => { rig.fake.onSignal = async () => undefined; });

    it('is not said to be called off when the deletion begins before the call-off reaches the wait', async () => {
      const { tenantId } = await confirmed();
      const { status, body } = await rig.send(`/tenants/${tenantId}/deletion`, { method: 'DELETE' });
      assert.deepEqual([status, body.code], [409, 'MATIH-TENANT-3010'], JSON.stringify(body));
      assert.match(body.detail, /has begun/);
    });

    it('and called off is not requested again by a repetition of the request', async () => {
      const { tenantId, wait, key } = await confirmed();
      await rig.projection.deletions.close(wait.runId, { state: 'CALLED_OFF', reason: null, actor: 'admin' });
      wait.status = 'COMPLETED';
      await rig.crashedBeforeAnswer(key);
      const { status, body } = await remove(tenantId, key);
      assert.deepEqual([status, body.deletion?.state, waitsOf(tenantId).length], [202, 'CALLED_OFF', 1], JSON.stringify(body));
    });
  });
});
