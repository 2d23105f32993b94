import { join } from 'node:path';
import { execa } from 'execa';
import { BUILT } from '../../build.ts';
import { projectFolder } from '../project-folder.ts';
import type { StackContext } from './context.ts';
import { databaseUrls } from './postgres.ts';
import { answersOk, waitUntil } from './ready.ts';
import { standInEnvironment } from './service-environment.ts';

/** Node's parameters to run one of the project's own programs from its sources. */
const program = (path: string) => ['--enable-source-maps', '--import', 'tsx', join(projectFolder, path)];

/** Creates the control plane's tables as the role that owns them. */
export async function migrate(context: StackContext): Promise<void> {
  const { failed, all } = await execa(process.execPath, program('projection/migrate.ts'), {
    cwd: projectFolder,
    env: { DATABASE_URL: databaseUrls(context).owner, RUNTIME_ROLE: 'tenant_service' },
    all: true,
    reject: false,
  });
  if (failed) throw new Error(`the migrations failed:\n${all}`);
}

/** The platform's own services, Azure's DNS and the cluster's cloud controllers; these last wait for the Kubernetes API themselves. */
export async function startStandIns(context: StackContext): Promise<void> {
  const { supervisor, ports } = context;
  supervisor.start({ name: 'stand-ins', command: process.execPath, cwd: projectFolder, parameters: program('deploy/local/stand-ins/main.ts'), environment: standInEnvironment(context) });
  const listening = [ports.iam, ports.config, ports.notification, ports.audit, ports.infrastructure, ports.azureDns, ports.clusterProxy];
  await waitUntil('stand-ins', supervisor, async () => {
    for (const port of listening) await answersOk(`http://127.0.0.1:${port}/healthz`);
  });
}

/** Node's parameters to run a program of the service as it was compiled. */
const compiled = (path: string) => ['--enable-source-maps', path];

export async function startWorker({ supervisor, ports }: StackContext, environment: Record<string, string>): Promise<void> {
  supervisor.start({ name: 'worker', command: process.execPath, cwd: projectFolder, parameters: compiled(BUILT.worker), environment });
  await waitUntil('worker', supervisor, () => answersOk(`http://127.0.0.1:${ports.workerHealth}/readyz`));
}

export async function startApi({ supervisor, ports }: StackContext, environment: Record<string, string>): Promise<void> {
  supervisor.start({ name: 'api', command: process.execPath, cwd: projectFolder, parameters: compiled(BUILT.api), environment });
  await waitUntil('API', supervisor, () => answersOk(`http://127.0.0.1:${ports.api}/readyz`));
}
