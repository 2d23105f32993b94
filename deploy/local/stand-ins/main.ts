import { pino } from 'pino';
import { createDns01 } from './acme-dns01.ts';
import { createAudit } from './audit.ts';
import { serviceToken } from './auth.ts';
import { createAzureDns } from './azure-dns-arm.ts';
import { CertificateController } from './certificates.ts';
import { createClusterProxy } from './cluster-proxy.ts';
import { localCluster } from './cluster.ts';
import { createConfigService } from './config-service.ts';
import { DnsServer } from './dns-server.ts';
import { PARENT_ADDRESS, ZoneTable } from './dns-zones.ts';
import { createIam } from './iam.ts';
import { createInfrastructure } from './infrastructure.ts';
import { createNotification } from './notification.ts';
import { createLocalCa } from './local-ca.ts';
import { readSettings } from './settings.ts';
import { listen } from './stand-in.ts';

const log = pino({ name: 'stand-ins' });
const settings = readSettings(process.env);
const authenticate = serviceToken(settings.SERVICE_JWT_SECRET);
const zones = new ZoneTable(settings.DNS_PARENT_ZONE);
const dns = new DnsServer(zones, settings.DNS_PORT);
await dns.start();

const cluster = localCluster(settings.KUBECONFIG_ADMIN);
const proxy = createClusterProxy(cluster);
const dns01 = createDns01(zones, { address: PARENT_ADDRESS, port: settings.DNS_PORT });
const certificates = new CertificateController({ cluster, dns01, ca: await createLocalCa(), faults: proxy.controls.faults, log });

const servers = await Promise.all([
  listen(createIam(authenticate).app, settings.STANDINS_PORT_IAM),
  listen(createConfigService(authenticate).app, settings.STANDINS_PORT_CONFIG),
  listen(createNotification(authenticate).app, settings.STANDINS_PORT_NOTIFICATION),
  listen(createAudit(authenticate).app, settings.STANDINS_PORT_AUDIT),
  listen(createInfrastructure(authenticate).app, settings.STANDINS_PORT_INFRASTRUCTURE),
  listen(createAzureDns(zones, dns).app, settings.STANDINS_PORT_AZURE_DNS),
  listen(proxy.listener, settings.CLUSTER_PROXY_PORT),
]);
void certificates.run();
log.info({ http: servers.map(({ url }) => url), dns: dns.port }, 'stand-ins answer');

const stop = async (): Promise<void> => {
  certificates.stop();
  await Promise.all([...servers.map((server) => server.close()), dns.stop()]);
  process.exit(0);
};
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
