import type pg from 'pg';
import { TENANT_STATUSES, type OperationKind, type TenantStatus } from '../tenant/lifecycle.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { TIERS, type Tier } from '../tenant/tiers.ts';
import type { PhaseOutput } from './interface.ts';
import { inSnapshot, type Queryable } from './pool.ts';
import { OPERATION_COLUMNS, TENANT_COLUMNS, type OperationRow } from './rows.ts';
import { findTenant } from './tenants.ts';

export { newestOperation } from './fence.ts';
export { findTenant } from './tenants.ts';

/** The living tenant of that slug, or null. */
export const findTenantBySlug = async (database: Queryable, slug: string): Promise<Tenant | null> => {
  const { rows } = await database.query<Tenant>(`SELECT ${TENANT_COLUMNS} FROM tenants WHERE slug = $1`, [slug]);
  return rows[0] ?? null;
};

/** What a list of tenants may be sorted by, and the column behind it. */
const SORT_COLUMNS = {
  createdAt: 'created_at', updatedAt: 'updated_at', name: 'lower(name)', slug: 'slug', tier: 'tier', status: 'status',
} as const;
export type TenantSort = keyof typeof SORT_COLUMNS;
export const TENANT_SORTS = Object.keys(SORT_COLUMNS) as [TenantSort, ...TenantSort[]];

export interface TenantFilter {
  status?: TenantStatus;
  tier?: Tier;
  /** Part of name, slug or admin e-mail, whatever the case. */
  search?: string;
  /** Only the tenant of this id. */
  id?: string;
}

export interface Page {
  /** From 0. */
  page: number;
  size: number;
}

/** One page of the living tenants and how many there are in all; equal ones in a stable order. */
export const listTenants = async (
  database: Queryable, { status, tier, search, id }: TenantFilter, { page, size }: Page, sortBy: TenantSort, sortDir: 'asc' | 'desc',
): Promise<{ tenants: Tenant[]; total: number }> => {
  const pattern = search === undefined ? null : `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  const values = [status ?? null, tier ?? null, pattern, id ?? null];
  const where = `($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR tier = $2) AND ($4::uuid IS NULL OR id = $4)
    AND ($3::text IS NULL OR name ILIKE $3 OR slug ILIKE $3 OR admin_email ILIKE $3)`;
  const count = await database.query<{ total: number }>(`SELECT count(*)::int AS total FROM tenants WHERE ${where}`, values);
  const { rows: tenants } = await database.query<Tenant>(
    `SELECT ${TENANT_COLUMNS} FROM tenants WHERE ${where} ORDER BY ${SORT_COLUMNS[sortBy]} ${sortDir === 'asc' ? 'ASC' : 'DESC'}, id LIMIT $5 OFFSET $6`,
    [...values, size, page * size]);
  return { tenants, total: count.rows[0]!.total };
};

export interface TenantStatistics {
  total: number;
  byStatus: Record<TenantStatus, number>;
  byTier: Record<Tier, number>;
  operationsInProgress: number;
}

/** How many tenants there are, in all and by status and tier; a status or tier without tenants counts 0. */
export const tenantStatistics = async (database: Queryable): Promise<TenantStatistics> => {
  const { rows } = await database.query<{ status: TenantStatus; tier: Tier; count: number }>(
    'SELECT status, tier, count(*)::int AS count FROM tenants GROUP BY status, tier');
  const { rows: [open] } = await database.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM tenant_operations WHERE status = $1', ['IN_PROGRESS']);
  const sum = (of: typeof rows) => of.reduce((total, { count }) => total + count, 0);
  const counted = <Key extends string>(keys: readonly Key[], key: 'status' | 'tier') =>
    Object.fromEntries(keys.map((value) => [value, sum(rows.filter((row) => row[key] === value))])) as Record<Key, number>;
  return { total: sum(rows), byStatus: counted(TENANT_STATUSES, 'status'), byTier: counted(TIERS, 'tier'), operationsInProgress: open!.count };
};

/** The mission's state row. */
export interface ProvisioningState {
  currentPhase: string;
  status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  failureReason: string | null;
  phaseOutputs: Record<string, PhaseOutput>;
  startedAt: Date;
  lastUpdatedAt: Date;
  retryCount: number;
}

/** Where a living tenant's provisioning stands; null when there is no such tenant. */
export const findProvisioningState = async (database: Queryable, tenantId: string): Promise<ProvisioningState | null> => {
  const { rows } = await database.query<ProvisioningState>(
    `SELECT current_phase AS "currentPhase", status, failure_reason AS "failureReason", phase_outputs AS "phaseOutputs",
       started_at AS "startedAt", last_updated_at AS "lastUpdatedAt", retry_count AS "retryCount"
     FROM tenant_provisioning_state WHERE tenant_id = $1`, [tenantId]);
  return rows[0] ?? null;
};

export interface Provisioning {
  tenant: Tenant;
  state: ProvisioningState;
  /** The newest operation of the kinds that were asked for. */
  operation: OperationRow;
}

/** A living tenant, its state row and the operation behind it, as they were at one moment: an end that they tell of is told by all of them. */
export const findProvisioning = (pool: pg.Pool, tenantId: string, kinds: readonly OperationKind[]): Promise<Provisioning | null> =>
  inSnapshot(pool, async (snapshot) => {
    const tenant = await findTenant(snapshot, tenantId);
    const state = await findProvisioningState(snapshot, tenantId);
    const operation = await newestOperationOf(snapshot, tenantId, kinds);
    return tenant && state && operation && { tenant, state, operation };
  });

/** A tenant's operations, newest first. */
export const listOperations = async (database: Queryable, tenantId: string, { page, size }: Page): Promise<{ operations: OperationRow[]; total: number }> => {
  const count = await database.query<{ total: number }>('SELECT count(*)::int AS total FROM tenant_operations WHERE tenant_id = $1', [tenantId]);
  const { rows } = await database.query<OperationRow>(
    `SELECT ${OPERATION_COLUMNS} FROM tenant_operations WHERE tenant_id = $1 ORDER BY seq DESC LIMIT $2 OFFSET $3`, [tenantId, size, page * size]);
  return { operations: rows, total: count.rows[0]!.total };
};

/** The operation of a Temporal run, also of a tenant that is gone; null when the run is not known. */
export const findOperation = async (database: Queryable, runId: string): Promise<OperationRow | null> => {
  const { rows } = await database.query<OperationRow>(`SELECT ${OPERATION_COLUMNS} FROM tenant_operations WHERE run_id = $1`, [runId]);
  return rows[0] ?? null;
};

/** The newest run that was admitted with an API request, also of a removed tenant; null if there is none. */
export const findOperationOfRequest = async (database: Queryable, requestId: string): Promise<OperationRow | null> => {
  const { rows } = await database.query<OperationRow>(
    `SELECT ${OPERATION_COLUMNS} FROM tenant_operations WHERE request_id = $1 ORDER BY seq DESC LIMIT 1`, [requestId]);
  return rows[0] ?? null;
};

const newestOperationOf = async (database: Queryable, tenantId: string, kinds: readonly OperationKind[]): Promise<OperationRow | null> => {
  const { rows } = await database.query<OperationRow>(
    `SELECT ${OPERATION_COLUMNS} FROM tenant_operations WHERE tenant_id = $1 AND kind = ANY ($2) ORDER BY seq DESC LIMIT 1`, [tenantId, kinds]);
  return rows[0] ?? null;
};
