import assert from 'node:assert/strict';
import pg from 'pg';
import { createDataPlaneDatabase } from '../../../connectors/data-plane-database/client.ts';
import type { DataPlaneDatabase, TenantDatabase } from '../../../connectors/data-plane-database/interface.ts';
import { withCallContext } from '../../../connectors/call-context.ts';
import { queryAt } from '../../support/database.ts';
import { startDataPlane, type TestDataPlane } from '../../support/postgres.ts';

const PASSWORD = 'a-password-of-the-tests';
let counter = 0;

describe('the data plane database', function () {
  this.timeout(60_000);
  let server: TestDataPlane;
  let database: DataPlaneDatabase;

  const admin = <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) => queryAt<Row>(server.adminUrl, sql, values);
  const aTenant = async (): Promise<TenantDatabase> => {
    const name = `unit_${process.pid}_${counter += 1}`;
    const tenant = { tenantId: crypto.randomUUID(), role: `tenant_${name}`, schemas: ['ai', 'query'].map((each) => `${name}_${each}`) };
    await database.ensureRole(tenant, PASSWORD, 5);
    await database.ensureSchemas(tenant);
    return tenant;
  };
  const asTenant = ({ role }: TenantDatabase, sql: string) => admin(`SET ROLE "${role}"; ${sql}`);
  const left = async ({ role, schemas }: TenantDatabase): Promise<string[]> =>
    (await admin<{ name: string }>('SELECT nspname AS name FROM pg_namespace WHERE nspname = ANY ($1) UNION ALL SELECT rolname FROM pg_roles WHERE rolname = $2', [schemas, role]))
      .map(({ name }) => name);
  const found = async (tenant: TenantDatabase) => Object.fromEntries((await database.find(tenant)).map(({ kind, name, ownership }) => [`${kind} ${name}`, ownership]));

  before(async () => {
    server = await startDataPlane();
    database = createDataPlaneDatabase({ DATA_PLANE_DATABASE_URL: server.provisionerUrl });
  });
  after(() => server.stop());

  it('drops a tenant\'s own tables, views, functions and foreign keys with its schemas and its role', async () => {
    const tenant = await aTenant();
    const [ai, queries] = tenant.schemas;
    await asTenant(tenant, `
      CREATE TYPE "${ai}".mood AS ENUM ('good');
      CREATE TABLE "${ai}".a (id serial PRIMARY KEY, note text, m "${ai}".mood);
      CREATE TABLE "${queries}".b (a int REFERENCES "${ai}".a);
      CREATE VIEW "${queries}".v AS SELECT * FROM "${ai}".a;
      CREATE FUNCTION "${queries}".f() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM "${ai}".a; END`);
    await database.drop(tenant);
    assert.deepEqual(await left(tenant), []);
  });

  it('stops before it drops anything where a view, a function or a foreign key of others depends on it, and names them', async () => {
    const tenant = await aTenant();
    const outside = `reporting_${process.pid}`;
    const table = `"${tenant.schemas[0]}".executions`;
    await asTenant(tenant, `CREATE TABLE ${table} (id int PRIMARY KEY, cost numeric)`);
    await admin(`CREATE SCHEMA ${outside};
      CREATE VIEW ${outside}.all_costs AS SELECT id, cost FROM ${table};
      CREATE TABLE ${outside}.invoices (execution int REFERENCES ${table});
      CREATE FUNCTION ${outside}.total() RETURNS numeric BEGIN ATOMIC SELECT sum(cost) FROM ${table}; END`);
    try {
      await assert.rejects(database.drop(tenant), (error: Error & { failureClass?: string }) => {
        assert.equal(error.failureClass, 'CONFLICT');
        for (const name of ['view', 'all_costs', 'invoices', 'function', 'total()']) assert.ok(error.message.includes(name), `${name} is not in: ${error.message}`);
        return true;
      });
      assert.deepEqual((await left(tenant)).toSorted(), [...tenant.schemas, tenant.role].toSorted());
      assert.equal((await admin(`SELECT * FROM ${table}`)).length, 0);
    } finally {
      await admin(`DROP SCHEMA ${outside} CASCADE`);
    }
    await database.drop(tenant);
    assert.deepEqual(await left(tenant), []);
  });

  it('is not ready while another session reads a table, names that session, and ends sessions of the tenant\'s own', async () => {
    const tenant = await aTenant();
    await asTenant(tenant, `CREATE TABLE "${tenant.schemas[0]}".data (id int)`);
    const own = new pg.Client({ connectionString: Object.assign(new URL(server.adminUrl), { username: tenant.role, password: PASSWORD }).href });
    own.on('error', () => undefined);
    await own.connect();
    await own.query(`BEGIN; LOCK TABLE "${tenant.schemas[0]}".data IN ACCESS SHARE MODE`);
    const backup = new pg.Client({ connectionString: server.adminUrl, application_name: 'pg_dump' });
    await backup.connect();
    try {
      await backup.query(`BEGIN; LOCK TABLE "${tenant.schemas[0]}".data IN ACCESS SHARE MODE`);
      const { rows: [{ pid }] } = await backup.query('SELECT pg_backend_pid() AS pid');
      await assert.rejects(database.drop(tenant), {
        failureClass: 'NOT_READY', message: new RegExp(`schema ${tenant.schemas[0]} is locked by session ${pid} of \\w+ \\(pg_dump\\)$`),
      });
      await assert.rejects(own.query('SELECT 1'));
    } finally {
      await backup.end();
    }
    await database.drop(tenant);
    assert.deepEqual(await left(tenant), []);
  });

  it('distinguishes own from foreign by marks that a tenant cannot write', async () => {
    const [tenant, neighbour] = [await aTenant(), await aTenant()];
    const [ai, queries] = tenant.schemas;
    const own = { [`role ${tenant.role}`]: 'own', [`schema ${ai}`]: 'own', [`schema ${queries}`]: 'own' };
    assert.deepEqual(await found(tenant), own);
    await asTenant(tenant, `COMMENT ON SCHEMA "${ai}" IS 'restored from a backup'`);
    await asTenant(neighbour, `COMMENT ON SCHEMA "${neighbour.schemas[0]}" IS 'matih.io/tenant-id=${tenant.tenantId}'`);
    assert.deepEqual(await found(tenant), own);

    await admin(`COMMENT ON ROLE "${tenant.role}" IS NULL; COMMENT ON SCHEMA "${queries}" IS NULL`);
    assert.deepEqual(await found(tenant), { [`role ${tenant.role}`]: 'foreign', [`schema ${ai}`]: 'foreign', [`schema ${queries}`]: 'foreign' });
    assert.equal(await database.lockRole(tenant), 'foreign');
    await database.drop(tenant);
    assert.equal((await left(tenant)).length, 3);
    await assert.rejects(database.ensureRole(tenant, PASSWORD, 5), { failureClass: 'CONFLICT' });

    await admin(`COMMENT ON ROLE "${tenant.role}" IS 'matih.io/tenant-id=${tenant.tenantId}'`);
    for (const each of [tenant, neighbour]) await database.drop(each);
    assert.deepEqual([await left(tenant), await left(neighbour), await found(tenant)], [[], [], {}]);
  });

  it('says what a role is still needed for, in another database too', async () => {
    const tenant = await aTenant();
    const elsewhere = Object.assign(new URL(server.adminUrl), { pathname: '/postgres' }).href;
    await queryAt(elsewhere, `CREATE TABLE unit_kept (id int); ALTER TABLE unit_kept OWNER TO "${tenant.role}"`);
    try {
      await assert.rejects(database.drop(tenant), { failureClass: 'CONFLICT', message: /cannot be dropped because some objects depend on it: 1 object in database postgres/ });
    } finally {
      await queryAt(elsewhere, 'DROP TABLE unit_kept');
    }
    await database.drop(tenant);
  });

  it('changes nothing for an attempt that has a successor', async () => {
    const tenant = await aTenant();
    const superseded = async (): Promise<never> => { throw new Error('superseded'); };
    await withCallContext({ signal: new AbortController().signal, tenantId: tenant.tenantId, requestId: 'run', whileOwner: superseded }, async () => {
      for (const change of [() => database.drop(tenant), () => database.lockRole(tenant), () => database.ensureSchemas(tenant), () => database.ensureRole(tenant, PASSWORD, 1)]) {
        await assert.rejects(change, /superseded/);
      }
      assert.equal((await database.find(tenant)).length, 3);
    });
    await database.drop(tenant);
  });
});
