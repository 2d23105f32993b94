import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationKind } from '../../tenant/lifecycle.ts';
import { inventory } from '../support/inventory.ts';
import { assertEnded, type MatrixTenant } from '../support/matrix/acts.ts';
import { writesOf } from '../support/matrix/effects.ts';
import { isWhole, MatrixService, sideBySide } from '../support/matrix/fleet.ts';
import { LIVES } from '../support/matrix/lives.ts';
import { preparationRules, prepare, request } from '../support/matrix/operations.ts';
import { takeReferences } from '../support/matrix/comparison.ts';
import { TcpLink } from '../support/matrix/tcp-link.ts';
import type { ObservedWorker } from '../support/matrix/watch.ts';
import { endpoints } from '../support/endpoints.ts';
import { until } from '../support/until.ts';

const SETTINGS = { HEARTBEAT_TIMEOUT_SECONDS: '5' };

/** Time in which a call that was let go would be seen. */
const LATE_MS = 4_000;

/** The workflow of each kind of operation, and the operation that follows it. */
const KINDS: Readonly<Record<OperationKind, { workflowType: string; next?: OperationKind }>> = {
  PROVISIONING: { workflowType: 'provisionTenant', next: 'RECONFIGURATION' },
  ROLLBACK: { workflowType: 'rollbackTenant' },
  REPROVISION: { workflowType: 'reprovisionTenant', next: 'SUSPENSION' },
  SUSPENSION: { workflowType: 'suspendTenant', next: 'REACTIVATION' },
  REACTIVATION: { workflowType: 'reactivateTenant', next: 'SUSPENSION' },
  TIER_CHANGE: { workflowType: 'changeTier', next: 'SUSPENSION' },
  RECONFIGURATION: { workflowType: 'reconfigureTenant', next: 'SUSPENSION' },
  DELETION: { workflowType: 'deleteTenant' },
};

/** A changing call of an activity that is held before it is sent. */
interface Held {
  kind: OperationKind;
  activityId: string;
  number: number;
}

const SAMPLE: readonly Held[] = [
  { kind: 'RECONFIGURATION', activityId: 'CONFIGURE', number: 2 },
  { kind: 'SUSPENSION', activityId: 'SCALE_DOWN', number: 1 },
  { kind: 'PROVISIONING', activityId: 'CREATE_NAMESPACE', number: 2 },
];

/** The first and the last changing call of every activity that an undisturbed run has. */
const everyActivity = async (service: MatrixService): Promise<Held[]> => {
  const references = await takeReferences(service, LIVES);
  const calls = new Map(references.flatMap((reference) => [...reference.calls]));
  return Object.entries(KINDS).flatMap(([kind, { workflowType }]) => [...calls].flatMap(([cell, count]) => {
    const [type, activityId = ''] = cell.split('/');
    if (type !== workflowType || count === 0 || activityId.startsWith('RETURN_')) return [];
    return [...new Set([1, count])].map((number) => ({ kind: kind as OperationKind, activityId, number }));
  }));
};

const batches = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

describe('the late-attempt matrix', function () {
  this.timeout(isWhole ? 5_400_000 : 600_000);
  let service: MatrixService;

  before(async () => {
    service = await MatrixService.start('late', SETTINGS);
  });
  after(() => service?.stop());

  /** Every object of a tenant in every system, with its content. */
  const everything = async ({ slug, id }: MatrixTenant): Promise<string[]> => Object.values(await inventory(slug, id, JSON.stringify)).flat();

  /** Holds calls of a first worker, cuts it off from Temporal, lets a second worker finish the next operation, then releases the calls. */
  const strike = async (cells: readonly Held[]): Promise<string[]> => {
    const tenants = cells.map((cell) => ({ ...cell, tenant: service.tenant('late') }));
    service.worker.order({ type: 'rules', rules: tenants.flatMap(({ tenant, kind }) => preparationRules(tenant, kind)), losesDeliveries: false });
    await sideBySide(tenants, ({ tenant, kind }) => prepare(tenant, kind));
    await service.worker.end('SIGTERM');

    const link = await TcpLink.to(endpoints().temporal);
    const rules = tenants.map(({ tenant: { slug }, kind, activityId, number }) =>
      ({ slug, workflowType: KINDS[kind].workflowType, activityId, at: { before: number }, does: 'hold' as const }));
    const first = await service.startWorker(rules, { TEMPORAL_ADDRESS: `127.0.0.1:${link.port}` });
    try {
      const over = new Set<string>();
      const ends = (await sideBySide(tenants, ({ tenant, kind }) => request(tenant, kind)))
        .map((end, index) => end().finally(() => over.add(tenants[index]?.tenant.slug ?? '')));
      const isHeld = ({ slug }: MatrixTenant): boolean => first.strikes.some((strike) => strike.slug === slug);
      await until('every call to be held', async () => tenants.every(({ tenant }) => isHeld(tenant) || over.has(tenant.slug)), { seconds: 180 });
      link.set('frozen');
      service.worker = await service.startWorker();
      for (const end of ends) assertEnded(await end);
      // A tier goes up with fewer calls than it goes down: its last call is not always made.
      const missed = tenants.filter(({ tenant, number }) => !isHeld(tenant) && number === 1);
      assert.deepEqual(missed.map(({ activityId }) => activityId), [], 'activities that made no call');
      await sideBySide(tenants, async ({ tenant, kind }) => {
        const { next } = KINDS[kind];
        if (next) assertEnded(await (await request(tenant, next))());
      });
      return await lateWrites(tenants, first);
    } finally {
      await first.end('SIGKILL');
      link.end();
    }
  };

  const lateWrites = async (tenants: readonly (Held & { tenant: MatrixTenant })[], first: ObservedWorker): Promise<string[]> => {
    const before = await Promise.all(tenants.map(({ tenant }) => everything(tenant)));
    const written = await Promise.all(tenants.map(async ({ tenant }) => (await writesOf(tenant)).length));
    const sent = first.calls.length;
    for (const { tenant } of tenants) first.release(tenant.slug);
    await sleep(LATE_MS);
    const late = first.calls.slice(sent).map(({ slug, activityId, number, call }) => `${slug}: ${activityId} sent its call ${number}, ${call}`);
    const changed = await Promise.all(tenants.map(async ({ tenant, activityId, number }, index) => {
      const same = (await writesOf(tenant)).length === written[index] && (await everything(tenant)).join('\n') === before[index]?.join('\n');
      return same ? [] : [`${tenant.slug}: something was written after call ${number} of ${activityId} was let go`];
    }));
    return [...late, ...changed.flat()];
  };

  it('lets no attempt change anything once its successor and the next operation have ended', async () => {
    const cells = isWhole ? await everyActivity(service) : SAMPLE;
    console.log(`      ${cells.length} held calls`);
    const problems: string[] = [];
    for (const batch of batches(cells, 12)) problems.push(...await strike(batch));
    assert.deepEqual(problems, []);
  });
});
