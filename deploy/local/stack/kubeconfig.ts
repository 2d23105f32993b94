import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { KeyPair } from './certificates.ts';

/** Proof of identity towards the Kubernetes API. */
export type Credential = KeyPair | { readonly token: string };

export interface Cluster {
  readonly server: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly authority: string;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Writes a kubeconfig that only its owner may read. `namespace` is what kubectl uses when none is named. */
export function writeKubeconfig(file: string, cluster: Cluster, user: string, credential: Credential, namespace = 'default'): void {
  const proof = 'token' in credential
    ? { token: credential.token }
    : { 'client-certificate-data': base64(credential.certificate), 'client-key-data': base64(credential.privateKey) };
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'matih-local', cluster: { server: cluster.server, 'certificate-authority-data': base64(cluster.authority) } }],
    users: [{ name: user, user: proof }],
    contexts: [{ name: 'matih-local', context: { cluster: 'matih-local', user, namespace } }],
    'current-context': 'matih-local',
  };
  writeFileSync(file, stringify(content), { mode: 0o600 });
}
