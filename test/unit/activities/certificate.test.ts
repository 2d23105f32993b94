import assert from 'node:assert/strict';
import { certificateManifest, issuedCertificate, issuerOf, whyNotIssued } from '../../../activities/provisioning/deploy-ingress/certificate.ts';
import { ingressManifest } from '../../../activities/provisioning/deploy-ingress/ingress.ts';
import { CATALOGUE } from '../../../tenant/catalogue.ts';
import type { Tenant } from '../../../tenant/tenant.ts';

const tenant = { id: 'id-1', slug: 'acme', tier: 'FREE', namespace: 'matih-data-plane-acme' } as Tenant;
const certificate = (conditions: object[], generation = 1) => ({
  ...certificateManifest(tenant, 'acme.matih.ai', 'issuer'), metadata: { generation }, status: { notAfter: '2027-01-01T00:00:00Z', conditions },
});

describe('the certificate', () => {
  it('covers the zone and everything directly below it', () => {
    const { spec } = certificateManifest(tenant, 'acme.matih.ai', 'issuer') as unknown as { spec: { dnsNames: string[] } };
    assert.deepEqual(spec.dnsNames, ['acme.matih.ai', '*.acme.matih.ai']);
  });

  it('comes from an issuer that browsers trust in production only, unless a setting names another', () => {
    assert.equal(issuerOf('dev', undefined), 'letsencrypt-staging-dns01');
    assert.equal(issuerOf('staging', undefined), 'letsencrypt-staging-dns01');
    assert.equal(issuerOf('production', undefined), 'letsencrypt-prod-dns01');
    assert.equal(issuerOf('production', 'own-ca'), 'own-ca');
  });

  it('is issued when Ready is true for its present generation', () => {
    assert.deepEqual(issuedCertificate(certificate([{ type: 'Ready', status: 'True' }])), { notAfter: '2027-01-01T00:00:00Z' });
    assert.equal(issuedCertificate(certificate([{ type: 'Ready', status: 'True', observedGeneration: 1 }], 2)), undefined);
    assert.equal(issuedCertificate(certificate([{ type: 'Ready', status: 'False' }])), undefined);
    assert.equal(issuedCertificate(certificate([])), undefined);
  });

  it('meets the authority\'s rate limit as a ceiling with its own time for the next try', () => {
    const message = 'order is in "errored" state: 429 urn:ietf:params:acme:error:rateLimited: too many certificates, retry after 2026-01-01 02:00:00 UTC: see …';
    const limited = certificate([{ type: 'Issuing', status: 'False', reason: 'Failed', message }]);
    assert.throws(() => issuedCertificate(limited, Date.parse('2026-01-01T00:00:00Z')), { failureClass: 'CEILING_REACHED', retryAfterSeconds: 7200 });
  });

  it('continues to wait when the rate limit in its message is over', () => {
    const message = '429 urn:ietf:params:acme:error:rateLimited: too many certificates, retry after 2026-01-01 02:00:00 UTC: see …';
    const limited = certificate([{ type: 'Issuing', status: 'False', reason: 'Failed', message }]);
    assert.equal(issuedCertificate(limited, Date.parse('2026-01-01T02:00:00Z')), undefined);
  });

  it('explains by its challenges, else by its own conditions, why it is not there', () => {
    const waiting = certificate([{ type: 'Ready', status: 'False', message: 'Issuing certificate' }]);
    const challenge = { apiVersion: 'acme.cert-manager.io/v1', kind: 'Challenge', status: { reason: 'DNS record not yet propagated' } };
    assert.equal(whyNotIssued(waiting, [challenge, challenge]), 'DNS record not yet propagated');
    assert.equal(whyNotIssued(waiting, []), 'Issuing certificate');
    assert.equal(whyNotIssued(undefined, []), undefined);
  });
});

interface Path { path: string; backend: { service: { name: string; port: { number: number } } } }
interface IngressSpec {
  ingressClassName: string;
  tls: { hosts: string[]; secretName: string }[];
  rules: { host: string; http: { paths: Path[] } }[];
}

describe('the ingress', () => {
  const spec = ingressManifest(tenant, 'acme.matih.ai', 'tenant-tls')['spec'] as IngressSpec;
  const serviceFor = (host: string, path: string) =>
    spec.rules.find((rule) => rule.host === host)?.http.paths.find((candidate) => candidate.path === path)?.backend.service.name;

  it('ends TLS for each of its hosts, in the tenant\'s own class', () => {
    assert.equal(spec.ingressClassName, 'nginx-acme');
    assert.deepEqual(spec.tls, [{ hosts: ['acme.matih.ai', 'api.acme.matih.ai', 'bi.acme.matih.ai'], secretName: 'tenant-tls' }]);
    assert.deepEqual(spec.rules.map(({ host }) => host), spec.tls[0]?.hosts);
  });

  it('routes as the platform says', () => {
    assert.equal(serviceFor('acme.matih.ai', '/api'), 'query-engine');
    assert.equal(serviceFor('acme.matih.ai', '/ws'), 'ai-service');
    assert.equal(serviceFor('bi.acme.matih.ai', '/'), 'bi-service');
  });

  it('sends every path to a service of the catalogue at its port', () => {
    for (const { path, backend: { service } } of spec.rules.flatMap(({ http }) => http.paths)) {
      assert.equal(CATALOGUE.find(({ name }) => name === service.name)?.port, service.port.number, path);
    }
  });
});
