import { Connection } from '@temporalio/client';
import { temporalDev } from '../temporal-dev.ts';
import type { StackContext } from './context.ts';
import { PATIENT_COLLECTOR } from './go.ts';
import { waitUntil } from './ready.ts';

/** The Temporal development server with its Web UI, in memory, as `temporal-dev.yaml` says. Ready when its search attributes are. */
export async function startTemporal({ tools, ports, supervisor }: StackContext): Promise<void> {
  const pairs = (flag: string, values: Record<string, unknown>) => Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${String(value)}`]);
  supervisor.start({
    name: 'temporal',
    command: tools.temporal,
    environment: PATIENT_COLLECTOR,
    parameters: [
      'server', 'start-dev', '--ip', '127.0.0.1', '--ui-ip', '127.0.0.1',
      '--port', String(ports.temporal), '--ui-port', String(ports.temporalUi),
      '--metrics-port', String(ports.temporalMetrics), '--http-port', String(ports.temporalHttp),
      '--namespace', temporalDev.namespace, '--log-level', 'warn',
      ...pairs('--search-attribute', temporalDev.searchAttributes),
      ...pairs('--dynamic-config-value', temporalDev.dynamicConfiguration),
    ],
  });
  await waitUntil('Temporal', supervisor, async () => {
    const connection = await Connection.connect({ address: `127.0.0.1:${ports.temporal}`, connectTimeout: 1_000 });
    try {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: temporalDev.namespace });
      return Object.keys(temporalDev.searchAttributes).every((name) => name in (customAttributes ?? {}));
    } finally {
      await connection.close();
    }
  });
}
