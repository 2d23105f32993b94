import type { Manifest } from '../kubernetes/interface.ts';

/** Helm's own words for a release's state. */
export type ReleaseStatus =
  | 'unknown' | 'deployed' | 'uninstalled' | 'superseded' | 'failed' | 'uninstalling' | 'pending-install' | 'pending-upgrade' | 'pending-rollback';

/** Revisions that Helm keeps of a release. */
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
  /** Text given with the change, or Helm's own text. */
  description: string;
}

export interface DeployRelease {
  release: string;
  namespace: string;
  /** Folder name below the charts directory, e.g. `query-engine`. */
  chart: string;
  /** Set with --set-string; never secret values. */
  set: Readonly<Record<string, string>>;
  /** Marks the revision. A repetition finds the revision by this text. */
  description?: string;
}

/** The action that made a release converge. */
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
  /** The deployed revision of each release in the namespace, by name. Releases without a deployed revision are absent. */
  deployedRevisions(namespace: string): Promise<Readonly<Record<string, number>>>;
  /**
   * Installs or upgrades a release, from any state that a crash left. An upgrade without changes makes a revision and restores missing
   * objects, but replaces no pod. NOT_READY while the owner of a pending release may be alive.
   */
  deploy(request: DeployRelease): Promise<Deployed>;
  /**
   * Upgrades a release that the caller knows to exist, with one process instead of two. Recovers the release first if Helm refuses its
   * state.
   */
  upgrade(request: DeployRelease): Promise<Deployed>;
  /**
   * Restores the content of a revision, with its chart and values. `unchanged` if the release has that content. Returns undefined, without
   * any change, if Helm no longer keeps the revision. NOT_READY while the owner of a pending release may be alive.
   */
  rollBack(release: string, namespace: string, revision: number): Promise<Deployed | undefined>;
  /** The objects that a release would consist of, without asking the cluster. */
  render(request: DeployRelease): Promise<Manifest[]>;
  /** Uninstalls if present, whatever its state. */
  uninstall(release: string, namespace: string): Promise<void>;
}
