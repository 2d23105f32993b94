import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobStorage } from './azurite.ts';
import type { StackContext } from './context.ts';
import { kubeconfigs } from './kubernetes.ts';
import { databaseUrls } from './postgres.ts';
import { sampleTokens } from './tokens.ts';

/** Where everything of a running stack is, for curl, kubectl, psql and other people's tools. */
export type Endpoints = Awaited<ReturnType<typeof describeEndpoints>>;

export async function describeEndpoints(context: Pick<StackContext, 'ports' | 'secrets' | 'dataDir'>) {
  const { ports, secrets, dataDir } = context;
  const http = (port: number) => `http://127.0.0.1:${port}`;
  const address = (port: number) => `127.0.0.1:${port}`;
  return {
    api: http(ports.api),
    temporal: address(ports.temporal),
    temporalUi: http(ports.temporalUi),
    temporalMetrics: `${http(ports.temporalMetrics)}/metrics`,
    kubeconfig: kubeconfigs(dataDir),
    postgres: databaseUrls(context).admin,
    kafka: address(ports.kafka),
    dns: address(ports.dns),
    azureDns: http(ports.azureDns),
    blob: blobStorage(context).endpoint,
    clusterProxy: http(ports.clusterProxy),
    standIns: {
      iam: http(ports.iam),
      config: http(ports.config),
      notification: http(ports.notification),
      audit: http(ports.audit),
      infrastructure: http(ports.infrastructure),
      azureDns: http(ports.azureDns),
    },
    tokens: await sampleTokens(secrets.userTokens),
    /** Logs of every part are in `logs/` here. */
    dataDir,
  };
}

const ENDPOINTS = 'endpoints.json';
const ENVIRONMENT = 'environment.json';

/** Writes `endpoints.json` into `folder`, readable by its owner only, complete or not at all. */
export const writeEndpoints = (folder: string, endpoints: Endpoints): void => writePrivately(folder, ENDPOINTS, endpoints);

/** Writes the settings of worker and API as `environment.json`, for processes of one's own on this stack; as private as the endpoints. */
export const writeEnvironment = (folder: string, environment: Record<string, string>): void => writePrivately(folder, ENVIRONMENT, environment);

export function removeEndpoints(folder: string): void {
  rmSync(join(folder, ENDPOINTS), { force: true });
}

function writePrivately(folder: string, name: string, content: object): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(`${file}.draft`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.draft`, file);
}
