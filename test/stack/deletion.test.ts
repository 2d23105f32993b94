import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { databaseRoleOf, namespaceOf, schemaOf } from '../../tenant/names.ts';
import { call, provision, tenantRequest, uniqueSlug } from '../support/api.ts';
import { cluster } from '../support/cluster.ts';
import { query } from '../support/database.ts';
import { auditCount, certificateOf, codeSentTo, confirm, deleteCompletely, deletionRunOf, readPart, requestDeletion, signalByCli, untilDeleted, writeAudit } from '../support/deletions.ts';
import { eventsOf } from '../support/events.ts';
import { inventory, inventoryHash } from '../support/inventory.ts';
import { operate } from '../support/operations.ts';
import { fault, ledger } from '../support/stand-ins.ts';
import { until } from '../support/until.ts';

const ADMIN = 'admin@matih.example';
const NOTHING = { kubernetes: [], database: [], dns: [], configuration: [], iam: [], infrastructure: [] };

/** Another code of the right shape. */
const otherThan = (code: string): string => `${code.slice(0, -1)}${code.at(-1) === '7' ? '8' : '7'}`;

/** Writes audit events of a tenant one after another until it is told to stop; answers with how many it wrote. */
const writeAuditThroughout = (tenantId: string) => {
  let stopped = false;
  const written = (async () => {
    for (let number = 1; ; number += 1) {
      await writeAudit(tenantId, number);
      if (stopped) return number;
      await sleep(20);
    }
  })();
  return { stop: () => { stopped = true; return written; } };
};

describe('a deleted tenant', function () {
  this.timeout(240_000);
  const slug = uniqueSlug('gone');
  const neighbour = { slug: `${slug}-ai`, id: '', hash: '' };
  let id: string;
  let operation: Record<string, any>;
  let written: number;

  before(async () => {
    const [own, other] = await Promise.all([provision(tenantRequest(slug)), provision(tenantRequest(neighbour.slug))]);
    id = own.id;
    neighbour.id = other.id;
    await query('dataPlane', `CREATE TABLE "${schemaOf(slug, 'ai')}".data AS SELECT generate_series(1, 1000) AS n`);
    neighbour.hash = await inventoryHash(neighbour.slug, neighbour.id);

    const audit = writeAuditThroughout(id);
    const code = await requestDeletion(id);
    assert.equal(code, await codeSentTo(id, ADMIN), 'the code of the answer is the one that was sent');
    const wrong = await confirm(id, otherThan(code));
    assert.deepEqual([wrong.status, wrong.body['triesLeft']], [403, 4]);
    assert.equal((await call(`/tenants/${id}`)).body['status'], 'ACTIVE');
    const right = await confirm(id, code.toLowerCase());
    assert.equal(right.status, 202, JSON.stringify(right.body));
    const runId = await deletionRunOf(id);
    // What is written after the last look at the audit log is nobody's any more: it is held up until the writer has ended.
    await fault('notification', { match: { tenantId: id, bodyContains: 'tenant-deleted' }, kind: 'latency', latencyMs: 3000, times: 1 });
    await until('everything to be removed', async () => (await call(`/operations/${runId}`)).body['phases']
      .some(({ phase, state }: { phase: string; state: string }) => phase === 'SCAN_RESIDUE' && state !== 'PENDING'), { seconds: 120 });
    written = await audit.stop();
    operation = await untilDeleted(id);
  });

  it('is gone: its operation is completed, its id answers 410, its token would be refused', async () => {
    assert.equal(operation['status'], 'COMPLETED', JSON.stringify(operation));
    assert.ok((operation['phases'] as { state: string }[]).every(({ state }) => state === 'COMPLETED'));
    const { status, body } = await call(`/tenants/${id}`);
    assert.deepEqual([status, body['code']], [410, 'MATIH-TENANT-3002']);
    const revocations = await query('controlPlane', 'SELECT 1 FROM token_revocations WHERE tenant_id = $1', [id]);
    assert.equal(revocations.length, 1);
    assert.ok((await ledger('iam', id)).some(({ path }) => path.endsWith('/token-revocations')));
  });

  it('has left nothing in any outside system, and its neighbour\'s inventory is what it was', async () => {
    assert.deepEqual(await inventory(slug, id), NOTHING);
    assert.equal(await inventoryHash(neighbour.slug, neighbour.id), neighbour.hash);
  });

  it('has a certificate that says what was removed and that nothing is left', async () => {
    const certificate = await certificateOf(id);
    assert.deepEqual([certificate.slug, certificate.requestedBy, certificate.confirmedBy, certificate.operationId], [slug, ADMIN, [ADMIN], operation['operationId']]);
    assert.ok(Object.keys(certificate.residue).length >= 6);
    assert.ok(Object.values(certificate.residue).every((count) => count === 0));
    const { DROP_DATABASES, UNINSTALL_RELEASES } = certificate.removed as Record<string, any>;
    assert.equal(DROP_DATABASES.role, databaseRoleOf(slug));
    assert.equal(UNINSTALL_RELEASES.uninstalled.length, 15);
    assert.ok(Number(certificate.historyRetentionDays) > 0);
  });

  it('has its audit events in the archive, those of the deletion itself in a second part', async () => {
    const { audit: { parts, events } } = await certificateOf(id);
    const read = await Promise.all(parts.map(readPart));
    read.forEach((part, index) => assert.deepEqual([part.sha256, part.bytes, part.events.length], [parts[index]?.sha256, parts[index]?.bytes, parts[index]?.count]));
    const archived = read.flatMap((part) => part.events);
    assert.equal(archived.length, events);
    assert.equal(archived.length, await auditCount(id));
    assert.equal(new Set(archived.map((event) => event['id'])).size, archived.length, 'none twice');
    assert.equal(archived.filter((event) => event['eventType'] === 'QUERY_EXECUTED').length, written);
    const first = read[0]?.events.map((event) => event['eventType'] as string) ?? [];
    for (const type of ['TENANT_DELETION_REQUESTED', 'TENANT_DELETION_CONFIRMATION_REFUSED', 'TENANT_DELETION_CONFIRMED', 'TENANT_DELETION_STARTED']) assert.ok(first.includes(type), type);
    assert.ok(read[1]?.events.some((event) => event['eventType'] === 'TENANT_DELETED'));
  });

  it('was announced by TENANT_DELETED, once and last, and its admin was told', async () => {
    const types = (await eventsOf(id)).map(({ event }) => event['type'] as string);
    assert.equal(types.filter((type) => type.includes('TENANT_DELETED')).length, 1);
    assert.match(types.at(-1) ?? '', /TENANT_DELETED/);
    const notifications = (await ledger('notification', id)).map(({ body }) => (body as { templateKey: string; recipient: string }));
    assert.equal(notifications.filter(({ templateKey, recipient }) => templateKey === 'tenant-deleted' && recipient === `admin@${slug}.example`).length, 1);
  });

  it('by the Temporal CLI\'s signal goes the same way', async () => {
    const code = await requestDeletion(neighbour.id);
    await signalByCli(neighbour.id, 'confirmDeletion', otherThan(code));
    await until('the wrong code to cost a try', async () => (await call(`/tenants/${neighbour.id}/deletion`)).body['deletion'].triesLeft === 4);
    await signalByCli(neighbour.id, 'confirmDeletion', code);
    assert.equal((await untilDeleted(neighbour.id))['status'], 'COMPLETED');
    assert.deepEqual(await inventory(neighbour.slug, neighbour.id), NOTHING);
    assert.deepEqual((await certificateOf(neighbour.id)).confirmedBy, ['temporal']);
  });
});

describe('deleting a tenant', function () {
  this.timeout(400_000);

  it('frees its slug, name and admin at once, three times over', async () => {
    const slug = uniqueSlug('again');
    const ids = new Set<string>();
    for (let round = 1; round <= 3; round += 1) {
      const { id } = await provision(tenantRequest(slug));
      ids.add(id);
      assert.equal((await deleteCompletely(id))['status'], 'COMPLETED', `round ${round}`);
    }
    assert.equal(ids.size, 3);
    for (const id of ids) assert.equal((await call(`/tenants/${id}`)).status, 410);
  });

  it('works for a suspended one', async () => {
    const slug = uniqueSlug('asleep');
    const { id } = await provision(tenantRequest(slug));
    assert.equal((await operate(id, 'suspend'))['status'], 'COMPLETED');
    assert.equal((await deleteCompletely(id))['status'], 'COMPLETED');
    assert.deepEqual(await inventory(slug, id), NOTHING);
  });

  it('explains a namespace that hangs, and ends when its cause is gone', async () => {
    const slug = uniqueSlug('hangs');
    const namespace = namespaceOf(slug);
    const { api, get } = cluster();
    const { id } = await provision(tenantRequest(slug));
    await api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept', namespace, finalizers: ['example.com/hold'] } });
    assert.equal((await confirm(id, await requestDeletion(id))).status, 202);
    const message = await until('the explanation', async () => {
      const { body } = await call(`/tenants/${id}/operations`);
      const { body: operation } = await call(`/operations/${body['data'][0].runId}`);
      const phase = (operation['phases'] as { phase: string; lastError: { message: string } | null }[] | undefined)?.find((each) => each.phase === 'REMOVE_NAMESPACE');
      return phase?.lastError?.message;
    }, { seconds: 180, intervalMs: 500 });
    assert.match(message, new RegExp(`namespace ${namespace} .*ConfigMap kept is held by example\\.com/hold, \\d+ min old`));
    assert.equal((await call(`/tenants/${id}`)).body['status'], 'DELETING');
    const kept = await get('v1', 'ConfigMap', 'kept', namespace);
    assert.ok(kept?.metadata);
    kept.metadata.finalizers = [];
    await api.replace(kept);
    assert.equal((await untilDeleted(id))['status'], 'COMPLETED');
  });
});
