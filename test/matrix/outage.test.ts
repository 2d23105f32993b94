import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { allEvents } from '../support/events.ts';
import { deleteTenant, isGone, type MatrixTenant, type Operation } from '../support/matrix/acts.ts';
import { bookProblems, described, openRuns, undelivered } from '../support/matrix/books.ts';
import { isWhole, MatrixService, sideBySide } from '../support/matrix/fleet.ts';
import { CELLS, preparationRules, prepare, request, type Cell } from '../support/matrix/operations.ts';
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

  /** Brings tenants to the beginning of their steps, cuts the systems off, lets the tenants go on, and restores the systems. */
  const strike = async (away: readonly OutsideSystem[], tenants: readonly { tenant: MatrixTenant; cell: Cell }[]): Promise<Operation[]> => {
    service.worker.order({ type: 'rules', rules: tenants.flatMap(({ tenant, cell }) => preparationRules(tenant, cell.kind)), losesDeliveries: false });
    await sideBySide(tenants, ({ tenant, cell }) => prepare(tenant, cell.kind));
    service.worker.order({ type: 'rules', rules: tenants.map(({ tenant: { slug }, cell: { step } }) => ({ slug, step, at: 'begin', does: 'hold' })), losesDeliveries: false });
    const ends = await sideBySide(tenants, ({ tenant, cell }) => request(tenant, cell.kind));
    const isHeld = ({ slug }: MatrixTenant): boolean => service.worker.strikes.some((strike) => strike.slug === slug && strike.rule.does === 'hold');
    await until('every tenant to come to its step', async () => tenants.every(({ tenant }) => isHeld(tenant)), { seconds: 300 })
      .catch(() => assert.deepEqual(tenants.filter(({ tenant }) => !isHeld(tenant)).map(({ cell }) => cell), [], 'steps that were not reached'));
    for (const system of away) links.get(system).set('closed');
    for (const { tenant } of tenants) service.worker.release(tenant.slug);
    await sleep(AWAY_SECONDS * 1000);
    for (const system of away) links.get(system).set('open');
    return Promise.all(ends.map((end) => end()));
  };

  for (const { away, cells } of ROUNDS) {
    it(`${away.join(', ')} away at each step: what is committed is told, every run ends, and the tenant takes a deletion`, async () => {
      const tenants = cells.map((cell) => ({ cell, tenant: service.tenant('out') }));
      const operations = await strike(away, tenants);
      const all = tenants.map(({ tenant }) => tenant);
      const problems = [...await undelivered(all, 60), ...await openRuns(all)];

      const failed = tenants.filter((_, index) => operations[index]?.['status'] !== 'COMPLETED');
      console.log(`      ${cells.length} steps, ${failed.length} operations did not complete`);
      const events = await allEvents();
      for (const [index, { tenant, cell }] of tenants.entries()) {
        problems.push(...(await bookProblems(tenant, events)).map((problem) => `${cell.kind} ${cell.step} (${described(operations[index]!)}): ${problem}`));
      }
      problems.push(...(await sideBySide(tenants, async ({ tenant, cell }) => {
        if (await isGone(tenant)) return [];
        const deletion = await deleteTenant(tenant).catch((error: unknown) => ({ kind: 'DELETION', status: String(error) }));
        return deletion['status'] === 'COMPLETED' ? [] : [`${cell.kind} ${cell.step}: ${described(deletion)}`];
      })).flat());
      assert.deepEqual(problems, []);
    });
  }
});
