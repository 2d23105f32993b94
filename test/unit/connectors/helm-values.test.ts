import assert from 'node:assert/strict';
import { chartId, expectedValues, valueArguments } from '../../../connectors/helm/values.ts';

const CHART = 'infrastructure/helm/query-engine';

describe('values of a release', () => {
  it('are those of the environment and the ones given, as text', async () => {
    const values = await expectedValues(CHART, 'production', { 'tenant.id': 'null', 'tenant.tier': 'free' });
    assert.deepEqual(values, { environment: 'production', tenant: { id: 'null', tier: 'free' } });
  });

  it('reach helm as arguments whose commas and braces mean nothing', () =>
    assert.deepEqual(valueArguments(CHART, 'dev', { 'image.registry': 'a,b{c}\\d' }),
      ['--values', `${CHART}/values-dev.yaml`, '--set-string', 'image.registry=a\\,b\\{c\\}\\\\d']));

  it('name the chart as helm does', async () => assert.match(await chartId(CHART), /^query-engine-\d+\.\d+\.\d+$/));
});
