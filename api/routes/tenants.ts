import { Router } from 'express';
import { findTenantBySlug, listTenants, tenantStatistics } from '../../projection/queries.ts';
import { SLUG_PATTERN } from '../../tenant/names.ts';
import { principalOf } from '../authentication.ts';
import { assertMayRead, readsAll, requirePlatformAdmin, requirePlatformReader } from '../authorization.ts';
import { changeTier, reconfigureTenant } from '../change-tenant.ts';
import { createTenant } from '../create-tenant.ts';
import { deleteTenant } from '../delete-tenant.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { pageView, parseQuery, tenantsQuery } from '../lists.ts';
import { mutation } from '../mutations.ts';
import { changeTenant } from '../patch-tenant.ts';
import { Problem } from '../problems.ts';
import { only } from '../routing.ts';
import { findVisibleTenant, tenantView } from '../visible-tenant.ts';

/** An id no tenant has: what a caller without a tenant of its own sees of a list. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Creating tenants, reading them, and asking for their deletion. */
export const tenantRoutes = (dependencies: ApiDependencies): Router => {
  const { pool } = dependencies;
  const router = Router();

  router.route('/tenants')
    .get(async (request, response) => {
      const { page, size, sortBy, sortDir, ...filter } = parseQuery(tenantsQuery, request.query);
      const principal = principalOf(response);
      const own = readsAll(principal) ? {} : { id: principal.tenantId ?? NOBODY };
      const { tenants, total } = await listTenants(pool, { ...filter, ...own }, { page, size }, sortBy, sortDir);
      response.json(pageView(tenants.map((tenant) => tenantView({ tenant })), total, { page, size }));
    })
    .post(requirePlatformAdmin, mutation(dependencies, (context) => createTenant(dependencies, context)))
    .all(only('GET', 'POST'));

  router.route('/tenants/stats')
    .get(requirePlatformReader, async (_request, response) => void response.json(await tenantStatistics(pool)))
    .all(only('GET'));

  router.route('/tenants/slug/:slug')
    .get(async (request, response) => {
      const { slug } = request.params;
      const tenant = SLUG_PATTERN.test(slug) ? await findTenantBySlug(pool, slug) : null;
      const principal = principalOf(response);
      if (!tenant || !(readsAll(principal) || principal.tenantId === tenant.id)) {
        throw new Problem('TENANT_NOT_FOUND', `there is no tenant with the slug ${slug}`);
      }
      response.json(tenantView({ tenant }));
    })
    .all(only('GET'));

  router.route('/tenants/:tenantId')
    .get(async (request, response) => {
      assertMayRead(principalOf(response), request.params.tenantId);
      response.json(tenantView(await findVisibleTenant(dependencies, request.params.tenantId)));
    })
    .delete(requirePlatformAdmin, mutation(dependencies, (context) => deleteTenant(dependencies, context, String(context.request.params['tenantId']))))
    .patch(requirePlatformAdmin, mutation(dependencies, (context) => changeTenant(dependencies, context, String(context.request.params['tenantId']))))
    .all(only('GET', 'PATCH', 'DELETE'));

  router.route('/tenants/:tenantId/tier')
    .put(requirePlatformAdmin, mutation(dependencies, (context) => changeTier(dependencies, context, String(context.request.params['tenantId']))))
    .all(only('PUT'));

  router.route('/tenants/:tenantId/configuration')
    .put(requirePlatformAdmin, mutation(dependencies, (context) => reconfigureTenant(dependencies, context, String(context.request.params['tenantId']))))
    .all(only('PUT'));

  return router;
};
