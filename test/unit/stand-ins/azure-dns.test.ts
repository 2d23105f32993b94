import assert from 'node:assert/strict';
import { DnsManagementClient, type Zone } from '@azure/arm-dns';
import type { DecodedPacket, Question, RecordType } from 'dns-packet';
import { createAzureDns } from '../../../deploy/local/stand-ins/azure-dns-arm.ts';
import { askTcp, askUdp, resolveFrom } from '../../../deploy/local/stand-ins/dns-client.ts';
import { DnsServer } from '../../../deploy/local/stand-ins/dns-server.ts';
import { PARENT_ADDRESS, ZoneTable } from '../../../deploy/local/stand-ins/dns-zones.ts';
import { serve, type Client } from './support.ts';

const GROUP = 'dns';
const PARENT = 'matih.ai';
const CHILD = 'acme.matih.ai';

const armClient = (endpoint: string): DnsManagementClient => {
  const credential = { getToken: () => Promise.resolve({ token: 'unused', expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const client = new DnsManagementClient(credential, 'subscription-1', { endpoint, allowInsecureConnection: true, retryOptions: { maxRetries: 0 } });
  client.pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' });
  return client;
};

const refusedWith = (statusCode: number, code: string) => (error: unknown): boolean => {
  assert.deepEqual([(error as { statusCode: number }).statusCode, (error as { code: string }).code], [statusCode, code]);
  return true;
};

describe('Azure DNS stand-in', () => {
  let http: Client;
  let arm: DnsManagementClient;
  let dns: DnsServer;
  let zones: ZoneTable;

  beforeEach(async () => {
    zones = new ZoneTable(PARENT);
    dns = new DnsServer(zones, 0);
    await dns.start();
    http = await serve(createAzureDns(zones, dns), 'unused');
    arm = armClient(http.url);
  });
  afterEach(async () => {
    await http.close();
    await dns.stop();
  });

  const createChild = (name = CHILD): Promise<Zone> =>
    arm.zones.createOrUpdate(GROUP, name, { location: 'global', tags: { 'matih-tenant-id': 'id-1' } }, { ifNoneMatch: '*' });
  const addresses = (name: string, ...ipv4: string[]) =>
    arm.recordSets.createOrUpdate(GROUP, CHILD, name, 'A', { ttl: 300, aRecords: ipv4.map((ipv4Address) => ({ ipv4Address })) });
  const delegate = (zone: Zone) => arm.recordSets.createOrUpdate(GROUP, PARENT, 'acme', 'NS',
    { ttl: 300, nsRecords: zone.nameServers?.map((nsdname) => ({ nsdname })) ?? [], metadata: { tenantId: 'id-1' } }, { ifNoneMatch: '*' });

  describe('management endpoint, through @azure/arm-dns', () => {
    it('holds the parent zone under any resource group', async () => {
      const parent = await arm.zones.get('whatever', PARENT);
      assert.equal(parent.name, PARENT);
      assert.equal(parent.nameServers?.length, 4);
    });

    it('creates a zone once, with its owner mark and name servers of its own', async () => {
      const [child, other] = [await createChild(), await createChild('other.matih.ai')];
      assert.deepEqual(child.tags, { 'matih-tenant-id': 'id-1' });
      assert.equal(new Set([...(child.nameServers ?? []), ...(other.nameServers ?? [])]).size, 8);
      await assert.rejects(createChild(), refusedWith(412, 'PreconditionFailed'));
      await assert.rejects(arm.zones.get('another-group', CHILD), refusedWith(404, 'ResourceNotFound'));
      const ledger = (await http.call('GET', '/_ledger?tenantId=id-1')).body as unknown as { method: string; effect: string }[];
      assert.deepEqual(ledger.map(({ method, effect }) => [method, effect]), [['PUT', 'created'], ['PUT', 'created']]);
    });

    it('changes and deletes only what has the expected ETag', async () => {
      const child = await createChild();
      await assert.rejects(arm.zones.createOrUpdate(GROUP, CHILD, { location: 'global' }, { ifMatch: 'stale' }), refusedWith(412, 'PreconditionFailed'));
      const changed = await arm.zones.createOrUpdate(GROUP, CHILD, { location: 'global', tags: { a: 'b' } }, { ifMatch: child.etag ?? '' });
      assert.notEqual(changed.etag, child.etag);
      const set = await addresses('api', '10.0.0.1');
      await assert.rejects(arm.recordSets.delete(GROUP, CHILD, 'api', 'A', { ifMatch: 'stale' }), refusedWith(412, 'PreconditionFailed'));
      await arm.recordSets.delete(GROUP, CHILD, 'api', 'A', { ifMatch: set.etag ?? '' });
      await assert.rejects(arm.recordSets.get(GROUP, CHILD, 'api', 'A'), refusedWith(404, 'NotFound'));
      await arm.recordSets.delete(GROUP, CHILD, 'api', 'A');
    });

    it('deletes a zone as a long-running operation, and gives it other name servers when it comes back', async () => {
      const child = await createChild();
      const poller = await arm.zones.beginDelete(GROUP, CHILD, { updateIntervalInMs: 20 });
      assert.equal(poller.isDone(), false);
      await assert.rejects(addresses('api', '10.0.0.1'), refusedWith(409, 'Conflict'));
      await poller.pollUntilDone();
      await assert.rejects(arm.zones.get(GROUP, CHILD), refusedWith(404, 'ResourceNotFound'));
      await arm.zones.beginDeleteAndWait(GROUP, CHILD);
      assert.notDeepEqual((await createChild()).nameServers, child.nameServers);
      await assert.rejects(arm.zones.beginDeleteAndWait(GROUP, PARENT), refusedWith(409, 'Conflict'));
    });

    it('lists in pages', async () => {
      await createChild();
      for (const name of ['@', '*', 'api', 'bi']) await addresses(name, '10.0.0.1');
      const names: (string | undefined)[] = [];
      for await (const set of arm.recordSets.listByDnsZone(GROUP, CHILD, { top: 2 })) names.push(`${set.name} ${set.type?.split('/').pop()}`);
      assert.deepEqual(names, ['@ NS', '@ SOA', '@ A', '* A', 'api A', 'bi A']);
      const ofType: (string | undefined)[] = [];
      for await (const set of arm.recordSets.listByType(GROUP, CHILD, 'A')) ofType.push(set.name);
      assert.deepEqual(ofType, ['@', '*', 'api', 'bi']);
      const all: (string | undefined)[] = [];
      for await (const zone of arm.zones.list({ top: 1 })) all.push(zone.name);
      assert.deepEqual(all, [PARENT, CHILD]);
    });

    it('keeps metadata and refuses what Azure refuses', async () => {
      const child = await createChild();
      await delegate(child);
      assert.deepEqual((await arm.recordSets.get(GROUP, PARENT, 'acme', 'NS')).metadata, { tenantId: 'id-1' });
      await assert.rejects(addresses('api', 'not an address'), (error: { statusCode?: number }) => error.statusCode === 400);
      await assert.rejects(arm.recordSets.delete(GROUP, CHILD, '@', 'SOA'), refusedWith(400, 'BadRequest'));
      await assert.rejects(arm.recordSets.createOrUpdate(GROUP, CHILD, '@', 'CNAME', { ttl: 300, cnameRecord: { cname: 'x.example' } }), refusedWith(409, 'Conflict'));
      assert.equal((await http.call('GET', '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/dnsZones?api-version=2016-04-01')).status, 400);
    });

    it('has a ceiling, and throttles on demand', async () => {
      await http.call('PUT', '/_limits', { zones: 1 });
      await assert.rejects(createChild(), refusedWith(409, 'TooManyZones'));
      await http.call('POST', '/_faults', { match: { tenantId: 'acme' }, kind: 'throttle', code: 'TooManyRequests', retryAfterSeconds: 3 });
      await assert.rejects(arm.zones.get(GROUP, CHILD), refusedWith(429, 'TooManyRequests'));
      assert.equal((await arm.zones.get(GROUP, PARENT)).name, PARENT);
    });
  });

  for (const [transport, ask] of [['UDP', askUdp], ['TCP', askTcp]] as const) {
    describe(`DNS over ${transport}`, () => {
      const question = (name: string, type: RecordType = 'A'): Question => ({ name, type });
      const parent = (name: string, type?: RecordType): Promise<DecodedPacket> => ask({ address: PARENT_ADDRESS, port: dns.port }, question(name, type));
      const child = (name: string, type?: RecordType): Promise<DecodedPacket> =>
        ask({ address: zones.get(CHILD)?.address ?? '', port: dns.port }, question(name, type));
      const rcode = (packet: DecodedPacket): string => (packet as unknown as { rcode: string }).rcode;
      const data = (packet: DecodedPacket): unknown[] => (packet.answers ?? []).map((record) => (record as { data: unknown }).data);

      beforeEach(async () => {
        const zone = await createChild();
        await addresses('@', '10.0.0.1');
        await addresses('*', '10.0.0.2');
        await addresses('deep.below', '10.0.0.3');
        await delegate(zone);
      });

      it('refers from the parent to the child, with glue', async () => {
        const reply = await parent(`api.${CHILD}`);
        assert.equal(reply.flag_aa, false);
        assert.deepEqual(data(reply), []);
        assert.deepEqual(reply.authorities?.map(({ name, type }) => [name, type]), Array.from({ length: 4 }, () => [CHILD, 'NS']));
        assert.equal(reply.additionals?.length, 4);
        const glue = reply.additionals?.[0] as { name: string; data: string };
        assert.deepEqual(data(await parent(glue.name)), [glue.data]);
      });

      it('answers for the child with authority', async () => {
        const apex = await child(CHILD);
        assert.deepEqual([apex.flag_aa, data(apex)], [true, ['10.0.0.1']]);
        assert.deepEqual(data(await child(`API.${CHILD}`)), ['10.0.0.2']);
        assert.deepEqual(data(await child(`a.b.${CHILD}`)), ['10.0.0.2']);
        assert.equal((await child(CHILD, 'NS')).answers?.length, 4);
        assert.equal(rcode(await child(PARENT)), 'REFUSED');
      });

      it('tells a missing name from a missing type, with the SOA', async () => {
        const missing = await parent(`nowhere.${PARENT}`);
        assert.deepEqual([missing.flag_aa, rcode(missing), missing.authorities?.map(({ type }) => type)], [true, 'NXDOMAIN', ['SOA']]);
        for (const [name, type] of [[CHILD, 'TXT'], [`below.${CHILD}`, 'A']] as const) {
          const empty = await child(name, type);
          assert.deepEqual([rcode(empty), data(empty), empty.authorities?.map((record) => record.type)], ['NOERROR', [], ['SOA']]);
        }
        assert.equal(rcode(await child(`other.below.${CHILD}`)), 'NXDOMAIN');
      });

      it('can be followed from the parent down', async () => {
        const reply = await resolveFrom({ address: PARENT_ADDRESS, port: dns.port }, question(`api.${CHILD}`));
        assert.deepEqual([reply.flag_aa, data(reply)], [true, ['10.0.0.2']]);
        await arm.zones.beginDeleteAndWait(GROUP, CHILD, { updateIntervalInMs: 20 });
        assert.equal((await parent(CHILD)).additionals?.length, 0);
      });

      it('follows an alias inside the zone', async () => {
        await arm.recordSets.createOrUpdate(GROUP, CHILD, 'www', 'CNAME', { ttl: 300, cnameRecord: { cname: `deep.below.${CHILD}.` } });
        assert.deepEqual(data(await child(`www.${CHILD}`)), [`deep.below.${CHILD}`, '10.0.0.3']);
      });

      if (transport === 'UDP') {
        it('asks for TCP when an answer is too long', async () => {
          await addresses('many', ...Array.from({ length: 60 }, (_, host) => `10.0.1.${host}`));
          assert.equal((await child(`many.${CHILD}`)).flag_tc, true);
          assert.equal((await resolveFrom({ address: PARENT_ADDRESS, port: dns.port }, question(`many.${CHILD}`))).answers?.length, 60);
        });
      }
    });
  }
});
