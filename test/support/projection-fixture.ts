import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { AdmittedOperation, AttemptRef, Projection, RunRef } from '../../projection/interface.ts';
import { createPool } from '../../projection/pool.ts';
import { createProjection } from '../../projection/projection.ts';
import type { OperationKind } from '../../tenant/lifecycle.ts';
import { workflowIdOf } from '../../tenant/names.ts';
import { PHASES } from '../../tenant/phases.ts';
import type { CreateTenant } from '../../tenant/tenant.ts';
import { startPostgres, type TestDatabase } from './postgres.ts';

/** Gives a suite the projection on a real database, from its first test to its last; `ready` takes both over. */
export const withProjection = (ready: (given: { pool: pg.Pool; projection: Projection }) => void): void => {
  let database: TestDatabase;
  let pool: pg.Pool;

  before(async () => {
    database = await startPostgres();
    pool = createPool(database.runtimeUrl, { applicationName: 'test' });
    ready({ pool, projection: createProjection(pool) });
  });
  after(async () => {
    await pool.end();
    await database.stop();
  });
};

/** A request for a tenant nobody else asks for; `overrides` replace parts of it. */
export const creationRequest = (overrides: Partial<CreateTenant> = {}): CreateTenant => {
  const slug = `t${randomUUID().slice(0, 8)}`;
  return { name: `Tenant ${slug}`, slug, tier: 'FREE', adminEmail: `admin@${slug}.example`, cloudProvider: 'AZURE', region: 'westeurope', ...overrides };
};

/** Slugs of the tenants that were created here, by id. */
const slugs = new Map<string, string>();

/** A fresh run of an operation; a reset passes `originalRunId`. */
export const runOf = (tenantId: string, kind: OperationKind, overrides: Partial<RunRef> = {}): RunRef => {
  const runId = randomUUID();
  const slug = slugs.get(tenantId) ?? 'any';
  return { tenantId, slug, kind, workflowId: workflowIdOf(slug), runId, originalRunId: runId, actor: 'someone', ...overrides };
};

/** Admits a creation that nothing stands in the way of. */
export const createdTenant = async (
  projection: Projection, request: CreateTenant = creationRequest(), run: RunRef = runOf(randomUUID(), 'PROVISIONING'),
): Promise<AdmittedOperation> => {
  slugs.set(run.tenantId, request.slug);
  Object.assign(run, { slug: request.slug, ...(run.workflowId === workflowIdOf('any') && { workflowId: workflowIdOf(request.slug) }) });
  const creation = await projection.admitCreation(run, request, 'dev');
  if ('violations' in creation) throw new Error(`refused: ${JSON.stringify(creation.violations)}`);
  return creation.operation;
};

/** An attempt of an activity; of two attempts the later one has the higher number, unless the activity was reset between them. */
export const attemptOf = (activityId: string, attempt = 1, scheduledAt = attempt): AttemptRef => ({ activityId, attempt, scheduledAt });

/** Enters and completes phases, each in one activity named like it. */
export const runPhases = async (projection: Projection, operation: AdmittedOperation, phases: readonly string[]): Promise<void> => {
  for (const phase of phases) {
    const attempt = attemptOf(phase);
    await projection.enterPhase(operation, phase, attempt);
    await projection.completePhase(operation, phase, { did: phase }, attempt);
  }
};

/** A tenant whose provisioning succeeded. */
export const activeTenant = async (projection: Projection, request?: CreateTenant): Promise<AdmittedOperation> => {
  const operation = await createdTenant(projection, request);
  await projection.updateTenant(operation, { status: 'ACTIVE' });
  await runPhases(projection, operation, PHASES);
  return operation;
};
