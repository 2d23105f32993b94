import assert from 'node:assert/strict';
import type { ReleaseStatus } from '../../../connectors/helm/interface.ts';
import type { Revision } from '../../../connectors/helm/recovery.ts';
import { rollbackTo, type Rollback } from '../../../connectors/helm/rollback.ts';

const revision = (number: number, status: ReleaseStatus, description = 'Upgrade complete'): Revision =>
  ({ revision: number, status, description, updatedAt: new Date(0), chart: 'query-engine-0.1.0' });

const CASES: readonly { found: string; history: Revision[]; expected: Rollback }[] = [
  { found: 'at the revision still', history: [revision(6, 'superseded'), revision(7, 'deployed')], expected: { step: 'none', revision: 7 } },
  { found: 'upgraded', history: [revision(7, 'superseded'), revision(8, 'deployed')], expected: { step: 'roll-back', to: 7, keep: 3 } },
  {
    found: 'half upgraded, though its objects may be of two revisions', history: [revision(7, 'deployed'), revision(8, 'failed')],
    expected: { step: 'roll-back', to: 7, keep: 3 },
  },
  { found: 'left pending by a helm that is dead', history: [revision(7, 'deployed'), revision(8, 'pending-upgrade')], expected: { step: 'roll-back', to: 7, keep: 3 } },
  {
    found: 'rolled back by an attempt before', history: [revision(7, 'superseded'), revision(8, 'superseded'), revision(9, 'deployed', 'Rollback to 7')],
    expected: { step: 'none', revision: 9 },
  },
  {
    found: 'half rolled back: the revision has to be kept for another try',
    history: [revision(7, 'superseded'), revision(8, 'superseded'), revision(9, 'failed', 'Rollback "acme" failed: no quota')], expected: { step: 'roll-back', to: 7, keep: 4 },
  },
  {
    found: 'recovered on the way, and the revision itself is pruned',
    history: [revision(8, 'superseded'), revision(9, 'superseded', 'Rollback to 7'), revision(10, 'deployed')], expected: { step: 'roll-back', to: 9, keep: 3 },
  },
  {
    found: 'recovered twice', history: [revision(9, 'superseded', 'Rollback to 7'), revision(11, 'superseded', 'Rollback to 9'), revision(12, 'deployed')],
    expected: { step: 'roll-back', to: 11, keep: 3 },
  },
  { found: 'rolled back to another revision', history: [revision(9, 'superseded', 'Rollback to 6'), revision(10, 'deployed')], expected: { step: 'gone' } },
  { found: 'without the revision', history: [revision(8, 'superseded'), revision(9, 'deployed')], expected: { step: 'gone' } },
  { found: 'with the revision only as one that failed', history: [revision(7, 'failed'), revision(8, 'deployed')], expected: { step: 'gone' } },
  { found: 'absent', history: [], expected: { step: 'gone' } },
];

describe('the rollback to revision 7 of a release', () => {
  for (const { found, history, expected } of CASES) {
    it(`that is ${found}: ${expected.step}`, () => assert.deepEqual(rollbackTo(history.toReversed(), 7), expected));
  }
});
