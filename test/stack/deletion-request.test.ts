import assert from 'node:assert/strict';
import { userToken } from '../../deploy/local/stack/tokens.ts';
import { call, provision, tenantRequest, uniqueSlug } from '../support/api.ts';
import { codeSentTo, confirm, deletionRunOf, requestDeletion, signalByCli, untilDeleted } from '../support/deletions.ts';
import { endpoints, serviceEnvironment } from '../support/endpoints.ts';
import { inventoryHash } from '../support/inventory.ts';
import { untilEnded } from '../support/operations.ts';
import { fault } from '../support/stand-ins.ts';
import { until } from '../support/until.ts';

const ADMIN = 'admin@matih.example';
const SECOND = 'second-admin@matih.example';
const WRONG = '00000-00000';

const statusOf = async (id: string): Promise<string> => (await call(`/tenants/${id}`)).body['status'] as string;
const requestOf = async (id: string): Promise<Record<string, any>> => (await call(`/tenants/${id}/deletion`)).body['deletion'] as Record<string, any>;
const callOff = (id: string) => call(`/tenants/${id}/deletion`, { method: 'DELETE' });
const secondAdmin = () => userToken(serviceEnvironment()['JWT_SECRET'] ?? '', { subject: SECOND, role: 'platform_admin' });

/** One tenant after another asks for what must leave it untouched; the last of them deletes it. */
describe('a request to delete a tenant', function () {
  this.timeout(240_000);
  const slug = uniqueSlug('asked');
  let id: string;
  let untouched: string;

  before(async () => {
    ({ id } = await provision(tenantRequest(slug)));
    untouched = await inventoryHash(slug, id);
  });
  afterEach(async () => {
    if (await statusOf(id) === 'ACTIVE') assert.equal(await inventoryHash(slug, id), untouched, 'the tenant is untouched');
  });

  it('is for platform admins', async () => {
    for (const token of [endpoints().tokens.tenant_admin, endpoints().tokens.viewer]) {
      assert.equal((await call(`/tenants/${id}`, { method: 'DELETE', token })).status, 403);
      assert.equal((await confirm(id, WRONG, { token })).status, 403);
    }
    assert.equal((await call(`/tenants/${crypto.randomUUID()}`, { method: 'DELETE' })).status, 404);
    assert.equal((await call('/tenants/no-uuid', { method: 'DELETE' })).status, 404);
    assert.equal((await call(`/tenants/${id}`, { method: 'DELETE', body: { reason: 'none' } })).status, 400);
    assert.equal((await confirm(id, WRONG)).body['code'], 'MATIH-TENANT-3010');
    assert.equal((await callOff(id)).status, 409);
  });

  it('can be called off, and a second one meanwhile is refused', async () => {
    const code = await requestDeletion(id);
    const second = await call(`/tenants/${id}`, { method: 'DELETE' });
    assert.deepEqual([second.status, second.body['code']], [409, 'MATIH-TENANT-3009']);
    const off = await callOff(id);
    assert.deepEqual([off.status, off.body['deletion'].state], [200, 'CALLED_OFF'], JSON.stringify(off.body));
    assert.equal((await confirm(id, code)).status, 409);
  });

  it('can be called off by the Temporal CLI\'s signal', async () => {
    await requestDeletion(id);
    await signalByCli(id, 'cancelDeletion');
    await until('the call-off', async () => (await requestOf(id))['state'] === 'CALLED_OFF');
  });

  it('has five tries, after which not even the right code counts', async () => {
    const code = await requestDeletion(id);
    const answers = [];
    for (let number = 1; number <= 5; number += 1) answers.push(await confirm(id, WRONG));
    assert.deepEqual(answers.map(({ status, body }) => [status, body['triesLeft']]), [[403, 4], [403, 3], [403, 2], [403, 1], [403, 0]]);
    await until('the wait to end', async () => (await confirm(id, code)).status === 409);
    assert.equal((await requestOf(id))['state'], 'TRIES_EXHAUSTED');
  });

  it('answers forty confirmations at once: five are judged, the others find no waiting request or get 429', async () => {
    await requestDeletion(id);
    const answers = await Promise.all(Array.from({ length: 40 }, () => confirm(id, WRONG)));
    const count = (status: number, code: string) => answers.filter(({ status: given, body }) => given === status && body['code'] === code).length;
    const counted = [count(403, 'MATIH-TENANT-3011'), count(409, 'MATIH-TENANT-3010') + count(429, 'MATIH-TENANT-3013')];
    assert.deepEqual(counted, [5, 35], JSON.stringify(answers.map(({ status, body }) => [status, body['code']])));
    assert.equal((await requestOf(id))['state'], 'TRIES_EXHAUSTED');
  });

  it('ignores signals that carry no code', async () => {
    const code = await requestDeletion(id);
    for (const nonsense of [17, { actor: ADMIN }, null, ['a']]) await signalByCli(id, 'confirmDeletion', nonsense);
    await signalByCli(id, 'confirmDeletion', WRONG);
    await until('the wrong code to cost a try', async () => (await requestOf(id))['triesLeft'] === 4);
    assert.equal((await requestOf(id))['state'], 'WAITING');
    assert.equal(await codeSentTo(id, ADMIN), code);
    assert.equal((await callOff(id)).status, 200);
  });

  it('of two admins needs both, each with their own code, through the API', async () => {
    for (const approver of ['', ADMIN]) assert.equal((await call(`/tenants/${id}`, { method: 'DELETE', body: { approver } })).status, 400, approver);
    const first = await requestDeletion(id, { approver: SECOND });
    const second = await codeSentTo(id, SECOND);
    assert.notEqual(first, second);

    await signalByCli(id, 'confirmDeletion', { code: first, actor: ADMIN, requestId: 'by-cli' });
    assert.equal((await confirm(id, second)).status, 403, 'the other admin\'s code does not count');
    const one = await confirm(id, first);
    assert.deepEqual([one.status, one.body['deletion'].state, one.body['deletion'].confirmedBy], [202, 'WAITING', [ADMIN]], JSON.stringify(one.body));
    assert.equal((await confirm(id, first)).body['deletion'].state, 'WAITING', 'one admin twice is one admin');
    assert.equal((await confirm(id, first, { token: await secondAdmin() })).status, 403);
    assert.equal(await statusOf(id), 'ACTIVE');
    assert.equal((await callOff(id)).status, 200);
  });

  it('that is confirmed and fails leaves the tenant DELETING; asked for again it goes on without a code', async () => {
    const cure = await fault('config', { match: { method: 'DELETE', tenantId: id }, kind: 'error', status: 422, message: 'this entry is on legal hold' });
    assert.equal((await confirm(id, await requestDeletion(id))).status, 202);
    const failed = await untilDeleted(id);
    assert.equal(failed['status'], 'FAILED');
    assert.match(failed['failureReason'], /this entry is on legal hold/);
    assert.equal(await statusOf(id), 'DELETING');
    const illegal = await call(`/tenants/${id}/activate`, { method: 'POST' });
    assert.deepEqual([illegal.status, illegal.body['legal']], [409, ['DELETION']], JSON.stringify(illegal.body));

    await cure();
    const resumed = await call(`/tenants/${id}`, { method: 'DELETE' });
    assert.equal(resumed.status, 202, JSON.stringify(resumed.body));
    const operation = await untilEnded(resumed.body['operation'].runId as string, { seconds: 120 });
    assert.deepEqual([operation['status'], operation['retryCount'], operation['operationId']], ['COMPLETED', 1, failed['operationId']]);
    assert.equal(await deletionRunOf(id), resumed.body['operation'].runId);
    assert.equal((await call(`/tenants/${id}`, { method: 'DELETE' })).status, 410);
  });
});
