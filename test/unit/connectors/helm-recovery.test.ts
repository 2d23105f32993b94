import assert from 'node:assert/strict';
import type { ReleaseStatus } from '../../../connectors/helm/interface.ts';
import { PendingSightings, recoveryFor, type Recovery, type Revision } from '../../../connectors/helm/recovery.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const LIMIT_MS = 62_000;
const OLD = LIMIT_MS + 1;

const revision = (number: number, status: ReleaseStatus, ageMs = OLD): Revision =>
  ({ revision: number, status, updatedAt: new Date(NOW.getTime() - ageMs), chart: 'query-engine-0.1.0' });

const CASES: readonly { found: string; history: Revision[]; expected: Recovery }[] = [
  { found: 'nothing', history: [], expected: { step: 'install' } },
  { found: 'deployed', history: [revision(1, 'deployed')], expected: { step: 'upgrade' } },
  {
    found: 'deployed just now', history: [revision(1, 'superseded'), revision(2, 'deployed', 0)],
    expected: { step: 'upgrade' },
  },
  { found: 'a failed install', history: [revision(1, 'failed')], expected: { step: 'upgrade' } },
  { found: 'a failed upgrade', history: [revision(1, 'deployed'), revision(2, 'failed')], expected: { step: 'upgrade' } },
  { found: 'an install nobody works on', history: [revision(1, 'pending-install')], expected: { step: 'reinstall' } },
  { found: 'an uninstall nobody works on', history: [revision(1, 'uninstalling')], expected: { step: 'reinstall' } },
  {
    found: 'an upgrade nobody works on', history: [revision(1, 'superseded'), revision(2, 'deployed'), revision(3, 'pending-upgrade')],
    expected: { step: 'roll-back', to: 2 },
  },
  {
    found: 'a rollback nobody works on', history: [revision(3, 'superseded'), revision(4, 'failed'), revision(5, 'pending-rollback')],
    expected: { step: 'roll-back', to: 3 },
  },
  {
    found: 'an upgrade after nothing good', history: [revision(1, 'failed'), revision(2, 'pending-upgrade')], expected: { step: 'reinstall' },
  },
  { found: 'a kept history of an uninstalled release', history: [revision(1, 'uninstalled')], expected: { step: 'upgrade' } },
  { found: 'a state Helm does not know', history: [revision(1, 'unknown')], expected: { step: 'upgrade' } },
  { found: 'only a superseded revision', history: [revision(1, 'superseded')], expected: { step: 'upgrade' } },
  {
    found: 'revisions out of order', history: [revision(2, 'deployed'), revision(3, 'pending-upgrade'), revision(1, 'superseded')],
    expected: { step: 'roll-back', to: 2 },
  },
];

describe('recovery of a release', () => {
  for (const { found, history, expected } of CASES) {
    it(`${found}: ${expected.step}`, () => assert.deepEqual(recoveryFor(history, NOW, LIMIT_MS, NOW), expected));
  }

  it('waits for a release from a clock that is ahead as long as its helm may live since it was first seen, and no longer', () => {
    const ahead = [revision(1, 'deployed'), revision(2, 'pending-upgrade', -3_600_000)];
    const seen = (msAgo: number): Date => new Date(NOW.getTime() - msAgo);
    assert.deepEqual(recoveryFor(ahead, NOW, LIMIT_MS, seen(0)), { step: 'wait', milliseconds: LIMIT_MS });
    assert.deepEqual(recoveryFor(ahead, NOW, LIMIT_MS, seen(60_000)), { step: 'wait', milliseconds: 2_000 });
    assert.deepEqual(recoveryFor(ahead, NOW, LIMIT_MS, seen(LIMIT_MS)), { step: 'roll-back', to: 1 });
  });

  it('counts the wait anew for another revision, and forgets a release that is pending no more', () => {
    const sightings = new PendingSightings();
    const at = (ms: number): Date => new Date(NOW.getTime() + ms);
    const pending = [revision(2, 'pending-upgrade')];
    assert.deepEqual(sightings.firstSeen('ns/acme', pending, at(0)), at(0));
    assert.deepEqual(sightings.firstSeen('ns/acme', pending, at(5)), at(0));
    assert.deepEqual(sightings.firstSeen('ns/other', pending, at(6)), at(6));
    assert.deepEqual(sightings.firstSeen('ns/acme', [revision(3, 'pending-upgrade')], at(7)), at(7));
    sightings.firstSeen('ns/acme', [revision(3, 'deployed')], at(8));
    assert.deepEqual(sightings.firstSeen('ns/acme', [revision(3, 'pending-upgrade')], at(9)), at(9));
  });

  for (const status of ['pending-install', 'pending-upgrade', 'pending-rollback'] as const) {
    it(`${status}: waits as long as its helm may live, and no longer`, () => {
      assert.deepEqual(recoveryFor([revision(1, status, 2_000)], NOW, LIMIT_MS, NOW), { step: 'wait', milliseconds: 60_000 });
      assert.notEqual(recoveryFor([revision(1, status, LIMIT_MS)], NOW, LIMIT_MS, NOW).step, 'wait');
    });
  }
});
