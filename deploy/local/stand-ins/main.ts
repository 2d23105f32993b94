import { pino } from 'pino';
import { createAudit } from './audit.ts';
import { serviceToken } from './auth.ts';
import { createAzureDns } from './azure-dns-arm.ts';
import { createConfigService } from './config-service.ts';
import { DnsServer } from './dns-server.ts';
import { ZoneTable } from './dns-zones.ts';
import { createIam } from './iam.ts';
import { createInfrastructure } from './infrastructure.ts';
import { createNotification } from './notification.ts';
import { readSettings } from './settings.ts';
import { listen } from './stand-in.ts';

const log = pino({ name: 'stand-ins' });
const settings = readSettings(process.env);
const authenticate = serviceToken(settings.SERVICE_JWT_SECRET);
const zones = new ZoneTable(settings.DNS_PARENT_ZONE);
const dns = new DnsServer(zones, settings.DNS_PORT);
await dns.start();

const servers = await Promise.all([
  listen(createIam(authenticate).app, settings.STANDINS_PORT_IAM),
  listen(createConfigService(authenticate).app, settings.STANDINS_PORT_CONFIG),
  listen(createNotification(authenticate).app, settings.STANDINS_PORT_NOTIFICATION),
  listen(createAudit(authenticate).app, settings.STANDINS_PORT_AUDIT),
  listen(createInfrastructure(authenticate).app, settings.STANDINS_PORT_INFRASTRUCTURE),
  listen(createAzureDns(zones, dns).app, settings.STANDINS_PORT_AZURE_DNS),
]);
log.info({ http: servers.map(({ url }) => url), dns: dns.port }, 'stand-ins answer');

const stop = async (): Promise<void> => {
  await Promise.all([...servers.map((server) => server.close()), dns.stop()]);
  process.exit(0);
};
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
