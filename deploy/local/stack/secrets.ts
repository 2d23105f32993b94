import { randomBytes } from 'node:crypto';

/** Secrets of one run of the stack; random at every start, kept in memory, environments and 0600 files only. */
export interface Secrets {
  /** Passwords of the PostgreSQL superuser and roles. */
  readonly postgres: string;
  readonly controlPlaneOwner: string;
  readonly controlPlaneRuntime: string;
  readonly dataPlaneProvisioner: string;
  /** HMAC keys of user tokens and of service-to-service tokens. */
  readonly userTokens: string;
  readonly serviceTokens: string;
  /** Key of deletion codes. */
  readonly deletionCodes: string;
  /** Azurite account key, base64 as Azure has it. */
  readonly blobAccount: string;
  /** Stands for the key of the language model provider, which the platform hands to every tenant. */
  readonly llmApiKey: string;
}

const secret = () => randomBytes(32).toString('hex');

export const createSecrets = (): Secrets => ({
  postgres: secret(),
  controlPlaneOwner: secret(),
  controlPlaneRuntime: secret(),
  dataPlaneProvisioner: secret(),
  userTokens: secret(),
  serviceTokens: secret(),
  deletionCodes: secret(),
  blobAccount: randomBytes(64).toString('base64'),
  llmApiKey: `sk-local-${secret()}`,
});
