import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { createDns01 } from '../../../deploy/local/stand-ins/acme-dns01.ts';
import { CertificateController } from '../../../deploy/local/stand-ins/certificates.ts';
import { DnsServer } from '../../../deploy/local/stand-ins/dns-server.ts';
import { newEtag, PARENT_ADDRESS, putRecordSet, ZoneTable, type Zone } from '../../../deploy/local/stand-ins/dns-zones.ts';
import { FaultBook } from '../../../deploy/local/stand-ins/faults.ts';
import { createLocalCa } from '../../../deploy/local/stand-ins/local-ca.ts';
import { MemoryCluster } from './memory-cluster.ts';

const NAMESPACE = 'matih-data-plane-acme';
const CERTIFICATES = `/apis/cert-manager.io/v1/namespaces/${NAMESPACE}/certificates`;
const ISSUER = 'letsencrypt-staging-dns01';

const eventually = async (what: string, holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 8000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `never came true: ${what}`);
    await sleep(20);
  }
};

describe('certificate controller', () => {
  let zones: ZoneTable;
  let dns: DnsServer;
  let cluster: MemoryCluster;
  let faults: FaultBook;
  let controller: CertificateController;
  let running: Promise<void>;

  beforeEach(async () => {
    zones = new ZoneTable('matih.ai');
    dns = new DnsServer(zones, 0);
    await dns.start();
    cluster = new MemoryCluster();
    await cluster.call('POST', '/apis/cert-manager.io/v1/clusterissuers', { metadata: { name: ISSUER } });
    faults = new FaultBook();
    const dns01 = createDns01(zones, { address: PARENT_ADDRESS, port: dns.port });
    controller = new CertificateController({ cluster, dns01, ca: await createLocalCa(), faults, log: pino({ level: 'silent' }) });
    running = controller.run();
  });
  afterEach(async () => {
    controller.stop();
    await running;
    await dns.stop();
  });

  const createZone = async (): Promise<Zone> => {
    const zone = zones.add('acme.matih.ai', 's/dns', {});
    await dns.serve(zone);
    return zone;
  };
  const delegate = ({ nameServers }: Zone): void => putRecordSet(zones.parent,
    { name: 'acme', type: 'NS', ttl: 300, etag: newEtag(), metadata: {}, data: { NSRecords: nameServers.map((nsdname) => ({ nsdname })) } });
  const request = (annotations: Record<string, string> = {}, issuer = ISSUER) => cluster.call('POST', CERTIFICATES, {
    metadata: { name: 'acme-tls', namespace: NAMESPACE, annotations, labels: { 'matih.io/tenant': 'acme', app: 'x' } },
    spec: { secretName: 'acme-tls', dnsNames: ['acme.matih.ai', '*.acme.matih.ai'], issuerRef: { name: issuer } },
  });
  const condition = () => cluster.get(`${CERTIFICATES}/acme-tls`)?.['status']?.conditions?.[0] as { status: string; reason: string; message: string } | undefined;
  const secret = () => cluster.get(`/api/v1/namespaces/${NAMESPACE}/secrets/acme-tls`);
  const challengeRecords = (zone: Zone): string[] => [...zone.records.keys()].filter((key) => key.startsWith('_acme-challenge'));

  it('waits for the delegation, then issues and leaves nothing behind', async () => {
    const zone = await createZone();
    await request();
    await eventually('the reason is shown', () => /is not delegated: matih\.ai itself answers/.test(condition()?.message ?? ''));
    assert.deepEqual([condition()?.status, cluster.count('challenges'), secret()], ['False', 2, undefined]);

    delegate(zone);
    await eventually('ready', () => condition()?.status === 'True');
    assert.deepEqual([cluster.count('orders'), cluster.count('challenges'), challengeRecords(zone)], [0, 0, []]);
    assert.deepEqual([secret()?.['type'], secret()?.['metadata'].labels], ['kubernetes.io/tls', { 'matih.io/tenant': 'acme', 'controller.cert-manager.io/fao': 'true' }]);
    const data = secret()?.['stringData'] as Record<string, string>;
    const certificate = new X509Certificate(data['tls.crt'] ?? '');
    assert.equal(certificate.subjectAltName, 'DNS:acme.matih.ai, DNS:*.acme.matih.ai');
    assert.ok(certificate.verify(new X509Certificate(data['ca.crt'] ?? '').publicKey));
    assert.equal(new Date(certificate.validTo).getTime(), new Date(cluster.get(`${CERTIFICATES}/acme-tls`)?.['status'].notAfter).getTime());
  });

  it('cleans up after a certificate that is deleted while it waits', async () => {
    const zone = await createZone();
    delegate(zone);
    await request({ 'local.matih.io/fault': 'never', 'local.matih.io/fault-message': 'nobody home' });
    await eventually('the reason is shown', () => condition()?.message === 'nobody home');
    assert.equal(cluster.count('challenges'), 2);
    await cluster.call('DELETE', `${CERTIFICATES}/acme-tls`);
    await eventually('orders and challenges are gone', () => cluster.count('orders') + cluster.count('challenges') === 0);
    assert.deepEqual(challengeRecords(zone), []);
  });

  it('shows a programmed refusal, and issues when it is over', async () => {
    const zone = await createZone();
    delegate(zone);
    const fault = faults.add({ match: { tenantId: 'acme', path: '^/certificates/' }, kind: 'error', message: 'too many certificates' });
    await request();
    await eventually('the refusal is shown', () => condition()?.reason === 'Failed');
    assert.equal(condition()?.message, 'too many certificates');
    faults.remove(({ id }) => id === fault.id);
    await eventually('ready', () => condition()?.status === 'True');
  });

  it('names an issuer that does not exist', async () => {
    await request({}, 'nobody');
    await eventually('the reason is shown', () => condition()?.message === 'the ClusterIssuer nobody does not exist');
    assert.equal(cluster.count('orders'), 0);
  });
});
