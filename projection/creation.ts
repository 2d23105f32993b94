import type pg from 'pg';
import { TenantError } from '../tenant/errors.ts';
import { namespaceOf, workflowIdOf } from '../tenant/names.ts';
import type { CreateTenant } from '../tenant/tenant.ts';
import { reasonOf, type Violation } from '../tenant/violations.ts';
import { type Admission, admitIn, whenAdmissible } from './admission.ts';
import { fenced, lockTenant, newestOperation } from './fence.ts';
import type { AdmittedOperation, RunRef, UnadmittedEnd } from './interface.ts';
import { inTransaction, isUniqueViolation, type Transaction } from './pool.ts';
import { insertOperation, saveOperation } from './state.ts';
import { deleteTenant, findTenant } from './tenants.ts';

type Creation = { admission: Admission } | { violations: Violation[] };

/** Whoever loses a race sees the winner's row at the next look; more rounds mean that winners keep vanishing. */
const ROUNDS = 5;

/** Admits a creation; see `Projection.admitCreation`. */
export const admitCreation = async (
  pool: pg.Pool, uncleanEndWaitSeconds: number, run: RunRef, request: CreateTenant, environment: string,
): Promise<{ operation: AdmittedOperation } | { violations: Violation[] }> => {
  for (let round = 1; ; round++) {
    try {
      const creation = await inTransaction(pool, (transaction) => create(transaction, uncleanEndWaitSeconds, run, request, environment));
      return 'violations' in creation ? creation : { operation: whenAdmissible(creation.admission) };
    } catch (error) {
      if (!isUniqueViolation(error) || round === ROUNDS) throw error;
    }
  }
};

const create = async (
  transaction: Transaction, uncleanEndWaitSeconds: number, run: RunRef, request: CreateTenant, environment: string,
): Promise<Creation> => {
  await lockTenant(transaction, run.tenantId);
  const newest = await newestOperation(transaction, run.tenantId);
  if (newest?.runId === run.runId && newest.status === 'REFUSED') return { violations: newest.violations ?? [] };
  if (newest) return { admission: await admitIn(transaction, uncleanEndWaitSeconds, run) };

  const violations = await conflictsOf(transaction, request);
  if (violations.length > 0) return { violations };
  await insertTenant(transaction, run.tenantId, request, environment);
  const row = await insertOperation(transaction, { run, seq: 1, slug: request.slug, inherited: null, retryCount: 0, waitSeconds: 0 });
  const tenant = await findTenant(transaction, run.tenantId);
  return { admission: { row, tenant: tenant! } };
};

/** What of the request belongs to a living tenant already. */
const conflictsOf = async (transaction: Transaction, { slug, name, adminEmail }: CreateTenant): Promise<Violation[]> => {
  const { rows } = await transaction.query<{ slug: boolean; name: boolean; email: boolean }>(
    `SELECT coalesce(bool_or(slug = $1), false) AS slug, coalesce(bool_or(lower(name) = lower($2)), false) AS name,
       coalesce(bool_or(lower(admin_email) = lower($3)), false) AS email
     FROM tenants WHERE slug = $1 OR lower(name) = lower($2) OR lower(admin_email) = lower($3)`,
    [slug, name, adminEmail]);
  const taken = rows[0]!;
  const violations: Violation[] = [];
  if (taken.slug) violations.push({ field: 'slug', code: 'SLUG_TAKEN', message: 'is in use by another tenant' });
  if (taken.name) violations.push({ field: 'name', code: 'NAME_TAKEN', message: 'is in use by another tenant' });
  if (taken.email) violations.push({ field: 'adminEmail', code: 'ADMIN_EMAIL_TAKEN', message: 'is the admin of another tenant' });
  return violations;
};

const insertTenant = async (transaction: Transaction, id: string, request: CreateTenant, environment: string): Promise<void> => {
  const { name, slug, tier, adminEmail, cloudProvider, region, quota, configuration = {}, settings = {} } = request;
  await transaction.query(
    `INSERT INTO tenants (id, name, slug, tier, status, admin_email, cloud_provider, region, environment, namespace, quota, configuration, settings)
     VALUES ($1, $2, $3, $4, 'PROVISIONING', $5, $6, $7, $8, $9, $10, $11, $12)`,
    [id, name, slug, tier, adminEmail, cloudProvider, region, environment, namespaceOf(slug),
      quota ? JSON.stringify(quota) : null, JSON.stringify(configuration), JSON.stringify(settings)]);
  await transaction.query(
    `INSERT INTO tenant_provisioning_state (tenant_id, current_phase, status) VALUES ($1, 'VALIDATE', 'IN_PROGRESS')`, [id]);
};

/** Takes a creation back; see `Projection.refuseCreation`. Only what VALIDATE alone has seen can be taken back without an undo. */
export const refuseCreation = (pool: pg.Pool, operation: AdmittedOperation, violations: readonly Violation[]): Promise<void> =>
  fenced(pool, operation, async (transaction, row) => {
    if (Object.keys(row.phaseOutputs).length > 0) {
      throw new TenantError('CONFLICT', 'a creation that has completed phases is rolled back, not refused');
    }
    await saveOperation(transaction, row, {
      status: 'REFUSED',
      violations: [...violations],
      failureReason: reasonOf(violations),
    });
    await deleteTenant(transaction, operation.tenantId);
  });

/** Records a creation that was never admitted; see `Projection.recordUnadmitted`. */
export const recordUnadmitted = (pool: pg.Pool, run: RunRef, slug: string, { status, failureReason, violations }: UnadmittedEnd): Promise<boolean> =>
  inTransaction(pool, async (transaction) => {
    // A run under another workflow id may be a copy of a creation that still waits for a worker.
    if (run.workflowId !== workflowIdOf(slug)) return false;
    await lockTenant(transaction, run.tenantId);
    if (await newestOperation(transaction, run.tenantId)) return false;
    const row = await insertOperation(transaction, { run, seq: 1, slug, inherited: null, retryCount: 0, waitSeconds: 0 });
    await saveOperation(transaction, row, { status, violations: violations ? [...violations] : null, failureReason: failureReason ?? reasonOf(violations ?? []) });
    return true;
  });
