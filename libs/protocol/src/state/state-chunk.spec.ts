import { describe, expect, it } from '@jest/globals';
import { leafHash, sha256 } from '#libs/tlog';
import { fromHex, toHex } from '../hex.js';
import { signalOf } from '../projection/history.arbitrary.js';
import { refusalOf } from '../refusal.arbitrary.js';
import { StateChunkDecoder } from './state-chunk-decoder.js';
import { StateOpener } from './open-state.js';
import { meetsState } from './state-encoder.js';
import { stateChunkOf, stateRoot } from './state-leaves.js';
import { exampleHistory, leavesOf, openState, SALTS, stateAt, statementOf } from './state.arbitrary.js';

const state = stateAt(exampleHistory(), exampleHistory().size);
const size = state.size;

const hex = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, '0');
const keyHex = (signal: number) => Buffer.from(signalOf(signal).key).toString('hex');
const PDQ = 4;
const MD5 = 1;
/** Of the first signing key in order; the one before it is for logins. */
const SIGNING = 1;

/** An operation as its parts. */
const operation = (change: Partial<Record<string, string>> = {}) => ({
  index: hex(size - 4, 8),
  line: hex(0, 2),
  key: hex(SIGNING, 4),
  flags: '00',
  quality: '',
  expires: '',
  labels: '00',
  ...change,
});
/** A signal as its parts. */
const signal = (change: Partial<Record<string, string>> = {}, operations = [operation()]) => ({
  key: keyHex(0),
  latest: hex(size - 4, 8),
  count: hex(operations.length, 4),
  operations: operations.map((one) => Object.values(one).join('')).join(''),
  ...change,
});
const section = (change: Partial<Record<string, string>> = {}, signals = [signal()]) => ({
  channel: hex(0, 2),
  type: hex(PDQ, 2),
  count: hex(signals.length, 4),
  signals: signals.map((one) => Object.values(one).join('')).join(''),
  ...change,
});
const decodeAs = (chunk: number, ...sections: object[]) => {
  const text = '00'.repeat(16) + sections.map((one) => Object.values(one).join('')).join('');
  return refusalOf(() => [...new StateChunkDecoder(state).decode(chunk, fromHex(text)!)]);
};
const decode = (...sections: object[]) => decodeAs(stateChunkOf(signalOf(0).key), ...sections);
const ofOperations = (...changes: Partial<Record<string, string>>[]) =>
  decode(section({}, [signal({}, changes.map(operation))]));

const bad = (field: string) => ({ code: 'BAD_FIELD', field: `state.${field}` });
const framing = { code: 'BAD_FRAMING', field: 'state' };

describe('StateChunkDecoder', () => {
  describe('when a chunk follows the rules', () => {
    it('reads it', () => {
      expect(decode()).toBeNull();
      expect(decode(section())).toBeNull();
      expect(decode(section(), section({ channel: hex(1, 2) }))).toBeNull();
      expect(ofOperations({ flags: hex(1, 1) })).toBeNull();
      expect(
        ofOperations({ flags: hex(0b11110, 1), quality: hex(100, 1), expires: hex(2_932_896, 4) }),
      ).toBeNull();
      expect(ofOperations({ labels: `02${hex(10, 2)}${hex(20, 2)}` })).toBeNull();
      expect(ofOperations({}, { line: hex(9999, 2) })).toBeNull();
      expect(decode(section({}, [signal({ latest: hex(size - 1, 8) }, [])]))).toBeNull();
    });
  });

  describe('when a chunk breaks off', () => {
    it('refuses it', () => {
      const whole = Object.values(section({}, [signal({}, [operation({ labels: `01${hex(10, 2)}` })])])).join(
        '',
      );
      for (let at = 2; at < whole.length; at += 2) {
        expect(decode({ cut: whole.slice(0, at) })).toEqual(framing);
      }
    });
  });

  describe('when a section breaks a rule', () => {
    it('names the rule', () => {
      expect(decode(section({ channel: hex(2, 2) }))).toEqual(framing);
      expect(decode(section({ type: hex(99, 2) }))).toEqual(framing);
      expect(decode(section(), section())).toEqual(bad('section'));
      expect(decode(section({ channel: hex(1, 2) }), section())).toEqual(bad('section'));
      expect(decode(section({}, []))).toEqual(bad('count'));
    });
  });

  describe('when a signal breaks a rule', () => {
    it('names the rule', () => {
      expect(decodeAs(stateChunkOf(signalOf(0).key) ^ 1, section())).toEqual(bad('key'));
      expect(decode(section({}, [signal(), signal()]))).toEqual(bad('key'));
      expect(decode(section({}, [signal({ latest: hex(size, 8) })]))).toEqual(bad('latest'));
      expect(decode(section({}, [signal({ latest: hex(size - 5, 8) })]))).toEqual(bad('latest'));
      expect(decode(section({}, [signal({ latest: hex(2 ** 53, 8) })]))).toEqual(framing);
    });
  });

  describe('when an operation breaks a rule', () => {
    const md5 = (change: Partial<Record<string, string>>) =>
      decodeAs(
        stateChunkOf(signalOf(1).key),
        section({ type: hex(MD5, 2) }, [signal({ key: keyHex(1) }, [operation(change)])]),
      );

    it('names the rule', () => {
      expect(ofOperations({ index: hex(size, 8) })).toEqual(bad('latest'));
      expect(ofOperations({ line: hex(10_000, 2) })).toEqual(bad('line'));
      expect(ofOperations({ key: hex(0, 4) })).toEqual(bad('key'));
      expect(ofOperations({ key: hex(99, 4) })).toEqual(framing);
      expect(ofOperations({ flags: hex(32, 1) })).toEqual(bad('flags'));
      expect(ofOperations({ flags: hex(8, 1), quality: hex(101, 1) })).toEqual(bad('quality'));
      expect(md5({})).toBeNull();
      expect(md5({ flags: hex(8, 1), quality: hex(1, 1) })).toEqual(bad('quality'));
      expect(ofOperations({ flags: hex(16, 1), expires: hex(2_932_897, 4) })).toEqual(bad('expires'));
      expect(ofOperations({ labels: '11' })).toEqual(bad('labels'));
      expect(ofOperations({ labels: `01${hex(30, 2)}` })).toEqual(bad('labels'));
      expect(ofOperations({ labels: `02${hex(20, 2)}${hex(10, 2)}` })).toEqual(bad('labels'));
      expect(ofOperations({ labels: `02${hex(10, 2)}${hex(10, 2)}` })).toEqual(bad('labels'));
      expect(ofOperations({ flags: hex(1, 1), labels: `01${hex(10, 2)}` })).toEqual(bad('flags'));
      expect(ofOperations({ flags: hex(17, 1), expires: hex(1, 4) })).toEqual(bad('flags'));
      expect(ofOperations({ flags: hex(9, 1), quality: hex(1, 1) })).toEqual(bad('flags'));
      expect(ofOperations({}, {})).toEqual(bad('operations'));
      expect(ofOperations({ line: hex(1, 2) }, {})).toEqual(bad('operations'));
      expect(ofOperations({}, { index: hex(size - 5, 8), line: hex(9, 2) })).toEqual(bad('operations'));
    });
  });
});

describe('StateOpener', () => {
  const leaves = leavesOf(state);
  const statement = statementOf(state);

  describe('when there are not 256 chunks', () => {
    it('gives no state', () => {
      const mismatch = (field: string) => ({ code: 'COUNT_MISMATCH', field });
      expect(refusalOf(() => openState(statement, leaves.slice(0, -1)))).toEqual(mismatch('state'));
      expect(refusalOf(() => openState(statement, [...leaves, leaves[256]!]))).toEqual(
        mismatch('state.chunk'),
      );
    });
  });

  describe('when the directory is of another log', () => {
    it('refuses it', () => {
      const mismatch = (field: string) => ({ code: 'EVIDENCE_MISMATCH', field: `state.${field}` });
      const opening = (change: object, origin = 'hub.example.org') =>
        refusalOf(() => new StateOpener({ ...statement, ...change }, origin, leaves[0]!));
      expect(opening({})).toBeNull();
      expect(opening({ size: size - 1 })).toEqual(mismatch('size'));
      expect(opening({}, 'other.example.org')).toEqual(mismatch('origin'));
    });
  });

  describe('when two chunks change places', () => {
    it('refuses them, as they are not where their signals belong', () => {
      const [first, second] = leaves.flatMap((leaf, number) =>
        number > 0 && leaf.length > 16 ? [number] : [],
      );
      const turned = [...leaves];
      [turned[first!], turned[second!]] = [turned[second!]!, turned[first!]!];
      expect(refusalOf(() => openState(statement, turned))).toEqual(bad('key'));
    });
  });
});

describe('StateChunks', () => {
  describe('when signals of one type share a chunk', () => {
    it('writes them by key, in whatever order they came', () => {
      const crowded = (numbers: readonly number[]) => {
        const filled = stateAt(exampleHistory(), size);
        const pdq = filled.channels.get('csam')!.signals.get('pdq')!;
        for (const n of numbers) {
          const key = sha256(Uint8Array.of(n >> 8, n & 255));
          pdq.set(toHex(key), { key, latest: n % size, operations: new Map(), reason: 0, metadata: null });
        }
        return filled;
      };
      const numbers = Array.from({ length: 600 }, (_, n) => n);
      const leaves = leavesOf(crowded(numbers));
      expect(leavesOf(crowded([...numbers].reverse()))).toEqual(leaves);
      expect(leavesOf(openState(statementOf(crowded(numbers)), leaves))).toEqual(leaves);
    });
  });
});

describe('meetsState', () => {
  describe('when the salts are no salts', () => {
    it('is not met', () => {
      const statement = statementOf(state);
      expect(meetsState(state, statement, SALTS)).toBe(true);
      expect(meetsState(state, statement, SALTS.slice(1))).toBe(false);
      expect(meetsState(state, { ...statement, size: size - 1 }, SALTS)).toBe(false);
    });

    it('is not met by more than a salt, which could hold what the verifier does not know', () => {
      const leaves = leavesOf(state);
      const salts = [...SALTS];
      salts[256] = new Uint8Array(17);
      const longer = new Uint8Array([0, ...leaves[256]!.subarray(0, 16)]);
      const hashes = leaves.map((leaf, number) => leafHash(number === 256 ? longer : leaf));
      expect(leaves[256]!.length).toBe(16);
      expect(meetsState(state, { kind: 'state', size, root: stateRoot(hashes) }, salts)).toBe(false);
    });
  });
});
