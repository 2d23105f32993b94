/** Tenants that live undisturbed, and tenants of the same lives that are disturbed: their states and effects are to be the same. */
import assert from 'node:assert/strict';
import type { ReceivedEvent } from '../events.ts';
import type { MatrixTenant } from './acts.ts';
import { effectProblems, writesOf, type Write } from './effects.ts';
import { live, sideBySide, type Living, type MatrixService } from './fleet.ts';
import { difference, stateOf } from './likeness.ts';
import type { Life, Stage } from './lives.ts';
import type { Rule } from './rules.ts';

/** An undisturbed tenant: its state after each stage, the writes about it, and how many changing calls each of its activities made. */
export interface Reference {
  life: Life;
  tenant: MatrixTenant;
  states: Map<string, string[]>;
  writes: Write[];
  /** By `workflow type/activity id`; zero where an activity changes nothing outside. */
  calls: Map<string, number>;
}

export const cellOf = ({ workflowType, activityId }: { workflowType: string; activityId: string }): string => `${workflowType}/${activityId}`;

const referenceOf = async (service: MatrixService, life: Life, tenant: MatrixTenant): Promise<Reference> => {
  const states = new Map<string, string[]>();
  const problem = await live(service, tenant, life.stages, { afterwards: async ({ name }) => void states.set(name, await stateOf(tenant)) });
  assert.equal(problem, undefined, 'an undisturbed life');
  const own = service.worker.activities.filter(({ slug }) => slug === tenant.slug);
  const calls = new Map(own.map((attempt) => [cellOf(attempt), 0]));
  for (const sent of service.worker.calls) {
    if (sent.slug === tenant.slug) calls.set(cellOf(sent), Math.max(calls.get(cellOf(sent)) ?? 0, sent.number));
  }
  return { life, tenant, states, writes: await writesOf(tenant), calls };
};

/** One undisturbed tenant of each life. */
export const takeReferences = async (service: MatrixService, lives: readonly Life[]): Promise<Reference[]> => {
  const tenants = lives.map((life) => ({ life, tenant: service.tenant('ref') }));
  service.worker.order({ type: 'rules', rules: tenants.flatMap(({ life, tenant }) => life.rules(tenant.slug)), losesDeliveries: false });
  return sideBySide(tenants, ({ life, tenant }) => referenceOf(service, life, tenant));
};

/** A tenant whose life is disturbed, beside the undisturbed one of the same life. */
export interface Disturbed {
  reference: Reference;
  tenant: MatrixTenant;
  stages: readonly Stage[];
  rules: readonly Rule[];
  /** How it is disturbed, for the reader of a problem. */
  how: string;
  problems: string[];
}

export interface Disturbance {
  how: string;
  /** All of the life's, where they are left out. */
  stages?: readonly Stage[];
  rulesOf: (slug: string) => readonly Rule[];
}

export const disturb = (service: MatrixService, reference: Reference, { how, stages = reference.life.stages, rulesOf }: Disturbance): Disturbed => {
  const tenant = service.tenant('dis');
  return { reference, tenant, stages, how, rules: [...reference.life.rules(tenant.slug), ...rulesOf(tenant.slug)], problems: [] };
};

/** Lives all lives, and compares the state after every stage with that of the undisturbed tenant. */
export const liveAll = async (
  service: MatrixService, all: readonly Disturbed[], { resume, atOnce }: Pick<Living, 'resume'> & { atOnce?: number } = {},
): Promise<void> => void await sideBySide(all, async ({ tenant, stages, reference, problems }) => {
  const problem = await live(service, tenant, stages, {
    ...(resume && { resume }),
    afterwards: async ({ name }) => void problems.push(...difference(reference.states.get(name) ?? [], await stateOf(tenant)).map((line) => `${name}: ${line}`)),
  });
  if (problem) problems.push(problem);
  service.note(`${tenant.slug} (${reference.life.name}) ended: ${JSON.stringify(problems)}`);
}, atOnce);

const told = ({ tenant, reference, how }: Disturbed, problem: string): string => `${tenant.slug} (${reference.life.name}, ${how}): ${problem}`;

export const stateProblemsOf = (all: readonly Disturbed[]): string[] => all.flatMap((one) => one.problems.map((problem) => told(one, problem)));

/** How the effects differ from those of the undisturbed tenants; `ignoring` are lines that the disturbance itself explains. */
export const effectProblemsOf = async (all: readonly Disturbed[], events: readonly ReceivedEvent[], ignoring = /^$/): Promise<string[]> =>
  (await Promise.all(all.filter(({ reference, stages }) => stages.length === reference.life.stages.length).map(async (one) => {
    const writes = await writesOf(one.tenant);
    return effectProblems(one.reference, { tenant: one.tenant, writes }, events, ignoring).map((problem) => told(one, problem));
  }))).flat();
