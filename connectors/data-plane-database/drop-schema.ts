import pg from 'pg';
import { TenantError } from '../../tenant/errors.ts';
import { lockHolders } from './lock-holders.ts';
import type { Transaction } from './session.ts';

/**
 * Relations dropped in one transaction. Every one holds several locks until the end of it, and the server's lock table is bounded:
 * a schema of 12,000 tables dropped at once runs out of shared memory.
 */
const BATCH = 500;

/** Keyword after `DROP` for each kind of relation. Sequences are dropped with their column. */
const KEYWORDS: Readonly<Record<string, string>> = { r: 'TABLE', p: 'TABLE', f: 'FOREIGN TABLE', v: 'VIEW', m: 'MATERIALIZED VIEW' };

/** SQLSTATE of a lock timeout. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Drops a schema and its content, its relations in batches. A repetition continues where an interrupted drop stopped. NOT_READY, naming the
 * session, while another session holds a lock: a backup, or a long report.
 */
export const dropSchema = async ({ read, write }: { read: Transaction; write: Transaction }, schema: string): Promise<void> => {
  try {
    while (await dropBatch(write, schema) === BATCH);
    await write((query) => query(`DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(schema)} CASCADE`));
  } catch (error) {
    if (!(error instanceof TenantError) || error.details?.['sqlState'] !== LOCK_NOT_AVAILABLE) throw error;
    const holders = await read((query) => lockHolders(query, schema));
    const by = holders.join(', ') || 'a session that has ended since';
    throw new TenantError('NOT_READY', `data plane database: schema ${schema} is locked by ${by}`, { cause: error });
  }
};

/** Partitions come before their parent, which would take all of them in one transaction. */
const dropBatch = (transaction: Transaction, schema: string): Promise<number> => transaction(async (query) => {
  const relations = await query<{ name: string; kind: string }>(
    `SELECT relname AS name, relkind AS kind FROM pg_class
     WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relkind = ANY($2)
     ORDER BY relispartition DESC, oid LIMIT $3`,
    [schema, Object.keys(KEYWORDS), BATCH],
  );
  for (const [kind, keyword] of Object.entries(KEYWORDS)) {
    const names = relations.filter((relation) => relation.kind === kind).map(({ name }) => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`);
    if (names.length > 0) await query(`DROP ${keyword} IF EXISTS ${names.join(', ')} CASCADE`);
  }
  return relations.length;
});
