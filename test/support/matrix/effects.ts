import type { LedgerEntry } from '../../../deploy/local/stand-ins/ledger.ts';
import { endpoints } from '../endpoints.ts';
import type { ReceivedEvent } from '../events.ts';
import type { StandIn } from '../stand-ins.ts';
import type { MatrixTenant } from './acts.ts';
import { difference, general } from './likeness.ts';

const STAND_INS: readonly StandIn[] = ['iam', 'config', 'notification', 'audit', 'infrastructure', 'azureDns'];

export type Write = LedgerEntry & { standIn: StandIn };

/** Every write that the stand-ins were asked for about a tenant, refused and repeated ones too. */
export const writesOf = async ({ id }: MatrixTenant): Promise<Write[]> => (await Promise.all(STAND_INS.map(async (standIn) => {
  const answer = await fetch(`${endpoints().standIns[standIn]}/_ledger?tenantId=${id}&all=true`);
  return (await answer.json() as LedgerEntry[]).map((entry) => ({ ...entry, standIn }));
}))).flat();

/** Lists by what `keyOf` says of their members. */
const groupBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> => {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
};

/** Keys under which two different bodies were sent, and writes that were refused for one. */
export const changedBodies = (writes: readonly Write[]): string[] => {
  const byKey = groupBy(writes.filter(({ idempotencyKey }) => idempotencyKey), (write) => `${write.standIn} ${write.method} ${write.path} ${write.idempotencyKey}`);
  return [...byKey].filter(([, sent]) => new Set(sent.map(({ bodyDigest }) => bodyDigest)).size > 1)
    .map(([key, sent]) => `two bodies under ${key}: ${sent.map(({ body }) => JSON.stringify(body)).join(' and ').slice(0, 600)}`);
};

/** Subject of a write. Records, notifications, entries and flags have one path each. */
const subjectOf = (body: unknown): string => {
  const { eventType, templateKey, recipient, configKey, flagKey } = (body ?? {}) as Record<string, string | undefined>;
  // A code goes to the admin who requests the deletion.
  return [eventType, templateKey, templateKey === 'tenant-deletion-code' ? undefined : recipient, configKey, flagKey].filter(Boolean).join(' ');
};

/** A repeated revocation sets a later mark on purpose, to revoke tokens that were issued meanwhile. */
const SETS_ANEW = /\/token-revocations$/;

/** Everything that was created or deleted, as often as it was; what was changed, once. */
export const effectsOf = (tenant: MatrixTenant, writes: readonly Write[]): string[] => {
  const lines = writes.filter(({ effect, path }) => effect !== 'none' && !SETS_ANEW.test(path)).map(({ standIn, method, path, effect, body }) => ({
    effect, line: general(tenant, `${standIn} ${method} ${path} ${effect} ${subjectOf(body)}`),
  }));
  const changed = new Set(lines.filter(({ effect }) => effect === 'updated').map(({ line }) => line));
  return [...lines.filter(({ effect }) => effect !== 'updated').map(({ line }) => line), ...changed].toSorted();
};

/** The types of a tenant's events in order, a repeated id counted once, and ids under which two different events came. */
export const eventsAbout = ({ id }: MatrixTenant, events: readonly ReceivedEvent[]): { types: string[]; changed: string[] } => {
  const byId = groupBy(events.filter(({ key }) => key === id), ({ event }) => String(event['id']));
  return {
    types: [...byId.values()].map(([first]) => String(first?.event['type'])),
    changed: [...byId].filter(([, copies]) => new Set(copies.map(({ raw }) => raw)).size > 1).map(([eventId]) => `two events under the id ${eventId}`),
  };
};

interface Observed {
  tenant: MatrixTenant;
  writes: readonly Write[];
}

/** How a tenant's effects differ from those of an undisturbed one with the same life. */
export const effectProblems = (expected: Observed, actual: Observed, events: readonly ReceivedEvent[], ignoring: RegExp): string[] => {
  const { types, changed } = eventsAbout(actual.tenant, events);
  const wanted = eventsAbout(expected.tenant, events).types.join();
  const came = types.filter((type) => !ignoring.test(type)).join();
  return [
    ...changedBodies(actual.writes), ...changed, ...(wanted === came ? [] : [`events ${came} instead of ${wanted}`]),
    ...difference(effectsOf(expected.tenant, expected.writes), effectsOf(actual.tenant, actual.writes)).filter((line) => !ignoring.test(line)),
  ];
};
