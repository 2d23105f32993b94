import assert from 'node:assert/strict';
import { PHASES, type Phase } from '../../tenant/phases.ts';
import { call, tenantRequest, uniqueSlug, untilStatus } from '../support/api.ts';
import { createQueued, violationsOf } from '../support/creation.ts';
import { CAUSES, HOLDS, type Cure, type Target } from '../support/causes.ts';
import { assertEffectsOnce } from '../support/effects.ts';
import { eventsOf } from '../support/events.ts';
import { inventory, type Inventory } from '../support/inventory.ts';
import { operate, untilEnded } from '../support/operations.ts';
import { startOwnService, type OwnService } from '../support/service.ts';
import { serviceCall } from '../support/stand-ins.ts';
import { until } from '../support/until.ts';

type Status = Record<string, any>;

/** A machine that provisions nine tenants side by side needs its time. */
const SECONDS = 400;

const isOver = ({ status }: Status): boolean => status === 'COMPLETED' || status === 'FAILED';
const phaseOf = (status: Status, phase: string): Status => (status['phases'] as Status[]).find((each) => each['phase'] === phase) as Status;

/** A tenant with a cause in its way, and what there was of it before anything began. */
interface Case extends Target {
  cure: Cure;
  before: Inventory;
}

describe('a provisioning that meets trouble in', function () {
  this.timeout(SECONDS * 1000);

  /** Runs one case for each phase, all side by side: created while no worker is there, so that every cause is in place before the work begins. */
  const sideBySide = (title: string, phases: readonly Phase[], inject: (phase: Phase, target: Target) => Promise<Cure>, body: (phase: Phase, tenant: Case, api: string) => Promise<void>) =>
    describe(title, () => {
      let service: OwnService;
      const runs = new Map<Phase, Promise<void>>();

      before(async () => {
        service = await startOwnService(uniqueSlug('trouble'));
        const cases = await Promise.all(phases.map(async (phase) => {
          const slug = uniqueSlug('trouble');
          const target = { id: await createQueued(slug, service.api), slug };
          const cure = await inject(phase, target);
          return { phase, tenant: { ...target, cure, before: await inventory(slug) } };
        }));
        await service.startWorker({ HEALTH_CHECK_TIMEOUT_SECONDS: '5' });
        for (const { phase, tenant } of cases) {
          const run = body(phase, tenant, service.api);
          run.catch(() => undefined);
          runs.set(phase, run);
        }
      });
      after(() => service.stop());

      for (const phase of phases) it(phase, () => runs.get(phase));
    });

  const failed = async (phase: Phase, { id }: Target, api: string): Promise<Status> => {
    const status = await untilStatus(id, isOver, SECONDS, api);
    assert.equal(status['status'], 'FAILED');
    // What runs beside the phase is stopped with it, and may come first in order.
    assert.ok([phase, 'DEPLOY_SERVICES'].includes(status['currentPhase']), status['currentPhase']);
    assert.match(status['failureReason'], CAUSES[phase].reason);
    const { state, lastError } = phaseOf(status, phase);
    assert.equal(state, 'FAILED');
    assert.match(lastError.message, CAUSES[phase].reason);
    assert.equal(lastError.mover, CAUSES[phase].mover);
    assert.equal((await call(`/tenants/${id}`, { api })).body['status'], 'FAILED');
    const { body: resources } = await call(`/tenants/${id}/resources`, { api });
    assert.deepEqual([resources['namespace'], resources['database'], resources['services'], resources['ingress'], resources['configuration']].map((resource) => resource !== null),
      ['CREATE_NAMESPACE', 'DEPLOY_DATABASES', 'DEPLOY_SERVICES', 'DEPLOY_INGRESS', 'CONFIGURE'].map((done) => done in status['phaseOutputs']));
    return status;
  };

  /** Nothing is left in any outside system, the tenant is gone for good, and all that was its own is free again. */
  const assertGone = async ({ id, slug, before: expected }: Case, api: string): Promise<void> => {
    assert.deepEqual(await inventory(slug, id), expected);
    const { status, body } = await call(`/tenants/${id}`, { api });
    assert.equal(status, 410, JSON.stringify(body));
    // A region that takes no tenants is then the only thing wrong with a second creation.
    assert.deepEqual(await violationsOf(tenantRequest(slug, { region: 'brazilsouth' }), api), ['REGION_UNAVAILABLE']);
  };

  const auditOf = async (id: string): Promise<string[]> => {
    const { body } = await serviceCall('audit', 'GET', `/api/v1/audit/events?tenantId=${id}&size=100`, { tenantId: id });
    return (body as { data: { eventType: string }[] }).data.map(({ eventType }) => eventType);
  };

  sideBySide('is FAILED for a reason one understands, and is ACTIVE after a retry that repeats nothing', PHASES, (phase, target) => CAUSES[phase].inject(target), async (phase, tenant, api) => {
    const { id, slug, cure } = tenant;
    const first = await failed(phase, tenant, api);
    assert.equal(first['retryCount'], 0);
    await cure();

    const { kind, status } = await operate(id, 'provisioning/retry', { api, seconds: SECONDS });
    assert.deepEqual([kind, status], ['PROVISIONING', 'COMPLETED']);
    const { body: second } = await call(`/tenants/${id}/provisioning/status`, { api });
    assert.deepEqual([second['status'], second['retryCount'], second['failureReason']], ['COMPLETED', 1, null]);
    assert.equal((await call(`/tenants/${id}`, { api })).body['status'], 'ACTIVE');
    for (const [done, output] of Object.entries(first['phaseOutputs'] as Record<string, unknown>)) {
      assert.deepEqual(second['phaseOutputs'][done], output, `${done} was not done again`);
      assert.equal(phaseOf(second, done)['startedAt'], phaseOf(first, done)['startedAt'], `${done} was not begun again`);
    }
    await assertEffectsOnce(id, slug);
    assert.deepEqual((await eventsOf(id)).map(({ event }) => event['data'].status), ['FAILED', 'ACTIVE']);
    assert.deepEqual(await auditOf(id), ['TENANT_PROVISIONING_FAILED', 'TENANT_PROVISIONED']);
  });

  sideBySide('is rolled back, and nothing is left of it', PHASES, (phase, target) => CAUSES[phase].inject(target), async (phase, tenant, api) => {
    const { id, cure } = tenant;
    await failed(phase, tenant, api);
    const { kind, status } = await operate(id, 'provisioning/rollback', { api, seconds: SECONDS });
    assert.deepEqual([kind, status], ['ROLLBACK', 'COMPLETED']);
    await assertGone(tenant, api);
    assert.deepEqual(await auditOf(id), ['TENANT_PROVISIONING_FAILED', 'TENANT_ROLLED_BACK']);
    await cure();
  });

  const CANCELLED = PHASES.filter((phase) => phase !== 'ACTIVATE');
  const noHold = async (): Promise<void> => undefined;

  sideBySide('is cancelled, and nothing is left of it', CANCELLED, async (phase, target) => HOLDS[phase]?.(target) ?? noHold, async (phase, tenant, api) => {
    const { id, cure } = tenant;
    await untilStatus(id, (status) => phaseOf(status, phase)['state'] === 'RUNNING', SECONDS, api);
    const { status, body } = await call(`/tenants/${id}/provisioning/cancel`, { method: 'POST', api });
    assert.equal(status, 202, JSON.stringify(body));
    assert.equal((await untilEnded(body['operation'].runId, { api, seconds: SECONDS }))['status'], 'CANCELLED');
    if (phase === 'VALIDATE') await cure();
    await assertGone(tenant, api);
    await until('the audit record', async () => (await auditOf(id)).join() === 'TENANT_PROVISIONING_CANCELLED');
    assert.deepEqual(await eventsOf(id), []);
    await cure();
  });

  sideBySide('is past the point of no return', ['ACTIVATE'], async (phase, target) => HOLDS[phase]?.(target) ?? noHold, async (phase, { id }, api) => {
    await untilStatus(id, (status) => phaseOf(status, phase)['state'] === 'RUNNING', SECONDS, api);
    const { status, body } = await call(`/tenants/${id}/provisioning/cancel`, { method: 'POST', api });
    assert.deepEqual([status, body['code'], body['tenantStatus']], [409, 'MATIH-TENANT-3008', 'PROVISIONING']);
    assert.equal((await untilStatus(id, isOver, SECONDS, api))['status'], 'COMPLETED');
  });
});
