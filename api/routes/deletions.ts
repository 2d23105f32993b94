import { Router, type Request } from 'express';
import { validate as isUuid } from 'uuid';
import { findCertificate } from '../../projection/deletions.ts';
import { principalOf } from '../authentication.ts';
import { assertMayRead, requirePlatformAdmin } from '../authorization.ts';
import { callOffDeletion, confirmDeletion } from '../confirm-deletion.ts';
import { deletionRequestView, deletionWaitOf } from '../deletion-wait.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { linksOf } from '../links.ts';
import { mutation } from '../mutations.ts';
import { Problem } from '../problems.ts';
import { only } from '../routing.ts';
import { findLivingTenant } from '../visible-tenant.ts';

const tenantIdOf = (request: Request): string => String(request.params['tenantId']);

/** A deletion between its request and its beginning, and what is left of it at the end. DELETE /tenants/{id} itself is a tenant's route. */
export const deletionRoutes = (dependencies: ApiDependencies): Router => {
  const { pool } = dependencies;
  const router = Router();

  router.route('/tenants/:tenantId/deletion')
    .get(async (request, response) => {
      assertMayRead(principalOf(response), request.params.tenantId);
      const tenant = await findLivingTenant(dependencies, request.params.tenantId);
      const wait = await deletionWaitOf(dependencies, tenant);
      if (!wait.run && !wait.request) throw new Problem('NO_DELETION_WAITING', `no deletion of ${tenant.slug} was requested`, { extensions: { tenantStatus: tenant.status } });
      response.json({ tenantId: tenant.id, slug: tenant.slug, deletion: deletionRequestView(wait), links: linksOf(tenant.id) });
    })
    .delete(requirePlatformAdmin, mutation(dependencies, (context) => callOffDeletion(dependencies, context, tenantIdOf(context.request))))
    .all(only('GET', 'DELETE'));

  router.route('/tenants/:tenantId/deletion/confirmation')
    .post(requirePlatformAdmin, mutation(dependencies, (context) => confirmDeletion(dependencies, context, tenantIdOf(context.request))))
    .all(only('POST'));

  router.route('/deletions/:tenantId')
    .get(async (request, response) => {
      const { tenantId } = request.params;
      assertMayRead(principalOf(response), tenantId);
      const certificate = isUuid(tenantId) ? await findCertificate(pool, tenantId) : null;
      if (!certificate) throw new Problem('CERTIFICATE_NOT_FOUND', `no tenant ${tenantId} was deleted`);
      response.json(certificate);
    })
    .all(only('GET'));

  return router;
};
