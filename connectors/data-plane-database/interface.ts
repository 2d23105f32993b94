import type { Ownership } from '../../tenant/ownership.ts';

export interface TenantDatabase {
  tenantId: string;
  /** The tenant's role; owns its schemas and nothing else. */
  role: string;
  /** Exact names of the nine schemas. Never matched by prefix: `acme_%` is also `acme_ai_bi`. */
  schemas: readonly string[];
}

/** An existing role or schema. */
export interface DatabaseFind {
  kind: 'role' | 'schema';
  name: string;
  ownership: Exclude<Ownership, 'absent'>;
}

/**
 * The data plane PostgreSQL, through a provisioner role without superuser rights. The ownership mark is a comment. A tenant cannot change
 * the comment on its role, but can change those on its schemas. So a schema also counts as the tenant's by its owner, which the tenant
 * cannot change.
 */
export interface DataPlaneDatabase {
  /** Host, port and database that the tenant's services connect to. */
  readonly address: { host: string; port: number; database: string };
  /** Creates the role (or takes the tenant's own) with this password and connection limit. Another owner's role: CONFLICT. */
  ensureRole(tenant: TenantDatabase, password: string, connectionLimit: number): Promise<void>;
  /** Creates the missing schemas, owned by the role. One that belongs to someone else: CONFLICT. Returns the names created now. */
  ensureSchemas(tenant: TenantDatabase): Promise<string[]>;
  /**
   * Sets NOLOGIN and ends the role's sessions, if the tenant owns the role. Afterwards no session writes. @returns the ownership that was
   * found
   */
  lockRole(tenant: TenantDatabase): Promise<Ownership>;
  /** Finds the role and the schemas by exact name, and others by the tenant's mark. */
  find(tenant: TenantDatabase): Promise<DatabaseFind[]>;
  /**
   * Drops the tenant's schemas, their relations in batches, and its role. Absent objects are no error; objects of another owner stay.
   * NOT_READY, naming the session, while another session holds a lock. CONFLICT, before any drop, naming the objects outside the schemas
   * that depend on objects inside: CASCADE would drop them.
   */
  drop(tenant: TenantDatabase): Promise<void>;
}
