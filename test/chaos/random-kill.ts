/**
 * Whole lives of tenants, several at a time, while the worker is killed again and again and the platform's services fail at random.
 * Run as `npm run test:chaos -- --minutes 60 [--seed 7] [--tenants 5]`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { uniqueSlug } from '../support/api.ts';
import { allEvents } from '../support/events.ts';
import type { MatrixTenant } from '../support/matrix/acts.ts';
import { bookProblems, openRuns, undelivered } from '../support/matrix/books.ts';
import { startOwnService } from '../support/service.ts';
import { mochaGlobalSetup, mochaGlobalTeardown } from '../support/stack-fixture.ts';
import { liveChaotically, type ChaoticLife } from './lives.ts';
import { Random } from './random.ts';
import { killWorkers, programFaults } from './trouble.ts';

/** Time after the last life in which committed messages may still be delivered. */
const DELIVERY_SECONDS = 120;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string' }, tenants: { type: 'string', default: '5' } } });
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const minutes = Number(values.minutes);
console.log(`seed ${seed}, ${minutes} minutes, ${values.tenants} tenants at a time`);

const begun = Date.now();
const say = (text: string): void => console.log(`[${((Date.now() - begun) / 1000).toFixed(0).padStart(5)} s] ${text}`);

const main = async (): Promise<boolean> => {
  const service = await startOwnService(uniqueSlug('chaos'));
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), minutes * 60_000);
  const quiet = new AbortController();
  const living = new Set<MatrixTenant>();
  const killing = killWorkers(service, new Random(seed + 1), quiet.signal);
  const failing = programFaults(living, new Random(seed + 2), quiet.signal);
  const lives: ChaoticLife[] = [];

  const lane = async (number: number): Promise<void> => {
    const random = new Random(seed + 10 + number);
    await sleep(number * 3000);
    while (!over.signal.aborted) {
      const tenant: MatrixTenant = { slug: uniqueSlug('chaos'), api: service.api, id: '' };
      living.add(tenant);
      const life = await liveChaotically(tenant, random, over.signal);
      living.delete(tenant);
      lives.push(life);
      say(`${tenant.slug}: ${life.operations} operations, ${life.retries.length} retries by hand${life.problems.map((problem) => `\n    ${problem}`).join('')}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.tenants) }, (_, number) => lane(number)));
  clearTimeout(timer);
  quiet.abort();
  const [kills, faults] = await Promise.all([killing, failing]);

  const tenants = lives.map(({ tenant }) => tenant);
  const problems = [...await undelivered(tenants, DELIVERY_SECONDS), ...await openRuns(tenants)];
  const events = await allEvents();
  for (const { tenant, problems: own } of lives) problems.push(...[...own, ...await bookProblems(tenant, events)].map((problem) => `${tenant.slug}: ${problem}`));
  const sum = (count: (life: ChaoticLife) => number): number => lives.reduce((total, life) => total + count(life), 0);
  say(`seed ${seed}: ${lives.length} lives, ${sum(({ operations }) => operations)} operations, ${kills} kills, ${faults} faults, ${sum(({ retries }) => retries.length)} retries by hand`);
  for (const life of lives) for (const retry of life.retries) say(`retried by hand, ${life.tenant.slug}: ${retry}`);
  for (const problem of problems) say(`PROBLEM ${problem}`);
  await service.stop();
  return problems.length === 0;
};

// An orderly exit ends the processes that the run has started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await mochaGlobalSetup();
const passed = await main().catch((error: unknown) => {
  console.error(error);
  return false;
});
await mochaGlobalTeardown.call({ stats: { failures: passed ? 0 : 1 } });
process.exit(passed ? 0 : 1);
