import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReplayHub } from './replay-hub.js';

let replay: ReplayHub;

beforeAll(async () => {
  replay = await ReplayHub.start();
  await replay.history();
});
afterAll(() => replay.close());

describe('cairn audit replay', () => {
  it('meets every set root of a hub that tells the truth', async () => {
    const { code, json, err } = await replay.audit('first');
    expect(err).toBe('');
    expect(json).toMatchObject({ met: true, reader: 'auditor', differences: [], pending: 0, ahead: 0 });
    expect(code).toBe(0);
    console.log(JSON.stringify(json));
  });

  it('says as a member what it had to take on trust', async () => {
    const { code, json, err } = await replay.replayAs(replay.members.alpha);
    expect(err).toBe('');
    console.log(JSON.stringify(json));
    expect(code).toBe(0);
  });
});
