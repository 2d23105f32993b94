import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Projection } from '../../projection/interface.ts';
import { OPERATION_STEPS } from '../../tenant/steps.ts';
import { activeTenant, runOf, runPhases } from './projection-fixture.ts';

export const ADMIN = 'admin@matih.example';
export const SECOND = 'second@matih.example';

interface Given {
  pool: pg.Pool;
  projection: Projection;
}

/** Deletion requests in a suite's projection, which is there by the first test. */
export const deletionRequests = (given: () => Given) => {
  /** An active tenant whose deletion was asked for. */
  const requested = async ({ approver, confirmationMinutes = 15 }: { approver?: string; confirmationMinutes?: number } = {}) => {
    const { projection } = given();
    const { tenant } = await activeTenant(projection);
    const originalRunId = randomUUID();
    const request = {
      originalRunId, tenantId: tenant.id, slug: tenant.slug, requestedBy: ADMIN, approver: approver ?? null, graceMinutes: 0, tries: 5, confirmationMinutes,
    };
    const row = await projection.deletions.open(request);
    let number = 0;
    const decide = (admin: string | null | undefined, requestId?: string) =>
      projection.deletions.decide(originalRunId, { runId: originalRunId, number: number += 1, requestId, admin, sender: admin ?? 'guesser' });
    return { tenant, originalRunId, request, row, decide };
  };

  /** An active tenant whose deletion was confirmed. */
  const confirmed = async () => {
    const asked = await requested();
    await asked.decide(ADMIN);
    return asked;
  };

  /** The audit records of a tenant's deletion request, oldest first. */
  const records = async (tenantId: string): Promise<Record<string, any>[]> => (await given().pool.query<{ body: Record<string, any> }>(
    `SELECT body FROM outbox WHERE tenant_id = $1 AND channel = 'AUDIT' AND body->>'eventType' LIKE 'TENANT_DELETION_%' ORDER BY id`, [tenantId])).rows.map(({ body }) => body);

  /** Suspends a tenant, to the end or to a failure after it was marked. */
  const suspend = async (tenantId: string, { succeeds = true } = {}): Promise<string> => {
    const { projection } = given();
    const operation = await projection.admit(runOf(tenantId, 'SUSPENSION'));
    await projection.updateTenant(operation, { status: 'SUSPENDED' });
    await runPhases(projection, operation, succeeds ? OPERATION_STEPS.SUSPENSION : ['MARK_SUSPENDED']);
    if (!succeeds) await projection.closeOperation(operation, { status: 'FAILED', failureReason: 'for the test' });
    return operation.runId;
  };

  return { requested, confirmed, records, suspend };
};
