/**
 * Effect: a certificate for the zone and its wildcard is issued, and an Ingress with it routes the tenant's hosts. Ends DEPLOY_INGRESS.
 * Idempotent: both objects are applied by name in the tenant's own namespace; a certificate that is issued is not asked for again.
 * Converges: issuing goes on in the cluster without us; whoever comes next finds it done, or waits on.
 */
import { TenantError } from '../../../tenant/errors.ts';
import { dnsZoneOf } from '../../../tenant/names.ts';
import { hostsOf } from '../../../tenant/routes.ts';
import type { Tenant } from '../../../tenant/tenant.ts';
import { phaseActivity, type ActivityDependencies } from '../../phase-activity.ts';
import { waitFor } from '../../wait.ts';
import { zoneRefOf } from './zone-ref.ts';
import {
  certificateManifest, certificateRef, CERTIFICATE_NAME, issuedCertificate, issuerOf, whyNotIssued, type IssuedCertificate,
} from './certificate.ts';
import type { DelegateZoneInput } from './delegate-zone.ts';
import { ingressManifest } from './ingress.ts';

const POLL_INTERVAL_MS = 500;

export const issueCertificate = (dependencies: ActivityDependencies) => {
  const { connectors: { azureDns, kubernetes }, settings } = dependencies;

  const issued = (tenant: Tenant): Promise<IssuedCertificate> => {
    const ref = certificateRef(tenant.namespace);
    const challenges = () => kubernetes.list({ apiVersion: 'acme.cert-manager.io/v1', kind: 'Challenge', namespace: tenant.namespace });
    return waitFor({
      what: 'the certificate',
      timeoutMs: settings.CERTIFICATE_TIMEOUT_SECONDS * 1000,
      intervalMs: POLL_INTERVAL_MS,
      probe: async () => {
        const certificate = await kubernetes.get(ref);
        return certificate && issuedCertificate(certificate);
      },
      explain: async () => whyNotIssued(await kubernetes.get(ref), await challenges()),
    });
  };

  return phaseActivity(dependencies, 'DEPLOY_INGRESS', async ({ operation: { tenant } }, { ip }: DelegateZoneInput) => {
    const name = dnsZoneOf(tenant, azureDns.parentZone);
    const zone = await azureDns.getZone(zoneRefOf(tenant, azureDns.parentZone));
    if (zone?.ownerId !== tenant.id) throw new TenantError('CONFLICT', `the DNS zone ${name} is not this tenant's`);

    const issuer = issuerOf(settings.ENVIRONMENT, settings.CLUSTER_ISSUER);
    await kubernetes.apply(certificateManifest(tenant, name, issuer));
    const { notAfter } = await issued(tenant);
    await kubernetes.apply(ingressManifest(tenant, name, CERTIFICATE_NAME));
    return {
      ip,
      zone: name,
      zoneId: zone.id,
      nameServers: zone.nameServers,
      certificate: { name: CERTIFICATE_NAME, issuer, ...(notAfter && { notAfter }) },
      hosts: hostsOf(name).map(({ host }) => host),
    };
  });
};
