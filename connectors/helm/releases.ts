import { helmError, isReleaseMissing } from './errors.ts';
import type { Helm, Release, ReleaseStatus } from './interface.ts';
import type { RunHelm } from './process.ts';
import type { Revision } from './recovery.ts';

/** Runs a helm command and returns its output. Throws when helm fails. */
export const succeedWith = (runHelm: RunHelm) => async (command: string, args: readonly string[]): Promise<string> => {
  const { failed, stdout, stderr } = await runHelm([command, ...args]);
  if (failed) throw helmError(command, stderr);
  return stdout;
};

export interface ReleaseReader extends Pick<Helm, 'list' | 'deployedRevisions'> {
  /** The kept revisions of a release, oldest first. Empty for a missing release. */
  history: (release: string, namespace: string) => Promise<Revision[]>;
}

/** Reads releases and their revisions. */
export const createReleaseReader = (runHelm: RunHelm): ReleaseReader => {
  const succeed = succeedWith(runHelm);

  const list = async (namespace: string): Promise<Release[]> =>
    (JSON.parse(await succeed('list', ['--namespace', namespace, '-o', 'json'])) as ListedRelease[]).map(releaseOf);

  const history = async (release: string, namespace: string): Promise<Revision[]> => {
    const { failed, stdout, stderr } = await runHelm(['history', release, '--namespace', namespace, '-o', 'json']);
    if (failed && isReleaseMissing(stderr)) return [];
    if (failed) throw helmError('history', stderr);
    return (JSON.parse(stdout) as ListedRevision[])
      .map(({ revision, status, updated, chart, description }) => ({ revision, status, chart, description, updatedAt: new Date(updated) }));
  };

  /** `helm list` shows the newest revision of each release. After a failure that is not the deployed revision. */
  const deployedRevisions = async (namespace: string): Promise<Record<string, number>> => {
    const found = await Promise.all((await list(namespace)).map(async ({ name, status, revision }) => {
      if (status === 'deployed') return { name, revision };
      const deployed = (await history(name, namespace)).findLast((each) => each.status === 'deployed');
      return deployed && { name, revision: deployed.revision };
    }));
    return Object.fromEntries(found.filter((each) => each !== undefined).map(({ name, revision }) => [name, revision]));
  };

  return { list, history, deployedRevisions };
};

interface ListedRevision {
  revision: number;
  status: ReleaseStatus;
  updated: string;
  chart: string;
  description: string;
}

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
