import { Router } from 'express';
import { requirePlatformAdmin } from '../authorization.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { mutation } from '../mutations.ts';
import { only } from '../routing.ts';
import { operateOnTenant, type TenantOperation } from '../tenant-operations.ts';

/** Operations that need nothing but the tenant, by their path below it. */
const OPERATIONS: Readonly<Record<string, TenantOperation>> = {
  'provisioning/rollback': { kind: 'ROLLBACK', workflowType: 'rollbackTenant', verb: 'Roll back' },
  'provisioning/reprovision': { kind: 'REPROVISION', workflowType: 'reprovisionTenant', verb: 'Reprovision' },
  suspend: { kind: 'SUSPENSION', workflowType: 'suspendTenant', verb: 'Suspend' },
  activate: { kind: 'REACTIVATION', workflowType: 'reactivateTenant', verb: 'Reactivate' },
};

/** POST …/{operation}: 202, or 409 with what is legal or what is running. */
export const tenantOperationRoutes = (dependencies: ApiDependencies): Router => {
  const router = Router();
  for (const [path, operation] of Object.entries(OPERATIONS)) {
    router.route(`/tenants/:tenantId/${path}`)
      .post(requirePlatformAdmin, mutation(dependencies, (context) => operateOnTenant(dependencies, context, String(context.request.params['tenantId']), operation)))
      .all(only('POST'));
  }
  return router;
};
