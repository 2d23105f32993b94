import assert from 'node:assert/strict';
import type { MatrixTenant } from './acts.ts';
import { writesOf, type Write } from './effects.ts';
import { live, sideBySide, type MatrixService } from './fleet.ts';
import { stateOf } from './likeness.ts';
import { LIVES, type Life } from './lives.ts';

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
export const takeReferences = async (service: MatrixService, lives: readonly Life[] = LIVES): Promise<Reference[]> => {
  const tenants = lives.map((life) => ({ life, tenant: service.tenant('ref') }));
  service.worker.order({ type: 'rules', rules: tenants.flatMap(({ life, tenant }) => life.rules(tenant.slug)), losesDeliveries: false });
  return sideBySide(tenants, ({ life, tenant }) => referenceOf(service, life, tenant));
};
