import { createHash } from 'node:crypto';
import { APPLY, MERGE, unlessPresent, type Cluster } from './cluster.ts';
import type { IssuedCertificate } from './local-ca.ts';

export const CHALLENGE_FINALIZER = 'finalizer.acme.cert-manager.io';

const CERT_MANAGER = '/apis/cert-manager.io/v1';
const ACME = '/apis/acme.cert-manager.io/v1';

const certificatePath = ({ namespace, name }: ObjectName): string => `${CERT_MANAGER}/namespaces/${namespace}/certificates/${name}`;
const orderPath = ({ namespace, name }: ObjectName): string => `${ACME}/namespaces/${namespace}/orders/${name}`;
const challengePath = ({ namespace, name }: ObjectName): string => `${ACME}/namespaces/${namespace}/challenges/${name}`;

interface ObjectName {
  namespace: string;
  name: string;
}

export interface Condition {
  type: string;
  status: 'True' | 'False';
  reason: string;
  message: string;
  observedGeneration: number;
  lastTransitionTime: string;
}

interface Metadata extends ObjectName {
  uid: string;
  generation: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { uid: string }[];
}

export interface Certificate {
  metadata: Metadata;
  spec: {
    secretName: string;
    dnsNames: string[];
    issuerRef: { name: string; kind?: string };
    secretTemplate?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  };
  status?: { conditions?: Condition[]; revision?: number };
}

export interface Challenge {
  metadata: Metadata;
  spec: { dnsName: string; key: string };
  status?: { reason?: string };
}

/** An Order or a Challenge. */
export type Owned = { metadata: Metadata };

interface List<T> {
  items: T[];
}

/** Labels that say whose an object is travel along to what is made for it. */
const ownerLabels = ({ metadata }: Certificate): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata.labels ?? {}).filter(([name]) => name.startsWith('matih.io/')));

/** A changed certificate gets a new order. */
export const orderName = ({ metadata }: Certificate): string => `${metadata.name}-${metadata.generation}`;

/** Whether an order or challenge was made for the certificate as it is now. */
export const belongsTo = ({ metadata }: Owned, certificate: Certificate): boolean =>
  (metadata.ownerReferences ?? []).some(({ uid }) => uid === certificate.metadata.uid)
  && (metadata.name === orderName(certificate) || metadata.name.startsWith(`${orderName(certificate)}-`));

/** cert-manager's objects in the cluster, as its controllers read and write them. Writes to what is gone by now do nothing. */
export const certificateObjects = (cluster: Cluster) => ({
  /** None where the definitions are not installed yet. */
  certificates: async (): Promise<Certificate[]> => (await cluster.call<List<Certificate>>('GET', `${CERT_MANAGER}/certificates`))?.items ?? [],

  orders: async (): Promise<Owned[]> => (await cluster.call<List<Owned>>('GET', `${ACME}/orders`))?.items ?? [],

  challenges: async (): Promise<Challenge[]> => (await cluster.call<List<Challenge>>('GET', `${ACME}/challenges`))?.items ?? [],

  issuerExists: async (name: string): Promise<boolean> => (await cluster.call('GET', `${CERT_MANAGER}/clusterissuers/${name}`)) !== undefined,

  /** Creates the order and a challenge for each name where they are missing. */
  openOrder: async (certificate: Certificate): Promise<void> => {
    const { namespace, name, uid } = certificate.metadata;
    const owner = { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', name, uid, controller: true, blockOwnerDeletion: true };
    const metadata = { namespace, labels: ownerLabels(certificate), ownerReferences: [owner] };
    const { dnsNames, issuerRef } = certificate.spec;
    const order = { apiVersion: 'acme.cert-manager.io/v1', kind: 'Order', metadata: { ...metadata, name: orderName(certificate) }, spec: { dnsNames, issuerRef } };
    await unlessPresent(cluster.call('POST', `${ACME}/namespaces/${namespace}/orders`, order));
    await Promise.all(dnsNames.map((dnsName, index) => unlessPresent(cluster.call('POST', `${ACME}/namespaces/${namespace}/challenges`, {
      apiVersion: 'acme.cert-manager.io/v1', kind: 'Challenge',
      metadata: { ...metadata, name: `${orderName(certificate)}-${index}`, finalizers: [CHALLENGE_FINALIZER] },
      spec: { dnsName, issuerRef, type: 'DNS-01', wildcard: dnsName.startsWith('*.'), key: challengeKey(uid, dnsName) },
    }))));
  },

  /** Says on a challenge why it is not done yet. */
  setChallengePending: async ({ metadata }: Challenge, reason: string): Promise<void> => {
    await cluster.call('PATCH', `${challengePath(metadata)}/status`, { status: { processing: true, presented: true, state: 'pending', reason } }, MERGE);
  },

  /** Lets a challenge go: its finalizer, then the object itself. */
  releaseChallenge: async ({ metadata }: Challenge): Promise<void> => {
    await cluster.call('PATCH', challengePath(metadata), { metadata: { finalizers: null } }, MERGE);
    await cluster.call('DELETE', challengePath(metadata));
  },

  deleteOrder: async (order: ObjectName): Promise<void> => void await cluster.call('DELETE', orderPath(order)),

  setStatus: async ({ metadata }: Certificate, status: Record<string, unknown>): Promise<void> =>
    void await cluster.call('PATCH', `${certificatePath(metadata)}/status`, { status }, MERGE),

  writeSecret: async (certificate: Certificate, issued: IssuedCertificate): Promise<void> => {
    const { metadata: { namespace, name: certificateName }, spec: { secretName: name, secretTemplate, issuerRef } } = certificate;
    const annotations = { ...secretTemplate?.annotations, 'cert-manager.io/certificate-name': certificateName, 'cert-manager.io/issuer-name': issuerRef.name };
    const labels = { ...ownerLabels(certificate), ...secretTemplate?.labels, 'controller.cert-manager.io/fao': 'true' };
    const stringData = { 'tls.crt': issued.certificate, 'tls.key': issued.privateKey, 'ca.crt': issued.authority };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels, annotations }, type: 'kubernetes.io/tls', stringData };
    await cluster.call('PATCH', `/api/v1/namespaces/${namespace}/secrets/${name}?fieldManager=cert-manager-certificates-issuing&force=true`, secret, APPLY);
  },
});

export type CertificateObjects = ReturnType<typeof certificateObjects>;

/** What the challenge's record must say: as long as the certificate is the same, so is the record. */
const challengeKey = (uid: string, dnsName: string): string => createHash('sha256').update(`${uid} ${dnsName}`).digest('base64url');
