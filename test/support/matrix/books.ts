/** Checks that the messages about a tenant agree with its operations. */
import type { EventType } from '../../../tenant/events.ts';
import type { OperationKind } from '../../../tenant/lifecycle.ts';
import { workflowIdOf } from '../../../tenant/names.ts';
import { query } from '../database.ts';
import type { ReceivedEvent } from '../events.ts';
import { inventory } from '../inventory.ts';
import { withTemporal } from '../temporal.ts';
import { until } from '../until.ts';
import { operationsOf, statusOf, type MatrixTenant, type Operation } from './acts.ts';
import { changedBodies, eventsAbout, writesOf } from './effects.ts';

/** The event of each kind of operation that completed. */
const EVENT_OF: Readonly<Record<OperationKind, EventType | undefined>> = {
  PROVISIONING: 'TENANT_PROVISIONED', REPROVISION: 'TENANT_PROVISIONED', ROLLBACK: undefined, SUSPENSION: 'TENANT_SUSPENDED', REACTIVATION: 'TENANT_ACTIVATED',
  TIER_CHANGE: 'TENANT_TIER_CHANGED', RECONFIGURATION: 'TENANT_CONFIGURED', DELETION: 'TENANT_DELETED',
};

/** The status that an event tells of. */
const STATUS_OF: Readonly<Partial<Record<EventType, string>>> = {
  TENANT_PROVISIONED: 'ACTIVE', TENANT_ACTIVATED: 'ACTIVE', TENANT_SUSPENDED: 'SUSPENDED', TENANT_PROVISIONING_FAILED: 'FAILED',
};

export const described = ({ kind, status, failureReason }: Operation): string => `${kind} ${status}: ${failureReason ?? 'no reason is told'}`;

/** Waits until everything that is committed about the tenants is delivered; resolves with what is not. */
export const undelivered = async (tenants: readonly MatrixTenant[], seconds: number): Promise<string[]> => {
  const ids = tenants.map(({ id }) => id).filter(Boolean);
  const left = async (): Promise<string[]> => (await query<{ line: string }>('controlPlane', `
    SELECT concat_ws(' ', tenant_id, channel, key, tries, last_error) AS line FROM outbox WHERE tenant_id = ANY ($1::uuid[]) AND delivered_at IS NULL`, [ids]))
    .map(({ line }) => `not delivered: ${line}`);
  return until('everything to be delivered', async () => (await left()).length === 0 && [], { seconds, intervalMs: 1000 }).catch(left);
};

/** Open runs of tenants without an operation in progress. */
export const openRuns = (tenants: readonly MatrixTenant[]): Promise<string[]> => withTemporal(async ({ workflow }) => {
  const open = async (): Promise<string[]> => {
    const states = await Promise.all(tenants.map(async ({ slug }) => workflow.getHandle(workflowIdOf(slug)).describe().then(({ status }) => status.name, () => 'NONE')));
    return tenants.filter((_, index) => states[index] === 'RUNNING').map(({ slug }) => `still open: ${workflowIdOf(slug)}`);
  };
  return until('every run to be closed', async () => (await open()).length === 0 && [], { seconds: 20, intervalMs: 500 }).catch(open);
});

/** Every inconsistency in a tenant's messages, after all operations and deliveries have ended. */
export const bookProblems = async (tenant: MatrixTenant, events: readonly ReceivedEvent[]): Promise<string[]> => {
  const operations = await operationsOf(tenant);
  const writes = await writesOf(tenant);
  const { types, changed } = eventsAbout(tenant, events);
  const told = types.filter((type) => type !== 'TENANT_PROVISIONING_FAILED');
  const wanted = operations.filter(({ status }) => status === 'COMPLETED').map(({ kind }) => EVENT_OF[kind as OperationKind]).filter((type) => type !== undefined).toReversed();
  return [
    ...operations.filter(({ status }) => status === 'IN_PROGRESS').map((operation) => `still ${described(operation)}`),
    ...(told.join() === wanted.join() ? [] : [`events ${told.join(', ')} instead of ${wanted.join(', ')}`]),
    ...await statusProblems(tenant, types), ...await residueOf(tenant, operations), ...changed, ...changedBodies(writes),
    ...repeats(writes.filter(({ effect, standIn }) => effect === 'created' && (standIn === 'audit' || standIn === 'notification')).map(({ standIn, body }) => `${standIn} ${marks(body)}`)),
  ];
};

/** The newest event about a status tells the status that the tenant has. */
const statusProblems = async (tenant: MatrixTenant, types: readonly string[]): Promise<string[]> => {
  const status = await statusOf(tenant);
  const told = types.map((type) => STATUS_OF[type as EventType]).filter((one) => one !== undefined).at(-1);
  return ['GONE', 'DELETING', told].includes(status) ? [] : [`the tenant is ${status}, and ${told} was told last`];
};

const residueOf = async ({ slug, id }: MatrixTenant, [newest]: readonly Operation[]): Promise<string[]> => {
  if (newest?.['status'] !== 'COMPLETED' || !['DELETION', 'ROLLBACK'].includes(newest['kind'])) return [];
  const left = Object.values(await inventory(slug, id)).flat();
  return left.length > 0 ? [`residue: ${left.join('; ')}`] : [];
};

/** Identifies a record or a notification. */
const marks = (body: unknown): string => {
  const { eventType, templateKey, correlationId, recipient, metadata } = (body ?? {}) as Record<string, any>;
  return [eventType, templateKey, recipient, correlationId ?? metadata?.correlationId].filter(Boolean).join(' ');
};

const repeats = (lines: readonly string[]): string[] =>
  [...new Set(lines.filter((line, index) => lines.indexOf(line) !== index))].map((line) => `came more than once: ${line}`);
