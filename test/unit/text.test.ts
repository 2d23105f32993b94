import assert from 'node:assert/strict';
import { helmError } from '../../connectors/helm/errors.ts';
import { answerError } from '../../connectors/platform/answer-error.ts';
import { parseCreateTenant } from '../../tenant/create-tenant.ts';
import { TenantError } from '../../tenant/errors.ts';
import { cut, isWellFormed, wellFormed, wellFormedValue } from '../../tenant/text.ts';

const EMOJI = '\u{1F600}';

describe('text from outside', () => {
  it('is left as it is when it is well formed', () => {
    for (const text of ['', 'plain', `a ${EMOJI} b`, 'ä\n\t', '\uFFFD']) {
      assert.equal(wellFormed(text), text);
      assert.ok(isWellFormed(text));
    }
  });

  it('has NUL and halves of a surrogate pair replaced, each by one character', () => {
    assert.equal(wellFormed('a\0b'), 'a\uFFFDb');
    assert.equal(wellFormed('a\uD83D'), 'a\uFFFD');
    assert.equal(wellFormed('\uDE00\uD83Da'), '\uFFFD\uFFFDa');
    assert.ok(!isWellFormed('a\0') && !isWellFormed('\uD83D'));
  });

  it('is well formed in every part of a value, in keys too', () => {
    const time = new Date();
    assert.deepEqual(wellFormedValue({ 'a\0': ['b\uD83D', 1, null, { c: true, d: undefined }], time }), { 'a\uFFFD': ['b\uFFFD', 1, null, { c: true, d: undefined }], time });
  });

  it('is cut between characters, never within one', () => {
    assert.equal(cut('abc', 3), 'abc');
    assert.equal(cut('abcd', 3), 'abc');
    assert.equal(cut(`ab${EMOJI}`, 3), 'ab');
    assert.equal(cut(`ab${EMOJI}c`, 4), `ab${EMOJI}`);
  });

  it('enters an error in a form that every database keeps', () => {
    const error = new TenantError('UNAVAILABLE', 'a\0b', { details: { code: 'c\uD83D', nested: { list: ['d\0'] } } });
    assert.equal(error.message, 'a\uFFFDb');
    assert.deepEqual(error.details, { code: 'c\uFFFD', nested: { list: ['d\uFFFD'] } });
  });

  it('of a platform service or of helm is not cut within a character', () => {
    for (const length of [598, 599, 600]) {
      assert.ok(isWellFormed(helmError('install', `Error: ${'x'.repeat(length)}${EMOJI}${EMOJI}`).message));
      assert.doesNotMatch(helmError('install', `Error: ${'x'.repeat(length)}${EMOJI}${EMOJI}`).message, /\uFFFD/);
    }
    for (const length of [198, 199, 200]) {
      assert.doesNotMatch(answerError('iam-service', 400, JSON.stringify({ message: `${'x'.repeat(length)}${EMOJI}` })).message, /\uFFFD/);
    }
    assert.equal(answerError('config-service', 400, JSON.stringify({ message: 'a\0b' })).message, 'config-service answered 400: a\uFFFDb');
  });

  it('in the name of an unknown field is named in a form that can be stored', () => {
    const parsed = parseCreateTenant({ 'a\0b': 1, '\uD83D': 1, branding: 1 });
    assert.ok(!parsed.ok);
    assert.deepEqual(wellFormedValue(parsed.violations), parsed.violations);
    assert.ok(parsed.violations.some(({ field }) => field === 'a\uFFFDb'));
  });
});
