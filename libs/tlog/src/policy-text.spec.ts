import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf, testKey } from './keys.arbitrary.js';
import { formatPolicy, parsePolicy } from './policy-text.js';
import type { TlogPolicy } from './policy.js';
import { formatVerifierKey } from './verifier-key.js';

const logKey = (i: number) => testKey(`log${i}.example`, 0x01).verifier;
const witnessKey = (i: number) => testKey(`w${i}.example`, 0x04).verifier;
const LOG = formatVerifierKey(logKey(1));
const [W1, W2, W3] = [1, 2, 3].map((i) => formatVerifierKey(witnessKey(i)));

const logKeys = Array.from({ length: 6 }, (_, i) => logKey(i));
const witnessKeys = Array.from({ length: 8 }, (_, i) => witnessKey(i));

/** Policies whose groups take their members from what no group has taken yet. */
const policy: fc.Arbitrary<TlogPolicy> = fc
  .record({
    logs: fc.subarray(logKeys),
    witnesses: fc.subarray(witnessKeys),
    urls: fc.infiniteStream(
      fc.option(fc.constantFrom('https://w.example/', 'https://é.example/#x'), { nil: undefined }),
    ),
    picks: fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat()), { maxLength: 4 }),
    quorum: fc.nat(),
  })
  .map(({ logs, witnesses, urls, picks, quorum }) => {
    const withUrl = <T extends object>(item: T): T & { url?: string } => {
      const url = urls.next().value;
      return url === undefined ? item : { ...item, url };
    };
    const names = witnesses.map((_, i) => `w${i}é`);
    const free = [...names];
    const groups = picks.flatMap(([count, threshold], i) => {
      const members = free.splice(0, count);
      if (members.length === 0) return [];
      free.push(`g${i}`);
      return [{ name: `g${i}`, threshold: 1 + (threshold % members.length), members }];
    });
    const quorums = ['none', ...names, ...groups.map((group) => group.name)];
    return {
      logs: logs.map((key) => withUrl({ key })),
      witnesses: witnesses.map((key, i) => withUrl({ name: names[i]!, key })),
      groups,
      quorum: quorums[quorum % quorums.length]!,
    };
  });

describe('formatPolicy', () => {
  describe('when parsed, from text or bytes', () => {
    it('gives the same policy', () => {
      fc.assert(
        fc.property(policy, (given) => {
          const file = formatPolicy(given);
          expect(parsePolicy(file)).toEqual(given);
          expect(parsePolicy(Buffer.from(file))).toEqual(given);
        }),
        { numRuns: 50 },
      );
    });

    it('writes the lines of c2sp.org/tlog-policy', () => {
      const witnesses = [1, 2, 3].map((i) => ({ name: `W${i}`, key: witnessKey(i) }));
      const groups = [
        { name: 'two', threshold: 2, members: ['W1', 'W2', 'W3'] },
        { name: 'both', threshold: 1, members: ['two'] },
      ];
      const file = formatPolicy({
        logs: [{ key: logKey(1), url: 'https://log' }],
        witnesses,
        groups,
        quorum: 'both',
      });
      expect(file).toBe(
        `log ${LOG} https://log\n` +
          `witness W1 ${W1}\nwitness W2 ${W2}\nwitness W3 ${W3}\n` +
          'group two 2 W1 W2 W3\ngroup both all two\nquorum both\n',
      );
      const any = { name: 'any', threshold: 1, members: ['W1', 'W2'] };
      expect(formatPolicy({ logs: [], witnesses, groups: [any], quorum: 'any' })).toContain(
        'group any any W1 W2\n',
      );
    });
  });

  describe('when a name or URL is not one word', () => {
    it.each(['', 'a b', 'a\tb', 'a\nb', 'a\u007f', '\ud800'])('refuses %j', (word) => {
      const key = witnessKey(1);
      const named = { logs: [], witnesses: [{ name: word, key }], groups: [], quorum: 'none' };
      const linked = { logs: [], witnesses: [{ name: 'w', key, url: word }], groups: [], quorum: 'none' };
      expect(codeOf(() => formatPolicy(named))).toBe('malformed');
      expect(codeOf(() => formatPolicy(linked))).toBe('malformed');
    });
  });

  describe('when the policy contradicts itself', () => {
    it('refuses it', () => {
      expect(codeOf(() => formatPolicy({ logs: [], witnesses: [], groups: [], quorum: 'w' }))).toBe(
        'bad_policy',
      );
    });
  });
});

describe('parsePolicy', () => {
  describe('when there are comments, empty lines, tabs and spaces', () => {
    it('reads past them, also a comment that is not UTF-8', () => {
      const head = Buffer.from(` \t \n#comment\n\t # \u00e9\n\n  log\t${LOG}  \t\n`, 'latin1');
      const rest = Buffer.from(`witness ké ${W1} https://w.example/#a\nquorum ké\n`);
      expect(parsePolicy(Buffer.concat([head, rest]))).toEqual({
        logs: [{ key: logKey(1) }],
        witnesses: [{ name: 'ké', key: witnessKey(1), url: 'https://w.example/#a' }],
        groups: [],
        quorum: 'ké',
      });
    });
  });

  describe('when names differ in their bytes only', () => {
    it('tells K from the Kelvin sign', () => {
      const { witnesses } = parsePolicy(`witness K ${W1}\nwitness \u212a ${W2}\nquorum K\n`);
      expect(witnesses.map(({ name }) => name)).toEqual(['K', '\u212a']);
    });
  });

  describe('when the syntax is wrong', () => {
    it.each([
      'quorum none',
      `log ${LOG}\nquorum none`,
      'quorum none\r\n',
      'quorum none\u007f\n',
      'quorum\u000bnone\n',
      'quorum\u00a0none\n',
      'Quorum none\n',
      'unknown\nquorum none\n',
      'quorum\n',
      'quorum none none\n',
      'log\nquorum none\n',
      `log ${LOG} url more\nquorum none\n`,
      `log ${LOG.slice(0, -1)}\nquorum none\n`,
      `witness ${W1}\nquorum none\n`,
      `witness w ${W1} url more\nquorum none\n`,
      'group g\nquorum none\n',
      'group g 1\nquorum none\n',
      `witness w ${W1}\ngroup g 01 w\nquorum g\n`,
      `witness w ${W1}\ngroup g +1 w\nquorum g\n`,
      `witness w ${W1}\ngroup g ALL w\nquorum g\n`,
    ])('refuses %j', (file) => {
      expect(codeOf(() => parsePolicy(file))).toBe('malformed');
    });

    it('refuses a name that is not UTF-8', () => {
      const file = Buffer.from(`witness \u00e9 ${W1}\nquorum none\n`, 'latin1');
      expect(codeOf(() => parsePolicy(file))).toBe('malformed');
    });

    it('refuses more than 64 KiB', () => {
      const rest = 'quorum none\n';
      const comment = (length: number): string => `#${'x'.repeat(length - rest.length - 2)}\n${rest}`;
      expect(parsePolicy(comment(65_536)).quorum).toBe('none');
      expect(codeOf(() => parsePolicy(comment(65_537)))).toBe('too_large');
    });

    it('names the line', () => {
      expect(() => parsePolicy(`\nlog ${LOG}\nbad\n`)).toThrow('policy line 3: must start with');
    });
  });

  describe('when the lines contradict each other', () => {
    const W = `witness w ${W1}\n`;

    it.each<[string, string]>([
      ['no quorum', `log ${LOG}\n`],
      ['nothing at all', ''],
      ['two quorums', 'quorum none\nquorum none\n'],
      ['a quorum that is not defined', 'quorum w\n'],
      ['a quorum defined later', `quorum w\n${W}`],
      ['a group of what is not defined', `group g any w\nquorum none\n`],
      ['a group of itself', `${W}group g any g\nquorum none\n`],
      ['a group of what is defined later', `group g any w\n${W}quorum none\n`],
      ['none as a member', `${W}group g any none\nquorum none\n`],
      ['a member twice', `${W}group g any w w\nquorum none\n`],
      ['a member of two groups', `${W}group g any w\ngroup h any w\nquorum h\n`],
      ['a threshold of 0', `${W}group g 0 w\nquorum none\n`],
      ['a threshold over the members', `${W}group g 2 w\nquorum none\n`],
      ['a witness named none', `witness none ${W1}\nquorum none\n`],
      ['a group named none', `${W}group none any w\nquorum none\n`],
      ['a name for two witnesses', `${W}witness w ${W2}\nquorum w\n`],
      ['a name for a witness and a group', `${W}group w any w\nquorum w\n`],
      ['a log twice', `log ${LOG}\nlog ${LOG}\nquorum none\n`],
      ['a witness key twice', `${W}witness v ${W1}\nquorum w\n`],
      ['a log with the key of a witness', `log ${W1}\nquorum none\n`],
      ['a witness with the key of a log', `witness w ${LOG}\nquorum none\n`],
    ])('refuses %s', (_, file) => {
      expect(codeOf(() => parsePolicy(file))).toBe('bad_policy');
    });

    it('refuses one public key under two names', () => {
      const logs = ['a', 'b'].map((name) => formatVerifierKey(testKey(name, 0x01, 'same').verifier));
      const witnesses = ['a', 'b'].map((name) => formatVerifierKey(testKey(name, 0x04, 'same').verifier));
      expect(codeOf(() => parsePolicy(`log ${logs[0]}\nlog ${logs[1]}\nquorum none\n`))).toBe('bad_policy');
      const file = `witness v ${witnesses[0]}\nwitness w ${witnesses[1]}\nquorum none\n`;
      expect(codeOf(() => parsePolicy(file))).toBe('bad_policy');
      expect(parsePolicy(`log ${logs[0]}\nwitness w ${witnesses[1]}\nquorum none\n`).logs).toHaveLength(1);
    });

    it('refuses more than 64 of a kind', () => {
      const lines = (count: number): string =>
        Array.from(
          { length: count },
          (_, i) => `log ${formatVerifierKey(testKey(`l${i}`, 0x01).verifier)}\n`,
        ).join('');
      expect(parsePolicy(`${lines(64)}quorum none\n`).logs).toHaveLength(64);
      expect(codeOf(() => parsePolicy(`${lines(65)}quorum none\n`))).toBe('bad_policy');
      const groups = (count: number): string =>
        Array.from({ length: count }, (_, i) => `group g${i} any ${i === 0 ? 'w' : `g${i - 1}`}\n`).join('');
      expect(parsePolicy(`${W}${groups(64)}quorum g63\n`).groups).toHaveLength(64);
      expect(codeOf(() => parsePolicy(`${W}${groups(65)}quorum none\n`))).toBe('bad_policy');
    });
  });

  describe('when a key is bad', () => {
    it('tells so', () => {
      expect(
        codeOf(() => parsePolicy(`log ${LOG.replace(/\+[0-9a-f]{8}\+/, '+00000000+')}\nquorum none\n`)),
      ).toBe('bad_key');
    });
  });
});
