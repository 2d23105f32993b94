import { parseAllDocuments } from 'yaml';
import { TenantError } from '../../tenant/errors.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import type { Manifest } from '../kubernetes/interface.ts';
import { chartFolder } from './charts.ts';
import { helmError, isNameInUse, isRecoverable } from './errors.ts';
import { KEPT_REVISIONS, type Deployed, type DeployRelease, type Helm } from './interface.ts';
import { createHelmRunner, KILL_GRACE_MS, type HelmSettings } from './process.ts';
import { PendingSightings, recoveryFor, type Recovery, type Revision } from './recovery.ts';
import { createReleaseReader, succeedWith } from './releases.ts';
import { rollbackTo } from './rollback.ts';
import { valueArguments } from './values.ts';

type Settings = HelmSettings & Pick<WorkerSettings, 'HELM_CHARTS_DIR' | 'HEARTBEAT_TIMEOUT_SECONDS' | 'ENVIRONMENT'>;

/** The API server validates anyway, waves are awaited on the Deployments: both save half of a helm process's time. */
const FAST = ['--disable-openapi-validation', '--wait=hookOnly'];

/** Every revision is a Secret and counts against the tenant's quota. */
const HISTORY = ['--history-max', String(KEPT_REVISIONS)];

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

  const succeed = succeedWith(runHelm);
  const { history, list, deployedRevisions } = createReleaseReader(runHelm);

  const releaseArguments = (request: DeployRelease): string[] => [
    request.release, chartOf(request), '--namespace', request.namespace, ...valueArguments(chartOf(request), settings.ENVIRONMENT, request.set),
  ];
  const changeArguments = (request: DeployRelease): string[] => [
    ...releaseArguments(request), ...FAST, ...timeout, '-o', 'json', ...(request.description ? ['--description', request.description] : []),
  ];

  /** undefined when a release of that name exists in whatever state: Helm looks before it changes anything. */
  const install = async (request: DeployRelease): Promise<number | undefined> => {
    const { failed, stdout, stderr } = await runHelm(['install', ...changeArguments(request)]);
    if (failed && isNameInUse(stderr)) return undefined;
    if (failed) throw helmError('install', stderr);
    return revisionOf(stdout);
  };

  const upgradeAtOnce = async (request: DeployRelease): Promise<number> =>
    revisionOf(await succeed('upgrade', [...changeArguments(request), ...UPGRADE]));

  const uninstall = async (release: string, namespace: string): Promise<void> => {
    await succeed('uninstall', [release, '--namespace', namespace, '--ignore-not-found', '--wait', ...timeout]);
  };

  /** Reads a release's history and decides how to recover from a killed helm. NOT_READY while that helm may be alive. */
  const look = async (release: string, namespace: string): Promise<{ revisions: Revision[]; recovery: Exclude<Recovery, { step: 'wait' }> }> => {
    const revisions = await history(release, namespace);
    const now = new Date();
    const recovery = recoveryFor(revisions, now, ownerLimitMs, sightings.firstSeen(`${namespace}/${release}`, revisions, now));
    if (recovery.step !== 'wait') return { revisions, recovery };
    throw new TenantError('NOT_READY', `another helm process may still be running for release ${release}`, {
      retryAfterSeconds: Math.ceil(recovery.milliseconds / 1000),
    });
  };

  const rollBackAtOnce = async (release: string, namespace: string, revision: number, keep: number): Promise<void> => {
    await succeed('rollback', [release, String(revision), '--namespace', namespace, '--wait=hookOnly', '--force-conflicts', ...timeout,
      '--history-max', String(Math.max(keep, KEPT_REVISIONS))]);
  };

  const rollBack = async (release: string, namespace: string, revision: number): Promise<Deployed | undefined> => {
    const { revisions } = await look(release, namespace);
    const rollback = rollbackTo(revisions, revision);
    if (rollback.step === 'gone') return undefined;
    if (rollback.step === 'none') return { revision: rollback.revision, action: 'unchanged' };
    await rollBackAtOnce(release, namespace, rollback.to, rollback.keep);
    return { revision: Math.max(...revisions.map((each) => each.revision)) + 1, action: 'rolled-back' };
  };

  const recover = async (request: DeployRelease): Promise<Deployed> => {
    const { release, namespace } = request;
    const { recovery } = await look(release, namespace);
    switch (recovery.step) {
      case 'install':
      case 'upgrade':
        return { revision: await upgradeAtOnce(request), action: 'upgraded' };
      case 'reinstall':
        await uninstall(release, namespace);
        return { revision: await upgradeAtOnce(request), action: 'reinstalled' };
      case 'roll-back':
        await rollBackAtOnce(release, namespace, recovery.to, KEPT_REVISIONS);
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
    list,
    deployedRevisions,

    status: async (release, namespace) => {
      const revisions = await history(release, namespace);
      const newest = revisions.at(-1);
      return newest && { name: release, namespace, ...newest };
    },

    // Install first: it is the common case, and Helm refuses a name in use before any effect. An existing release is upgraded. Its history
    // tells neither the content of its chart nor the state of its objects.
    deploy: async (request) => {
      const revision = await install(request);
      return revision === undefined ? upgrade(request) : { revision, action: 'installed' };
    },

    upgrade,
    rollBack,

    render: async (request) => parseAllDocuments(await succeed('template', releaseArguments(request)))
      .map((document) => document.toJS() as Manifest | null).filter((manifest) => manifest !== null),

    uninstall,
  };
};

const revisionOf = (stdout: string): number => (JSON.parse(stdout) as { version: number }).version;
