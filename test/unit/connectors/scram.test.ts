import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { scramVerifier } from '../../../connectors/data-plane-database/scram.ts';

describe('a password on its way to PostgreSQL', () => {
  it('is a verifier that accepts this password and no other, and does not hold it', async () => {
    const verifier = await scramVerifier('correct horse');
    const [, iterations, salt, storedKey] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(verifier) ?? [];
    assert.ok(iterations && salt && storedKey);
    const storedKeyOf = (password: string): string => {
      const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
      return createHash('sha256').update(createHmac('sha256', salted).update('Client Key').digest()).digest('base64');
    };
    assert.equal(storedKeyOf('correct horse'), storedKey);
    assert.notEqual(storedKeyOf('correct house'), storedKey);
    assert.ok(!verifier.includes('horse'));
  });

  it('has another salt each time', async () => assert.notEqual(await scramVerifier('x'), await scramVerifier('x')));
});
