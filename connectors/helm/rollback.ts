import type { Revision } from './recovery.ts';

/** What brings a release back to a revision. */
export type Rollback =
  /** The release has the revision's content. */
  | { step: 'none'; revision: number }
  /** `keep`: how many revisions have to be kept, so that a failed rollback can be tried again. */
  | { step: 'roll-back'; to: number; keep: number }
  /** Helm no longer has the revision's content. */
  | { step: 'gone' };

const ROLLBACK = /^Rollback to (\d+)$/;

/** Revisions that Helm can go back to. A failed one describes its failure, so it is never taken for a rollback either. */
const isGood = ({ status }: Revision): boolean => status === 'deployed' || status === 'superseded';

/**
 * Decides from a release's history. A rollback makes a new revision with the content of an old one and says so in its description. The old
 * one may be pruned by then, so all revisions with its content are looked for.
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
