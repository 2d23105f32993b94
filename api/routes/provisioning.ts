import { type Request, Router } from 'express';
import { principalOf } from '../authentication.ts';
import { assertMayRead, requirePlatformAdmin } from '../authorization.ts';
import { cancelProvisioning } from '../cancel-provisioning.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { mutation } from '../mutations.ts';
import { retryProvisioning } from '../retry-provisioning.ts';
import { tenantResources } from '../resources.ts';
import { only } from '../routing.ts';
import { streamOf } from '../status-stream.ts';
import { provisioningStatus } from '../status-view.ts';

const tenantIdOf = (request: Request): string => String(request.params['tenantId']);

/** How a provisioning goes, what it made, and the two things that can be done about it. */
export const provisioningRoutes = (dependencies: ApiDependencies): Router => {
  const router = Router();
  const base = '/tenants/:tenantId/provisioning';

  router.route(`${base}/status`)
    .get(async (request, response) => {
      const tenantId = tenantIdOf(request);
      assertMayRead(principalOf(response), tenantId);
      const { view } = await provisioningStatus(dependencies, tenantId);
      response.json(view);
    })
    .all(only('GET'));

  router.route(`${base}/status/stream`)
    .get((request, response, next) => {
      assertMayRead(principalOf(response), tenantIdOf(request));
      next();
    }, streamOf(dependencies, (request) => () => provisioningStatus(dependencies, tenantIdOf(request))))
    .all(only('GET'));

  router.route('/tenants/:tenantId/resources')
    .get(async (request, response) => {
      const tenantId = tenantIdOf(request);
      assertMayRead(principalOf(response), tenantId);
      response.json(await tenantResources(dependencies, tenantId));
    })
    .all(only('GET'));

  router.route(`${base}/retry`)
    .post(requirePlatformAdmin, mutation(dependencies, (context) => retryProvisioning(dependencies, context, tenantIdOf(context.request))))
    .all(only('POST'));

  router.route(`${base}/cancel`)
    .post(requirePlatformAdmin, mutation(dependencies, (context) => cancelProvisioning(dependencies, context, tenantIdOf(context.request))))
    .all(only('POST'));

  return router;
};
