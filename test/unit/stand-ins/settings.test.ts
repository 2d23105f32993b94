import assert from 'node:assert/strict';
import { readSettings } from '../../../deploy/local/stand-ins/settings.ts';

const PORTS = ['STANDINS_PORT_IAM', 'STANDINS_PORT_CONFIG', 'STANDINS_PORT_NOTIFICATION', 'STANDINS_PORT_AUDIT', 'STANDINS_PORT_INFRASTRUCTURE', 'STANDINS_PORT_AZURE_DNS', 'DNS_PORT', 'CLUSTER_PROXY_PORT'];
const COMPLETE = {
  ...Object.fromEntries(PORTS.map((name, index) => [name, String(9000 + index)])),
  KUBECONFIG_ADMIN: '/tmp/kubeconfig', DNS_PARENT_ZONE: 'matih.ai', SERVICE_JWT_SECRET: 'x'.repeat(32),
};

describe('settings of the stand-ins', () => {
  it('are read from the environment', () => {
    assert.equal(readSettings(COMPLETE).DNS_PORT, 9006);
  });

  it('are refused all at once, by name, without their values', () => {
    const faulty = { ...COMPLETE, STANDINS_PORT_IAM: 'no port', SERVICE_JWT_SECRET: 'too short', DNS_PARENT_ZONE: undefined };
    assert.throws(() => readSettings(faulty), ({ message }: Error) => {
      for (const name of ['STANDINS_PORT_IAM', 'SERVICE_JWT_SECRET', 'DNS_PARENT_ZONE']) assert.ok(message.includes(name), name);
      return !message.includes('too short') && !message.includes('no port');
    });
  });
});
