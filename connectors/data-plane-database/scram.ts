import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/** PostgreSQL's own default of `scram_iterations`. */
const ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/**
 * The SCRAM-SHA-256 verifier (RFC 5803) that PostgreSQL stores for a password. Sent instead of the password itself, so that no server
 * log of statements ever holds one. The password must be ASCII, else it would have to be normalised first (SASLprep).
 */
export const scramVerifier = async (password: string): Promise<string> => {
  const salt = randomBytes(SALT_BYTES);
  const salted = await promisify(pbkdf2)(password, salt, ITERATIONS, KEY_BYTES, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest();
  const parts = [salt, storedKey, hmac('Server Key')].map((part) => part.toString('base64'));
  return `SCRAM-SHA-256$${ITERATIONS}:${parts[0]}$${parts[1]}:${parts[2]}`;
};
