import type { Ownership } from '../../tenant/ownership.ts';

export interface TenantDatabase {
  tenantId: string;
  /** The tenant's role; owns its schemas and nothing else. */
  role: string;
  /** Exact names of the nine schemas. Never matched by prefix: `acme_%` is also `acme_ai_bi`. */
  schemas: readonly string[];
}

/** A role or a schema that is there. */
export interface DatabaseFind {
  kind: 'role' | 'schema';
  name: string;
  ownership: Exclude<Ownership, 'absent'>;
}

/**
 * The data plane PostgreSQL, as a provisioner that is not a superuser. The ownership mark is a comment, which the tenant cannot write on its
 * role. On its schemas it can: a schema is the tenant's also by its owner, which the tenant cannot change.
 */
export interface DataPlaneDatabase {
  /** Host, port and database that the tenant's services connect to. */
  readonly address: { host: string; port: number; database: string };
  /** Creates the role (or takes the tenant's own) with this password and connection limit. Another owner's role: CONFLICT. */
  ensureRole(tenant: TenantDatabase, password: string, connectionLimit: number): Promise<void>;
  /** Creates the missing schemas, owned by the role. One that belongs to someone else: CONFLICT. Returns the names created now. */
  ensureSchemas(tenant: TenantDatabase): Promise<string[]>;
  /** NOLOGIN and an end to the role's sessions, so that nothing writes any more, if the role is the tenant's. @returns whose it is */
  lockRole(tenant: TenantDatabase): Promise<Ownership>;
  /** The role and the schemas by their exact names, and others that carry the tenant's mark. */
  find(tenant: TenantDatabase): Promise<DatabaseFind[]>;
  /**
   * Removes the tenant's own schemas, their relations in batches, and its role; what is gone already is no error, another owner's is left.
   * NOT_READY while another session holds a lock on it, naming the session. CONFLICT, before anything is dropped, when objects outside the
   * schemas depend on something inside, naming them: they would be dropped too.
   */
  drop(tenant: TenantDatabase): Promise<void>;
}
