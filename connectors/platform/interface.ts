import type { AuditRecord, Notification } from '../../tenant/messages.ts';
import type { Tier } from '../../tenant/tiers.ts';
import type { CloudProvider } from '../../tenant/tenant.ts';

/** The platform's own services. Calls carry a 5-minute service JWT, the call context's ids and, on mutations, an idempotency key. */

export interface IamUser {
  id: string;
  email: string;
  tenantId: string;
}

export interface Iam {
  /** The user with exactly this address, of any tenant; undefined when the address is free. */
  findUserByEmail(email: string): Promise<IamUser | undefined>;
  /** Creates the tenant's admin; "exists" is looked up: the same tenant's user is success, another's CONFLICT. No password is set. */
  ensureAdmin(request: { tenantId: string; email: string; name: string; idempotencyKey: string }): Promise<IamUser>;
  listUsers(tenantId: string): Promise<IamUser[]>;
  removeUser(user: IamUser): Promise<void>;
  /** Revokes every token of the tenant issued before `notBefore`; returns how many were live. Idempotent. */
  revokeTokens(tenantId: string, notBefore: Date, reason: string): Promise<number>;
}

export interface ConfigEntry {
  key: string;
  value: string;
  valueType: 'STRING' | 'INTEGER' | 'BOOLEAN';
  category: string;
}

export interface FeatureFlag {
  key: string;
  enabled: boolean;
}

export interface ConfigService {
  /** Makes the tenant's entries exactly these: missing ones are created, different ones replaced, others that we made removed. */
  applyConfiguration(tenantId: string, environment: string, entries: readonly ConfigEntry[]): Promise<ConfigChange>;
  applyFeatureFlags(tenantId: string, flags: readonly FeatureFlag[]): Promise<ConfigChange>;
  /** Removes every entry and flag of the tenant; returns how many there were. */
  removeAll(tenantId: string): Promise<number>;
  /** How many entries and flags the tenant has. */
  count(tenantId: string): Promise<number>;
}

export interface ConfigChange {
  created: number;
  replaced: number;
  unchanged: number;
  removed: number;
}

export interface Notifications {
  /** Sends once per correlation id. An earlier notification with the same id counts as sent. */
  send(notification: Notification): Promise<{ id: string }>;
}

export interface Audit {
  /** Writes an event. A repetition with the same correlation id and type changes nothing. */
  record(event: AuditRecord): Promise<void>;
  /** Events of a tenant, oldest first, page by page. */
  page(tenantId: string, page: number, size: number): Promise<{ events: unknown[]; total: number; hasNext: boolean }>;
}

export interface IssuedCredential {
  username: string;
  password: string;
}

export interface Infrastructure {
  /** Whether a region takes new tenants; undefined when the service does not know the provider. */
  regionAvailability(provider: CloudProvider, region: string): Promise<{ available: boolean; reason?: string | undefined } | undefined>;
  /** The tenant's principal; the same answer until it is revoked. */
  issueCredential(tenantId: string, system: 'redis' | 'kafka'): Promise<IssuedCredential>;
  revokeCredential(tenantId: string, system: 'redis' | 'kafka'): Promise<void>;
  register(tenantId: string, registration: {
    status: string; cloudProvider: CloudProvider; region: string; namespace: string; tier: Tier;
  }): Promise<void>;
  unregister(tenantId: string): Promise<void>;
  /** What the service still holds for the tenant, for the residue scan: its registration, its principals. */
  residue(tenantId: string): Promise<string[]>;
}
