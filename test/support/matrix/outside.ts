import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endpoints, serviceEnvironment } from '../endpoints.ts';
import { TcpLink } from './tcp-link.ts';

/** The settings by which a worker reaches each outside system. Helm takes the way to the Kubernetes API from the same file. */
const SETTINGS = {
  iam: 'IAM_URL', config: 'CONFIG_SERVICE_URL', notification: 'NOTIFICATION_URL', audit: 'AUDIT_URL', infrastructure: 'INFRASTRUCTURE_URL', azureDns: 'AZURE_DNS_ENDPOINT',
  controlPlaneDatabase: 'DATABASE_URL', dataPlaneDatabase: 'DATA_PLANE_DATABASE_URL', archive: 'ARCHIVE_BLOB_CONNECTION_STRING', kafka: 'KAFKA_BROKERS',
  kubernetes: 'TENANT_SERVICE_KUBECONFIG',
} as const;

export type OutsideSystem = keyof typeof SETTINGS;
export const OUTSIDE_SYSTEMS = Object.keys(SETTINGS) as OutsideSystem[];

const ADDRESS = /127\.0\.0\.1:(\d+)/;

/** Names the port that Kafka's brokers tell their clients, and the one to take in its place. */
export const REDIRECT_VARIABLE = 'MATRIX_REDIRECT';

/** A way to every outside system that can be cut, and the settings of a worker that goes these ways. */
export class OutsideLinks {
  readonly settings: Record<string, string> = {};
  readonly #links = new Map<OutsideSystem, TcpLink>();

  static async open(): Promise<OutsideLinks> {
    const all = new OutsideLinks();
    for (const system of OUTSIDE_SYSTEMS) await all.#open(system);
    return all;
  }

  get(system: OutsideSystem): TcpLink {
    return this.#links.get(system) as TcpLink;
  }

  end(): void {
    for (const link of this.#links.values()) link.end();
  }

  async #open(system: OutsideSystem): Promise<void> {
    const name = SETTINGS[system];
    const setting = serviceEnvironment()[name] ?? '';
    const text = system === 'kubernetes' ? readFileSync(setting, 'utf8') : setting;
    const port = ADDRESS.exec(text)?.[1];
    if (!port) throw new Error(`${name} names no address on this machine`);
    const link = await TcpLink.to(`127.0.0.1:${port}`);
    this.#links.set(system, link);
    if (system === 'kafka') {
      this.settings[REDIRECT_VARIABLE] = `${port}:${link.port}`;
      return;
    }
    const changed = text.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${link.port}`);
    this.settings[name] = system === 'kubernetes' ? writeKubeconfig(changed, link.port) : changed;
  }
}

const writeKubeconfig = (text: string, port: number): string => {
  const file = join(endpoints().dataDir, `linked-${port}.kubeconfig`);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};
