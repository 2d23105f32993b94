import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { allEvents } from '../support/events.ts';
import { deleteTenant, statusOf, type MatrixTenant, type Operation } from '../support/matrix/acts.ts';
import { bookProblems, described, openRuns, undelivered } from '../support/matrix/books.ts';
import { isWhole, MatrixService, sideBySide } from '../support/matrix/fleet.ts';
import { CELLS, preparationRules, prepare, request, STATE_BEFORE, type Cell } from '../support/matrix/operations.ts';
import { OUTSIDE_SYSTEMS, OutsideLinks, type OutsideSystem } from '../support/matrix/outside.ts';
import { until } from '../support/until.ts';

/** How long a system is away: longer than a step sits out, except in the sample. */
const AWAY_SECONDS = isWhole ? 80 : 20;
const SETTINGS = { HEARTBEAT_TIMEOUT_SECONDS: '5' };

/** Systems that are away together, and the steps at whose beginning they go. */
interface Round {
  away: readonly OutsideSystem[];
  cells: readonly Cell[];
}

interface Struck {
  cell: Cell;
  tenant: MatrixTenant;
}

const SAMPLE: readonly Round[] = [{
  away: ['kafka', 'audit', 'notification'],
  cells: [{ kind: 'PROVISIONING', step: 'ACTIVATE' }, { kind: 'SUSPENSION', step: 'MARK_SUSPENDED' }, { kind: 'DELETION', step: 'SCAN_RESIDUE' }],
}];

const ROUNDS: readonly Round[] = isWhole ? OUTSIDE_SYSTEMS.map((system) => ({ away: [system], cells: CELLS })) : SAMPLE;

describe('the outage matrix', function () {
  this.timeout(isWhole ? 1_200_000 : 300_000);
  let service: MatrixService;
  let links: OutsideLinks;

  before(async () => {
    links = await OutsideLinks.open();
    service = await MatrixService.start('outage', { ...SETTINGS, ...links.settings }, { VERDICT_DEADLINE_MS: '3000' });
  });
  after(async () => {
    await service?.stop();
    links?.end();
  });

  /** Tenants of earlier rounds, by the state in which they can serve again. */
  const ready = { ACTIVE: [] as MatrixTenant[], SUSPENDED: [] as MatrixTenant[] };

  const tenantFor = (cell: Cell): Struck => {
    const state = STATE_BEFORE[cell.kind];
    return { cell, tenant: (state && ready[state].pop()) ?? service.tenant('out') };
  };

  /** Brings tenants to the beginning of their steps, cuts the systems off, releases the tenants, and restores the systems. */
  const strike = async (away: readonly OutsideSystem[], tenants: readonly Struck[]): Promise<Operation[]> => {
    const fresh = tenants.filter(({ tenant }) => tenant.id === '');
    service.worker.order({ type: 'rules', rules: fresh.flatMap(({ tenant, cell }) => preparationRules(tenant, cell.kind)), losesDeliveries: false });
    await sideBySide(fresh, ({ tenant, cell }) => prepare(tenant, cell.kind));
    service.worker.order({ type: 'rules', rules: tenants.map(({ tenant: { slug }, cell: { step } }) => ({ slug, step, at: 'begin', does: 'hold' })), losesDeliveries: false });
    const struckBefore = service.worker.strikes.length;
    const ends = await sideBySide(tenants, ({ tenant, cell }) => request(tenant, cell.kind));
    const missing = (): Cell[] => {
      const held = new Set(service.worker.strikes.slice(struckBefore).map(({ slug }) => slug));
      return tenants.filter(({ tenant }) => !held.has(tenant.slug)).map(({ cell }) => cell);
    };
    await until('every tenant to come to its step', async () => missing().length === 0, { seconds: 300 })
      .catch(() => assert.deepEqual(missing(), [], 'steps that were not reached'));
    for (const system of away) links.get(system).set('closed');
    for (const { tenant } of tenants) service.worker.release(tenant.slug);
    await sleep(AWAY_SECONDS * 1000);
    for (const system of away) links.get(system).set('open');
    return Promise.all(ends.map((end) => end()));
  };

  /** Deletes a tenant whose operation did not complete; another one may serve again. */
  const finish = async ({ tenant, cell }: Struck, { status }: Operation): Promise<string[]> => {
    const state = await statusOf(tenant);
    if (status === 'COMPLETED' && (state === 'ACTIVE' || state === 'SUSPENDED')) {
      ready[state].push(tenant);
      return [];
    }
    return state === 'GONE' ? [] : deletionProblems(tenant, `${cell.kind} ${cell.step}`);
  };

  const deletionProblems = async (tenant: MatrixTenant, what: string): Promise<string[]> => {
    const deletion = await deleteTenant(tenant).catch((error: unknown): Operation => ({ kind: 'DELETION', status: String(error) }));
    return deletion['status'] === 'COMPLETED' ? [] : [`${what}: ${described(deletion)}`];
  };

  for (const { away, cells } of ROUNDS) {
    it(`${away.join(', ')} away at each step: what is committed is told, every run ends, and the tenant takes a deletion`, async () => {
      const tenants = cells.map(tenantFor);
      const operations = await strike(away, tenants);
      const all = tenants.map(({ tenant }) => tenant);
      const problems = [...await undelivered(all, 90), ...await openRuns(all)];
      const events = await allEvents();
      for (const [index, { tenant, cell }] of tenants.entries()) {
        problems.push(...(await bookProblems(tenant, events)).map((problem) => `${cell.kind} ${cell.step} (${described(operations[index]!)}): ${problem}`));
      }
      console.log(`      ${cells.length} steps, ${operations.filter(({ status }) => status !== 'COMPLETED').length} operations did not complete`);
      problems.push(...(await sideBySide([...tenants.entries()], ([index, one]) => finish(one, operations[index]!))).flat());
      assert.deepEqual(problems, []);
    });
  }

  it('leaves tenants that can be deleted', async () => {
    const problems = await sideBySide([...ready.ACTIVE, ...ready.SUSPENDED], (tenant) => deletionProblems(tenant, tenant.slug));
    assert.deepEqual(problems.flat(), []);
  });
});
