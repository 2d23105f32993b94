import { request } from 'undici';
import type { StackContext } from './context.ts';
import { waitUntil } from './ready.ts';

const ACCOUNT = 'matihlocal';

/** Blob endpoint and connection string of the stack's storage account. */
export function blobStorage({ ports, secrets }: Pick<StackContext, 'ports' | 'secrets'>): { endpoint: string; connectionString: string } {
  const endpoint = `http://127.0.0.1:${ports.blob}/${ACCOUNT}`;
  return {
    endpoint,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${secrets.blobAccount};BlobEndpoint=${endpoint};`,
  };
}

/** Azurite's Blob Storage, in memory. */
export async function startAzurite(context: StackContext): Promise<void> {
  const { tools, ports, secrets, supervisor } = context;
  supervisor.start({
    name: 'azurite',
    command: process.execPath,
    parameters: [
      tools.azurite, '--blobHost', '127.0.0.1', '--blobPort', String(ports.blob),
      '--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry', '--silent',
    ],
    environment: { AZURITE_ACCOUNTS: `${ACCOUNT}:${secrets.blobAccount}` },
  });
  // Any answer of its own will do: without a signature it refuses, which shows that it serves the account.
  await waitUntil('Azurite', supervisor, async () => {
    const { headers, body } = await request(`${blobStorage(context).endpoint}?comp=list`);
    await body.dump();
    return String(headers['server']).includes('Azurite');
  });
}
