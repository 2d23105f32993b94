import assert from 'node:assert/strict';
import { deletionCode, isSameCode, isSignedConfirmation, signConfirmation, type CodeSource } from '../../tenant/deletion-code.ts';
import { confirmationOf } from '../../tenant/deletion.ts';

const KEY = 'a-key-of-more-than-thirty-two-characters';
const SOURCE: CodeSource = { tenantId: '0b6c1d52-6a3e-4c58-9c5e-0f6d1f3b7a10', originalRunId: 'run-1', nonce: '00ff', admin: 'admin@matih.example' };

describe('the code of a deletion', () => {
  it('is the same whenever it is derived, and has ten characters that nobody mistakes', async () => {
    const code = await deletionCode(KEY, SOURCE);
    assert.equal(await deletionCode(KEY, { ...SOURCE }), code);
    assert.match(code, /^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
  });

  it('is another one for another key, tenant, run, nonce or admin', async () => {
    const codes = [
      await deletionCode(KEY, SOURCE),
      await deletionCode(`${KEY}.`, SOURCE),
      ...await Promise.all((Object.keys(SOURCE) as (keyof CodeSource)[]).map((part) => deletionCode(KEY, { ...SOURCE, [part]: `${SOURCE[part]}1` }))),
      // The same text, cut elsewhere.
      await deletionCode(KEY, { ...SOURCE, originalRunId: 'run-10', nonce: '0ff' }),
    ];
    assert.equal(new Set(codes).size, codes.length);
  });

  it('uses all of its fifty bits', async () => {
    const codes = await Promise.all(Array.from({ length: 400 }, (_, index) => deletionCode(KEY, { ...SOURCE, nonce: String(index) })));
    for (let position = 0; position < 10; position += 1) {
      const seen = new Set(codes.map((code) => code.replace('-', '')[position]));
      assert.equal(seen.size, 32, `position ${position}`);
    }
  });

  it('is recognised as a person writes it, and no other is', async () => {
    const code = await deletionCode(KEY, SOURCE);
    for (const written of [code, code.toLowerCase(), code.replace('-', ''), ` ${code.replace('-', ' ')} `, code.replaceAll('0', 'o').replaceAll('1', 'l')]) {
      assert.equal(await isSameCode(KEY, code, written), true, written);
    }
    const last = code.at(-1) === '7' ? '8' : '7';
    for (const wrong of ['', code.slice(0, -1), `${code}0`, `${code.slice(0, -1)}${last}`]) assert.equal(await isSameCode(KEY, code, wrong), false, wrong);
  });
});

describe('the signature under a confirmation', () => {
  const confirmation = { tenantId: SOURCE.tenantId, originalRunId: 'run-1', actor: 'admin@matih.example', code: 'ABCDE-FGHJK' };

  it('holds for what was signed and for nothing else', async () => {
    const signature = await signConfirmation(KEY, confirmation);
    assert.equal(await isSignedConfirmation(KEY, confirmation, signature), true);
    assert.equal(await isSignedConfirmation(KEY, { ...confirmation, actor: 'somebody@else.example' }, signature), false);
    assert.equal(await isSignedConfirmation(KEY, { ...confirmation, code: 'ABCDE-FGHJM' }, signature), false);
    assert.equal(await isSignedConfirmation(KEY, { ...confirmation, originalRunId: 'run-2' }, signature), false);
    assert.equal(await isSignedConfirmation(`${KEY}.`, confirmation, signature), false);
  });
});

describe('a confirmation in a signal', () => {
  it('is a code, or an object with one', () => {
    assert.deepEqual(confirmationOf('ABCDE-FGHJK'), { code: 'ABCDE-FGHJK' });
    assert.deepEqual(confirmationOf({ code: 'A', requestId: 'r', actor: 'a', signature: 's', more: 1 }), { code: 'A', requestId: 'r', actor: 'a', signature: 's' });
  });

  it('is nothing when it carries no code, whatever it is', () => {
    for (const argument of [undefined, null, 7, true, [], {}, { code: 7 }, { code: null, actor: 'a' }]) assert.equal(confirmationOf(argument), undefined);
  });
});
