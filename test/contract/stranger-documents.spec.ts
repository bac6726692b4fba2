import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemberHome } from '#libs/client';
import { deriveCheckpointKey, writePrivateJwk } from '#libs/keys';
import { formatPolicy, NOTE_SIGNATURE, verifierKey } from '#libs/tlog';
import { flipBytes, runStranger, strangerCanRun } from '#test/stranger';
import { SHA256, valueOf } from '../client/support/signals.js';
import { TestHub as ClientHub } from '../client/support/test-hub.js';
import {
  answered,
  assertion,
  randomValue,
  startWithSubmitters,
  type TestHub,
  type TestMember,
} from '../e2e/api-hub.js';
import { cairnIn, loggedIn } from '../e2e/cli-session.js';
import { giveRoles } from '../e2e/people-hub.js';

const given = strangerCanRun() ? describe : describe.skip;

const ORIGIN = 'hub.test';
const VERIFY = 'verify_document.py';

let folder: string;
let policy: string;

function flipsOf(file: string, origin = ORIGIN) {
  const name = file.slice(folder.length + 1);
  return flipBytes(VERIFY, [policy, origin, file], new Map([[name, readFileSync(file)]]));
}

given('a verifier that a stranger wrote from the page about proofs', () => {
  let hub: TestHub;
  let alice: TestMember;
  let silent: TestMember;
  let bob: TestMember;
  const [named, hidden, quiet] = [randomValue(), randomValue(), randomValue()];
  const others = Array.from({ length: 4 }, randomValue);

  beforeAll(async () => {
    ({ hub, alice, silent } = await startWithSubmitters());
    bob = await hub.admit('bob');
    await hub.allow(bob, 'csam', { submit: false, receive: true });
    await hub.settle();
    const batch = (values: readonly string[]) => values.map((value) => assertion('sha256', value));
    answered(await hub.submit(alice, 'csam', batch([...others, named]), { attribution: 'named' }));
    answered(await hub.submit(alice, 'csam', batch([hidden, ...others])));
    answered(await hub.submit(silent, 'csam', batch([quiet])));
    await hub.settle();
    folder = mkdtempSync(join(tmpdir(), 'cairn-documents-'));
    policy = join(folder, 'policy');
    const name = `${ORIGIN}/log`;
    const key = verifierKey(name, NOTE_SIGNATURE, deriveCheckpointKey(hub.checkpointSeed, name).publicKey);
    writeFileSync(
      policy,
      formatPolicy({ logs: [{ key, url: hub.url }], witnesses: [], groups: [], quorum: 'none' }),
    );
  });
  afterAll(async () => {
    await hub?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  async function homeOf(member: TestMember): Promise<string> {
    const path = join(folder, `home-${member.name}`);
    const home = new MemberHome(path);
    await home.init({ policy: readFileSync(policy), member: member.name, replace: true });
    mkdirSync(dirname(home.keyFile('auth')), { recursive: true, mode: 0o700 });
    writeFileSync(home.keyFile('auth'), `${writePrivateJwk(member.auth)}\n`, { mode: 0o600 });
    return path;
  }

  /** What `cairn audit prove` writes for a member or a person. */
  async function proved(home: string, value: string, ...more: string[]): Promise<string> {
    const out = join(folder, `${value.slice(0, 8)}-${more.length}.json`);
    const words = ['audit', 'prove', '--channel', 'csam', 'sha256', value, '--out', out, ...more];
    expect(await cairnIn(home, words)).toMatchObject({ code: 0 });
    return out;
  }

  it.each<[string, () => Promise<string>, RegExp[]]>([
    [
      'whole, of a named author',
      async () => proved(await homeOf(bob), named),
      [/named: signed/, /accepted/, /by alice/],
    ],
    ['blinded', async () => proved(await homeOf(bob), hidden), [/anonymous: logged .*not shown/, /accepted/]],
    [
      'own, of who may not receive',
      async () => proved(await homeOf(silent), quiet),
      [/the decision is not shown/, /by silent/],
    ],
    [
      'whole, of an anonymous author, for an auditor',
      provedToAuditor,
      [/anonymous: signed/, /accepted/, /by alice/],
    ],
  ])('accepts a proof that is %s, and refuses it with any one byte flipped', async (_, make, said) => {
    const file = await make();
    const { code, lines } = runStranger(VERIFY, [policy, ORIGIN, file]);
    expect([code, ...lines]).toEqual([0, ...said.map((pattern) => expect.stringMatching(pattern)), 'OK']);
    const { flips, accepted } = flipsOf(file);
    expect(accepted).toEqual([]);
    expect(flips).toBeGreaterThan(200);
  });

  async function provedToAuditor(): Promise<string> {
    await giveRoles(hub, [
      ['alice', 'approver'],
      ['ada', 'auditor'],
    ]);
    const home = await loggedIn(hub, join(folder, 'ada'), 'ada');
    return proved(home, hidden, '--staff', '--policy', policy, '--purpose', 'a complaint');
  }

  it('refuses the proof of another hub, and under another key', async () => {
    const file = await proved(await homeOf(bob), hidden);
    expect(runStranger(VERIFY, [policy, 'other.test', file])).toEqual({ code: 1, lines: ['WRONG_AUDIENCE'] });
    const key = verifierKey(
      `${ORIGIN}/log`,
      NOTE_SIGNATURE,
      deriveCheckpointKey(new Uint8Array(32), 'x').publicKey,
    );
    const other = join(folder, 'other-policy');
    writeFileSync(other, formatPolicy({ logs: [{ key }], witnesses: [], groups: [], quorum: 'none' }));
    expect(runStranger(VERIFY, [other, ORIGIN, file])).toEqual({ code: 1, lines: ['NOT_IN_LOG'] });
  });

  describe('when a promise is overdue', () => {
    it('accepts what its author puts together, and of flipped bytes those alone that nobody promised', async () => {
      const client = await ClientHub.start();
      try {
        const cairn = await client.member();
        client.submissions.mergeDelay = 0;
        const entries = [{ type: 'sha256', value: valueOf(SHA256, 1) }];
        const { jti } = (await cairn.submit({ channel: 'csam', entries })).receipts[0]!;
        await new Promise((done) => setTimeout(done, 5));
        const file = join(folder, 'evidence.json');
        const evidence = await cairn.promiseEvidence(jti);
        writeFileSync(file, evidence);
        writeFileSync(policy, client.policy());
        const { code, lines } = runStranger(VERIFY, [policy, client.origin, file]);
        expect([code, ...lines]).toEqual([
          0,
          expect.stringMatching(/^promised to acme .* by the author's word/),
          'OK',
        ]);
        const { accepted } = flipsOf(file, client.origin);
        const places = accepted.map((flip) => Number(flip.split(' ')[1]));
        expect(places.filter((place) => !isOutsideThePromise(evidence, place))).toEqual([]);
      } finally {
        await client.stop();
      }
    });
  });
});

/** Header and signature of the manifest, and the clock of who saw it. */
function isOutsideThePromise(evidence: Uint8Array, place: number): boolean {
  const text = Buffer.from(evidence).toString('latin1');
  const start = text.indexOf('"manifest":"') + '"manifest":"'.length;
  const [header, payload, signature] = text.slice(start, text.indexOf('"', start)).split('.') as [
    string,
    string,
    string,
  ];
  const signed = start + header.length + 1 + payload.length;
  const inHeader = place >= start && place < start + header.length;
  const inSignature = place > signed && place <= signed + signature.length;
  return inHeader || inSignature || place > text.indexOf('"seen":') + '"seen":'.length;
}
