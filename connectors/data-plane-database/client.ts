import pg from 'pg';
import { TenantError } from '../../tenant/errors.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import type { DataPlaneDatabase, TenantDatabase } from './interface.ts';
import { scramVerifier } from './scram.ts';
import { createTransactions, type Query } from './session.ts';
import { dropSchema } from './drop-schema.ts';

const { escapeIdentifier: identifier, escapeLiteral: literal } = pg;

/** Milliseconds to wait for a session to end. */
const SESSION_END_MS = 5_000;

/** The comment on a role or schema that says whose it is. */
const markOf = (tenantId: string): string => `matih.io/tenant-id=${tenantId}`;

/** The data plane PostgreSQL as the provisioner: CREATEROLE, CREATE on the database and CONNECT with grant option, no superuser. */
export const createDataPlaneDatabase = (
  settings: Pick<WorkerSettings, 'DATA_PLANE_DATABASE_URL' | 'DATA_PLANE_DATABASE_HOST'>,
): DataPlaneDatabase => {
  const transaction = createTransactions(settings.DATA_PLANE_DATABASE_URL);
  const address = addressOf(settings.DATA_PLANE_DATABASE_URL, settings.DATA_PLANE_DATABASE_HOST);

  const lockRole = (tenant: TenantDatabase): Promise<boolean> => transaction(async (query) => {
    const owned = await roleOwner(query, tenant.role) === markOf(tenant.tenantId);
    if (owned) await query(`ALTER ROLE ${identifier(tenant.role)} NOLOGIN`);
    return owned;
  });

  const endSessions = (tenant: TenantDatabase): Promise<unknown> => transaction((query) =>
    query('SELECT pg_terminate_backend(pid, $2) FROM pg_stat_activity WHERE usename = $1', [tenant.role, SESSION_END_MS]));

  return {
    address,

    ensureRole: async (tenant, password, connectionLimit) => {
      const verifier = await scramVerifier(password);
      await transaction(async (query) => {
        const role = identifier(tenant.role);
        const owner = await roleOwner(query, tenant.role);
        if (owner === undefined) {
          await query(`CREATE ROLE ${role}`);
          await query(`COMMENT ON ROLE ${role} IS ${literal(markOf(tenant.tenantId))}`);
          // Its creator may only administer it; to make and drop what it owns one must be able to act as it.
          await query(`GRANT ${role} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE`);
          await alone(query);
          await query(`GRANT CONNECT ON DATABASE ${identifier(address.database)} TO ${role}`);
        } else if (owner !== markOf(tenant.tenantId)) {
          throw new TenantError('CONFLICT', `database role ${tenant.role} exists and is not this tenant's`);
        }
        await query(`ALTER ROLE ${role} LOGIN CONNECTION LIMIT ${connectionLimit} PASSWORD ${literal(verifier)}`);
      });
    },

    ensureSchemas: (tenant) => transaction(async (query) => {
      const created: string[] = [];
      for (const schema of tenant.schemas) {
        const owner = await schemaOwner(query, schema);
        if (owner === undefined) {
          await query(`CREATE SCHEMA ${identifier(schema)} AUTHORIZATION ${identifier(tenant.role)}`);
          await query(`COMMENT ON SCHEMA ${identifier(schema)} IS ${literal(markOf(tenant.tenantId))}`);
          created.push(schema);
        } else if (owner !== markOf(tenant.tenantId)) {
          throw new TenantError('CONFLICT', `schema ${schema} exists and is not this tenant's`);
        }
      }
      return created;
    }),

    lockRole: async (tenant) => {
      if (await lockRole(tenant)) await endSessions(tenant);
    },

    drop: async (tenant) => {
      const roleIsOurs = await lockRole(tenant);
      if (roleIsOurs) await endSessions(tenant);
      for (const schema of tenant.schemas) {
        const owned = await transaction((query) => schemaOwner(query, schema)) === markOf(tenant.tenantId);
        if (owned) await dropSchema(transaction, schema);
      }
      if (!roleIsOurs) return;
      await transaction(async (query) => {
        await alone(query);
        // What is left are privileges, such as CONNECT; they would keep the role.
        await query(`DROP OWNED BY ${identifier(tenant.role)}`);
        await query(`DROP ROLE ${identifier(tenant.role)}`);
      });
    },

    residue: ({ tenantId }) => transaction(async (query) => {
      const rows = await query<{ name: string }>(
        `SELECT 'schema ' || nspname AS name FROM pg_namespace WHERE obj_description(oid, 'pg_namespace') = $1
         UNION ALL
         SELECT 'role ' || rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') = $1`,
        [markOf(tenantId)],
      );
      return rows.map(({ name }) => name);
    }),
  };
};

/**
 * Until the transaction ends no other tenant's rights on the database are changed: they all stand in one row of the catalogue, and of two
 * who change it at a time PostgreSQL fails one ("tuple concurrently updated").
 */
const alone = (query: Query): Promise<unknown> => query(`SELECT pg_advisory_xact_lock(hashtextextended('matih.io/database-rights', 0))`);

/** The role's mark: undefined when there is no such role, null when it has no mark. */
const roleOwner = async (query: Query, role: string): Promise<string | null | undefined> =>
  (await query<{ mark: string | null }>(`SELECT shobj_description(oid, 'pg_authid') AS mark FROM pg_roles WHERE rolname = $1`, [role]))[0]?.mark;

const schemaOwner = async (query: Query, schema: string): Promise<string | null | undefined> =>
  (await query<{ mark: string | null }>(`SELECT obj_description(oid, 'pg_namespace') AS mark FROM pg_namespace WHERE nspname = $1`, [schema]))[0]?.mark;

const addressOf = (url: string, host: string | undefined): DataPlaneDatabase['address'] => {
  const { hostname, port, pathname } = new URL(url);
  return { host: host ?? hostname, port: Number(port || 5432), database: decodeURIComponent(pathname.slice(1)) };
};
