import assert from 'node:assert/strict';
import { valueArguments } from '../../../connectors/helm/values.ts';

const CHART = 'infrastructure/helm/query-engine';

describe('values of a release', () => {
  it('reach helm as arguments whose commas and braces mean nothing', () =>
    assert.deepEqual(valueArguments(CHART, 'dev', { 'image.registry': 'a,b{c}\\d' }),
      ['--values', `${CHART}/values-dev.yaml`, '--set-string', 'image.registry=a\\,b\\{c\\}\\\\d']));
});
