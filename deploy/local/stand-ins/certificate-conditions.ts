import type { Certificate, CertificateObjects, Condition } from './certificate-objects.ts';

/** Not there yet: the certificate stays pending with this reason. */
export class Pending extends Error {}
/** The issuer refused: the certificate shows the failure, and is tried again. */
export class Refused extends Error {}

/** Kubernetes writes times in whole seconds. */
export const seconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

const ready = (certificate: Certificate): Condition | undefined => certificate.status?.conditions?.find(({ type }) => type === 'Ready');

/** Ready, and for the specification as it is now. */
export const isReady = (certificate: Certificate): boolean => {
  const found = ready(certificate);
  return found?.status === 'True' && found.observedGeneration === certificate.metadata.generation;
};

export const condition = ({ metadata }: Certificate, type: string, status: 'True' | 'False', reason: string, message: string): Condition =>
  ({ type, status, reason, message, observedGeneration: metadata.generation, lastTransitionTime: seconds(new Date()) });

/** Writes why a certificate is not ready, in the two conditions cert-manager has for it, if it does not say so already. */
export const setUnready = async (objects: CertificateObjects, certificate: Certificate, why: Pending | Refused): Promise<void> => {
  if (ready(certificate)?.message === why.message) return;
  const refused = why instanceof Refused;
  const reason = refused ? 'Failed' : 'Issuing';
  await objects.setStatus(certificate, {
    conditions: [
      condition(certificate, 'Ready', 'False', reason, why.message),
      condition(certificate, 'Issuing', refused ? 'False' : 'True', reason, why.message),
    ],
    ...(refused ? { lastFailureTime: seconds(new Date()) } : {}),
  });
};
