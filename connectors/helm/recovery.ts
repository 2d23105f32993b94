import type { ReleaseStatus } from './interface.ts';

/** One revision of a release, as Helm's history tells it. */
export interface Revision {
  revision: number;
  status: ReleaseStatus;
  updatedAt: Date;
  /** Name and version, e.g. `query-engine-0.1.0`. */
  chart: string;
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
 * Decides from a release's history. Helm itself refuses a pending release for ever, taking it for another helm's; a helm that was
 * killed leaves it so. `ownerLimitMs` is how long an owner can outlive the attempt that started it: a new attempt starts when the old
 * one was ended or its heartbeat timed out, by which time its worker is dead (and its helm with it) or kills its helm within the
 * grace period. A pending release older than heartbeat timeout plus kill grace has no owner. A time ahead of our clock tells no age: then
 * the age counts from when this process first saw the revision.
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

/** When this process first saw each release pending in its present revision. */
export class PendingSightings {
  readonly #seen = new Map<string, { revision: number; since: Date }>();

  /** Since when the release has been seen so; a release that is not pending is forgotten. */
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
