import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  APPLICATION_STATES,
  MEMBER_STATES,
  TRANSITIONS,
  type ApplicationResult,
  type AttestationAnswers,
  ATTESTATION_TOPICS,
} from '#libs/membership';
import { ApplicationDesk, profileOf, SIGNATORY } from '#test/application-desk';
import {
  ACTION_NAMES,
  ApplicationModel,
  ENDORSERS,
  leadingActs,
  PROBATION_HOURS,
  WINDOW_HOURS,
  YEAR_HOURS,
  type Action,
  type ActionName,
} from '#test/application-model';
import { must } from '#test/hub';
import type { TestMember } from '#test/member';

const RUNS = Number(process.env['APPLICATION_RUNS'] ?? 40);

const ANSWERS = Object.fromEntries(
  ATTESTATION_TOPICS.map((topic) => [topic, { changed: false, what: null }]),
) as AttestationAnswers;

let desk: ApplicationDesk;
let endorsers: TestMember[];
let endorserIds: number[];
let founding = false;
let applicants = 0;
let admitted = 0;
const taken = new Set<string>();

beforeAll(async () => {
  desk = await ApplicationDesk.create();
  endorsers = [];
  for (const { name, group, full } of ENDORSERS) {
    endorsers.push(await desk.hub.admit(name, { group }));
    if (!full) must(await desk.hub.members.setStatus('system:test', name, 'suspended'));
  }
  await desk.hub.settle();
  endorserIds = await Promise.all(endorsers.map((member) => desk.hub.idOf(member)));
});
afterAll(() => desk.drop());

/** One applicant's way, on the database and in the model. */
class Walk {
  readonly model: ApplicationModel;
  private readonly handle = `applicant-${++applicants}`;
  private lastEndorsement: { member: number; number: number } | null = null;
  private readonly objections: number[] = [];
  private attestation = 0;

  constructor(
    readonly application: string,
    observer: boolean,
  ) {
    this.model = new ApplicationModel(observer, founding);
  }

  /** Does an act on both, and compares. */
  async take(action: Action): Promise<void> {
    const before = this.model.state;
    const result = await this.acts[action.name](action);
    const allowed = this.model.apply(action);
    if (result.ok !== allowed)
      throw new Error(
        `${action.name} in ${before}: the model says ${allowed}, the hub ${JSON.stringify(result)}`,
      );
  }

  private readonly acts: Record<ActionName, (action: Action) => Promise<ApplicationResult>> = {
    profile: ({ how }) => desk.applications.setProfile(this.application, this.profile(how % 2)),
    submit: () => desk.applications.submit(this.application),
    answer: () => desk.applications.answer(this.application, null),
    withdraw: () => desk.applications.withdraw(this.application, 'other'),
    takeUp: ({ who }) => desk.review.takeUp(staff(who), this.application),
    requestInformation: ({ who }) =>
      desk.review.requestInformation(staff(who), this.application, 'other', 'What else?'),
    checks: ({ who }) => this.checks(staff(who)),
    accept: () => desk.accept(this.application),
    endorse: (action) => this.endorse(action),
    withdrawEndorsement: () =>
      desk.endorsements.withdraw(
        this.lastEndorsement?.member ?? endorserIds[0]!,
        this.application,
        this.lastEndorsement?.number ?? 0,
      ),
    confirmEndorsed: ({ who }) => desk.review.confirmEndorsed(staff(who), this.application),
    openWindow: ({ who }) => desk.review.openObjectionWindow(staff(who), this.application),
    object: (action) => this.object(action),
    answerObjection: ({ who }) => this.answerObjection(staff(who)),
    passTime: async ({ how }) => {
      await desk.pass([1, WINDOW_HOURS, PROBATION_HOURS, YEAR_HOURS][how % 4]!);
      return { ok: true };
    },
    recommendAdmit: ({ who }) => this.recommend(who, 'admit'),
    recommendReject: ({ who }) => this.recommend(who, 'reject'),
    decideAdmit: (action) => this.decide(action.who, 'admit'),
    decideReject: (action) => this.decide(action.who, 'reject'),
    decideStale: (action) => this.decideStale(action),
    admit: ({ who }) => desk.path.admit(staff(who), this.application),
    giveKeys: async () => {
      const can = !this.model.hasKeys && MEMBER_STATES.some((state) => state === this.model.state);
      if (can) await desk.giveKeys(this.application);
      return can ? { ok: true } : { ok: false, code: 'NOT_ALLOWED', field: 'keys', rule: 'are there' };
    },
    beginConformance: () => desk.machine.path.beginConformance({ system: 'worker' }, this.application),
    activateObserver: ({ who }) => desk.path.activateObserver(staff(who), this.application),
    beginProbation: async () => {
      if (this.model.state === 'conformance') await desk.passConformance(this.application);
      return desk.machine.path.beginProbation({ system: 'worker' }, this.application);
    },
    endProbation: () => desk.machine.path.endProbation({ system: 'worker' }, this.application),
    suspend: ({ who }) => desk.path.suspend(staff(who), this.application, 'security_incident'),
    reinstate: ({ who }) => desk.path.reinstate(staff(who), this.application),
    expel: ({ who }) => desk.path.expel(staff(who), this.application, 'poisoning'),
    askAttestation: () => desk.machine.attestations.ask({ system: 'worker' }, this.application, 'yearly'),
    attest: async () => {
      const facts = { answers: ANSWERS, signatory: SIGNATORY };
      const filed = await desk.attestations.file({ applicant: this.application }, this.application, facts);
      if (filed.ok) this.attestation = filed.number;
      return filed;
    },
    reviewAttestation: ({ who }) =>
      desk.attestations.review(staff(who), this.application, this.attestation, { outcome: 'accepted' }),
    setFounding: async ({ how }) => {
      founding = how % 2 === 0;
      await desk.setPolicy({ foundingMembers: founding ? 5 : 0 });
      return { ok: true };
    },
  };

  private profile(variant: number) {
    const kind = this.model.observer ? 'government' : 'platform';
    return profileOf(this.handle, {
      kind,
      legalName: `${this.handle} ${variant} Ltd`,
      ...(this.model.observer ? { channels: [] } : {}),
    });
  }

  /** At least one act, so that the state is judged even when no check is missing. */
  private async checks(person: number): Promise<ApplicationResult> {
    const check = { code: 'legal_entity', outcome: 'pass' } as const;
    const recorded = await desk.review.recordCheck({ person }, this.application, check);
    if (recorded.ok) await desk.passChecks(this.application, person);
    return recorded;
  }

  private async endorse({ who, how }: Action): Promise<ApplicationResult> {
    const member = endorsers[who % endorsers.length]!;
    const name = `${this.handle} ${this.model.variant ?? 0} Ltd`;
    const claims = how % 5 === 0 ? ({ relationship: 'supplier', note: 'They host us.' } as const) : {};
    const token = await desk.sign(member, this.application, name, claims);
    const endorsed = await desk.endorsements.endorse(endorserIds[who % endorsers.length]!, token);
    if (endorsed.ok)
      this.lastEndorsement = { member: endorserIds[who % endorsers.length]!, number: endorsed.number };
    return endorsed;
  }

  private async object({ who }: Action): Promise<ApplicationResult> {
    const by = who % 2 === 0 ? { person: staff(who) } : { member: endorserIds[who % ENDORSERS.length]! };
    const facts = { code: 'conduct', note: 'We have doubts.' } as const;
    const raised = await desk.objections.raise(by, this.application, facts);
    if (raised.ok) this.objections.push(raised.number);
    return raised;
  }

  private async answerObjection(person: number): Promise<ApplicationResult> {
    const facts = { outcome: 'dismissed', answer: 'We have looked into it.' } as const;
    const answered = await desk.objections.answer(person, this.application, this.objections[0] ?? 0, facts);
    if (answered.ok) this.objections.shift();
    return answered;
  }

  private async recommend(who: number, direction: 'admit' | 'reject'): Promise<ApplicationResult> {
    const digest = await desk.digest(this.application);
    const rights = this.model.observer ? [] : [{ channel: 'spam', submit: true, receive: true }];
    const proposal =
      direction === 'admit'
        ? { direction, rights, accredited: false }
        : { direction, reasons: ['not_eligible'] as const };
    return desk.decisions.recommend(staff(who), this.application, digest, proposal);
  }

  private async decide(who: number, direction: 'admit' | 'reject'): Promise<ApplicationResult> {
    const digest = await desk.digest(this.application);
    return desk.decisions.decide(staff(who), this.application, digest, direction);
  }

  /** Reads a version, lets something change, and decides on what was read. Wherever a decision is possible, so is the change. */
  private async decideStale({ who, how }: Action): Promise<ApplicationResult> {
    const digest = await desk.digest(this.application);
    const change: Action = { name: how % 2 === 0 ? 'checks' : 'endorse', who: 0, how: 1 };
    await this.take(change);
    return desk.decisions.decide(staff(who), this.application, digest, 'admit');
  }

  /** What the database has, against the model and the diagram. */
  async verify(): Promise<void> {
    const { row, moves } = await stored(this.application);
    let state = 'draft';
    for (const [i, move] of moves.entries()) {
      expect([move.number, move.from]).toEqual([i + 1, state]);
      state = move.to;
      taken.add(`${move.from}>${move.to}`);
    }
    expect(moves.map(({ from, to }) => `${from}>${to}`)).toEqual(this.model.taken);
    expect([row.state, row.moves]).toEqual([state, moves.length]);
    expect(state).toBe(this.model.state);
    if (!moves.some(({ to }) => to === 'active' || to === 'key_ceremony')) return;
    const { decision } = this.model;
    expect(row.decidedBy).not.toBe(row.recommendedBy);
    expect([row.recommendedBy, row.decidedBy]).toEqual([
      staff(decision!.recommendedBy),
      staff(decision!.decidedBy),
    ]);
    admitted++;
    expect(decision!.endorsements >= 2 || decision!.founding).toBe(true);
  }
}

const staff = (who: number): number => desk.people[who % 3]!;

async function stored(application: string) {
  return desk.hub.worker.read('stored', 'system:test', async (tx) => {
    const [row] = await tx.query<{
      state: string;
      moves: number;
      decidedBy: number | null;
      recommendedBy: number | null;
    }>(
      `SELECT a.state, a.moves, d.person_id AS "decidedBy", d.recommended_by AS "recommendedBy"
         FROM cairn.application a LEFT JOIN cairn.application_decision d ON d.application_id = a.id WHERE a.id = $1`,
      [application],
    );
    const moves = await tx.query<{ number: number; from: string; to: string }>(
      `SELECT number, from_state AS "from", to_state AS "to" FROM cairn.application_move
        WHERE application_id = $1 ORDER BY number`,
      [application],
    );
    return { row: row!, moves };
  });
}

async function begin(observer: boolean): Promise<Walk> {
  return new Walk((await desk.applications.create()).application, observer);
}

/** An active applicant would count among the members of the next run. */
async function end(walk: Walk): Promise<void> {
  await walk.verify();
  if (!walk.model.over && walk.model.decision !== null)
    await desk.path.expel(desk.people[0]!, walk.application, 'ceased_to_exist');
}

const roll = fc.record({
  lead: fc.integer({ min: 0, max: 9 }),
  pick: fc.nat({ max: 10_000 }),
  who: fc.nat({ max: 11 }),
  how: fc.nat({ max: 59 }),
});

/** Ways that together take every transition of the diagram. */
const IN = 'profile submit takeUp accept endorse:0 endorse:2 checks confirmEndorsed openWindow';
const DECIDED = `${IN} passTime:0:1 recommendAdmit:0 decideAdmit:1`;
const MEMBER = `${DECIDED} admit giveKeys`;
const PROBATION = `${MEMBER} beginConformance beginProbation`;
const ACTIVE = `${PROBATION} passTime:0:2 endProbation`;
const DUE = `${ACTIVE} passTime:0:3 askAttestation`;
const WAYS = [
  'withdraw',
  'profile submit withdraw',
  'profile submit takeUp withdraw',
  'profile submit takeUp requestInformation withdraw',
  'profile submit takeUp requestInformation answer recommendReject:0 decideReject:1',
  'profile submit takeUp requestInformation takeUp accept endorse:0 endorse:2 confirmEndorsed takeUp',
  'profile submit takeUp accept endorse:0 endorse:2 confirmEndorsed withdraw',
  'profile submit takeUp accept endorse:0 endorse:2 confirmEndorsed recommendReject:0 decideReject:1',
  `${IN} recommendReject:0 decideReject:1`,
  `${IN} withdraw`,
  `${IN} object:0 takeUp`,
  `${DECIDED} withdraw`,
  `${MEMBER} suspend reinstate expel`,
  `${MEMBER} beginConformance suspend reinstate expel`,
  `${PROBATION} suspend reinstate expel`,
  `${ACTIVE} suspend reinstate expel`,
  `${DUE} suspend reinstate attest reviewAttestation suspend expel`,
  `${DUE} expel`,
];
const OBSERVER = `${DECIDED} admit activateObserver`;

function actions(way: string): Action[] {
  return way.split(' ').map((word) => {
    const [name, who = '0', how = '1'] = word.split(':');
    return { name: name as ActionName, who: Number(who), how: Number(how) };
  });
}

describe('applications of random applicants, staff and members', () => {
  it('take every transition of the diagram, each only as it allows', async () => {
    for (const [way, observer] of [...WAYS.map((w) => [w, false] as const), [OBSERVER, true] as const]) {
      const walk = await begin(observer);
      for (const action of actions(way)) {
        const before = walk.model.version;
        await walk.take(action);
        if (!['passTime', 'giveKeys'].includes(action.name))
          expect(walk.model.version).toBeGreaterThan(before);
      }
      await end(walk);
    }
    const diagram = TRANSITIONS.map(({ from, to }) => `${from}>${to}`);
    expect([...taken].sort()).toEqual([...diagram].sort());
  });

  it(
    'go nowhere that the rules do not lead, in any order of acts',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: 9 }),
          fc.array(roll, { minLength: 30, maxLength: 45, size: 'max' }),
          async (kind, rolls) => {
            const walk = await begin(kind === 0);
            for (const { lead, pick, who, how } of rolls) {
              const names = lead < 8 ? leadingActs(walk.model) : ACTION_NAMES;
              await walk.take({ name: names[pick % names.length]!, who, how });
            }
            await end(walk);
          },
        ),
        { numRuns: RUNS, endOnFailure: true },
      );
      const diagram = new Set(TRANSITIONS.map(({ from, to }) => `${from}>${to}`));
      expect([...taken].filter((pair) => !diagram.has(pair))).toEqual([]);
      // Rules that nobody gets far enough to break would show nothing.
      expect(admitted).toBeGreaterThan(RUNS / 4);
      expect(APPLICATION_STATES.filter((state) => state !== 'draft').every(isReached)).toBe(true);
    },
    RUNS * 2000 + 60_000,
  );
});

const isReached = (state: string): boolean => [...taken].some((pair) => pair.endsWith(`>${state}`));
