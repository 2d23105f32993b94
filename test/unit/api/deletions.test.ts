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
});
