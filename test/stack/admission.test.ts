import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import { workflowIdOf } from '../../tenant/names.ts';
import type { OperationRequest } from '../../tenant/operations.ts';
import { call, tenantRequest, uniqueSlug, untilStatus } from '../support/api.ts';
import { CAUSES, HOLDS, type Cure, type Target } from '../support/causes.ts';
import { createQueued } from '../support/creation.ts';
import { assertEffectsOnce } from '../support/effects.ts';
import { endpoints } from '../support/endpoints.ts';
import { inventory } from '../support/inventory.ts';
import { operate } from '../support/operations.ts';
import { startOwnService, type OwnService } from '../support/service.ts';
import { resetTo, withTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

type Status = Record<string, any>;

const SECONDS = 240;

const isOver = ({ status }: Status): boolean => status === 'COMPLETED' || status === 'FAILED';

describe('runs and those who meddle with them', function () {
  this.timeout(SECONDS * 1000);
  let service: OwnService;

  before(async () => {
    service = await startOwnService(uniqueSlug('admit'));
  });
  after(() => service.stop());

  /** Created while no worker is there, so that a cause is in place before the work begins. */
  const queued = async (): Promise<Target> => {
    const slug = uniqueSlug('admit');
    return { id: await createQueued(slug, service.api), slug };
  };
  const ended = (id: string): Promise<Status> => untilStatus(id, isOver, SECONDS, service.api);
  const operations = async (id: string): Promise<Status[]> => (await call(`/tenants/${id}/operations`, { api: service.api })).body['data'];
  const newestRun = async (id: string): Promise<string> => (await operations(id))[0]!['runId'];
  /** The class with which a run failed. */
  const failureOf = async (client: Client, workflowId: string, runId: string): Promise<string> =>
    client.workflow.getHandle(workflowId, runId).result().then(() => 'it succeeded', (error: { message: string; cause?: { type?: string } }) => error.cause?.type ?? error.message);

  /** Starts a run with the input of a finished one, as "start like this one" does; resolves with its run id. */
  const startLike = async (client: Client, { id, slug }: Target): Promise<string> => {
    const handle = await client.workflow.start('provisionTenant', {
      workflowId: workflowIdOf(slug), taskQueue: service.taskQueue, memo: { tenantId: id, tenantSlug: slug },
      args: [{ tenantId: id, slug, actor: 'operator', tenant: tenantRequest(slug) } as OperationRequest],
    });
    return handle.firstExecutionRunId;
  };

  let secrets: Target;
  let settings: Target;
  let held: Target;
  let second: Target;
  let troubled: Target;
  let cures: Record<'secrets' | 'settings' | 'held' | 'second' | 'troubled', Cure>;

  before(async () => {
    [secrets, settings, held, second, troubled] = await Promise.all([queued(), queued(), queued(), queued(), queued()]);
    cures = {
      secrets: await CAUSES.DEPLOY_SECRETS.inject(secrets),
      settings: await CAUSES.CONFIGURE.inject(settings),
      held: await HOLDS.DEPLOY_SECRETS!(held),
      second: await HOLDS.DEPLOY_SECRETS!(second),
      troubled: await HOLDS.CREATE_NAMESPACE!(troubled),
    };
    await service.startWorker({ ABANDONED_CHECK_SECONDS: '1', ABANDONED_QUIET_SECONDS: '3' });
  });

  it('terminate: the rows are closed, and the tenant can be rolled back', async () => {
    const { id, slug } = held;
    await untilStatus(id, ({ currentPhase, operation }) => currentPhase === 'DEPLOY_SECRETS' && operation, SECONDS, service.api);
    const runId = await newestRun(id);
    await withTemporal((client) => client.workflow.getHandle(workflowIdOf(slug), runId).terminate('by the test'));
    const terminatedAt = Date.now();
    const status = await ended(id);
    assert.ok(Date.now() - terminatedAt < 120_000);
    assert.deepEqual([status['status'], status['failureReason'], status['tenantStatus']], ['FAILED', 'ended outside the service', 'FAILED']);
    await cures.held();
    assert.equal((await operate(id, 'provisioning/rollback', { api: service.api, seconds: SECONDS }))['status'], 'COMPLETED');
  });

  it('a reset of the newest run goes on with the operation, without counting as a retry', async () => {
    const { id, slug } = settings;
    assert.equal((await ended(id))['status'], 'FAILED');
    await cures.settings();
    const runId = await withTemporal(async (client) => resetTo(client, workflowIdOf(slug), await newestRun(id), 'CONFIGURE'));
    const status = await untilStatus(id, ({ status: state }) => state === 'COMPLETED', SECONDS, service.api);
    assert.deepEqual([status['operation'].runId, status['retryCount']], [runId, 0]);
    const rows = await operations(id);
    assert.deepEqual(rows.map((row) => [row['seq'], row['status']]), [[2, 'COMPLETED'], [1, 'FAILED']]);
    assert.equal(rows[0]!['operationId'], rows[1]!['operationId']);
    await assertEffectsOnce(id, slug);
  });

  describe('to a provisioning that failed twice', () => {
    let first: string;

    before(async () => {
      const { id } = secrets;
      await ended(id);
      first = await newestRun(id);
      assert.equal((await operate(id, 'provisioning/retry', { api: service.api, seconds: SECONDS }))['status'], 'FAILED');
    });

    it('a reset of the older run is refused as SUPERSEDED, without effect', async () => {
      const { id, slug } = secrets;
      const workflowId = workflowIdOf(slug);
      const before = { operations: await operations(id), inventory: await inventory(slug, id), status: await ended(id) };
      const failure = await withTemporal(async (client) => failureOf(client, workflowId, await resetTo(client, workflowId, first, 'DEPLOY_SECRETS')));
      assert.equal(failure, 'SUPERSEDED');
      assert.deepEqual({ operations: await operations(id), inventory: await inventory(slug, id), status: await ended(id) }, before);
    });

    it('"start like this one" is a retry where a retry is legal', async () => {
      const { id, slug } = secrets;
      await cures.secrets();
      await withTemporal(async (client) => client.workflow.getHandle(workflowIdOf(slug), await startLike(client, secrets)).result());
      const status = await ended(id);
      assert.deepEqual([status['status'], status['retryCount'], status['tenantStatus']], ['COMPLETED', 2, 'ACTIVE']);
      await assertEffectsOnce(id, slug);
    });

    it('"start like this one" is refused where it is not, without effect', async () => {
      const { id, slug } = secrets;
      const before = { operations: await operations(id), inventory: await inventory(slug, id) };
      const failure = await withTemporal(async (client) => failureOf(client, workflowIdOf(slug), await startLike(client, secrets)));
      assert.equal(failure, 'CONFLICT');
      assert.deepEqual({ operations: await operations(id), inventory: await inventory(slug, id) }, before);
      assert.equal((await call(`/tenants/${id}`, { api: service.api })).body['status'], 'ACTIVE');
    });
  });

  it('the status of a failing step has attempts, the last error with its mover, and the next try, also as a stream', async () => {
    const { id } = troubled;
    const isRetried = ({ phases }: Status) => phases?.[1]?.attempt >= 2 && phases[1].nextTryAt !== null;
    const { phases, operation } = await untilStatus(id, isRetried, SECONDS, service.api);
    const { phase, state, maximumAttempts, lastError, nextTryAt } = phases[1];
    assert.deepEqual([phase, state, maximumAttempts, lastError.class, lastError.mover], ['CREATE_NAMESPACE', 'RUNNING', null, 'NOT_READY', 'nobody']);
    assert.match(lastError.message, /is (still )?being deleted/);
    assert.ok(Date.parse(nextTryAt) > Date.now() - 20_000);

    const { status, body } = await call(`/tenants/${id}/provisioning/cancel`, { method: 'POST', api: service.api });
    assert.equal(status, 202, JSON.stringify(body));
    assert.deepEqual([body['operation'].runId, body['operation'].links.stream], [operation.runId, `/api/v1/operations/${operation.runId}/stream`]);
    const response = await fetch(`${service.api}${body['operation'].links.stream}`, { headers: { authorization: `Bearer ${endpoints().tokens.platform_admin}` } });
    const events = (await response.text()).split('\n\n').flatMap((block) => /^data: ?(.*)$/m.exec(block)?.[1] ?? []).map((data) => JSON.parse(data) as Status);
    // The answer to the cancel comes once the run obeys it, which may be its end.
    assert.ok(events.every(({ status: state }) => state === 'IN_PROGRESS' || state === 'CANCELLED'), JSON.stringify(events));
    assert.deepEqual([events.at(-1)!['status'], events.at(-1)!['kind']], ['CANCELLED', 'PROVISIONING']);
    await cures.troubled();
  });

  it('two operations at once: the second is told which one runs, and how to cancel it', async () => {
    const { id } = second;
    await untilStatus(id, ({ currentPhase }) => currentPhase === 'DEPLOY_SECRETS', SECONDS, service.api);
    for (const path of ['provisioning/retry', 'provisioning/rollback', 'provisioning/reprovision', 'suspend', 'activate']) {
      const { status, body } = await call(`/tenants/${id}/${path}`, { method: 'POST', api: service.api });
      assert.deepEqual([status, body['code'], body['operation']?.kind, body['operation']?.cancel],
        [409, 'MATIH-TENANT-3005', 'PROVISIONING', `/api/v1/tenants/${id}/provisioning/cancel`], path);
    }
    const { status } = await call(`/tenants/${id}/provisioning/cancel`, { method: 'POST', api: service.api });
    assert.equal(status, 202);
    await until('the tenant to be gone', async () => (await call(`/tenants/${id}`, { api: service.api })).status === 410, { seconds: SECONDS });
    await cures.second();
  });
});
