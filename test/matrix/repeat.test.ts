import assert from 'node:assert/strict';
import { allEvents, type ReceivedEvent } from '../support/events.ts';
import { isWhole, MatrixService } from '../support/matrix/fleet.ts';
import { LIVES, SHORT, type Stage } from '../support/matrix/lives.ts';
import { cellOf, disturb, effectProblemsOf, liveAll, stateProblemsOf, takeReferences, type Disturbed, type Reference } from '../support/matrix/comparison.ts';

/** The stages of a life that have an activity with an n-th changing call, with the first, the last, and what belongs together. */
const stagesWith = ({ life, calls }: Reference, number: number): readonly Stage[] => {
  const types = new Set([...calls].filter(([, count]) => count >= number).map(([cell]) => cell.split('/')[0] as string));
  const has = ({ runs }: Stage): boolean => runs.some((type) => types.has(type));
  return life.stages.filter((stage) => stage.group === undefined || life.stages.some((other) => other.group === stage.group && has(other)));
};

describe('the repeat matrix', function () {
  this.timeout(isWhole ? 5_400_000 : 600_000);
  let service: MatrixService;
  let references: Reference[];
  let repeated: Disturbed[];
  let events: ReceivedEvent[];

  before(async () => {
    service = await MatrixService.start('repeat');
    references = await takeReferences(service, isWhole ? LIVES : [SHORT]);
    repeated = references.flatMap((reference) => {
      const most = isWhole ? Math.max(...reference.calls.values()) : 1;
      return [
        disturb(service, reference, { how: 'each activity twice', rulesOf: (slug) => [{ slug, at: 'end', does: 'repeat' }] }),
        ...Array.from({ length: most }, (_, index) => index + 1).map((number) => disturb(service, reference, {
          how: `reply ${number} lost`, stages: stagesWith(reference, number), rulesOf: (slug) => [{ slug, at: { after: number }, does: 'lose-reply' }],
        })),
      ];
    });
    service.worker.order({ type: 'rules', rules: repeated.flatMap(({ rules }) => rules), losesDeliveries: true });
    await liveAll(service, repeated);
    events = await allEvents();
  });
  after(() => service?.stop());

  const activities = (): string[] => [...new Set(references.flatMap(({ calls }) => [...calls.keys()]))];
  const calls = (): string[] => [...new Set(references.flatMap((reference) =>
    [...reference.calls].flatMap(([cell, count]) => Array.from({ length: count }, (_, index) => `${cell} ${index + 1}`))))];

  it('repeats every activity', () => {
    console.log(`      ${activities().length} activities, ${calls().length} changing calls, ${repeated.length} lives`);
    const again = new Set(service.worker.strikes.filter(({ rule }) => rule.does === 'repeat').map(cellOf));
    assert.deepEqual(activities().filter((cell) => !again.has(cell)), []);
  });

  it('loses the reply of every changing call', function () {
    if (!isWhole) this.skip();
    const lost = new Set(service.worker.strikes.filter(({ rule }) => rule.does === 'lose-reply')
      .map((strike) => `${cellOf(strike)} ${(strike.rule.at as { after: number }).after}`));
    assert.deepEqual(calls().filter((call) => !lost.has(call)), []);
  });

  it('ends every operation as an undisturbed one, with the same state', () => assert.deepEqual(stateProblemsOf(repeated), []));

  it('has every effect once, and sends the same body under the same key', async () => assert.deepEqual(await effectProblemsOf(repeated, events), []));
});
