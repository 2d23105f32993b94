import assert from 'node:assert/strict';
import type pg from 'pg';
import type { AdmittedOperation, Projection } from '../../../projection/interface.ts';
import { OPERATION_KINDS, type OperationKind } from '../../../tenant/lifecycle.ts';
import { OPERATION_STEPS, type Step } from '../../../tenant/steps.ts';
import { AFTER_FAILURE, AFTER_SUCCESS, GOES_ON, type After } from '../../support/legality.ts';
import { activeTenant, attemptOf, createdTenant, runOf, runPhases, withProjection } from '../../support/projection-fixture.ts';

describe('of every ordered pair of operations, the second', function () {
  this.timeout(60_000);
  let pool: pg.Pool;
  let projection: Projection;

  withProjection((given) => { ({ pool, projection } = given); });

  const fail = (operation: AdmittedOperation) => projection.closeOperation(operation, { status: 'FAILED', failureReason: 'for good' });

  /** The steps that move the tenant's own status, as their activities do; all others leave it alone. */
  const MOVES: Readonly<Partial<Record<Step, (operation: AdmittedOperation) => Promise<unknown>>>> = {
    ACTIVATE: (operation) => projection.updateTenant(operation, { status: 'ACTIVE' }),
    MARK_SUSPENDED: (operation) => projection.updateTenant(operation, { status: 'SUSPENDED' }),
    MARK_ACTIVE: (operation) => projection.updateTenant(operation, { status: 'ACTIVE' }),
    MARK_DELETING: (operation) => projection.updateTenant(operation, { status: 'DELETING' }),
    REMOVE_TENANT: (operation) => projection.removeTenant(operation),
    CERTIFY: (operation) => projection.removeTenant(operation),
  };

  const perform = async (operation: AdmittedOperation, steps: readonly Step[]): Promise<void> => {
    for (const step of steps) {
      await MOVES[step]?.(operation);
      await runPhases(projection, operation, [step]);
    }
  };

  /** A tenant for which the kind is legal, and its operation of that kind, admitted and not begun. */
  const begun = async (kind: OperationKind): Promise<AdmittedOperation> => {
    if (kind === 'PROVISIONING') return createdTenant(projection);
    if (kind === 'ROLLBACK' || kind === 'REPROVISION') {
      const { tenantId } = await fail(await createdTenant(projection));
      return projection.admit(runOf(tenantId, kind));
    }
    const { tenantId } = await activeTenant(projection);
    if (kind === 'REACTIVATION') await perform(await projection.admit(runOf(tenantId, 'SUSPENSION')), OPERATION_STEPS.SUSPENSION);
    return projection.admit(runOf(tenantId, kind));
  };

  const succeeded = async (kind: OperationKind): Promise<AdmittedOperation> => {
    const operation = await begun(kind);
    await perform(operation, OPERATION_STEPS[kind]);
    return operation;
  };

  /** Its first step is done, the second fails. */
  const failed = async (kind: OperationKind): Promise<AdmittedOperation> => {
    const operation = await begun(kind);
    const [first, second] = OPERATION_STEPS[kind];
    await perform(operation, [first!]);
    await projection.enterPhase(operation, second!, attemptOf(second!));
    await projection.failPhase(operation, second!, { failureClass: 'UNAVAILABLE', message: 'away' }, 0, attemptOf(second!));
    await fail(operation);
    return operation;
  };

  const assertVerdict = async ({ tenantId, operationId }: AdmittedOperation, first: OperationKind, second: OperationKind, { status, legal }: After, goesOn: boolean): Promise<void> => {
    const run = runOf(tenantId, second);
    if (legal.includes(second)) {
      const admitted = await projection.admit(run);
      assert.equal(admitted.operationId === operationId, goesOn && first === second, 'goes on with the operation, or is another');
      return;
    }
    await assert.rejects(projection.admit(run), (error: { failureClass?: string; details?: unknown }) => {
      assert.equal(error.failureClass, 'CONFLICT');
      assert.deepEqual(error.details, { status, legal: OPERATION_KINDS.filter((kind) => legal.includes(kind)) });
      return true;
    });
    const { rows } = await pool.query('SELECT 1 FROM tenant_operations WHERE run_id = $1', [run.runId]);
    assert.equal(rows.length, 0, 'a refusal leaves no row');
  };

  for (const first of OPERATION_KINDS) {
    describe(`of a ${first}`, () => {
      for (const second of OPERATION_KINDS) {
        it(`${second}: after its success`, async () => assertVerdict(await succeeded(first), first, second, AFTER_SUCCESS[first], false));
        it(`${second}: after its failure`, async () => assertVerdict(await failed(first), first, second, AFTER_FAILURE[first], GOES_ON.has(first)));
      }
    });
  }
});
