/**
 * Effect: the tenant's row exists (unique indexes decide races), or the request is refused with every violation, which its operation keeps.
 * Idempotent: the same run or a retry finds its own rows. An accepted request is not validated again, because objects exist by then.
 * Converges: the next attempt finds the rows of a dead attempt, checks the rest and decides.
 */
import type { AdmittedOperation } from '../../projection/interface.ts';
import { parseCreateTenant } from '../../tenant/create-tenant.ts';
import { workflowIdOf } from '../../tenant/names.ts';
import type { ValidateInput, ValidationVerdict } from '../../tenant/operations.ts';
import type { CreateTenant } from '../../tenant/tenant.ts';
import type { Violation } from '../../tenant/violations.ts';
import { admitted } from '../operation/begin-operation.ts';
import { ONE_MINUTE } from '../trouble.ts';
import { inActivity, judged, type ActivityDependencies } from '../phase-activity.ts';

const PHASE = 'VALIDATE';

export const validate = (dependencies: ActivityDependencies) => {
  const { projection, settings } = dependencies;

  const accept = (operation: AdmittedOperation): ValidationVerdict => ({ accepted: true, ...admitted(operation, settings) });

  // Not a phaseActivity: there is nothing to be admitted to before the row is there.
  return (input: ValidateInput): Promise<ValidationVerdict> => inActivity(input, async (run, attempt) => {
    // Whoever starts a run from the Web UI has passed the API by.
    const refuse = async (violations: Violation[]): Promise<ValidationVerdict> => {
      await projection.recordUnadmitted(run, input.slug, { status: 'REFUSED', violations });
      return refused(violations);
    };
    const request = parseCreateTenant(input.tenant);
    if (!request.ok) return refuse(request.violations);
    const misfits = startViolations(input, request.value, run.workflowId);
    if (misfits.length > 0) return refuse(misfits);

    const admission = await projection.admitCreation(run, request.value, settings.ENVIRONMENT);
    if ('violations' in admission) {
      // The run is refused in any case. It may hold the workflow id of the tenant that has the slug, so it does not wait for what is away.
      const more = await outsideViolations(dependencies, input.tenantId, request.value).catch(() => []);
      return refuse(joined(admission.violations, more));
    }

    const { operation } = admission;
    if (PHASE in operation.phaseOutputs) return accept(operation);
    await projection.enterPhase(operation, PHASE, attempt);
    return judged(projection, { operation, phase: PHASE, attempt, patienceMs: ONE_MINUTE(settings) }, async () => {
      const violations = await outsideViolations(dependencies, input.tenantId, request.value);
      if (violations.length > 0) {
        await projection.refuseCreation(operation, violations);
        return refused(violations);
      }
      await projection.completePhase(operation, PHASE, { cloudProvider: request.value.cloudProvider, region: request.value.region }, attempt);
      return accept(operation);
    });
  });
};

const refused = (violations: Violation[]): ValidationVerdict => ({ accepted: false, violations });

/** Both lists, without what the second only repeats: a taken address is known to the projection and to the IAM. */
const joined = (known: readonly Violation[], more: readonly Violation[]): Violation[] =>
  [...known, ...more.filter(({ field, code }) => !known.some((violation) => violation.field === field && violation.code === code))];

/** Violations in the start itself. The workflow id excludes a second operation on the tenant. */
const startViolations = ({ slug }: ValidateInput, { slug: requested }: CreateTenant, workflowId: string): Violation[] =>
  slug === requested && workflowId === workflowIdOf(slug)
    ? [] : [{ field: 'slug', code: 'INVALID', message: 'must be the slug the run is started for, under the workflow id tenant-{slug}' }];

/** What only others know: whether the admin's address is free, the region takes tenants, and every secret has its source. */
const outsideViolations = async ({ connectors: { iam, infrastructure }, settings }: ActivityDependencies, tenantId: string, request: CreateTenant): Promise<Violation[]> => {
  const [user, region] = await Promise.all([
    iam.findUserByEmail(request.adminEmail),
    infrastructure.regionAvailability(request.cloudProvider, request.region),
  ]);
  const violations: Violation[] = [];
  if (user && user.tenantId !== tenantId) {
    violations.push({ field: 'adminEmail', code: 'ADMIN_EMAIL_TAKEN', message: 'belongs to a user already' });
  }
  if (!region) {
    violations.push({ field: 'cloudProvider', code: 'PROVIDER_UNKNOWN', message: 'is not a provider of the platform' });
  } else if (!region.available) {
    violations.push({ field: 'region', code: 'REGION_UNAVAILABLE', message: `is not available${region.reason ? `: ${region.reason}` : ''}` });
  }
  if (!settings.LLM_API_KEY) {
    violations.push({ field: '', code: 'SECRET_SOURCE_MISSING', message: 'the platform has no LLM API key to give to tenants' });
  }
  return violations;
};
