import { platform } from './cache.ts';
import { temporalDev } from '../temporal-dev.ts';
import type { Release, Tool } from './tool.ts';

/** Versions of all tools; the projects in `deploy/local/tools/` pin the same ones (a test compares them). */
export const versions = {
  temporal: temporalDev.version,
  helm: '4.2.4',
  kubernetes: '1.36.3',
  etcd: '3.6.8',
  kwok: '0.8.0',
  kafka: '4.3.1',
  azurite: '3.37.0',
};

const [os, arch] = platform.split('-') as [string, string];
const linux = (release: Release): Release | undefined => (os === 'linux' ? release : undefined);
const github = (repository: string, tag: string, file: string) => `https://github.com/${repository}/releases/download/${tag}/${file}`;

/** A Kubernetes server binary. The project publishes none for macOS, where the Go build serves. */
function kubernetes(name: string): Tool {
  const url = `https://dl.k8s.io/release/v${versions.kubernetes}/bin/linux/${arch}/${name}`;
  return {
    name,
    version: versions.kubernetes,
    setting: `${name.toUpperCase().replaceAll('-', '_')}_BINARY`,
    entryPoint: name,
    release: linux({ url, checksum: { url: `${url}.sha256` } }),
    build: { kind: 'go', module: 'kubernetes', package: `k8s.io/kubernetes/cmd/${name}`, output: name },
  };
}

const etcdArchive = `etcd-v${versions.etcd}-linux-${arch}`;
const helmArchive = `https://get.helm.sh/helm-v${versions.helm}-${platform}.tar.gz`;
const kafkaArchive = `kafka_2.13-${versions.kafka}`;

export const tools = {
  temporal: {
    name: 'temporal',
    version: versions.temporal,
    setting: 'TEMPORAL_BINARY',
    entryPoint: 'temporal',
    release: {
      url: github('temporalio/cli', `v${versions.temporal}`, `temporal_cli_${versions.temporal}_${os}_${arch}.tar.gz`),
      member: 'temporal',
      checksum: { url: github('temporalio/cli', `v${versions.temporal}`, 'checksums.txt') },
    },
    build: { kind: 'go', module: 'temporal', package: 'github.com/temporalio/cli/cmd/temporal', output: 'temporal' },
  },
  helm: {
    name: 'helm',
    version: versions.helm,
    setting: 'HELM_BINARY',
    entryPoint: 'helm',
    release: { url: helmArchive, member: `${platform}/helm`, checksum: { url: `${helmArchive}.sha256sum` } },
    build: { kind: 'go', module: 'helm', package: 'helm.sh/helm/v4/cmd/helm', output: 'helm' },
  },
  etcd: {
    name: 'etcd',
    version: versions.etcd,
    setting: 'ETCD_BINARY',
    entryPoint: 'etcd',
    release: linux({
      url: github('etcd-io/etcd', `v${versions.etcd}`, `${etcdArchive}.tar.gz`),
      member: `${etcdArchive}/etcd`,
      checksum: { url: github('etcd-io/etcd', `v${versions.etcd}`, 'SHA256SUMS') },
    }),
    build: { kind: 'go', module: 'kubernetes', package: 'go.etcd.io/etcd/server/v3', output: 'server' },
  },
  apiserver: kubernetes('kube-apiserver'),
  controllerManager: kubernetes('kube-controller-manager'),
  scheduler: kubernetes('kube-scheduler'),
  kwok: {
    name: 'kwok',
    version: versions.kwok,
    setting: 'KWOK_BINARY',
    entryPoint: 'kwok',
    release: { url: github('kubernetes-sigs/kwok', `v${versions.kwok}`, `kwok-${platform}`) },
    build: { kind: 'go', module: 'kubernetes', package: 'sigs.k8s.io/kwok/cmd/kwok', output: 'kwok' },
  },
  kafka: {
    name: 'kafka',
    version: versions.kafka,
    setting: 'KAFKA_LIBS',
    entryPoint: 'libs',
    release: {
      url: `https://archive.apache.org/dist/kafka/${versions.kafka}/${kafkaArchive}.tgz`,
      member: `${kafkaArchive}/libs`,
      checksum: { url: `https://archive.apache.org/dist/kafka/${versions.kafka}/${kafkaArchive}.tgz.sha512` },
    },
    build: { kind: 'maven', project: 'kafka' },
  },
  azurite: {
    name: 'azurite',
    version: versions.azurite,
    setting: 'AZURITE_BLOB_SCRIPT',
    entryPoint: 'node_modules/azurite/dist/src/blob/main.js',
    build: { kind: 'npm', project: 'azurite' },
  },
} satisfies Record<string, Tool>;

export type ToolKey = keyof typeof tools;

const stamp = (name: string, value: string) => `-X ${name}=${value}`;

/** Linker flags of each Go module. Unstamped, the Kubernetes API server calls itself v0.0.0 and charts refuse it. */
export const goLinkerFlags: Record<string, readonly string[]> = {
  temporal: [stamp('github.com/temporalio/cli/internal/temporalcli.Version', versions.temporal)],
  helm: [stamp('helm.sh/helm/v4/internal/version.version', `v${versions.helm}`)],
  kubernetes: [
    stamp('k8s.io/component-base/version.gitVersion', `v${versions.kubernetes}`),
    stamp('k8s.io/component-base/version.gitMajor', versions.kubernetes.split('.')[0] ?? ''),
    stamp('k8s.io/component-base/version.gitMinor', versions.kubernetes.split('.')[1] ?? ''),
    stamp('k8s.io/client-go/pkg/version.gitVersion', `v${versions.kubernetes}`),
  ],
};
