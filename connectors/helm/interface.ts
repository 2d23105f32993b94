import type { Manifest } from '../kubernetes/interface.ts';

/** Helm's own words for a release's state. */
export type ReleaseStatus =
  | 'unknown' | 'deployed' | 'uninstalled' | 'superseded' | 'failed' | 'uninstalling' | 'pending-install' | 'pending-upgrade' | 'pending-rollback';

/** Revisions that are kept of a release. */
export const KEPT_REVISIONS = 3;

export interface Release {
  name: string;
  namespace: string;
  revision: number;
  status: ReleaseStatus;
  updatedAt: Date;
  chart: string;
}

/** The newest revision of a release. */
export interface NewestRelease extends Release {
  /** Given with the change that made it, or Helm's own words. */
  description: string;
}

export interface DeployRelease {
  release: string;
  namespace: string;
  /** Folder name below the charts directory, e.g. `query-engine`. */
  chart: string;
  /** Set with --set-string; never secret values. */
  set: Readonly<Record<string, string>>;
  /** Marks the revision, so that a repetition finds it. */
  description?: string;
}

/** What a change of a release had to do to converge. */
export type DeployAction = 'installed' | 'upgraded' | 'reinstalled' | 'rolled-back-and-upgraded' | 'rolled-back' | 'unchanged';

export interface Deployed {
  revision: number;
  action: DeployAction;
}

/** Helm as a child process in its own process group: bounded in number, killed with the activity, never waiting for pods. */
export interface Helm {
  /** Every release of the namespace, whatever its state. */
  list(namespace: string): Promise<Release[]>;
  status(release: string, namespace: string): Promise<NewestRelease | undefined>;
  /** The deployed revision of each release of the namespace, by its name. A release without one is left out. */
  deployedRevisions(namespace: string): Promise<Readonly<Record<string, number>>>;
  /**
   * Installs a release, or upgrades the one that is there, from whatever state a crash left it in. An upgrade to what is there already
   * makes a revision, no new pod, and every object that is missing. NOT_READY while a pending release may still have a living owner.
   */
  deploy(request: DeployRelease): Promise<Deployed>;
  /**
   * Upgrades a release, for callers who know that it is there: one process where `deploy` needs two. Where a crash left the release in a
   * state that Helm refuses, it is brought out of it first.
   */
  upgrade(request: DeployRelease): Promise<Deployed>;
  /**
   * Brings a release back to the content of a revision, with the chart and values of that time. `unchanged` if it has that content already.
   * undefined, and nothing is changed, when Helm no longer has it. NOT_READY while a pending release may still have a living owner.
   */
  rollBack(release: string, namespace: string, revision: number): Promise<Deployed | undefined>;
  /** The objects that a release would consist of, without asking the cluster. */
  render(request: DeployRelease): Promise<Manifest[]>;
  /** Uninstalls if present, whatever its state. */
  uninstall(release: string, namespace: string): Promise<void>;
}
