import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../deploy/local/project-folder.ts';
import { versions } from '../../deploy/local/toolchain/tools.ts';

const pinned = (path: string) => readFileSync(join(projectFolder, 'deploy/local/tools', path), 'utf8');

/** The module's version in a go.mod, with or without `require`. */
const required = (path: string, module: string) => new RegExp(`^\\s*(?:require )?${module} v(\\S+)`, 'm').exec(pinned(path))?.[1];

describe('the projects that build the tools', () => {
  it('pin the versions that are downloaded', () => {
    assert.deepEqual({
      temporal: required('temporal/go.mod', 'github.com/temporalio/cli'),
      helm: required('helm/go.mod', 'helm.sh/helm/v4'),
      kubernetes: required('kubernetes/go.mod', 'k8s.io/kubernetes'),
      etcd: required('kubernetes/go.mod', 'go.etcd.io/etcd/server/v3'),
      kwok: required('kubernetes/go.mod', 'sigs.k8s.io/kwok'),
      kafka: /<version>(.*)<\/version>/.exec(pinned('kafka/pom.xml'))?.[1],
      azurite: JSON.parse(pinned('azurite/package-lock.json')).packages['node_modules/azurite'].version,
    }, versions);
  });

  it('name no host from which packages come', () => {
    assert.doesNotMatch(pinned('azurite/package-lock.json'), /"resolved"/);
  });
});
