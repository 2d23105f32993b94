/**
 * Effect: quota, connection limit of the database role, and every tier label except on objects of Helm are those of a tier. Missing or
 * outdated Secrets are renewed, because a change to the tenant's own tier is its repair. Each part is attempted even if another part fails,
 * so that a compensation restores as much as possible.
 * Idempotent: server-side apply, label patches and an ALTER ROLE set a state.
 * Converges: the next attempt writes everything again. The quota counts once its controller has observed it, which is awaited.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Kubernetes, Manifest, ObjectRef } from '../../connectors/kubernetes/interface.ts';
import { labelsOf } from '../../tenant/labels.ts';
import { dnsZoneOf, MANAGED_BY, SECRETS } from '../../tenant/names.ts';
import type { ApplyTierInput } from '../../tenant/tier-change.ts';
import { parseQuantity } from '../../tenant/quantities.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { allEnded } from '../all-ended.ts';
import { attemptAll } from '../attempt-all.ts';
import { ensureDatabaseRole } from '../database-role.ts';
import { assertOwnNamespace } from '../owned-namespace.ts';
import type { ActivityDependencies } from '../phase-activity.ts';
import { applyBoundary } from '../provisioning/create-namespace/boundary.ts';
import { resourceQuota } from '../provisioning/create-namespace/limits.ts';
import { CERTIFICATE_NAME, certificateManifest, issuerOf } from '../provisioning/deploy-ingress/certificate.ts';
import { ensureSecrets } from '../provisioning/secrets.ts';
import { ingressManifest } from '../provisioning/deploy-ingress/ingress.ts';
import { waitFor } from '../wait.ts';
import { tierActivity } from './tier-activity.ts';

/** The quota's controller answers a change of the quota within milliseconds. */
const QUOTA_TIMEOUT_MS = 30_000;
const QUOTA_INTERVAL_MS = 100;

export const applyQuota = (dependencies: ActivityDependencies) => {
  const { connectors, settings } = dependencies;
  const { azureDns, kubernetes } = connectors;
  return tierActivity(dependencies, 'APPLY_QUOTA', async ({ operation }, { to }: ApplyTierInput) => {
    const tenant = { ...operation.tenant, ...to };
    const zone = dnsZoneOf(tenant, azureDns.parentZone);
    await assertOwnNamespace(kubernetes, tenant);
    const secrets = ensureSecrets(connectors, settings, tenant, operation.operationId);
    const afterSecrets = secrets.catch(() => undefined);
    const { problem } = await attemptAll<unknown>({
      quota: () => applyBoundary(kubernetes, tenant, settings).then(() => quotaInForce(kubernetes, resourceQuota(tenant))),
      certificate: () => kubernetes.apply(certificateManifest(tenant, zone, issuerOf(settings.ENVIRONMENT, settings.CLUSTER_ISSUER))),
      ingress: () => kubernetes.apply(ingressManifest(tenant, zone, CERTIFICATE_NAME)),
      Secrets: () => secrets,
      labels: () => afterSecrets.then(() => allEnded(createdOnce(tenant).map((ref) => kubernetes.mergePatch(ref, { metadata: { labels: labelsOf(tenant) } })))),
      'connection limit': () => afterSecrets.then(() => ensureDatabaseRole(connectors, tenant)),
    });
    if (problem) throw problem;
    return { ...to };
  }, { completes: ({ returning }) => !returning });
};

/** Objects that provisioning creates and never applies again. */
const createdOnce = ({ namespace }: Tenant): ObjectRef[] => [
  { apiVersion: 'v1', kind: 'Namespace', name: namespace },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', name: MANAGED_BY, namespace },
  ...Object.values(SECRETS).map((name) => ({ apiVersion: 'v1', kind: 'Secret', name, namespace })),
];

/** Admission goes by the quota's status, not by its spec: pods that come too early would be refused by the old quota. */
const quotaInForce = (kubernetes: Kubernetes, { apiVersion = '', kind = '', metadata, spec }: Manifest): Promise<true> => waitFor({
  what: 'the new quota to be in force',
  timeoutMs: QUOTA_TIMEOUT_MS,
  intervalMs: QUOTA_INTERVAL_MS,
  probe: async () => {
    const quota = await kubernetes.get({ apiVersion, kind, name: metadata?.name ?? '', namespace: metadata?.namespace ?? '' });
    return isDeepStrictEqual(amountsOf(quota?.['status']), amountsOf(spec)) || undefined;
  },
});

const amountsOf = (part: unknown): Record<string, number> =>
  Object.fromEntries(Object.entries((part as { hard?: Record<string, string> } | undefined)?.hard ?? {}).map(([name, amount]) => [name, parseQuantity(amount)]));
