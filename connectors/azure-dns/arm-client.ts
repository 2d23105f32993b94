import { DnsManagementClient, type DnsManagementClientOptionalParams } from '@azure/arm-dns';
import type { TokenCredential } from '@azure/core-auth';
import type { WorkerSettings } from '../../settings/worker.ts';

/** No retries of the library's own: it would wait out of sight and ignore that Temporal can do it better. */
const OPTIONS: DnsManagementClientOptionalParams = { retryOptions: { maxRetries: 0 } };

/** Azure's default credentials. Loaded with the first call: the library takes half a second, and an emulator needs none. */
const defaultCredential = (): TokenCredential => {
  let credential: TokenCredential | undefined;
  return {
    async getToken(scopes, options) {
      credential ??= new (await import('@azure/identity')).DefaultAzureCredential();
      return credential.getToken(scopes, options);
    },
  };
};

/**
 * An emulator on plain http. Azure's libraries refuse to send a token there whatever their options say, so the step that adds one
 * is taken out; nothing of this runs with an https endpoint.
 */
const emulatorClient = (subscription: string, endpoint: string): DnsManagementClient => {
  const anonymous: TokenCredential = { getToken: () => Promise.resolve(null) };
  const client = new DnsManagementClient(anonymous, subscription, { ...OPTIONS, endpoint, allowInsecureConnection: true });
  client.pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' });
  return client;
};

export type ArmSettings = Pick<WorkerSettings, 'AZURE_SUBSCRIPTION_ID' | 'AZURE_DNS_ENDPOINT'>;

/** The ARM client: of Azure, of another cloud of theirs (https endpoint), or of an emulator (http endpoint). */
export const createArmClient = ({ AZURE_SUBSCRIPTION_ID: subscription, AZURE_DNS_ENDPOINT: endpoint }: ArmSettings): DnsManagementClient => {
  if (endpoint?.startsWith('http:')) return emulatorClient(subscription, endpoint);
  const elsewhere = endpoint ? { endpoint, credentialScopes: new URL('.default', endpoint).href } : {};
  return new DnsManagementClient(defaultCredential(), subscription, { ...OPTIONS, ...elsewhere });
};
