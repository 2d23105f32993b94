import { webcrypto } from 'node:crypto';
import 'reflect-metadata'; // needed by the next import before it loads
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const VALID_DAYS = 30;
const DAY_MS = 86_400_000;

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** The certificate authority of one run of the Kubernetes API. */
export class CertificateAuthority {
  readonly certificate: string;
  readonly #issuer: x509.X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(issuer: x509.X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.#issuer = issuer;
    this.#keys = keys;
    this.certificate = issuer.toString('pem');
  }

  static async create(): Promise<CertificateAuthority> {
    const keys = await generateKeys();
    const issuer = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=matih-local-stack',
      keys,
      signingAlgorithm: ALGORITHM,
      ...validity(),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    });
    return new CertificateAuthority(issuer, keys);
  }

  /** For a server reached under these names and addresses. */
  issueServer(commonName: string, dns: readonly string[], addresses: readonly string[]): Promise<KeyPair> {
    const alternatives: x509.JsonGeneralNames = [
      ...dns.map((value) => ({ type: 'dns' as const, value })),
      ...addresses.map((value) => ({ type: 'ip' as const, value })),
    ];
    return this.#issue([{ CN: [commonName] }], x509.ExtendedKeyUsage.serverAuth, [new x509.SubjectAlternativeNameExtension(alternatives)]);
  }

  /** For a client; Kubernetes takes the common name as its user and the organisation as its group. */
  issueClient(user: string, group?: string): Promise<KeyPair> {
    return this.#issue([...(group ? [{ O: [group] }] : []), { CN: [user] }], x509.ExtendedKeyUsage.clientAuth, []);
  }

  async #issue(name: x509.JsonName, usage: x509.ExtendedKeyUsage, extensions: x509.Extension[]): Promise<KeyPair> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: new x509.Name(name).toString(),
      issuer: this.#issuer.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: ALGORITHM,
      ...validity(),
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        ...extensions,
      ],
    });
    return { certificate: certificate.toString('pem'), privateKey: await privateKeyPem(keys) };
  }
}

/** Key pair that signs service account tokens, both halves PEM. */
export async function createSigningKey(): Promise<{ publicKey: string; privateKey: string }> {
  const keys = await generateKeys();
  const publicKey = x509.PemConverter.encode(await webcrypto.subtle.exportKey('spki', keys.publicKey), 'PUBLIC KEY');
  return { publicKey, privateKey: await privateKeyPem(keys) };
}

const generateKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const privateKeyPem = async (keys: webcrypto.CryptoKeyPair) =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');

/** From a day ago, so that a clock a little behind accepts it. */
const validity = () => ({ notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + VALID_DAYS * DAY_MS) });
