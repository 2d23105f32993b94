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
 * A tenant's zone by its name and, once recorded, by Azure's ids of the zone and its delegation. Recorded ids take precedence over the
 * settings, which may have changed since.
 */
export interface ZoneRef {
  name: string;
  id?: string | undefined;
  delegationId?: string | undefined;
}

/** A resource under a tenant's names or with its ownership mark. */
export interface DnsFind {
  kind: 'zone' | 'delegation';
  /** Description with the Azure id. */
  what: string;
  ownership: Exclude<Ownership, 'absent'>;
}

/**
 * Azure DNS. Errors: a zone or record of another owner is CONFLICT, the subscription's zone limit is CEILING_REACHED. 429 is THROTTLED with
 * retryAfterSeconds, 401/403 is UNAUTHORIZED, all else is UNAVAILABLE. A missing resource group or subscription is an error too, because
 * its content is unknown.
 */
export interface AzureDns {
  readonly parentZone: string;
  /**
   * Creates the zone with If-None-Match: *. Returns an existing zone with this tenant's tag; any other is CONFLICT. NOT_READY while an
   * earlier zone is being deleted.
   */
  createZone(name: string, tenantId: string): Promise<Zone>;
  getZone(ref: ZoneRef): Promise<Zone | undefined>;
  /** Deletes the zone if this tenant owns it, and waits for the end of the long-running deletion. @returns the ownership that was found */
  deleteZone(ref: ZoneRef, tenantId: string): Promise<Ownership>;
  /**
   * Writes the NS record set of a child zone into its parent, with the tenant's mark. Leaves an equal record set alone. @returns its Azure
   * id
   */
  delegate(zone: Zone, tenantId: string): Promise<string>;
  /** Removes the child's NS record set from the parent if this tenant owns it. @returns the ownership that was found */
  removeDelegation(ref: ZoneRef, tenantId: string): Promise<Ownership>;
  /** Writes A record sets of these names (`@` = the apex) in the tenant's zone, all with one address. Leaves equal record sets alone. */
  putAddressRecords(zone: Zone, tenantId: string, names: readonly string[], address: string): Promise<void>;
  /**
   * Removes the record sets of these names if this tenant owns the zone. @returns the zone's ownership and the number of removed record
   * sets
   */
  removeAddressRecords(ref: ZoneRef, tenantId: string, names: readonly string[]): Promise<{ zone: Ownership; removed: number }>;
  /** Finds zones and delegations by the tenant's mark, by the exact name, or by a recorded id, in all readable resource groups. */
  find(ref: ZoneRef, tenantId: string): Promise<DnsFind[]>;
}
