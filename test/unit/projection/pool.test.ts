import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { closeAbandonedOperations } from '../../../projection/reconcile.ts';
import { createPool, inTransaction, isDatabaseAway } from '../../../projection/pool.ts';
import { startPostgres, type TestDatabase } from '../../support/postgres.ts';
import { createdTenant } from '../../support/projection-fixture.ts';
import { createProjection } from '../../../projection/projection.ts';

describe('a pool of connections', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  const broken: Error[] = [];

  before(async () => {
    database = await startPostgres();
    pool = createPool(database.runtimeUrl, { applicationName: 'pool-test', queryTimeoutMs: 1_000, lockTimeoutMs: 300, onConnectionError: (error) => broken.push(error) });
  });
  after(async () => {
    await pool.end();
    await database.stop();
  });

  const settingOf = async (name: string): Promise<string> => (await pool.query<{ value: string }>('SELECT current_setting($1) AS value', [name])).rows[0]!.value;
  const caught = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined, (error: unknown) => error);

  it('limits by the server what a statement, a lock and an idle transaction may take', async () => {
    const settings = ['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'client_connection_check_interval'];
    assert.deepEqual(await Promise.all(settings.map(settingOf)), ['300ms', '900ms', '15s', '2s']);
  });

  it('distinguishes a statement timeout and a lock timeout from a wrong statement', async () => {
    const slow = await caught(pool.query('SELECT pg_sleep(2)'));
    assert.deepEqual([(slow as pg.DatabaseError).code, isDatabaseAway(slow)], ['57014', true]);
    await inTransaction(pool, async (holder) => {
      await holder.query('SELECT pg_advisory_xact_lock(1)');
      const locked = await caught(pool.query('SELECT pg_advisory_xact_lock(1)'));
      assert.deepEqual([(locked as pg.DatabaseError).code, isDatabaseAway(locked)], ['55P03', true]);
    });
    assert.equal(isDatabaseAway(await caught(pool.query('SELECT nothing'))), false);
  });

  it('outlives the end of a connection that is in use between two statements', async () => {
    const before = broken.length;
    const error = await caught(inTransaction(pool, async (transaction) => {
      const { rows: [row] } = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await pool.query('SELECT pg_terminate_backend($1)', [row!.pid]);
      await sleep(200);
      await transaction.query('SELECT 1');
    }));
    assert.equal(isDatabaseAway(error), true, String(error));
    assert.ok(broken.length > before);
    assert.equal((await pool.query('SELECT 1')).rowCount, 1);
  });

  it('outlives the end of the connection that keeps other processes from looking for abandoned operations', async () => {
    await createdTenant(createProjection(pool));
    await pool.query(`UPDATE tenant_operations SET last_updated_at = clock_timestamp() - interval '1 hour'`);
    const error = await caught(closeAbandonedOperations(pool, 1, async () => {
      await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
      await sleep(200);
      return 'a run';
    }));
    assert.equal(isDatabaseAway(error), true, String(error));
    assert.equal((await pool.query('SELECT 1')).rowCount, 1);
  });
});
