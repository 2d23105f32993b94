import type { Manifest } from '../kubernetes/interface.ts';

/** Helm's own words for a release's state. */
export type ReleaseStatus =
  | 'unknown' | 'deployed' | 'uninstalled' | 'superseded' | 'failed' | 'uninstalling' | 'pending-install' | 'pending-upgrade' | 'pending-rollback';

export interface Release {
  name: string;
  namespace: string;
  revision: number;
  status: ReleaseStatus;
  updatedAt: Date;
  chart: string;
}

export interface DeployRelease {
  release: string;
  namespace: string;
  /** Folder name below the charts directory, e.g. `query-engine`. */
  chart: string;
  /** Set with --set-string; never secret values. */
  set: Readonly<Record<string, string>>;
}

/** What `deploy` had to do to converge. */
export type DeployAction = 'installed' | 'upgraded' | 'reinstalled' | 'rolled-back-and-upgraded';

export interface Deployed {
  revision: number;
  action: DeployAction;
}

/** Helm as a child process in its own process group: bounded in number, killed with the activity, never waiting for pods. */
export interface Helm {
  /** Every release of the namespace, whatever its state. */
  list(namespace: string): Promise<Release[]>;
  status(release: string, namespace: string): Promise<Release | undefined>;
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
  /** The objects that a release would consist of, without asking the cluster. */
  render(request: DeployRelease): Promise<Manifest[]>;
  /** Uninstalls if present, whatever its state. */
  uninstall(release: string, namespace: string): Promise<void>;
}
