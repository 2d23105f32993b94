import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { validate } from '../../../activities/provisioning/validate.ts';
import type { ActivityDependencies } from '../../../activities/phase-activity.ts';
import { TenantError } from '../../../tenant/errors.ts';
import type { ValidateInput, ValidationVerdict } from '../../../tenant/operations.ts';
import type { Violation } from '../../../tenant/violations.ts';

const TENANT_ID = '11111111-1111-4111-8111-111111111111';
const input = {
  tenantId: TENANT_ID, slug: 'acme', actor: 'me', kind: 'PROVISIONING', originalRunId: 'run-1',
  tenant: { name: 'Acme', slug: 'acme', tier: 'FREE', adminEmail: 'a@acme.example', cloudProvider: 'AZURE', region: 'westeurope' },
} satisfies ValidateInput;

/** The settings by which an attempt waits; the longest are one helm process and two rollouts. */
const waits = {
  HELM_TIMEOUT_SECONDS: 5, WAVE_TIMEOUT_SECONDS: 20, LOAD_BALANCER_TIMEOUT_SECONDS: 1, CERTIFICATE_TIMEOUT_SECONDS: 2,
  POD_TERMINATION_TIMEOUT_SECONDS: 3, NAMESPACE_DELETION_TIMEOUT_SECONDS: 4,
};
const limits = { heartbeatTimeoutSeconds: 8, longestWaitSeconds: 45 };

/** Answers of the outside systems, and the effects of VALIDATE on the projection. */
interface World {
  owner?: string;
  region?: { available: boolean; reason?: string } | 'unknown provider';
  llmApiKey?: string | undefined;
  conflicts?: Violation[];
  /** The platform's services do not answer. */
  away?: boolean;
  validated?: boolean;
}

const run = async (world: World, changed: Partial<ValidateInput> = {}, workflowId = 'tenant-acme') => {
  const did: string[] = [];
  const { region = { available: true } } = world;
  const note = (what: string) => () => Promise.resolve(void did.push(what));
  const dependencies = {
    connectors: {
      iam: {
        findUserByEmail: async (email: string) => {
          if (world.away) throw new TenantError('UNAVAILABLE', 'the iam-service is away');
          return world.owner ? { id: 'u', email, tenantId: world.owner } : undefined;
        },
      },
      infrastructure: { regionAvailability: async () => (region === 'unknown provider' ? undefined : region) },
    },
    projection: {
      admitCreation: async () => (world.conflicts ? { violations: world.conflicts } : { operation: { kind: 'PROVISIONING', tenant: { activatedAt: world.validated ? new Date() : null }, isContinuation: world.validated ?? false, phaseOutputs: world.validated ? { VALIDATE: {} } : {} } }),
      enterPhase: note('entered'), completePhase: note('completed'), refuseCreation: note('refused'), failPhase: note('failed'),
      recordUnadmitted: note('recorded'),
    },
    settings: { ENVIRONMENT: 'dev', ...waits, HEARTBEAT_TIMEOUT_SECONDS: 8, LLM_API_KEY: 'llmApiKey' in world ? world.llmApiKey : 'key' },
  } as unknown as ActivityDependencies;
  const environment = new MockActivityEnvironment({ workflowExecution: { workflowId, runId: 'run-1' }, heartbeatTimeoutMs: 0 });
  const verdict: ValidationVerdict = await environment.run(validate(dependencies), { ...input, ...changed });
  return { verdict, did, codes: verdict.accepted ? [] : verdict.violations.map(({ code }) => code) };
};

describe('VALIDATE', () => {
  it('accepts, and completes its phase', async () => {
    const { verdict, did } = await run({});
    assert.deepEqual(verdict, { accepted: true, completed: [], isContinuation: false, committed: false, ...limits });
    assert.deepEqual(did, ['entered', 'completed']);
  });

  it('names every violation at once and takes the tenant\'s row back', async () => {
    const { codes, did } = await run({ owner: 'other', region: { available: false, reason: 'full' }, llmApiKey: undefined });
    assert.deepEqual(codes, ['ADMIN_EMAIL_TAKEN', 'REGION_UNAVAILABLE', 'SECRET_SOURCE_MISSING']);
    assert.deepEqual(did, ['entered', 'refused']);
  });

  it('joins conflicts with other tenants to the rest, a taken address once', async () => {
    const conflicts: Violation[] = [
      { field: 'slug', code: 'SLUG_TAKEN', message: 'is in use' }, { field: 'adminEmail', code: 'ADMIN_EMAIL_TAKEN', message: 'is in use' },
    ];
    const { codes, did } = await run({ conflicts, owner: 'other', region: 'unknown provider' });
    assert.deepEqual(codes, ['SLUG_TAKEN', 'ADMIN_EMAIL_TAKEN', 'PROVIDER_UNKNOWN']);
    assert.deepEqual(did, ['recorded'], 'readable by its id');
  });

  it('refuses a conflict at once while the platform\'s services are away: its run holds the workflow id of the tenant that has the slug', async () => {
    const { codes, did } = await run({ conflicts: [{ field: 'slug', code: 'SLUG_TAKEN', message: 'is in use' }], away: true });
    assert.deepEqual([codes, did], [['SLUG_TAKEN'], ['recorded']]);
  });

  it('does not accept while the platform\'s services are away', async () => {
    await assert.rejects(run({ away: true }), { type: 'UNAVAILABLE', nonRetryable: false });
  });

  it('does not hold the tenant\'s own admin against it', async () => {
    assert.equal((await run({ owner: TENANT_ID })).verdict.accepted, true);
  });

  it('does not judge again what was validated before, because by then things exist', async () => {
    const { verdict, did } = await run({ validated: true, region: { available: false } });
    assert.deepEqual(verdict, { accepted: true, completed: ['VALIDATE'], isContinuation: true, committed: true, ...limits });
    assert.deepEqual(did, []);
  });

  it('refuses what was started past the API: a malformed request, another slug, another workflow id', async () => {
    assert.deepEqual((await run({}, { tenant: { ...input.tenant, slug: 'A', extra: 1 } as never })).codes, ['INVALID', 'INVALID', 'UNKNOWN_FIELD']);
    assert.deepEqual((await run({}, { tenant: undefined as never })).codes, ['INVALID']);
    assert.deepEqual((await run({}, { slug: 'other' })).codes, ['INVALID']);
    assert.deepEqual((await run({}, {}, 'tenant-other')).codes, ['INVALID']);
  });
});
