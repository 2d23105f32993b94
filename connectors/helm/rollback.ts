import type { Revision } from './recovery.ts';

/** The step that restores a release to a revision. */
export type Rollback =
  /** The release already has the revision's content. */
  | { step: 'none'; revision: number }
  /** `keep`: revisions to keep, so that a failed rollback can be retried. */
  | { step: 'roll-back'; to: number; keep: number }
  /** Helm no longer has the revision's content. */
  | { step: 'gone' };

const ROLLBACK = /^Rollback to (\d+)$/;

/** Revisions that Helm can roll back to. A failed revision describes its failure, so it never counts as a rollback. */
const isGood = ({ status }: Revision): boolean => status === 'deployed' || status === 'superseded';

/**
 * Decides from a release's history. A rollback makes a new revision with the content of an old one and names it in the description. The old
 * revision may be pruned, so every revision with its content is a candidate.
 */
export const rollbackTo = (history: readonly Revision[], revision: number): Rollback => {
  const revisions = history.toSorted((a, b) => a.revision - b.revision);
  const same = new Set([revision]);
  for (const each of revisions) {
    const [, origin] = ROLLBACK.exec(each.description) ?? [];
    if (origin !== undefined && same.has(Number(origin))) same.add(each.revision);
  }
  const newest = revisions.at(-1);
  if (newest?.status === 'deployed' && same.has(newest.revision)) return { step: 'none', revision: newest.revision };
  const target = revisions.findLast((each) => isGood(each) && same.has(each.revision));
  if (!target) return { step: 'gone' };
  return { step: 'roll-back', to: target.revision, keep: revisions.filter((each) => each.revision >= target.revision).length + 1 };
};
