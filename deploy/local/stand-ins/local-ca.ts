import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension, BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension, PemConverter,
  SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension, X509CertificateGenerator,
} from '@peculiar/x509';

export interface IssuedCertificate {
  /** PEM: certificate, private key, the authority's certificate. */
  certificate: string;
  privateKey: string;
  authority: string;
  notBefore: Date;
  notAfter: Date;
}

export interface LocalCa {
  /** A certificate for these names, as Let's Encrypt would give: 90 days, a fresh key. */
  issue(dnsNames: readonly string[]): Promise<IssuedCertificate>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

const newKeys = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

/** A certificate authority that lives as long as the process. */
export const createLocalCa = async (): Promise<LocalCa> => {
  const keys = await newKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=MATIH local stack CA', keys, signingAlgorithm: ALGORITHM, notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 3650 * DAY_MS),
    extensions: [
      new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  return {
    async issue(dnsNames) {
      const own = await newKeys();
      // Kubernetes writes times in whole seconds, and so do certificates.
      const now = Math.floor(Date.now() / 1000) * 1000;
      const notBefore = new Date(now);
      const notAfter = new Date(now + 90 * DAY_MS);
      const certificate = await X509CertificateGenerator.create({
        subject: `CN=${dnsNames[0] ?? ''}`, issuer: root.subject, notBefore, notAfter, signingKey: keys.privateKey, publicKey: own.publicKey, signingAlgorithm: ALGORITHM,
        extensions: [
          new SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value }))),
          new BasicConstraintsExtension(false, undefined, true), new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]), await AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      const privateKey = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', own.privateKey), 'PRIVATE KEY');
      return { certificate: certificate.toString('pem'), privateKey, authority: root.toString('pem'), notBefore, notAfter };
    },
  };
};
