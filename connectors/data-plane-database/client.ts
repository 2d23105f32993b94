import pg from 'pg';
import { TenantError } from '../../tenant/errors.ts';
import type { Ownership } from '../../tenant/ownership.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { mutating } from '../call-context.ts';
import { dependentsOutside, namesOf } from './dependents.ts';
import { dropSchema } from './drop-schema.ts';
import type { DataPlaneDatabase, TenantDatabase } from './interface.ts';
import { markOf, roleOwnership, rolesFound, schemaOwnership, schemasFound } from './owners.ts';
import { scramVerifier } from './scram.ts';
import { createTransactions, type Query, type Transaction } from './session.ts';

const { escapeIdentifier: identifier, escapeLiteral: literal } = pg;

/** Milliseconds to wait for a session to end. */
const SESSION_END_MS = 5_000;

/** The data plane PostgreSQL as the provisioner: CREATEROLE, CREATE on the database and CONNECT with grant option, no superuser. */
export const createDataPlaneDatabase = (
  settings: Pick<WorkerSettings, 'DATA_PLANE_DATABASE_URL' | 'DATA_PLANE_DATABASE_HOST'>,
): DataPlaneDatabase => {
  const transaction = createTransactions(settings.DATA_PLANE_DATABASE_URL);
  const address = addressOf(settings.DATA_PLANE_DATABASE_URL, settings.DATA_PLANE_DATABASE_HOST);

  /** Every transaction with writes passes the ownership fence. */
  const write: Transaction = (body) => mutating(() => transaction(body));

  const lockRole = (tenant: TenantDatabase): Promise<Ownership> => write(async (query) => {
    const ownership = await roleOwnership(query, tenant);
    if (ownership === 'own') await query(`ALTER ROLE ${identifier(tenant.role)} NOLOGIN`);
    return ownership;
  });

  const endSessions = (tenant: TenantDatabase): Promise<unknown> => write((query) =>
    query('SELECT pg_terminate_backend(pid, $2) FROM pg_stat_activity WHERE usename = $1', [tenant.role, SESSION_END_MS]));

  const silence = async (tenant: TenantDatabase): Promise<Ownership> => {
    const ownership = await lockRole(tenant);
    if (ownership === 'own') await endSessions(tenant);
    return ownership;
  };

  return {
    address,

    ensureRole: async (tenant, password, connectionLimit) => {
      const verifier = await scramVerifier(password);
      await write(async (query) => {
        const role = identifier(tenant.role);
        const ownership = await roleOwnership(query, tenant);
        if (ownership === 'absent') {
          await query(`CREATE ROLE ${role}`);
          await query(`COMMENT ON ROLE ${role} IS ${literal(markOf(tenant.tenantId))}`);
          // Its creator may only administer it; to make and drop what it owns one must be able to act as it.
          await query(`GRANT ${role} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE`);
          await alone(query);
          await query(`GRANT CONNECT ON DATABASE ${identifier(address.database)} TO ${role}`);
        } else if (ownership === 'foreign') {
          throw new TenantError('CONFLICT', `database role ${tenant.role} exists and is not this tenant's`);
        }
        await query(`ALTER ROLE ${role} LOGIN CONNECTION LIMIT ${connectionLimit} PASSWORD ${literal(verifier)}`);
      });
    },

    ensureSchemas: (tenant) => write(async (query) => {
      const created: string[] = [];
      for (const schema of tenant.schemas) {
        const ownership = await schemaOwnership(query, tenant, schema);
        if (ownership === 'foreign') throw new TenantError('CONFLICT', `schema ${schema} exists and is not this tenant's`);
        if (ownership === 'own') continue;
        await query(`CREATE SCHEMA ${identifier(schema)} AUTHORIZATION ${identifier(tenant.role)}`);
        await query(`COMMENT ON SCHEMA ${identifier(schema)} IS ${literal(markOf(tenant.tenantId))}`);
        created.push(schema);
      }
      return created;
    }),

    lockRole: silence,

    find: (tenant) => transaction(async (query) => [...await rolesFound(query, tenant), ...await schemasFound(query, tenant)]),

    drop: async (tenant) => {
      const roleOwner = await silence(tenant);
      const schemas = await transaction((query) => schemasFound(query, tenant));
      const own = schemas.filter(({ ownership }) => ownership === 'own').map(({ name }) => name);
      const dependents = await transaction((query) => dependentsOutside(query, own));
      if (dependents.length > 0) {
        throw new TenantError('CONFLICT', `the tenant's schemas are not dropped: ${namesOf(dependents)} would be dropped too; remove these first, and retry`);
      }
      for (const schema of own) await dropSchema({ read: transaction, write }, schema);
      if (roleOwner !== 'own') return;
      await write(async (query) => {
        await alone(query);
        // What is left are privileges, such as CONNECT; they would keep the role.
        await query(`DROP OWNED BY ${identifier(tenant.role)}`);
        await query(`DROP ROLE ${identifier(tenant.role)}`);
      });
    },
  };
};

/**
 * Until the transaction ends no other tenant's rights on the database are changed: they all stand in one row of the catalogue, and of two
 * who change it at a time PostgreSQL fails one ("tuple concurrently updated").
 */
const alone = (query: Query): Promise<unknown> => query(`SELECT pg_advisory_xact_lock(hashtextextended('matih.io/database-rights', 0))`);

const addressOf = (url: string, host: string | undefined): DataPlaneDatabase['address'] => {
  const { hostname, port, pathname } = new URL(url);
  return { host: host ?? hostname, port: Number(port || 5432), database: decodeURIComponent(pathname.slice(1)) };
};
