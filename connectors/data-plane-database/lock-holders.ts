import type { Query } from './session.ts';

interface Holder {
  pid: number | null;
  user: string | null;
  application: string | null;
}

/**
 * Lists sessions of other clients with locks on objects of a schema. Called after a lock timeout: the connection is busy during the wait,
 * and `pg_blocking_pids` is empty after it.
 */
export const lockHolders = async (query: Query, schema: string): Promise<string[]> => {
  const rows = await query<Holder>(
    `SELECT DISTINCT l.pid, usename AS user, application_name AS application
     FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE nspname = $1 AND granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.pid IS DISTINCT FROM pg_backend_pid()
     ORDER BY l.pid LIMIT 5`,
    [schema]);
  return rows.map(wordsFor);
};

const wordsFor = ({ pid, user, application }: Holder): string =>
  pid === null ? 'a prepared transaction' : `session ${pid} of ${user ?? 'an unknown role'}${application ? ` (${application})` : ''}`;
