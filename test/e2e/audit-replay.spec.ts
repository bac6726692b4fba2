import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cairnIn } from './cli-session.js';
import { ReplayHub } from './replay-hub.js';

let replay: ReplayHub;

beforeAll(async () => {
  replay = await ReplayHub.start();
  await replay.history();
});
afterAll(() => replay.close());

const none = { submissions: 0, entries: 0 };

describe('cairn audit replay', () => {
  it('meets every set root of a hub that tells the truth, and takes nothing on trust', async () => {
    const { code, json, err } = await replay.audit('first');
    expect([code, err]).toEqual([0, '']);
    expect(json).toMatchObject({
      met: true,
      reader: 'auditor',
      differences: [],
      pending: 0,
      ahead: 0,
      evidence: null,
    });
    expect(json.statements).toBe(json.logSize);
    expect(json.rootsMet).toBeGreaterThan(10);
    expect(json.trust).toEqual({
      whole: { submissions: 8, entries: 16 },
      ...{
        undecided: none,
        belowHorizon: 0,
        named: none,
        anonymous: none,
        hidden: 0,
        states: 0,
        erasedStates: 0,
        base: null,
        feeds: [],
        records: 'whole',
      },
    });
  });

  it('says as a member what it had to take on trust, in numbers', async () => {
    const { code, json, err } = await replay.replayAs(replay.members.alpha);
    expect([code, err]).toEqual([0, '']);
    expect(json.trust).toEqual({
      whole: { submissions: 3, entries: 6 },
      undecided: none,
      belowHorizon: 0,
      named: none,
      anonymous: { submissions: 4, entries: 9 },
      ...{ hidden: 1, states: 0, erasedStates: 0, base: null, feeds: ['tvec'], records: 'own' },
    });
    const { json: bravo } = await replay.replayAs(replay.members.bravo);
    expect(bravo.trust.named).toEqual({ submissions: 2, entries: 4 });
  });

  it('replays for an author that receives nothing what it signed itself', async () => {
    const { code, json } = await replay.replayAs(replay.members.silent);
    expect(code).toBe(0);
    expect(json.trust).toMatchObject({
      undecided: { submissions: 1, entries: 2 },
      hidden: 7,
      feeds: ['csam', 'tvec'],
    });
  });

  it('says it in words, too', async () => {
    const args = ['audit', 'replay', '--policy', replay.policyFile(['csam']), '--purpose', 'audit'];
    const { out } = await cairnIn(replay.auditor, args, { plain: true });
    expect(out).toContain('set roots met');
    expect(out).toContain('feeds not read, because not received or not pinned: tvec');
    expect(out).toContain('MET: everything that was compared follows from the log.');
  });

  it('refuses whoever is no auditor, and who names no policy', async () => {
    const { code, err } = await cairnIn(replay.auditor, ['audit', 'replay', '--purpose', 'x']);
    expect([code, JSON.parse(err)]).toMatchObject([6, { error: { code: 'POLICY_INVALID' } }]);
    const policy = replay.policyFile();
    const refused = await cairnIn(replay.auditor, ['audit', 'replay', '--purpose', ' ', '--policy', policy]);
    expect(refused.code).toBe(3);
  });
});
