import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { allEvents } from '../support/events.ts';
import { anotherAdmin, isWhole, MatrixService } from '../support/matrix/fleet.ts';
import { REPROVISIONED, ROLLED_BACK, SHORT, WHOLE } from '../support/matrix/lives.ts';
import { disturb, effectProblemsOf, liveAll, stateProblemsOf, takeReferences, type Disturbed, type Reference } from '../support/matrix/comparison.ts';
import type { Rule } from '../support/matrix/rules.ts';

const SETTINGS = { HEARTBEAT_TIMEOUT_SECONDS: '4' };

/** Lives at the same time: one kill strikes them all. */
const AT_ONCE = 12;

/** Longest time for which a tenant is held until the others are, too. */
const PATIENCE_MS = 12_000;

/** The place in its workflow of the activities that the sample takes. */
const SAMPLED = 4;

/** Workflow types whose runs another run can continue. */
const RESUMABLE: ReadonlySet<string> = new Set(['provisionTenant', 'rollbackTenant', 'reprovisionTenant', 'suspendTenant', 'reactivateTenant', 'deleteTenant']);

/** A failure writes records of its own beside those of a success. */
const OF_FAILURES = /FAILED/;

type Cell = { workflowType: string; activityId: string; calls: number };

/** For each number the activities that come at that place in their workflows: one tenant meets them all. */
const columns = ({ calls }: Reference, isIncluded: (cell: Cell) => boolean): Cell[][] => {
  const byType = new Map<string, Cell[]>();
  for (const [cell, count] of calls) {
    const [workflowType = '', activityId = ''] = cell.split('/');
    const one = { workflowType, activityId, calls: count };
    if (isIncluded(one)) byType.set(workflowType, [...(byType.get(workflowType) ?? []), one]);
  }
  const longest = Math.max(...[...byType.values()].map((cells) => cells.length));
  return Array.from({ length: longest }, (_, index) => [...byType.values()].flatMap((cells) => cells[index] ?? []));
};

const sampled = <Item>(items: readonly Item[]): readonly Item[] => (isWhole ? items : items.slice(SAMPLED, SAMPLED + 1));

describe('the matrix of interrupted activities', function () {
  this.timeout(isWhole ? 5_400_000 : 600_000);
  let service: MatrixService;
  let references: Reference[];

  before(async () => {
    service = await MatrixService.start('interrupt', SETTINGS);
    references = await takeReferences(service, isWhole ? [WHOLE, REPROVISIONED, ROLLED_BACK] : [SHORT]);
  });
  after(() => service?.stop());

  /** Kills the worker whenever all tenants that live are held, or one has been for long; its successor holds them where they were not held yet. */
  const killWhenHeld = async (all: readonly Disturbed[], isOver: () => boolean): Promise<number> => {
    let rules: readonly Rule[] = all.flatMap((one) => one.rules);
    let kills = 0;
    while (!isOver()) {
      await sleep(200);
      const held = service.worker.strikes.filter(({ rule }) => rule.does === 'hold');
      const first = held[0];
      if (!first || (Date.now() - first.at < PATIENCE_MS && held.length < AT_ONCE)) continue;
      await service.worker.end('SIGKILL');
      kills += 1;
      const struck = new Set(service.worker.strikes.map(({ rule }) => JSON.stringify(rule)));
      rules = rules.filter((rule) => !struck.has(JSON.stringify(rule)));
      service.worker = await service.startWorker(rules);
    }
    return kills;
  };

  it('ends as an undisturbed one when the worker is killed after the last effect of each activity', async () => {
    const all = references.flatMap((reference) => sampled(columns(reference, () => true)).map((cells) => disturb(service, reference, {
      how: `killed after ${cells.map(({ activityId }) => activityId).join(', ')}`,
      rulesOf: (slug) => cells.map(({ workflowType, activityId, calls }) => ({ slug, workflowType, activityId, at: calls > 0 ? { after: calls } : 'end', does: 'hold' })),
    })));
    let isOver = false;
    service.worker.order({ type: 'rules', rules: all.flatMap(({ rules }) => rules), losesDeliveries: false });
    const killing = killWhenHeld(all, () => isOver);
    await liveAll(service, all, { atOnce: AT_ONCE });
    isOver = true;
    console.log(`      ${all.length} lives, ${await killing} kills`);
    assert.deepEqual([...stateProblemsOf(all), ...await effectProblemsOf(all, await allEvents())], []);
  });

  it('ends as an undisturbed one when another admin retries the operation after a failure in each activity', async () => {
    const all = references.flatMap((reference) => sampled(columns(reference, ({ workflowType, activityId }) => RESUMABLE.has(workflowType) && activityId !== 'close'))
      .map((cells) => disturb(service, reference, {
        how: `failed after ${cells.map(({ activityId }) => activityId).join(', ')}`,
        rulesOf: (slug) => cells.map(({ workflowType, activityId }) => ({ slug, workflowType, activityId, at: 'end', does: 'fail' })),
      })));
    service.worker.order({ type: 'rules', rules: all.flatMap(({ rules }) => rules), losesDeliveries: false });
    const other = await anotherAdmin('bob@matih.example');
    await liveAll(service, all, { resume: async (tenant) => void (tenant.caller = other) });
    assert.deepEqual([...stateProblemsOf(all), ...await effectProblemsOf(all, await allEvents(), OF_FAILURES)], []);
  });
});
