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
 * Azure DNS. Errors: another owner's zone or records CONFLICT, the subscription's zone limit CEILING_REACHED,
 * 429 THROTTLED with retryAfterSeconds, 401/403 UNAUTHORIZED, else UNAVAILABLE.
 */
export interface AzureDns {
  readonly parentZone: string;
  /** Creates with If-None-Match: *; if it exists and its tags name this tenant it is returned, else CONFLICT. */
  createZone(zone: string, tenantId: string): Promise<Zone>;
  getZone(zone: string): Promise<Zone | undefined>;
  /** Deletes the zone if it is this tenant's, and waits for the end of the long-running deletion. */
  deleteZone(zone: string, tenantId: string): Promise<void>;
  /** Writes the NS record set for a child zone into the parent, marked with its owner. An equal one is left alone. */
  delegate(zone: Zone, tenantId: string): Promise<void>;
  /** Removes the NS record set of the child from the parent if it is this tenant's. */
  removeDelegation(zone: string, tenantId: string): Promise<void>;
  /** A record sets of these names (`@` = the apex) in the tenant's zone, all pointing to one address. Equal ones are left alone. */
  putAddressRecords(zone: string, tenantId: string, names: readonly string[], address: string): Promise<void>;
  /** Removes those record sets if the zone is this tenant's; returns how many there were. */
  removeAddressRecords(zone: string, tenantId: string, names: readonly string[]): Promise<number>;
  /** The delegation of a child zone as the parent holds it. */
  getDelegation(zone: string): Promise<{ nameServers: string[]; ownerId: string | undefined } | undefined>;
}
