import { v5 as uuidv5 } from 'uuid';
import type { Tenant } from './tenant.ts';

export const EVENT_TYPES = [
  'TENANT_PROVISIONED', 'TENANT_PROVISIONING_FAILED', 'TENANT_SUSPENDED', 'TENANT_ACTIVATED', 'TENANT_TIER_CHANGED', 'TENANT_CONFIGURED', 'TENANT_DELETED',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface TenantEvent {
  /** UUIDv5 of operation and type: a retried or reset operation publishes the same id, so that consumers can drop repeats. */
  id: string;
  type: EventType;
  /** Message key, so that one tenant's events stay in order. */
  tenantId: string;
  time: Date;
  data: Readonly<Record<string, unknown>>;
}

/** Namespace of our deterministic ids. */
const IDS = '6f1c1f0e-6a55-5d0b-9d51-1f6a3e2c7b60';

/** A stable id for one effect of an operation: an event, a notification's correlation id, an idempotency key. */
export const effectId = (operationId: string, effect: string): string => uuidv5(`${operationId}:${effect}`, IDS);

/** The event of an operation on a tenant; `extra` joins the tenant's public facts in `data`. */
export const tenantEvent = (type: EventType, operationId: string, tenant: Tenant, extra: Readonly<Record<string, unknown>> = {}): TenantEvent => ({
  id: effectId(operationId, type),
  type,
  tenantId: tenant.id,
  time: new Date(),
  data: {
    tenantId: tenant.id, slug: tenant.slug, name: tenant.name, tier: tenant.tier, status: tenant.status,
    region: tenant.region, cloudProvider: tenant.cloudProvider, namespace: tenant.namespace, operationId, ...extra,
  },
});
