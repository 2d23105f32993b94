import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { apiSettingsSchema } from '../../settings/api.ts';
import { envExample } from '../../settings/env-example.ts';
import { readSettings, SettingsError } from '../../settings/read-settings.ts';
import { workerSettingsSchema } from '../../settings/worker.ts';

describe('settings', () => {
  it('.env.example is what the schemas say', async () => {
    assert.equal(await readFile(new URL('../../.env.example', import.meta.url), 'utf8'), envExample());
  });

  it('names everything missing or wrong at once, and never a value', () => {
    const given = { HELM_CONCURRENCY: 'many', SERVICE_JWT_SECRET: 'too-short-to-be-safe' };
    assert.throws(() => readSettings(workerSettingsSchema, given), (error: unknown) => {
      assert.ok(error instanceof SettingsError);
      for (const name of ['DATABASE_URL', 'DATA_PLANE_DATABASE_URL', 'KAFKA_BROKERS', 'HELM_CONCURRENCY', 'SERVICE_JWT_SECRET', 'AZURE_SUBSCRIPTION_ID']) {
        assert.match(error.message, new RegExp(`- ${name} `));
      }
      assert.doesNotMatch(error.message, /too-short-to-be-safe/);
      return true;
    });
  });

  it('refuses a time limit that is longer than the longest attempt of an activity, naming the setting and the largest value', () => {
    for (const name of ['HELM_TIMEOUT_SECONDS', 'WAVE_TIMEOUT_SECONDS', 'CERTIFICATE_TIMEOUT_SECONDS', 'LOAD_BALANCER_TIMEOUT_SECONDS',
      'POD_TERMINATION_TIMEOUT_SECONDS', 'NAMESPACE_DELETION_TIMEOUT_SECONDS', 'HEALTH_CHECK_TIMEOUT_SECONDS', 'SERVICE_CALL_TIMEOUT_SECONDS',
      'HEARTBEAT_TIMEOUT_SECONDS']) {
      assert.throws(() => readSettings(workerSettingsSchema, { [name]: '3601' }), new RegExp(`- ${name} .*3600`));
      assert.throws(() => readSettings(workerSettingsSchema, { [name]: '3600' }), (error: Error) => !error.message.includes(name));
    }
  });

  it('the API needs a way to check tokens', () => {
    assert.throws(() => readSettings(apiSettingsSchema, { DATABASE_URL: 'postgres://localhost/x', DELETION_CODE_KEY: 'x'.repeat(32) }), /JWT_SECRET/);
  });

  it('an empty variable counts as missing', () => {
    assert.throws(() => readSettings(apiSettingsSchema, { DATABASE_URL: '', JWT_SECRET: 'x'.repeat(32) }), /DATABASE_URL is missing/);
  });
});
