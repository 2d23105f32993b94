import { pathToFileURL } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';

const MIGRATIONS = new URL('./migrations', import.meta.url).pathname;

/** Bookkeeping of node-pg-migrate; no business of the runtime role. */
const MIGRATIONS_TABLE = 'schema_migrations';

/**
 * Brings the control plane database to the newest schema and lets the runtime role read and write its rows, but not change the schema.
 * Takes a lock, so two at once are safe; nothing to do is no error.
 * @param databaseUrl PostgreSQL URL as the role that owns the schema
 * @param runtimeRole role the API and the worker connect as
 */
export const migrate = async (databaseUrl: string, runtimeRole: string): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await runner({ dbClient: client, dir: MIGRATIONS, direction: 'up', migrationsTable: MIGRATIONS_TABLE, count: Infinity, log: () => {} });
    const role = pg.escapeIdentifier(runtimeRole);
    await client.query(`GRANT USAGE ON SCHEMA public TO ${role}`);
    await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
    await client.query(`REVOKE ALL ON ${MIGRATIONS_TABLE} FROM ${role}`);
  } finally {
    await client.end();
  }
};

const main = async (): Promise<void> => {
  const { DATABASE_URL, RUNTIME_ROLE } = process.env;
  if (!DATABASE_URL || !RUNTIME_ROLE) {
    throw new Error('DATABASE_URL (as the role that owns the schema) and RUNTIME_ROLE (role of the service) are needed');
  }
  await migrate(DATABASE_URL, RUNTIME_ROLE);
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
