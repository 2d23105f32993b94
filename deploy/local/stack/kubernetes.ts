import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { Agent } from 'undici';
import { CertificateAuthority, createSigningKey } from './certificates.ts';
import type { StackContext } from './context.ts';
import { PATIENT_COLLECTOR } from './go.ts';
import { writeKubeconfig, type Cluster } from './kubeconfig.ts';
import { applyManifests } from './manifests.ts';
import { answersOk, waitUntil } from './ready.ts';

/** The identity under which the tenant service runs, here as in production. */
const SERVICE_ACCOUNT = { namespace: 'matih-control-plane', name: 'tenant-service' };
const TOKEN_LIFETIME_S = 7 * 86_400;

/** Requests a second towards the API server; their defaults of 20 and 50 would pace ten tenants at once. */
const UNTHROTTLED = ['--kube-api-qps=500', '--kube-api-burst=1000'];

const STAGES = fileURLToPath(new URL('stages.yaml', import.meta.url));

export const kubeconfigs = (dataDir: string) => ({
  admin: join(dataDir, 'kubernetes', 'admin.kubeconfig'),
  service: join(dataDir, 'kubernetes', 'service.kubeconfig'),
});

/** The Kubernetes API with its controllers and scheduler; pods, nodes and load balancer addresses are simulated by KWOK. */
export async function startKubernetes(context: StackContext): Promise<void> {
  const { tools, ports, supervisor, dataDir } = context;
  const folder = join(dataDir, 'kubernetes');
  mkdirSync(folder, { mode: 0o700 });
  const authority = await CertificateAuthority.create();
  const cluster: Cluster = { server: `https://127.0.0.1:${ports.apiserver}`, authority: authority.certificate };
  const files = await writeKeys(folder, authority);
  const identity = async (user: string, group?: string) => {
    const file = join(folder, `${user.replaceAll(':', '-')}.kubeconfig`);
    writeKubeconfig(file, cluster, user, await authority.issueClient(user, group));
    return file;
  };
  const { admin, service } = kubeconfigs(dataDir);
  writeKubeconfig(admin, cluster, 'admin', await authority.issueClient('admin', 'system:masters'));

  startEtcd(context, join(folder, 'etcd'));
  supervisor.start({ name: 'kube-apiserver', command: tools.apiserver, stopSignal: 'SIGKILL', environment: PATIENT_COLLECTOR, parameters: apiserverFlags(ports, files) });
  const trusting = new Agent({ connect: { ca: authority.certificate } });
  const healthy = (name: string, port: number, path: string) =>
    waitUntil(name, supervisor, () => answersOk(`https://127.0.0.1:${port}${path}`, trusting));
  await healthy('kube-apiserver', ports.apiserver, '/readyz');

  const serving = ['--bind-address=127.0.0.1', `--tls-cert-file=${files.serverCertificate}`, `--tls-private-key-file=${files.serverKey}`, '--leader-elect=false'];
  supervisor.start({
    name: 'kube-controller-manager',
    command: tools.controllerManager,
    stopSignal: 'SIGKILL',
    environment: PATIENT_COLLECTOR,
    parameters: [
      `--kubeconfig=${await identity('system:kube-controller-manager')}`, `--secure-port=${ports.controllerManager}`, ...serving, ...UNTHROTTLED,
      `--service-account-private-key-file=${files.signingKey}`, `--root-ca-file=${files.authority}`, '--use-service-account-credentials',
    ],
  });
  supervisor.start({
    name: 'kube-scheduler',
    command: tools.scheduler,
    stopSignal: 'SIGKILL',
    parameters: [`--kubeconfig=${await identity('system:kube-scheduler')}`, `--secure-port=${ports.scheduler}`, ...serving, ...UNTHROTTLED],
  });
  supervisor.start({
    name: 'kwok',
    command: tools.kwok,
    stopSignal: 'SIGKILL',
    parameters: [
      '-v', 'WARN', '--config', STAGES, '--kubeconfig', await identity('kwok', 'system:masters'), '--cidr', '10.128.0.0/9',
      '--manage-all-nodes=false', '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake', '--node-lease-duration-seconds=40',
    ],
  });
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(admin);
  await Promise.all([
    applyManifests(kubeconfig, supervisor),
    healthy('kube-controller-manager', ports.controllerManager, '/healthz'),
    healthy('kube-scheduler', ports.scheduler, '/readyz'),
  ]);
  const { status } = await kubeconfig.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
    ...SERVICE_ACCOUNT,
    body: { spec: { audiences: [], expirationSeconds: TOKEN_LIFETIME_S } },
  });
  writeKubeconfig(service, cluster, SERVICE_ACCOUNT.name, { token: status?.token ?? '' }, SERVICE_ACCOUNT.namespace);
  await trusting.close();
}

function startEtcd({ tools, ports, supervisor }: StackContext, folder: string): void {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  supervisor.start({
    name: 'etcd',
    command: tools.etcd,
    stopSignal: 'SIGKILL',
    environment: PATIENT_COLLECTOR,
    parameters: [
      `--data-dir=${folder}`, `--listen-client-urls=${client}`, `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync', '--log-level=warn',
    ],
  });
}

type KeyFiles = Awaited<ReturnType<typeof writeKeys>>;

async function writeKeys(folder: string, authority: CertificateAuthority) {
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  const server = await authority.issueServer('kube-apiserver', names, ['127.0.0.1', '10.96.0.1']);
  const signing = await createSigningKey();
  const write = (name: string, content: string) => {
    const file = join(folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  return {
    authority: write('ca.crt', authority.certificate),
    serverCertificate: write('server.crt', server.certificate),
    serverKey: write('server.key', server.privateKey),
    signingKey: write('service-accounts.key', signing.privateKey),
    signingPublicKey: write('service-accounts.pub', signing.publicKey),
  };
}

const apiserverFlags = (ports: StackContext['ports'], files: KeyFiles) => [
  `--etcd-servers=http://127.0.0.1:${ports.etcd}`, '--bind-address=127.0.0.1', `--secure-port=${ports.apiserver}`,
  `--tls-cert-file=${files.serverCertificate}`, `--tls-private-key-file=${files.serverKey}`, `--client-ca-file=${files.authority}`,
  '--authorization-mode=Node,RBAC', '--allow-privileged', '--service-cluster-ip-range=10.96.0.0/16',
  '--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${files.signingPublicKey}`,
  `--service-account-signing-key-file=${files.signingKey}`,
  '--endpoint-reconciler-type=none', // a loopback address is refused as the API server's endpoint
];
