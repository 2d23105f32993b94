import assert from 'node:assert/strict';
import { ProxyAgent, request } from 'undici';
import { createClusterProxy } from '../../../deploy/local/stand-ins/cluster-proxy.ts';
import { listen, type Listening } from '../../../deploy/local/stand-ins/stand-in.ts';
import { MemoryCluster } from './memory-cluster.ts';

const NAMESPACE = 'matih-data-plane-acme';
const SERVICE = `http://query-engine.${NAMESPACE}.svc.cluster.local`;

describe('forward proxy for cluster names', () => {
  let cluster: MemoryCluster;
  let proxy: Listening;
  let dispatcher: ProxyAgent;

  beforeEach(async () => {
    cluster = new MemoryCluster();
    proxy = await listen(createClusterProxy(cluster).listener, 0);
    dispatcher = new ProxyAgent({ uri: proxy.url, proxyTunnel: false });
    await cluster.call('POST', `/api/v1/namespaces/${NAMESPACE}/services`, { metadata: { name: 'query-engine' }, spec: { selector: { app: 'query-engine' }, ports: [{ port: 8080 }] } });
  });
  afterEach(async () => {
    await dispatcher.destroy();
    await proxy.close();
  });

  const status = async (url: string): Promise<number> => {
    const answer = await request(url, { dispatcher });
    await answer.body.dump();
    return answer.statusCode;
  };
  const addPod = (name: string, ready: 'True' | 'False') =>
    cluster.call('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, { metadata: { name }, status: { conditions: [{ type: 'Ready', status: ready }] } });

  it('is healthy only with a ready pod behind an open port of a service that exists', async () => {
    assert.equal(await status(`${SERVICE}:8080/health`), 503);
    await addPod('starting', 'False');
    assert.equal(await status(`${SERVICE}:8080/health`), 503);
    await addPod('up', 'True');
    assert.equal(await status(`${SERVICE}:8080/health`), 200);
    assert.equal(await status(`${SERVICE}:8080/`), 404);
    assert.equal(await status(`${SERVICE}:9090/health`), 502);
    assert.equal(await status(`http://other.${NAMESPACE}.svc.cluster.local:8080/health`), 502);
    assert.equal(await status('http://example.org/health'), 502);
  });

  it('fails on demand, for one service of one tenant', async () => {
    await addPod('up', 'True');
    const fault = { match: { tenantId: 'acme', path: '//query-engine\\.' }, kind: 'error', status: 500, times: 1 };
    const programmed = await fetch(`${proxy.url}/_faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(fault) });
    assert.equal(programmed.status, 201);
    assert.deepEqual([await status(`${SERVICE}:8080/health`), await status(`${SERVICE}:8080/health`)], [500, 200]);
  });

  it('carries no tunnels', async () => {
    const tunnel = new ProxyAgent({ uri: proxy.url, proxyTunnel: true });
    await assert.rejects(request(`${SERVICE}:8080/health`, { dispatcher: tunnel }));
    await tunnel.destroy();
  });
});
