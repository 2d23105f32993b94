import type pg from 'pg';
import { admit } from './admission.ts';
import { closeOperation } from './closing.ts';
import { admitCreation, recordUnadmitted, refuseCreation } from './creation.ts';
import { createDeletions } from './deletions.ts';
import type { Projection } from './interface.ts';
import { createOutbox } from './outbox.ts';
import { assertCurrent, completePhase, enterPhase, failPhase } from './phases.ts';
import { revokeTokensNow } from './revocations.ts';
import { removeTenant, updateTenant } from './tenants.ts';

export interface ProjectionOptions {
  /**
   * Seconds the first activity of a run waits when the run before was terminated, timed out or reset: a heartbeat timeout and the grace
   * of a killed process, so that nothing of the old run is still at work.
   */
  uncleanEndWaitSeconds?: number;
}

/** The projection in the control plane database. */
export const createProjection = (pool: pg.Pool, { uncleanEndWaitSeconds = 0 }: ProjectionOptions = {}): Projection => ({
  deletions: createDeletions(pool),
  outbox: createOutbox(pool),
  admitCreation: (run, request, environment) => admitCreation(pool, uncleanEndWaitSeconds, run, request, environment),
  refuseCreation: (operation, violations) => refuseCreation(pool, operation, violations),
  recordUnadmitted: (run, slug, end) => recordUnadmitted(pool, run, slug, end),
  admit: (run) => admit(pool, uncleanEndWaitSeconds, run),
  enterPhase: (operation, phase, attempt) => enterPhase(pool, operation, phase, attempt),
  completePhase: (operation, phase, output, attempt) => completePhase(pool, operation, phase, output, attempt),
  failPhase: (operation, phase, error, costMs, attempt) => failPhase(pool, operation, phase, error, costMs, attempt),
  assertCurrent: (operation, phase, attempt) => assertCurrent(pool, operation, phase, attempt),
  closeOperation: (run, end) => closeOperation(pool, uncleanEndWaitSeconds, run, end),
  updateTenant: (operation, change, messages) => updateTenant(pool, operation, change, messages),
  revokeTokens: (operation, reason) => revokeTokensNow(pool, operation, reason),
  removeTenant: (operation, messages) => removeTenant(pool, operation, messages),
});
