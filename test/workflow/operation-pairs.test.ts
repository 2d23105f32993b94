import assert from 'node:assert/strict';
import { OPERATION_KINDS, type OperationKind } from '../../tenant/lifecycle.ts';
import { namespaceOf } from '../../tenant/names.ts';
import { call, tenantRequest, uniqueSlug, type Answer } from '../support/api.ts';
import { confirm, deletionRunOf } from '../support/deletions.ts';
import { FastCluster } from '../support/fast-cluster.ts';
import { startFastService, type FastService } from '../support/fast-service.ts';
import { AFTER_FAILURE, AFTER_SUCCESS, GOES_ON, type After } from '../support/legality.ts';
import { untilEnded } from '../support/operations.ts';
import { fault } from '../support/stand-ins.ts';
import { until } from '../support/until.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

interface Target {
  id: string;
  slug: string;
}

/** How each kind is asked for on a tenant that exists. */
const CALLS: Readonly<Record<OperationKind, { method: string; path: string; body?: unknown }>> = {
  PROVISIONING: { method: 'POST', path: '/provisioning/retry' },
  ROLLBACK: { method: 'POST', path: '/provisioning/rollback' },
  REPROVISION: { method: 'POST', path: '/provisioning/reprovision' },
  SUSPENSION: { method: 'POST', path: '/suspend' },
  REACTIVATION: { method: 'POST', path: '/activate' },
  TIER_CHANGE: { method: 'PUT', path: '/tier', body: { tier: 'PROFESSIONAL' } },
  RECONFIGURATION: { method: 'PUT', path: '/configuration', body: { queryTimeoutSeconds: 90 } },
  DELETION: { method: 'DELETE', path: '' },
};

/** Codes of the refusals. */
const RUNNING = 'MATIH-TENANT-3005';
const NOT_LEGAL = 'MATIH-TENANT-3006';
const GONE = 'MATIH-TENANT-3002';

const SECONDS = 120;

/** Every answer is the real API's, every first operation a real run; only the slow cluster is a fast one. */
describe('of every ordered pair of operations, asked for over REST,', function () {
  this.timeout(SECONDS * 1000);
  const cluster = new FastCluster();
  let service: FastService;

  before(workflowBundle);
  before(async () => { service = await startFastService(cluster); });
  after(() => service.stop());

  const ask = (kind: OperationKind, { id }: Target): Promise<Answer> => {
    const { method, path, body } = CALLS[kind];
    return call(`/tenants/${id}${path}`, { method, body, api: service.api });
  };

  const create = async (slug: string): Promise<{ target: Target; runId: string }> => {
    const { status, body } = await call('/tenants', { body: tenantRequest(slug), api: service.api });
    assert.equal(status, 202, JSON.stringify(body));
    const runId = (body['links'].temporal as string).split('/').at(-1)!;
    return { target: { id: body['id'], slug }, runId };
  };

  /** Starts an operation and tells its run; a deletion is confirmed. A tenant whose deletion has begun needs no second code. */
  const start = async (kind: OperationKind, target: Target): Promise<string> => {
    const { status, body } = await ask(kind, target);
    assert.equal(status, 202, `${kind}: ${JSON.stringify(body)}`);
    if (body['operation']) return body['operation'].runId;
    assert.equal((await confirm(target.id, body['deletion'].code, { api: service.api })).status, 202);
    return deletionRunOf(target.id, { api: service.api });
  };

  const ended = (runId: string) => untilEnded(runId, { api: service.api, seconds: SECONDS });

  const performed = async (kind: OperationKind, target: Target): Promise<Target> => {
    const { status, failureReason } = await ended(await start(kind, target));
    assert.equal(status, 'COMPLETED', `${kind}: ${failureReason}`);
    return target;
  };

  const provisioned = async (): Promise<Target> => {
    const { target, runId } = await create(uniqueSlug('pair'));
    assert.equal((await ended(runId))['status'], 'COMPLETED');
    return target;
  };

  const unprovisioned = async (): Promise<Target> => {
    const slug = uniqueSlug('pair');
    const open = cluster.close(namespaceOf(slug));
    const { target, runId } = await create(slug);
    assert.equal((await ended(runId))['status'], 'FAILED');
    await open();
    return target;
  };

  /** A tenant for which the kind is legal. */
  const readyFor = async (kind: OperationKind): Promise<Target> => {
    if (kind === 'ROLLBACK' || kind === 'REPROVISION') return unprovisioned();
    const target = await provisioned();
    return kind === 'REACTIVATION' ? performed('SUSPENSION', target) : target;
  };

  /** What a reconfiguration writes to; everything else has to do with the cluster. */
  const configFault = (id: string, kind: 'error' | 'hang') =>
    fault('config', { match: { method: 'PUT', path: '/configs', tenantId: id }, kind, ...(kind === 'error' && { status: 422, times: 1 }) });

  /** An operation of the kind that is at work until `letGo` is called. */
  const running = async (kind: OperationKind): Promise<{ target: Target; runId: string; letGo: () => Promise<void> }> => {
    if (kind === 'PROVISIONING') {
      const slug = uniqueSlug('pair');
      const letGo = cluster.hold(namespaceOf(slug));
      const created = await create(slug);
      await until('the creation of the namespace', async () => cluster.isHeld(namespaceOf(slug)));
      return { ...created, letGo };
    }
    const target = await readyFor(kind);
    const letGo = kind === 'RECONFIGURATION' ? await configFault(target.id, 'hang') : cluster.hold(namespaceOf(target.slug));
    const runId = await start(kind, target);
    await until(`${kind} to be at work`, async () => (await call(`/operations/${runId}`, { api: service.api })).body['status'] === 'IN_PROGRESS');
    return { target, runId, letGo };
  };

  const failed = async (kind: OperationKind): Promise<Target> => {
    if (kind === 'PROVISIONING') return unprovisioned();
    const target = await readyFor(kind);
    const mend = kind === 'RECONFIGURATION' ? await configFault(target.id, 'error') : cluster.close(namespaceOf(target.slug));
    assert.equal((await ended(await start(kind, target)))['status'], 'FAILED', kind);
    await mend();
    return target;
  };

  const succeeded = async (kind: OperationKind): Promise<Target> =>
    kind === 'PROVISIONING' ? provisioned() : performed(kind, await readyFor(kind));

  const newestOperationId = async ({ id }: Target): Promise<string> =>
    (await call(`/tenants/${id}/operations`, { api: service.api })).body['data'][0].operationId;

  const asTable = async <T>(kinds: readonly OperationKind[], cell: (kind: OperationKind) => Promise<T>): Promise<Record<string, T>> =>
    Object.fromEntries(await Promise.all(kinds.map(async (kind) => [kind, await cell(kind)] as const)));
  const tableOf = <T>(kinds: readonly OperationKind[], cell: T): Record<string, T> => Object.fromEntries(kinds.map((kind) => [kind, cell]));

  /** Asks for the second of each pair: what is not legal is refused, saying what is; what is legal is done, each on a tenant of its own. */
  const assertSeconds = async (first: OperationKind, after: (kind: OperationKind) => Promise<Target>, { status, legal }: After, goesOn: boolean): Promise<void> => {
    const target = await after(first);
    const illegal = OPERATION_KINDS.filter((kind) => !legal.includes(kind));
    const refusals = await asTable(illegal, async (kind) => {
      const { status: answered, body } = await ask(kind, target);
      return [answered, body['code'], body['tenantStatus'] ?? null, body['legal'] ?? []];
    });
    assert.deepEqual(refusals, tableOf(illegal, status === null ? [410, GONE, null, []] : [409, NOT_LEGAL, status, OPERATION_KINDS.filter((kind) => legal.includes(kind))]));

    const done = await asTable(legal, async (kind) => {
      const own = kind === legal[0] ? target : await after(first);
      const before = await newestOperationId(own);
      const operation = await ended(await start(kind, own));
      return [operation['status'], operation['operationId'] === before];
    });
    assert.deepEqual(done, Object.fromEntries(legal.map((kind) => [kind, ['COMPLETED', goesOn && kind === first]])), 'goes on with the operation, or is another');
  };

  for (const first of OPERATION_KINDS) {
    describe(`the second of a ${first}`, () => {
      it('during it is refused, naming it', async () => {
        const { target, runId, letGo } = await running(first);
        const answers = await asTable(OPERATION_KINDS, async (kind) => {
          const { status, body } = await ask(kind, target);
          return [status, body['code'], body['operation']?.kind, body['operation']?.runId];
        });
        const creation = await call('/tenants', { body: tenantRequest(target.slug), api: service.api });
        await letGo();
        assert.deepEqual(answers, tableOf(OPERATION_KINDS, [409, RUNNING, first, runId]));
        assert.equal(creation.status, 409, JSON.stringify(creation.body));
        assert.equal((await ended(runId))['status'], 'COMPLETED', 'it was not disturbed');
      });
      it('after its success is done or refused as the table has it', () => assertSeconds(first, succeeded, AFTER_SUCCESS[first], false));
      it('after its failure is done or refused as the table has it', () => assertSeconds(first, failed, AFTER_FAILURE[first], GOES_ON.has(first)));
    });
  }
});
