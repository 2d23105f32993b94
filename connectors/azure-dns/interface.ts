import type { Ownership } from '../../tenant/ownership.ts';

export interface Zone {
  /** Fully qualified name without trailing dot, e.g. `acme.matih.ai`. */
  name: string;
  /** Azure resource id. */
  id: string;
  /** The zone's own name servers, as Azure assigned them. */
  nameServers: string[];
  /** Tenant id in the zone's tags; undefined when it has none. */
  ownerId: string | undefined;
}

/**
 * A tenant's zone by its name and, as soon as they were recorded, Azure's ids of the zone and of its delegation. Recorded places are looked at
 * before those of the settings, which may have changed since.
 */
export interface ZoneRef {
  name: string;
  id?: string | undefined;
  delegationId?: string | undefined;
}

/** Something that is there under a tenant's names or with its mark. */
export interface DnsFind {
  kind: 'zone' | 'delegation';
  /** With its Azure id. */
  what: string;
  ownership: Exclude<Ownership, 'absent'>;
}

/**
 * Azure DNS. Errors: another owner's zone or records CONFLICT, the subscription's zone limit CEILING_REACHED,
 * 429 THROTTLED with retryAfterSeconds, 401/403 UNAUTHORIZED, else UNAVAILABLE. A resource group or subscription that is not there is an
 * error too: what lies in it could not be looked at.
 */
export interface AzureDns {
  readonly parentZone: string;
  /** Creates with If-None-Match: *; if it exists and its tags name this tenant it is returned, else CONFLICT. NOT_READY while a zone of before goes. */
  createZone(name: string, tenantId: string): Promise<Zone>;
  getZone(ref: ZoneRef): Promise<Zone | undefined>;
  /** Deletes the zone if it is this tenant's, and waits for the end of the long-running deletion. @returns whose it was */
  deleteZone(ref: ZoneRef, tenantId: string): Promise<Ownership>;
  /** Writes the NS record set for a child zone into its parent, marked with its owner. An equal one is left alone. @returns Azure's id of it */
  delegate(zone: Zone, tenantId: string): Promise<string>;
  /** Removes the NS record set of the child from the parent if it is this tenant's. @returns whose it was */
  removeDelegation(ref: ZoneRef, tenantId: string): Promise<Ownership>;
  /** A record sets of these names (`@` = the apex) in the tenant's zone, all pointing to one address. Equal ones are left alone. */
  putAddressRecords(zone: Zone, tenantId: string, names: readonly string[], address: string): Promise<void>;
  /** Removes the record sets of these names if the zone is this tenant's. @returns whose the zone is, and how many were removed */
  removeAddressRecords(ref: ZoneRef, tenantId: string, names: readonly string[]): Promise<{ zone: Ownership; removed: number }>;
  /** Zones and delegations with the tenant's mark, of its zone's exact name, or at a recorded place; in all resource groups it may read. */
  find(ref: ZoneRef, tenantId: string): Promise<DnsFind[]>;
}
