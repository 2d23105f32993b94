import { parseAllDocuments } from 'yaml';
import { TenantError } from '../../tenant/errors.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import type { Manifest } from '../kubernetes/interface.ts';
import { chartFolder } from './charts.ts';
import { helmError, isNameInUse, isRecoverable, isReleaseMissing } from './errors.ts';
import type { Deployed, DeployRelease, Helm, Release, ReleaseStatus } from './interface.ts';
import { createHelmRunner, KILL_GRACE_MS, type HelmSettings } from './process.ts';
import { PendingSightings, recoveryFor, type Revision } from './recovery.ts';
import { valueArguments } from './values.ts';

type Settings = HelmSettings & Pick<WorkerSettings, 'HELM_CHARTS_DIR' | 'HEARTBEAT_TIMEOUT_SECONDS' | 'ENVIRONMENT'>;

/** The API server validates anyway, waves are awaited on the Deployments: both save half of a helm process's time. */
const FAST = ['--disable-openapi-validation', '--wait=hookOnly'];

/** Every revision is a Secret that counts against the tenant's quota. */
const HISTORY = ['--history-max', '3'];

/**
 * A release is upgraded where it is, or installed. Its objects are Helm's: a field that another writer came to own, such as the replicas
 * after a suspension scaled them, is taken back instead of failing the upgrade as a conflict.
 */
const UPGRADE = ['--install', '--force-conflicts', ...HISTORY];

/** Helm 4 as child processes. */
export const createHelm = (settings: Settings): Helm => {
  const runHelm = createHelmRunner(settings);
  const sightings = new PendingSightings();
  const timeout = ['--timeout', `${settings.HELM_TIMEOUT_SECONDS}s`];
  const ownerLimitMs = settings.HEARTBEAT_TIMEOUT_SECONDS * 1000 + KILL_GRACE_MS;
  const chartOf = (request: DeployRelease): string => chartFolder(settings, request.chart);

  const succeed = async (command: string, args: readonly string[]): Promise<string> => {
    const { failed, stdout, stderr } = await runHelm([command, ...args]);
    if (failed) throw helmError(command, stderr);
    return stdout;
  };

  const releaseArguments = (request: DeployRelease): string[] => [
    request.release, chartOf(request), '--namespace', request.namespace, ...valueArguments(chartOf(request), settings.ENVIRONMENT, request.set),
  ];
  const changeArguments = (request: DeployRelease): string[] => [...releaseArguments(request), ...FAST, ...timeout, '-o', 'json'];

  /** undefined when a release of that name exists in whatever state: Helm looks before it changes anything. */
  const install = async (request: DeployRelease): Promise<number | undefined> => {
    const { failed, stdout, stderr } = await runHelm(['install', ...changeArguments(request)]);
    if (failed && isNameInUse(stderr)) return undefined;
    if (failed) throw helmError('install', stderr);
    return revisionOf(stdout);
  };

  const upgradeAtOnce = async (request: DeployRelease): Promise<number> =>
    revisionOf(await succeed('upgrade', [...changeArguments(request), ...UPGRADE]));

  const history = async (release: string, namespace: string): Promise<Revision[]> => {
    const { failed, stdout, stderr } = await runHelm(['history', release, '--namespace', namespace, '-o', 'json']);
    if (failed && isReleaseMissing(stderr)) return [];
    if (failed) throw helmError('history', stderr);
    return (JSON.parse(stdout) as { revision: number; status: ReleaseStatus; updated: string; chart: string }[])
      .map(({ revision, status, updated, chart }) => ({ revision, status, chart, updatedAt: new Date(updated) }));
  };

  const uninstall = async (release: string, namespace: string): Promise<void> => {
    await succeed('uninstall', [release, '--namespace', namespace, '--ignore-not-found', '--wait', ...timeout]);
  };

  const recover = async (request: DeployRelease): Promise<Deployed> => {
    const { release, namespace } = request;
    const revisions = await history(release, namespace);
    const now = new Date();
    const recovery = recoveryFor(revisions, now, ownerLimitMs, sightings.firstSeen(`${namespace}/${release}`, revisions, now));
    switch (recovery.step) {
      case 'wait':
        throw new TenantError('NOT_READY', `another helm may still be at work on release ${release}`, {
          retryAfterSeconds: Math.ceil(recovery.milliseconds / 1000),
        });
      case 'install':
      case 'upgrade':
        return { revision: await upgradeAtOnce(request), action: 'upgraded' };
      case 'reinstall':
        await uninstall(release, namespace);
        return { revision: await upgradeAtOnce(request), action: 'reinstalled' };
      case 'roll-back':
        await succeed('rollback', [release, String(recovery.to), '--namespace', namespace, '--wait=hookOnly', ...timeout, ...HISTORY]);
        return { revision: await upgradeAtOnce(request), action: 'rolled-back-and-upgraded' };
    }
  };

  const upgrade = async (request: DeployRelease): Promise<Deployed> => {
    const { failed, stdout, stderr } = await runHelm(['upgrade', ...changeArguments(request), ...UPGRADE]);
    if (!failed) return { revision: revisionOf(stdout), action: 'upgraded' };
    if (!isRecoverable(stderr)) throw helmError('upgrade', stderr);
    return recover(request);
  };

  return {
    list: async (namespace) => (JSON.parse(await succeed('list', ['--namespace', namespace, '-o', 'json'])) as ListedRelease[]).map(releaseOf),

    status: async (release, namespace) => {
      const revisions = await history(release, namespace);
      const newest = revisions.at(-1);
      return newest && { name: release, namespace, ...newest };
    },

    // First sight is the common case, and Helm refuses a name in use before any effect. A release that is there is upgraded: its history
    // knows neither the content of its chart nor whether its objects are still in the cluster.
    deploy: async (request) => {
      const revision = await install(request);
      return revision === undefined ? upgrade(request) : { revision, action: 'installed' };
    },

    upgrade,

    render: async (request) => parseAllDocuments(await succeed('template', releaseArguments(request)))
      .map((document) => document.toJS() as Manifest | null).filter((manifest) => manifest !== null),

    uninstall,
  };
};

const revisionOf = (stdout: string): number => (JSON.parse(stdout) as { version: number }).version;

interface ListedRelease {
  name: string;
  namespace: string;
  revision: string;
  status: ReleaseStatus;
  /** Go's own format: `2026-11-23 17:13:18.621336614 +0000 UTC`. */
  updated: string;
  chart: string;
}

const releaseOf = ({ name, namespace, revision, status, updated, chart }: ListedRelease): Release => {
  const [date, time, zone] = updated.split(' ');
  return { name, namespace, status, chart, revision: Number(revision), updatedAt: new Date(`${date}T${time?.slice(0, 12)}${zone}`) };
};
