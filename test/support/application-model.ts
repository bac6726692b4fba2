import type { ApplicationState } from '#libs/membership';

/** Members of the test's alliance: two of one group, one of another, and one that is suspended. */
export const ENDORSERS = [
  { name: 'north', group: 'polar', full: true },
  { name: 'south', group: 'polar', full: true },
  { name: 'west', group: 'west', full: true },
  { name: 'east', group: 'east', full: false },
] as const;

export const WINDOW_HOURS = 48;
export const PROBATION_HOURS = 30 * 24;
export const YEAR_HOURS = 365 * 24;

/** An act of the test: what, and two numbers that say by whom and how. */
export interface Action {
  name: ActionName;
  who: number;
  how: number;
}

const UNDER_REVIEW: readonly ApplicationState[] = ['in_review', 'endorsed', 'objection_window'];
const BEFORE_DECISION: readonly ApplicationState[] = ['submitted', 'information_requested', ...UNDER_REVIEW];
const MEMBER: readonly ApplicationState[] = [
  'key_ceremony',
  'conformance',
  'probation',
  'active',
  're_attestation_due',
];
const OPEN: readonly ApplicationState[] = ['draft', ...BEFORE_DECISION, 'decided', ...MEMBER, 'suspended'];
const END: readonly ApplicationState[] = ['rejected', 'withdrawn', 'expelled'];

interface ModelEndorsement {
  endorser: number;
  related: boolean;
  variant: number;
  withdrawn: boolean;
}

/** What the rules say, told without the database: each act that is allowed changes the model, any other leaves it as it is. */
export class ApplicationModel {
  state: ApplicationState = 'draft';
  /** Counts what a version of the application is made of. */
  version = 0;
  variant: number | null = null;
  checkedVariant: number | null = null;
  accepted = false;
  endorsements: ModelEndorsement[] = [];
  openObjections = 0;
  windowLeft = 0;
  recommendation: { by: number; direction: 'admit' | 'reject'; version: number } | null = null;
  decision: { recommendedBy: number; decidedBy: number; endorsements: number; founding: boolean } | null =
    null;
  hasKeys = false;
  probationLeft = 0;
  yearLeft = 0;
  /** Of the present year: filed and not reviewed. */
  attestation = false;
  suspendedFrom: ApplicationState | null = null;
  readonly taken: string[] = [];

  constructor(
    readonly observer: boolean,
    public founding: boolean,
  ) {}

  get counted(): number {
    const groups = this.endorsements
      .filter(({ endorser, related, variant, withdrawn }) => {
        return ENDORSERS[endorser]!.full && !related && !withdrawn && variant === this.variant;
      })
      .map(({ endorser }) => ENDORSERS[endorser]!.group);
    return new Set(groups).size;
  }

  get over(): boolean {
    return END.includes(this.state);
  }

  /** Whether the act is allowed; if so, it is done. */
  apply(action: Action): boolean {
    const allowed = this.rules[action.name](action);
    if (allowed && !SILENT.has(action.name)) this.version++;
    // A recommendation is of the version it is itself the latest part of.
    if (allowed && action.name.startsWith('recommend')) this.recommendation!.version = this.version;
    return allowed;
  }

  private readonly rules: Record<ActionName, (action: Action) => boolean> = {
    profile: ({ how }) => this.if(['draft', 'information_requested'], () => (this.variant = how % 2)),
    submit: () => this.variant !== null && this.move('submitted', 'draft'),
    answer: () => this.move('in_review', 'information_requested'),
    withdraw: () => this.move('withdrawn', 'draft', ...BEFORE_DECISION, 'decided'),
    takeUp: () =>
      this.move('in_review', 'submitted', 'information_requested', 'endorsed', 'objection_window'),
    requestInformation: () => this.move('information_requested', 'in_review'),
    checks: () => this.if(BEFORE_DECISION, () => (this.checkedVariant = this.variant)),
    accept: () => !this.accepted && this.if(OPEN, () => (this.accepted = true)),
    endorse: ({ who, how }) => {
      const endorser = who % ENDORSERS.length;
      if (!ENDORSERS[endorser]!.full || this.variant === null) return false;
      const endorsement = { endorser, related: how % 5 === 0, variant: this.variant, withdrawn: false };
      return this.if(BEFORE_DECISION, () => this.endorsements.push(endorsement));
    },
    withdrawEndorsement: () => {
      const last = this.endorsements.at(-1);
      return last?.withdrawn === false && this.if(BEFORE_DECISION, () => (last.withdrawn = true));
    },
    confirmEndorsed: () => this.isBacked() && this.move('endorsed', 'in_review'),
    openWindow: () =>
      this.isBacked() && this.move('objection_window', 'endorsed') && (this.windowLeft = WINDOW_HOURS) > 0,
    object: ({ who }) =>
      (who % 2 === 0 || ENDORSERS[who % ENDORSERS.length]!.full) &&
      this.if(['objection_window'], () => this.openObjections++),
    answerObjection: () => this.openObjections > 0 && this.if(UNDER_REVIEW, () => this.openObjections--),
    passTime: ({ how }) => this.pass([1, WINDOW_HOURS, PROBATION_HOURS, YEAR_HOURS][how % 4]!),
    recommendAdmit: ({ who }) =>
      this.checkedVariant === this.variant &&
      this.if(['objection_window'], () => this.recommend(who, 'admit')),
    recommendReject: ({ who }) => this.if(UNDER_REVIEW, () => this.recommend(who, 'reject')),
    decideAdmit: ({ who }) => this.decide(who, 'admit'),
    decideReject: ({ who }) => this.decide(who, 'reject'),
    decideStale: () => false,
    admit: () => this.move('key_ceremony', 'decided'),
    giveKeys: () => MEMBER.includes(this.state) && !this.hasKeys && (this.hasKeys = true),
    beginConformance: () => !this.observer && this.hasKeys && this.move('conformance', 'key_ceremony'),
    activateObserver: () => this.observer && this.activate('key_ceremony'),
    beginProbation: () => this.move('probation', 'conformance') && (this.probationLeft = PROBATION_HOURS) > 0,
    endProbation: () => this.probationLeft <= 0 && this.activate('probation'),
    suspend: () => {
      const before = this.state;
      return this.move('suspended', ...MEMBER) && (this.suspendedFrom = before) !== null;
    },
    reinstate: () => this.suspendedFrom !== null && this.move(this.suspendedFrom, 'suspended'),
    expel: () => this.move('expelled', ...MEMBER, 'suspended'),
    askAttestation: () => {
      const asked = this.yearLeft <= 0 && this.move('re_attestation_due', 'active');
      if (asked) this.attestation = false;
      return asked;
    },
    attest: () => this.if(['re_attestation_due'], () => (this.attestation = true)),
    reviewAttestation: () =>
      this.attestation && this.accepted && this.activate('re_attestation_due') && !(this.attestation = false),
    setFounding: ({ how }) => {
      this.founding = how % 2 === 0;
      return true;
    },
  };

  private isBacked(): boolean {
    return this.accepted && (this.founding || this.counted >= 2);
  }

  private recommend(who: number, direction: 'admit' | 'reject'): void {
    this.recommendation = { by: who % 3, direction, version: NaN };
  }

  private decide(who: number, direction: 'admit' | 'reject'): boolean {
    const { recommendation } = this;
    if (recommendation?.version !== this.version || recommendation.direction !== direction) return false;
    if (recommendation.by === who % 3) return false;
    if (direction === 'reject') return this.move('rejected', ...UNDER_REVIEW);
    if (!this.isBacked() || this.openObjections > 0 || this.windowLeft > 0) return false;
    const { counted: endorsements, founding } = this;
    this.decision = { recommendedBy: recommendation.by, decidedBy: who % 3, endorsements, founding };
    return this.move('decided', 'objection_window');
  }

  private activate(from: ApplicationState): boolean {
    return this.move('active', from) && (this.yearLeft = YEAR_HOURS) > 0;
  }

  private pass(hours: number): boolean {
    if (this.openObjections === 0) this.windowLeft -= hours;
    this.probationLeft -= hours;
    this.yearLeft -= hours;
    return true;
  }

  private if(states: readonly ApplicationState[], change: () => unknown): boolean {
    if (!states.includes(this.state)) return false;
    change();
    return true;
  }

  private move(to: ApplicationState, ...from: readonly ApplicationState[]): boolean {
    if (!from.includes(this.state)) return false;
    this.taken.push(`${this.state}>${to}`);
    this.state = to;
    return true;
  }
}

/** Acts that are no act on the application. Policy is part of a version, but not of what follows a recommendation. */
const SILENT: ReadonlySet<ActionName> = new Set(['passTime', 'giveKeys', 'setFounding']);

export const ACTION_NAMES = [
  ...(['profile', 'submit', 'answer', 'withdraw', 'takeUp', 'requestInformation', 'checks'] as const),
  ...(['accept', 'endorse', 'withdrawEndorsement', 'confirmEndorsed', 'openWindow', 'object'] as const),
  ...(['answerObjection', 'passTime', 'recommendAdmit', 'recommendReject', 'decideAdmit'] as const),
  ...(['decideReject', 'decideStale', 'admit', 'giveKeys', 'beginConformance', 'activateObserver'] as const),
  ...(['beginProbation', 'endProbation', 'suspend', 'reinstate', 'expel', 'askAttestation'] as const),
  ...(['attest', 'reviewAttestation', 'setFounding'] as const),
] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

/** Acts that lead on from where the model stands: random acts alone hardly ever get an applicant in. */
export function leadingActs(model: ApplicationModel): readonly ActionName[] {
  switch (model.state) {
    case 'draft':
      return model.variant === null ? ['profile'] : ['submit'];
    case 'submitted':
      return ['takeUp'];
    case 'in_review':
      return backing(model) ?? ['checks', 'confirmEndorsed', 'confirmEndorsed', 'requestInformation'];
    case 'information_requested':
      return ['answer', 'answer', 'profile'];
    case 'endorsed':
      return backing(model) ?? ['openWindow'];
    case 'objection_window':
      return backing(model) ?? leadingToDecision(model);
    case 'decided':
      return ['admit'];
    case 'key_ceremony':
      if (model.observer) return ['activateObserver'];
      return model.hasKeys ? ['beginConformance'] : ['giveKeys'];
    case 'conformance':
      return ['beginProbation'];
    case 'probation':
      return model.probationLeft > 0 ? ['passTime'] : ['endProbation'];
    case 'active':
      return model.yearLeft > 0 ? ['passTime'] : ['askAttestation'];
    case 're_attestation_due':
      return model.attestation ? ['reviewAttestation'] : ['attest'];
    default:
      return ['reinstate'];
  }
}

function backing(model: ApplicationModel): readonly ActionName[] | null {
  if (!model.accepted) return ['accept'];
  return model.founding || model.counted >= 2 ? null : ['endorse'];
}

function leadingToDecision(model: ApplicationModel): readonly ActionName[] {
  if (model.checkedVariant !== model.variant) return ['checks'];
  if (model.openObjections > 0) return ['answerObjection'];
  if (model.windowLeft > 0) return ['passTime'];
  const { recommendation, version } = model;
  if (recommendation?.version !== version) return ['recommendAdmit'];
  return recommendation.direction === 'admit' ? ['decideAdmit'] : ['decideReject'];
}
