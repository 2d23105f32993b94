import assert from 'node:assert/strict';
import { createAzureDns } from '../../../connectors/azure-dns/client.ts';
import type { AzureDns, ZoneRef } from '../../../connectors/azure-dns/interface.ts';
import { withCallContext } from '../../../connectors/call-context.ts';
import { createAzureDns as createStandIn } from '../../../deploy/local/stand-ins/azure-dns-arm.ts';
import { DnsServer } from '../../../deploy/local/stand-ins/dns-server.ts';
import { ZoneTable } from '../../../deploy/local/stand-ins/dns-zones.ts';
import { ADDRESS_RECORDS } from '../../../tenant/names.ts';
import { serve, type Client } from '../stand-ins/support.ts';

const PARENT = 'matih.ai';
const ZONE = 'acme.matih.ai';
const TENANT = 'id-of-acme';
const SETTINGS = { AZURE_SUBSCRIPTION_ID: 'subscription-1', AZURE_DNS_RESOURCE_GROUP: 'dns', DNS_PARENT_ZONE: PARENT, DNS_RECORD_TTL_SECONDS: 1 };

describe('the Azure DNS connector', () => {
  let http: Client;
  let dns: DnsServer;
  let zones: ZoneTable;
  let azure: AzureDns;

  const connect = (settings: Partial<typeof SETTINGS> = {}): AzureDns => createAzureDns({ ...SETTINGS, AZURE_DNS_ENDPOINT: http.url, ...settings });
  const fault = (match: object, kind: string, more: object = {}) => http.call('POST', '/_faults', { match, kind, ...more });
  /** Makes all of a tenant's records; returns the recorded ids. */
  const make = async (): Promise<ZoneRef> => {
    const zone = await azure.createZone(ZONE, TENANT);
    const delegationId = await azure.delegate(zone, TENANT);
    await azure.putAddressRecords(zone, TENANT, ADDRESS_RECORDS, '10.0.0.1');
    return { name: ZONE, id: zone.id, delegationId };
  };
  const records = () => [...zones.get(ZONE)?.records.values() ?? []].filter(({ type }) => type === 'A').map(({ name }) => name);
  const delegation = () => zones.parent.records.get('acme/NS');

  beforeEach(async () => {
    zones = new ZoneTable(PARENT);
    dns = new DnsServer(zones, 0);
    await dns.start();
    http = await serve(createStandIn(zones, dns), 'unused');
    azure = connect();
  });
  afterEach(async () => {
    await http.close();
    await dns.stop();
  });

  it('removes its zone and records, and returns their ownership', async () => {
    const ref = await make();
    assert.deepEqual(await azure.removeAddressRecords(ref, TENANT, ADDRESS_RECORDS), { zone: 'own', removed: 4 });
    assert.deepEqual([records(), await azure.removeDelegation(ref, TENANT), await azure.deleteZone(ref, TENANT)], [[], 'own', 'own']);
    assert.deepEqual([await azure.removeDelegation(ref, TENANT), await azure.deleteZone(ref, TENANT), await azure.find(ref, TENANT)], ['absent', 'absent', []]);
  });

  it('leaves what has lost its mark or is another tenant\'s, and says that it is foreign', async () => {
    const ref = await make();
    for (const tags of [{}, { 'matih-tenant-id': 'another' }]) {
      Object.assign(zones.get(ZONE)!, { tags });
      Object.assign(delegation()!, { metadata: tags });
      assert.deepEqual(await azure.removeAddressRecords(ref, TENANT, ADDRESS_RECORDS), { zone: 'foreign', removed: 0 });
      assert.deepEqual([await azure.removeDelegation(ref, TENANT), await azure.deleteZone(ref, TENANT)], ['foreign', 'foreign']);
      assert.deepEqual((await azure.find(ref, TENANT)).map(({ kind, ownership }) => [kind, ownership]), [['zone', 'foreign'], ['delegation', 'foreign']]);
    }
    assert.equal(records().length, 4);
  });

  it('finds a recorded zone again after the resource group, the subscription and the parent zone of the settings have changed', async () => {
    for (const change of [{ AZURE_DNS_RESOURCE_GROUP: 'other' }, { AZURE_SUBSCRIPTION_ID: 'subscription-2' }, { DNS_PARENT_ZONE: 'matih.example' }]) {
      const ref = await make();
      if (change.DNS_PARENT_ZONE) zones.add(change.DNS_PARENT_ZONE, undefined, {});
      const later = connect(change);
      assert.equal((await later.getZone(ref))?.ownerId, TENANT);
      assert.ok((await later.find(ref, TENANT)).length >= 2, JSON.stringify(change));
      assert.deepEqual(await later.removeAddressRecords(ref, TENANT, ADDRESS_RECORDS), { zone: 'own', removed: 4 });
      assert.deepEqual([await later.removeDelegation(ref, TENANT), await later.deleteZone(ref, TENANT)], ['own', 'own']);
      assert.deepEqual(await later.find(ref, TENANT), []);
    }
  });

  it('finds a zone that lies where no record and no setting says, by its name and by its mark', async () => {
    const elsewhere = connect({ AZURE_DNS_RESOURCE_GROUP: 'elsewhere' });
    await elsewhere.createZone(ZONE, TENANT);
    await elsewhere.createZone('renamed.matih.ai', TENANT);
    const found = await azure.find({ name: ZONE }, TENANT);
    assert.deepEqual(found.map(({ what, ownership }) => [/elsewhere.*\/(.*)$/.exec(what)?.[1], ownership]), [[ZONE, 'own'], ['renamed.matih.ai', 'own']]);

    await fault({ path: '^/subscriptions/[^/]+/providers' }, 'error', { status: 403, code: 'AuthorizationFailed' });
    assert.deepEqual(await azure.find({ name: ZONE }, TENANT), [], 'a credential of one resource group looks there only');
    assert.equal((await elsewhere.find({ name: ZONE }, TENANT)).length, 2);
  });

  it('treats a missing resource group or subscription as an error, not as a missing zone', async () => {
    const ref = await make();
    for (const code of ['ResourceGroupNotFound', 'SubscriptionNotFound']) {
      await fault({ path: `dnsZones/${ZONE}` }, 'error', { status: 404, code, times: 3 });
      const failed = { failureClass: 'UNAVAILABLE', message: `Azure DNS answered 404 ${code}` };
      await assert.rejects(azure.deleteZone(ref, TENANT), failed);
      await assert.rejects(azure.removeAddressRecords(ref, TENANT, ADDRESS_RECORDS), failed);
      await assert.rejects(azure.getZone(ref), failed);
    }
    await fault({ path: '^/subscriptions/[^/]+/providers' }, 'error', { status: 404, code: 'SubscriptionNotFound', times: 1 });
    await assert.rejects(azure.find(ref, TENANT), { failureClass: 'UNAVAILABLE' });
    assert.equal((await azure.getZone(ref))?.ownerId, TENANT);
  });

  it('is not ready while a previous zone is being deleted, and in conflict with a zone that stays', async () => {
    await fault({ method: 'PUT', path: `dnsZones/${ZONE}$` }, 'error', { status: 412, code: 'PreconditionFailed', times: 1 });
    await assert.rejects(azure.createZone(ZONE, TENANT), { failureClass: 'NOT_READY' });
    await azure.createZone(ZONE, 'another');
    await assert.rejects(azure.createZone(ZONE, TENANT), { failureClass: 'CONFLICT' });
  });

  it('writes over nothing that changed since it was read', async () => {
    const ref = await make();
    const zone = (await azure.getZone(ref))!;
    zones.get(ZONE)!.records.delete('api/A');
    await fault({ method: 'GET', path: '/A/' }, 'latency', { latencyMs: 200, times: 4 });
    const writing = azure.putAddressRecords(zone, TENANT, ADDRESS_RECORDS, '10.0.0.2');
    await assert.doesNotReject(writing);
    const { etag } = zones.get(ZONE)!.records.get('bi/A')!;
    await fault({ method: 'DELETE', path: '/A/bi' }, 'latency', { latencyMs: 300, times: 1 });
    const removing = azure.removeAddressRecords(ref, TENANT, ['bi']);
    await new Promise((resolve) => setTimeout(resolve, 150));
    Object.assign(zones.get(ZONE)!.records.get('bi/A')!, { etag: `${etag}-changed` });
    await assert.rejects(removing, { failureClass: 'UNAVAILABLE', message: /412/ });
  });

  it('finds what stands on the second page of a list', async () => {
    for (let number = 0; number < 120; number += 1) zones.add(`t${number}.${PARENT}`, 'subscription-1/dns', number === 119 ? { 'matih-tenant-id': TENANT } : {});
    assert.deepEqual((await azure.find({ name: ZONE }, TENANT)).map(({ ownership }) => ownership), ['own']);
  });

  it('changes nothing for an attempt that has a successor', async () => {
    const ref = await make();
    const zone = (await azure.getZone(ref))!;
    const superseded = async (): Promise<never> => { throw new Error('superseded'); };
    await withCallContext({ signal: new AbortController().signal, tenantId: TENANT, requestId: 'run', whileOwner: superseded }, async () => {
      for (const change of [
        () => azure.createZone('new.matih.ai', TENANT), () => azure.deleteZone(ref, TENANT), () => azure.removeDelegation(ref, TENANT),
        () => azure.delegate({ ...zone, nameServers: ['ns.example'] }, TENANT), () => azure.removeAddressRecords(ref, TENANT, ADDRESS_RECORDS),
        () => azure.putAddressRecords(zone, TENANT, ADDRESS_RECORDS, '10.0.0.9'),
      ]) await assert.rejects(change, /superseded/);
    });
    assert.deepEqual([records().length, zones.get('new.matih.ai'), (await azure.find(ref, TENANT)).length], [4, undefined, 2]);
  });
});
