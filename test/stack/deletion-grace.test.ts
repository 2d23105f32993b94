import assert from 'node:assert/strict';
import { deletionWaitWorkflowIdOf } from '../../tenant/names.ts';
import { call, provision, tenantRequest, uniqueSlug } from '../support/api.ts';
import { auditOf, confirm, requestDeletion, untilDeleted } from '../support/deletions.ts';
import { operate, untilEnded } from '../support/operations.ts';
import { fault } from '../support/stand-ins.ts';
import { withTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** One tenant whose deletion is confirmed repeatedly, with an hour of grace; the last confirmation deletes it. */
describe('between the confirmation of a deletion and its beginning', function () {
  this.timeout(240_000);
  let id: string;

  const statusOf = async (): Promise<string> => (await call(`/tenants/${id}`)).body['status'] as string;
  const requestOf = async (): Promise<Record<string, any>> => (await call(`/tenants/${id}/deletion`)).body['deletion'] as Record<string, any>;
  const callOff = () => call(`/tenants/${id}/deletion`, { method: 'DELETE' });
  const kinds = async (): Promise<string[]> => ((await call(`/tenants/${id}/operations`)).body['data'] as { kind: string }[]).map(({ kind }) => kind);
  const newestRun = async (kind: string): Promise<string> => until(`a ${kind}`, async () => {
    const [newest] = (await call(`/tenants/${id}/operations`)).body['data'] as { kind: string; runId: string }[];
    return newest?.kind === kind && newest.runId;
  });
  const confirmWithGrace = async (): Promise<void> => {
    const code = await until('the request', () => requestDeletion(id, { gracePeriodMinutes: 60 }).catch(() => undefined));
    const confirmed = await confirm(id, code);
    assert.deepEqual([confirmed.status, confirmed.body['deletion'].state], [202, 'CONFIRMED'], JSON.stringify(confirmed.body));
    await until('the suspension', async () => await statusOf() === 'SUSPENDED');
  };

  before(async () => { ({ id } = await provision(tenantRequest(uniqueSlug('grace')))); });

  it('the tenant is suspended and changing operations are refused; a call-off restores it, with the audit-service unavailable', async () => {
    const cure = await fault('audit', { match: { method: 'POST', bodyContains: 'TENANT_DELETION', tenantId: id }, kind: 'error', status: 503 });
    await confirmWithGrace();
    await untilEnded(await newestRun('SUSPENSION'));
    const refused = await until('the suspension\'s run to close', async () => {
      const answer = await call(`/tenants/${id}/activate`, { method: 'POST' });
      return answer.body['code'] !== 'MATIH-TENANT-3005' && answer;
    });
    assert.deepEqual([refused.status, refused.body['legal'], refused.body['callOff']], [409, ['DELETION'], `/api/v1/tenants/${id}/deletion`], JSON.stringify(refused.body));
    assert.match(refused.body['detail'], /while the deletion of .* is confirmed; DELETE .* calls it off/);

    const off = await callOff();
    assert.deepEqual([off.status, off.body['deletion'].state], [200, 'CALLED_OFF']);
    await until('the reactivation', async () => await statusOf() === 'ACTIVE', { seconds: 60 });
    await untilEnded(await newestRun('REACTIVATION'));
    assert.deepEqual(await kinds(), ['REACTIVATION', 'SUSPENSION', 'PROVISIONING']);
    await cure();
    const types = await until('three records', async () => {
      const told = (await auditOf(id)).map(({ eventType }) => eventType).filter((type) => type.startsWith('TENANT_DELETION'));
      return told.length === 3 && told;
    }, { seconds: 90 });
    assert.deepEqual(types, ['TENANT_DELETION_REQUESTED', 'TENANT_DELETION_CONFIRMED', 'TENANT_DELETION_CALLED_OFF']);
  });

  it('a suspension that fails half way is restored all the same', async () => {
    const cure = await fault('iam', { match: { method: 'POST', tenantId: id }, kind: 'error', status: 422, message: 'tokens are on legal hold' });
    await confirmWithGrace();
    assert.equal((await untilEnded(await newestRun('SUSPENSION')))['status'], 'FAILED');
    await cure();
    assert.equal((await callOff()).status, 200);
    await until('the reactivation', async () => await statusOf() === 'ACTIVE', { seconds: 60 });
    await untilEnded(await newestRun('REACTIVATION'));
  });

  it('a wait that is terminated blocks nothing: the deletion is shown as called off, and can be called off', async () => {
    await confirmWithGrace();
    await untilEnded(await newestRun('SUSPENSION'));
    await withTemporal(({ workflow }) => workflow.getHandle(deletionWaitWorkflowIdOf(id)).terminate('by the test'));
    const lost = await requestOf();
    assert.deepEqual([lost['state'], lost['reason']], ['CALLED_OFF', 'its wait ended outside the service']);
    const off = await callOff();
    // The worker looks for lost requests too, and may have been first.
    assert.ok(off.status === 200 || off.body['code'] === 'MATIH-TENANT-3010', JSON.stringify(off.body));
    assert.match((await requestOf())['reason'], /^its wait ended outside the service/);
    assert.equal((await operate(id, 'activate'))['status'], 'COMPLETED');
  });

  it('an accepted confirmation leads to the deletion, with the audit-service unavailable', async () => {
    const cure = await fault('audit', { match: { method: 'POST', bodyContains: 'TENANT_DELETION_CONFIRMED', tenantId: id }, kind: 'error', status: 503 });
    assert.equal((await confirm(id, await requestDeletion(id))).status, 202);
    await until('the deletion', async () => await statusOf() === 'DELETING');
    await cure();
    assert.equal((await untilDeleted(id))['status'], 'COMPLETED');
  });
});
