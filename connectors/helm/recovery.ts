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
  /** Deployed: nothing to do if chart and values are those asked for, else an upgrade. */
  | { step: 'compare'; revision: Revision }
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
 * grace period. A pending release older than heartbeat timeout plus kill grace has no owner.
 */
export const recoveryFor = (history: readonly Revision[], now: Date, ownerLimitMs: number): Recovery => {
  const newest = newestOf(history);
  if (!newest) return { step: 'install' };

  const age = now.getTime() - newest.updatedAt.getTime();
  if (PENDING.has(newest.status) && age < ownerLimitMs) return { step: 'wait', milliseconds: ownerLimitMs - age };

  switch (newest.status) {
    case 'deployed':
      return { step: 'compare', revision: newest };
    case 'pending-install':
    case 'uninstalling':
      return { step: 'reinstall' };
    case 'pending-upgrade':
    case 'pending-rollback': {
      const good = newestOf(history.filter(({ status }) => status === 'deployed' || status === 'superseded'));
      return good ? { step: 'roll-back', to: good.revision } : { step: 'reinstall' };
    }
    case 'failed':
    case 'superseded':
    case 'uninstalled':
    case 'unknown':
      return { step: 'upgrade' };
  }
};

const newestOf = (revisions: readonly Revision[]): Revision | undefined =>
  revisions.reduce<Revision | undefined>((newest, each) => (newest && newest.revision > each.revision ? newest : each), undefined);
