export interface TenantDatabase {
  tenantId: string;
  /** The tenant's role; owns its schemas and nothing else. */
  role: string;
  /** Exact names of the nine schemas. Never matched by prefix: `acme_%` is also `acme_ai_bi`. */
  schemas: readonly string[];
}

/** The data plane PostgreSQL, as a provisioner that is not a superuser. Ownership marks are comments on role and schemas. */
export interface DataPlaneDatabase {
  /** Host, port and database that the tenant's services connect to. */
  readonly address: { host: string; port: number; database: string };
  /** Creates the role (or takes the tenant's own) with this password and connection limit. Another owner's role: CONFLICT. */
  ensureRole(tenant: TenantDatabase, password: string, connectionLimit: number): Promise<void>;
  /** Creates the missing schemas, owned by the role. One that belongs to someone else: CONFLICT. Returns the names created now. */
  ensureSchemas(tenant: TenantDatabase): Promise<string[]>;
  /** NOLOGIN and an end to the role's sessions, so that nothing writes any more. A missing role is no error. */
  lockRole(tenant: TenantDatabase): Promise<void>;
  /** Removes the role's tables in batches, the schemas, the role. What is gone already is no error; another owner's is left. */
  drop(tenant: TenantDatabase): Promise<void>;
  /** What still exists of the tenant's role and schemas, for the residue scan. */
  residue(tenant: TenantDatabase): Promise<string[]>;
}
