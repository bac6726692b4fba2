import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EXIT } from '../exit-codes.js';
import { runCli } from '../run-cli.js';
import { markThumbprints, readThumbprint } from './thumbprint-argument.js';

const thumbprint = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));

describe('a thumbprint as an argument', () => {
  it('is read back whatever it begins with, and never passes for an option', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          thumbprint,
          thumbprint.map((text) => `-${text.slice(1)}`),
        ),
        (text) => {
          const [marked = ''] = markThumbprints([text]);
          expect([readThumbprint(marked), marked.startsWith('-')]).toEqual([text, false]);
        },
      ),
    );
  });

  it('leaves every other argument alone', () => {
    const args = ['keys', '--json', '-', '--', `-${'A'.repeat(41)}`, `-${'A'.repeat(43)}`, '-x'];
    expect(markThumbprints(args)).toEqual(args);
  });

  it('is understood by the commands that take one', async () => {
    let err = '';
    const io = {
      stdin: (async function* () {})(),
      writeOut: async () => undefined,
      writeError: (text: string) => void (err += text),
      interactive: false,
    };
    const args = ['--home', '/nonexistent', 'keys', 'retire', `-${'A'.repeat(42)}`];
    expect(await runCli(args, { io })).not.toBe(EXIT.usage);
    expect(err).not.toContain('unknown option');
  });
});
