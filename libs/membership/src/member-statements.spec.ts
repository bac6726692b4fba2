import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StatementBody } from '#libs/protocol';
import { must, POLICY, TestHub, WAIVED } from '#test/hub';
import type { NewMember } from '#test/membership-shortcuts';
import type { AdministrationResult } from './administration-result.js';

const ACTOR = 'system:test';

describe('statements about members and channels', () => {
  let hub: TestHub;

  beforeAll(async () => {
    hub = await TestHub.create();
  });
  afterAll(() => hub.drop());

  /** Statements asked for so far that are about a member or a channel. */
  async function asked(subject: string): Promise<StatementBody[]> {
    const rows = await hub.worker.read('asked', ACTOR, (tx) =>
      tx.query<{ body: StatementBody }>(
        `SELECT body FROM cairn.pending_statement WHERE $1 IN (body ->> 'member', body ->> 'channel') ORDER BY id`,
        [subject],
      ),
    );
    return rows.map((row) => row.body);
  }

  function facts(member: string, more: Partial<NewMember> = {}): NewMember {
    return { member, name: member, kind: 'platform', group: member, accredited: false, ...more };
  }

  async function refusedAll(
    acts: readonly (() => Promise<AdministrationResult>)[],
    refusal: object,
  ): Promise<void> {
    for (const act of acts) expect(await act()).toEqual({ ok: false, ...refusal });
  }

  describe('when what can be done once is asked for again', () => {
    it('refuses to begin a channel of a taken name', async () => {
      must(await hub.channels.create(ACTOR, 'begun', POLICY));
      const again = () => hub.channels.create(ACTOR, 'begun', POLICY);
      await refusedAll([again], {
        code: 'TAKEN',
        field: 'channel',
        rule: 'is the name of a channel already',
      });
      expect(await asked('begun')).toHaveLength(1);
    });
  });

  describe('when how things stand is stated again', () => {
    it('logs status and right again, without further effect', async () => {
      must(await hub.members.admit(ACTOR, facts('stated')));
      for (let i = 0; i < 2; i++) {
        must(await hub.members.setStatus(ACTOR, 'stated', 'suspended'));
        must(await hub.channels.setRight(ACTOR, 'stated', 'csam', { submit: true, receive: false }, WAIVED));
      }
      await hub.settle();
      const kinds = (await asked('stated')).map((body) => body.kind);
      expect(kinds).toEqual(['member', 'member_status', 'right', 'member_status', 'right']);
    });
  });

  describe('when a member is stated anew before the statement before it was applied', () => {
    async function standing(member: string): Promise<object> {
      const [row] = await hub.worker.read('standing', ACTOR, (tx) =>
        tx.query<object>(
          `SELECT control_group AS "group", accredited, status FROM cairn.member WHERE handle = $1`,
          [member],
        ),
      );
      return row!;
    }

    it('keeps what each changed', async () => {
      must(await hub.members.admit(ACTOR, facts('line', { kind: 'hotline' })));
      must(await hub.members.regroup(ACTOR, 'line', 'north'));
      must(await hub.members.setStatus(ACTOR, 'line', 'suspended'));
      must(await hub.members.accredit(ACTOR, 'line', true));
      expect(await standing('line')).toEqual({ group: 'line', accredited: false, status: 'active' });
      await hub.settle();
      expect(await standing('line')).toEqual({ group: 'north', accredited: true, status: 'suspended' });
      must(await hub.members.accredit(ACTOR, 'line', false));
      must(await hub.members.regroup(ACTOR, 'line', 'south'));
      await hub.settle();
      expect(await standing('line')).toEqual({ group: 'south', accredited: false, status: 'suspended' });
    });

    it('keeps both changes of two at a time', async () => {
      for (let i = 0; i < 10; i++) {
        const name = `racer-${i}`;
        must(await hub.members.admit(ACTOR, facts(name, { kind: 'hotline' })));
        const acts = [hub.members.regroup(ACTOR, name, 'north'), hub.members.accredit(ACTOR, name, true)];
        (await Promise.all(acts)).forEach(must);
      }
      await hub.settle();
      for (let i = 0; i < 10; i++) {
        expect(await standing(`racer-${i}`)).toMatchObject({ group: 'north', accredited: true });
      }
    });

    it('refuses to accredit what is no hotline, and the next change is as if that had not been asked', async () => {
      must(await hub.members.admit(ACTOR, facts('shop')));
      const rule = 'is only for hotlines';
      const accredit = () => hub.members.accredit(ACTOR, 'shop', true);
      await refusedAll([accredit], { code: 'NOT_ALLOWED', field: 'accredited', rule });
      must(await hub.members.regroup(ACTOR, 'shop', 'north'));
      await hub.settle();
      expect(await standing('shop')).toMatchObject({ group: 'north', accredited: false });
    });
  });
});
