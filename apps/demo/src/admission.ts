import type { DemoHub } from './demo-hub.js';
import type { DemoMember } from './demo-member.js';
import type { Staff } from './founding.js';
import type { RunOptions } from './run-program.js';
import type { Terminal } from './terminal.js';
import { until } from './until.js';

const CHECK = `mutation ($input: ApplicationCheckInput!) { recordApplicationCheck(input: $input) {
  __typename ... on ApplicationActed { number } ... on ActRefused { code field rule } } }`;
const RECORD = `query ($id: ID!) { applicationRecord(id: $id) {
  __typename ... on ApplicationRecord { checklist { code missing } } } }`;
const MEMBER = `query ($name: String!) { member(name: $name) {
  __typename ... on MemberRecord { since rights { channel submit receive changing } } } }`;
const KEYS = `query ($name: String!) { memberKeys(member: $name) {
  __typename ... on MemberKeys { keys { state } } } }`;
const REGISTERED = /^(?:auth|signing) key (\S+): \w+\nfingerprint: (.+)$/gm;
const SIGNATORY = ['--name', 'Ada Example', '--title', 'Managing director', '--email', 'ada@example.org'];

/** How an admission is told. */
export interface Voice {
  /** Whether commands are shown, or only what happens. */
  readonly shown: boolean;
  tell(this: void, line: string): void;
}

/** The way of one organisation from the public form to its rights on a channel. Every gate is the real one. */
export class Admission {
  private application = '';

  constructor(
    private readonly hub: DemoHub,
    private readonly staff: Staff,
    private readonly member: DemoMember,
    private readonly channel: string,
    private readonly voice: Voice,
  ) {}

  async run(): Promise<void> {
    await this.apply();
    await this.check();
    await this.decide();
    await this.takeOver();
    await this.registerKeys();
    await this.showAndBegin();
  }

  private async apply(): Promise<void> {
    const { member, hub } = this;
    this.voice.tell(
      `${member.name} fills in the public form, accepts the agreement and hands its application in.`,
    );
    const profile = member.file('profile.json', JSON.stringify(member.profile(this.channel)));
    const applied = ['apply', '--hub', hub.url, '--file', profile];
    this.application = textOf((await this.ask(member, applied))[0]!, 'application');
    const [agreement] = await this.ask(member, ['application', 'agreement']);
    const version = ['--version', String(agreement!['version']), '--digest', textOf(agreement!, 'digest')];
    await this.type(member, ['application', 'accept', ...version, ...SIGNATORY]);
    await this.type(member, ['application', 'submit']);
  }

  private async check(): Promise<void> {
    const { vera } = this.staff;
    const id = this.application;
    this.voice.tell(
      'Vera takes it into review, looks at each item of the checklist and records what it rests on.',
    );
    await this.type(vera, ['application', 'review', id]);
    const { checklist } = await vera.graphql(RECORD, { id });
    const missing = (checklist as { code: string; missing: boolean }[]).filter((item) => item.missing);
    for (const { code } of missing) {
      const evidence = `Seen by hand: ${this.member.name} exists in this demo alone, and has no site to look at.`;
      const input = { application: id, code, outcome: 'PASS', evidence };
      await vera.graphql(CHECK, { input });
    }
    this.voice.tell(`  passed: ${missing.map(({ code }) => code).join(', ')}`);
    await this.type(vera, ['application', 'endorsed', id]);
    await this.type(vera, ['application', 'open-window', id]);
  }

  private async decide(): Promise<void> {
    const { vera, albert, alice } = this.staff;
    const id = this.application;
    this.voice.tell(
      'Vera recommends and Albert decides: two persons, each about the version that was shown. Alice admits.',
    );
    const rights = ['--rights', `${this.channel}:submit+receive`];
    const about = async (who: Terminal): Promise<string[]> => {
      const [version] = await who.ask(['application', 'version', id]);
      return ['--digest', textOf(version!, 'digest'), '--to', 'admit'];
    };
    await this.type(vera, ['application', 'recommend', id, ...(await about(vera)), ...rights]);
    await this.type(albert, ['application', 'decide', id, ...(await about(albert))]);
    await this.type(alice, ['application', 'admit', id]);
    await this.untilMember('admitted', ({ since }) => since !== null);
  }

  /** Who administers the member comes by an invitation, and pins the policy file. */
  private async takeOver(): Promise<void> {
    const { member, hub, staff } = this;
    this.voice.tell(`Vera invites ${member.persona} to administer ${member.name}.`);
    const [invited] = await this.ask(staff.vera, ['staff', 'invite-administrator', member.name]);
    this.voice.tell(await member.login(hub.url));
    await this.type(member, ['accept'], { input: `${textOf(invited!, 'token')}\n` });
    await this.pin();
  }

  private async pin(...more: string[]): Promise<void> {
    const { member, hub } = this;
    this.voice.tell(`${member.name} pins the policy file: the keys that it verifies logs and feeds with.`);
    const policy = await hub.admin(['policy', '--member', member.name], {
      show: this.voice.shown ? 'command' : false,
    });
    const file = member.file('policy', policy);
    await this.type(member, ['init', '--policy', file, '--member', member.name, ...more]);
  }

  private async registerKeys(): Promise<void> {
    const { member, staff } = this;
    this.voice.tell(
      `${member.name} makes its keys, proves that it holds them, and reads their fingerprints out.`,
    );
    const purposes = ['auth', 'signing'];
    await Promise.all(purposes.map((purpose) => this.type(member, ['keys', 'new', '--purpose', purpose])));
    const registered = await member.cairn(['keys', 'register'], { show: this.voice.shown });
    this.voice.tell('Vera and Albert each call, and enter what they hear.');
    const heard = [...registered.matchAll(REGISTERED)].map(([, key, fingerprint]) => [
      ...['keys', 'confirm', member.name, key!],
      ...fingerprint!.split(' '),
    ]);
    const listen = async (listener: Terminal): Promise<void> => {
      for (const words of heard) await this.type(listener, words);
    };
    await Promise.all([listen(staff.vera), listen(staff.albert)]);
    await until('the keys are logged', async () => {
      const { keys } = await staff.vera.graphql(KEYS, { name: member.name });
      const states = (keys as { state: string }[]).map(({ state }) => state);
      return states.length === 2 && states.every((state) => state.toLowerCase() === 'active');
    });
  }

  private async showAndBegin(): Promise<void> {
    const { member, staff } = this;
    this.voice.tell(`${member.name} shows in the sandbox that it submits, pulls and forgets as it must.`);
    await this.type(staff.alice, ['application', 'begin-conformance', this.application]);
    await member.cairn(['conformance'], { show: this.voice.shown });
    this.voice.tell('Probation begins: the rights that were decided, and a cap on entries.');
    await this.type(staff.alice, ['application', 'begin-probation', this.application]);
    await this.untilMember('given its rights', ({ rights }) =>
      (rights as Record<string, unknown>[]).some(
        ({ channel, submit, receive, changing }) =>
          channel === this.channel && submit === true && receive === true && changing === false,
      ),
    );
    await this.pin('--replace');
  }

  private async untilMember(what: string, isSo: (member: Record<string, unknown>) => boolean): Promise<void> {
    const { name } = this.member;
    await until(`${name} is ${what}`, async () => isSo(await this.staff.alice.graphql(MEMBER, { name })));
  }

  private async type(who: Terminal, words: readonly string[], options: RunOptions = {}): Promise<void> {
    await who.cairn(words, { show: this.voice.shown ? 'command' : false, ...options });
  }

  private ask(who: Terminal, words: readonly string[]): Promise<Record<string, unknown>[]> {
    return who.ask(words, { show: this.voice.shown ? 'command' : false });
  }
}

function textOf(answer: Record<string, unknown>, member: string): string {
  const value = answer[member];
  if (typeof value === 'string') return value;
  throw new Error(`the answer has no ${member}`);
}
