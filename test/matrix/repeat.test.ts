import assert from 'node:assert/strict';
import { allEvents, type ReceivedEvent } from '../support/events.ts';
import type { MatrixTenant } from '../support/matrix/acts.ts';
import { effectProblems, writesOf } from '../support/matrix/effects.ts';
import { isWhole, live, MatrixService, sideBySide } from '../support/matrix/fleet.ts';
import { difference, stateOf } from '../support/matrix/likeness.ts';
import type { Life } from '../support/matrix/lives.ts';
import { cellOf, takeReferences, type Reference } from '../support/matrix/reference.ts';
import type { Rule } from '../support/matrix/rules.ts';

/** One tenant whose life is disturbed, beside the undisturbed one of the same life. */
interface Repeated {
  reference: Reference;
  tenant: MatrixTenant;
  stages: Life['stages'];
  rules: Rule[];
  problems: string[];
}

/** The stages of a life that have an activity with an n-th changing call, with the first, the last, and what belongs together. */
const stagesWith = ({ life, calls }: Reference, number: number): Life['stages'] => {
  const types = new Set([...calls].filter(([, count]) => count >= number).map(([cell]) => cell.split('/')[0] as string));
  const has = ({ runs }: Life['stages'][number]): boolean => runs.some((type) => types.has(type));
  return life.stages.filter((stage) => stage.group === undefined || life.stages.some((other) => other.group === stage.group && has(other)));
};

describe('the repeat matrix', function () {
  this.timeout(isWhole ? 5_400_000 : 300_000);
  let service: MatrixService;
  let references: Reference[];
  const repeated: Repeated[] = [];
  let events: ReceivedEvent[];

  const prepare = (reference: Reference, stages: Life['stages'], rulesOf: (slug: string) => Rule[]): void => {
    const tenant = service.tenant('rep');
    repeated.push({ reference, tenant, stages, rules: [...reference.life.rules(tenant.slug), ...rulesOf(tenant.slug)], problems: [] });
  };

  before(async () => {
    service = await MatrixService.start('repeat');
    references = await takeReferences(service);
    for (const reference of references) {
      prepare(reference, reference.life.stages, (slug) => [{ slug, at: 'end', does: 'repeat' }]);
      const most = Math.max(...reference.calls.values());
      for (let number = 1; number <= (isWhole ? most : 1); number += 1) {
        prepare(reference, stagesWith(reference, number), (slug) => [{ slug, at: { after: number }, does: 'lose-reply' }]);
      }
    }
    service.worker.order({ type: 'rules', rules: repeated.flatMap(({ rules }) => rules), losesDeliveries: true });
    await sideBySide(repeated, async ({ tenant, stages, reference, problems }) => {
      const problem = await live(service, tenant, stages, {
        afterwards: async ({ name }) => void problems.push(...difference(reference.states.get(name) ?? [], await stateOf(tenant)).map((line) => `${name}: ${line}`)),
      });
      if (problem) problems.push(problem);
    });
    events = await allEvents();
  });
  after(() => service?.stop());

  const cells = () => new Set(references.flatMap(({ calls }) => [...calls].flatMap(([cell, count]) => Array.from({ length: count }, (_, index) => `${cell} ${index + 1}`))));

  it('runs every activity of the worker', () => {
    const all = new Set(references.flatMap(({ calls }) => [...calls.keys()]));
    console.log(`      ${all.size} activities, ${cells().size} changing calls, ${repeated.length} lives`);
    assert.ok(all.size > 60, [...all].join(' '));
  });

  it('loses the reply of every changing call, and repeats every activity', function () {
    if (!isWhole) this.skip();
    const lost = new Set(service.worker.strikes.filter(({ rule }) => rule.does === 'lose-reply')
      .map((strike) => `${cellOf(strike)} ${(strike.rule.at as { after: number }).after}`));
    assert.deepEqual([...cells()].filter((cell) => !lost.has(cell)), []);
    const again = new Set(service.worker.strikes.filter(({ rule }) => rule.does === 'repeat').map(cellOf));
    assert.deepEqual(references.flatMap(({ calls }) => [...calls.keys()]).filter((cell) => !again.has(cell)), []);
  });

  it('ends every operation as an undisturbed one, with the same state', () => {
    assert.deepEqual(repeated.flatMap(({ tenant, rules, problems }) => problems.map((problem) => `${tenant.slug} (${JSON.stringify(rules.at(-1)?.at)}): ${problem}`)), []);
  });

  it('has every effect once, and sends the same body under the same key', async () => {
    const problems = await Promise.all(repeated.map(async ({ tenant, reference, stages, rules }) => {
      if (stages.length < reference.life.stages.length) return [];
      return effectProblems(reference, { tenant, writes: await writesOf(tenant) }, events).map((problem) => `${tenant.slug} (${JSON.stringify(rules.at(-1)?.at)}): ${problem}`);
    }));
    assert.deepEqual(problems.flat(), []);
  });
});
