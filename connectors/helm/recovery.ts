import type { ReleaseStatus } from './interface.ts';

/** One revision of a release, as Helm's history tells it. */
export interface Revision {
  revision: number;
  status: ReleaseStatus;
  updatedAt: Date;
  /** Name and version, e.g. `query-engine-0.1.0`. */
  chart: string;
  /** Text given with the change, or Helm's own text, such as an error. */
  description: string;
}

/** What brings a release from the state it was found in to deployed. */
export type Recovery =
  | { step: 'install' }
  | { step: 'upgrade' }
  | { step: 'reinstall' }
  | { step: 'roll-back'; to: number }
  /** A helm process may still be at work on it. */
  | { step: 'wait'; milliseconds: number };

const PENDING: ReadonlySet<ReleaseStatus> = new Set(['pending-install', 'pending-upgrade', 'pending-rollback']);

/**
 * Decides from a release's history. Helm refuses a pending release for ever, and a killed helm leaves its release pending. `ownerLimitMs`
 * bounds how long an owner outlives its attempt. A new attempt starts when the old one ended or its heartbeat timed out. By then the old
 * worker is dead, or kills its helm within the grace period. So a pending release older than heartbeat timeout plus kill grace has no
 * owner. A timestamp in the future tells no age; then the age counts from the first sighting by this process.
 */
export const recoveryFor = (history: readonly Revision[], now: Date, ownerLimitMs: number, firstSeen: Date): Recovery => {
  const newest = newestOf(history);
  if (!newest) return { step: 'install' };

  const age = now.getTime() - Math.min(newest.updatedAt.getTime(), firstSeen.getTime());
  if (PENDING.has(newest.status) && age < ownerLimitMs) return { step: 'wait', milliseconds: ownerLimitMs - age };

  switch (newest.status) {
    case 'pending-install':
    case 'uninstalling':
      return { step: 'reinstall' };
    case 'pending-upgrade':
    case 'pending-rollback': {
      const good = newestOf(history.filter(({ status }) => status === 'deployed' || status === 'superseded'));
      return good ? { step: 'roll-back', to: good.revision } : { step: 'reinstall' };
    }
    case 'deployed':
    case 'failed':
    case 'superseded':
    case 'uninstalled':
    case 'unknown':
      return { step: 'upgrade' };
  }
};

/** Times at which this process first saw each release pending in its present revision. */
export class PendingSightings {
  readonly #seen = new Map<string, { revision: number; since: Date }>();

  /** Time of the first sighting of a pending release. A release that is no longer pending is forgotten. */
  firstSeen(release: string, history: readonly Revision[], now: Date): Date {
    const newest = newestOf(history);
    const seen = this.#seen.get(release);
    if (!newest || !PENDING.has(newest.status)) {
      this.#seen.delete(release);
      return now;
    }
    if (seen?.revision === newest.revision) return seen.since;
    this.#seen.set(release, { revision: newest.revision, since: now });
    return now;
  }
}

const newestOf = (revisions: readonly Revision[]): Revision | undefined =>
  revisions.reduce<Revision | undefined>((newest, each) => (newest && newest.revision > each.revision ? newest : each), undefined);
