import assert from 'node:assert/strict';
import { workflowIdOf } from '../../tenant/names.ts';
import { PHASES, type Phase } from '../../tenant/phases.ts';
import { call, tenantRequest, uniqueSlug, untilStatus } from '../support/api.ts';
import { CAUSES, type Target } from '../support/causes.ts';
import { deleteCompletely } from '../support/deletions.ts';
import { inventory, type Inventory } from '../support/inventory.ts';
import { startOwnService, type OwnService } from '../support/service.ts';
import { withTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** A machine that works on nine tenants side by side needs its time. */
const SECONDS = 400;

/** A tenant with something in its way, and what there was under its names, that something included, before it was provisioned. */
interface Case extends Target {
  before: Inventory;
}

/** Each is frozen before a phase, by a cause of its own that stays: whatever belongs to somebody else has to survive the deletion. */
describe('the deletion of a tenant whose provisioning stopped in', function () {
  this.timeout(SECONDS * 1000);
  let service: OwnService;
  const runs = new Map<Phase, Promise<void>>();

  before(async () => {
    service = await startOwnService(uniqueSlug('half'), { VERDICT_DEADLINE_MS: '1000' });
    const cases = await Promise.all(PHASES.map(async (phase): Promise<[Phase, Case]> => {
      const slug = uniqueSlug('half');
      const { status, body } = await call('/tenants', { body: tenantRequest(slug), api: service.api });
      assert.deepEqual([status, body['status']], [202, 'QUEUED'], JSON.stringify(body));
      const target = { id: body['id'] as string, slug };
      await CAUSES[phase].inject(target);
      return [phase, { ...target, before: await inventory(slug) }];
    }));
    await service.startWorker({ HEALTH_CHECK_TIMEOUT_SECONDS: '5' });
    for (const [phase, tenant] of cases) {
      const run = deleteHalf(phase, tenant, service.api);
      run.catch(() => undefined);
      runs.set(phase, run);
    }
  });
  after(() => service.stop());

  for (const phase of PHASES) it(phase, () => runs.get(phase));
});

const deleteHalf = async (phase: Phase, { id, slug, before }: Case, api: string): Promise<void> => {
  const status = await untilStatus(id, (each) => each['status'] === 'FAILED' || each['status'] === 'COMPLETED', SECONDS, api);
  const { state } = (status['phases'] as { phase: string; state: string }[]).find((each) => each.phase === phase)!;
  assert.deepEqual([status['status'], state], ['FAILED', 'FAILED']);
  // A run records its end before it closes.
  await until(`the end of ${slug}'s run`, () => withTemporal(async ({ workflow }) => (await workflow.getHandle(workflowIdOf(slug)).describe()).status.name !== 'RUNNING'));
  const operation = await deleteCompletely(id, { api, seconds: SECONDS });
  assert.equal(operation['status'], 'COMPLETED', `${phase}: ${operation['failureReason']}`);
  assert.deepEqual(await inventory(slug, id), before);
  assert.equal((await call(`/tenants/${id}`, { api })).status, 410);
};
