import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signalTypeByName } from '#libs/protocol';
import { TestHub } from '#test/hub';
import { assertion, retraction, type TestMember } from '#test/member';
import { replay } from '#test/replay';

const SHA256 = signalTypeByName('sha256')!.code;
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the pipeline from submission to feed', () => {
  let hub: TestHub;
  let alpha: TestMember;
  let beta: TestMember;

  beforeAll(async () => {
    hub = await TestHub.create();
    alpha = await hub.admit('alpha');
    beta = await hub.admit('beta');
  });
  afterAll(() => hub.drop());

  describe('when two members assert the same hashes', () => {
    it('holds each once, corroborated', async () => {
      const values = ['one', 'two', 'three'].map(hash);
      for (const member of [alpha, beta]) {
        const batch = await member.batch(
          'csam',
          values.map((value) => assertion('sha256', value)),
        );
        expect(await hub.receive(member, batch)).toMatchObject({ ok: true, jti: batch.jti });
      }
      await hub.settle();
      expect(await hub.held('csam', SHA256)).toEqual([...values].sort());
    });
  });

  describe('when one of them retracts and then the other', () => {
    it('drops the signal with the last one', async () => {
      await hub.receive(alpha, await alpha.batch('csam', [retraction('sha256', hash('one'))]));
      await hub.settle();
      expect(await hub.held('csam', SHA256)).toContain(hash('one'));
      await hub.receive(
        beta,
        await beta.batch('csam', [retraction('sha256', hash('one'), 'false_positive')]),
      );
      await hub.settle();
      expect(await hub.held('csam', SHA256)).not.toContain(hash('one'));
    });
  });

  describe('when the whole log is replayed from zero', () => {
    it('meets every set root', async () => {
      const replayed = await replay(hub.worker, hub.origin);
      expect(replayed.rootsMet).toBeGreaterThanOrEqual(3);
    });
  });
});
