import type { Manifest, ObjectRef } from '../../../connectors/kubernetes/interface.ts';
import { TenantError } from '../../../tenant/errors.ts';
import { labelsOf } from '../../../tenant/labels.ts';
import type { Tenant } from '../../../tenant/tenant.ts';

/** Name of the Certificate and of the secret it fills. */
export const CERTIFICATE_NAME = 'tenant-tls';

/** The issuers the platform shares, by environment: only production asks for certificates that browsers trust. */
const ISSUER_OF_ENVIRONMENT: Readonly<Record<string, string>> = {
  dev: 'letsencrypt-staging-dns01', staging: 'letsencrypt-staging-dns01', production: 'letsencrypt-prod-dns01',
};

/** The ClusterIssuer in force: the one that is set, else that of the environment. */
export const issuerOf = (environment: string, setting: string | undefined): string =>
  setting ?? ISSUER_OF_ENVIRONMENT[environment] ?? 'letsencrypt-staging-dns01';

export const certificateRef = (namespace: string): ObjectRef =>
  ({ apiVersion: 'cert-manager.io/v1', kind: 'Certificate', name: CERTIFICATE_NAME, namespace });

/** One certificate for the zone and everything directly below it, proved by a DNS01 challenge in the zone. */
export const certificateManifest = (tenant: Tenant, zone: string, issuer: string): Manifest => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name: CERTIFICATE_NAME, namespace: tenant.namespace, labels: labelsOf(tenant) },
  spec: {
    secretName: CERTIFICATE_NAME,
    secretTemplate: { labels: labelsOf(tenant) },
    dnsNames: [zone, `*.${zone}`],
    issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: issuer },
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
  },
});

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
}

/** The end of an issued certificate's validity (ISO 8601), where it is known. */
export interface IssuedCertificate {
  notAfter: string | undefined;
}

/** Let's Encrypt's word for a ceiling, and how it says when to come again. */
const RATE_LIMITED = /rateLimited|too many certificates/i;
const RETRY_AFTER = /retry after (\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?: ?UTC|Z))/i;

/** Seconds until cert-manager itself tries again after a failure. */
const CERT_MANAGER_BACKOFF_SECONDS = 3600;

const conditionsOf = (certificate: Manifest): Condition[] =>
  (certificate['status'] as { conditions?: Condition[] } | undefined)?.conditions ?? [];

/** What a Certificate says: issued, or undefined while it is not; the issuer's rate limit is CEILING_REACHED. */
export const issuedCertificate = (certificate: Manifest, now = Date.now()): IssuedCertificate | undefined => {
  const conditions = conditionsOf(certificate);
  const ready = conditions.find(({ type }) => type === 'Ready');
  const generation = certificate.metadata?.generation ?? 0;
  if (ready?.status === 'True' && (ready.observedGeneration ?? generation) >= generation) {
    return { notAfter: (certificate['status'] as { notAfter?: string }).notAfter };
  }
  const limit = conditions.map(({ message }) => message ?? '').find((message) => RATE_LIMITED.test(message));
  if (limit === undefined) return undefined;
  const again = Date.parse(RETRY_AFTER.exec(limit)?.[1] ?? '');
  const seconds = Number.isNaN(again) ? CERT_MANAGER_BACKOFF_SECONDS : Math.ceil((again - now) / 1000);
  // The message stays until cert-manager's next try, beyond the end of the limit it names.
  if (seconds <= 0) return undefined;
  throw new TenantError('CEILING_REACHED', `the certificate authority's rate limit is reached: ${limit}`, { retryAfterSeconds: seconds });
};

/** Why a certificate is not issued, in cert-manager's words: its challenges' reasons, else its own conditions. */
export const whyNotIssued = (certificate: Manifest | undefined, challenges: readonly Manifest[]): string | undefined => {
  const reasons = challenges.flatMap((challenge) => (challenge['status'] as { reason?: string } | undefined)?.reason ?? []);
  const messages = certificate ? conditionsOf(certificate).filter(({ status }) => status !== 'True').flatMap(({ message }) => message ?? []) : [];
  return [...new Set(reasons.length > 0 ? reasons : messages)].join('; ') || undefined;
};
