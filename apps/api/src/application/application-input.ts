import {
  ApplicationRefusal,
  prose,
  profileSchema,
  readInput,
  REASONS,
  requireApplicationId,
  type ApplicationProfile as Profile,
} from '#libs/membership';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import type { PrincipleStandingInput } from './applicant.input.js';
import type { ApplicationProfile } from './application-profile.types.js';

const MOST_NOTE = 4000;
/** A moment in UTC (RFC 3339), to the millisecond at most. */
export const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z$/;
const CODE = /^[a-z_]{1,64}$/;

/** The refusal of one field. */
export function badInput(field: string, rule: string): ActRefused {
  return actRefused({ ok: false, code: 'BAD_INPUT', field, rule });
}

/** The refusal with which a check ends, or null. */
export function faultOf(check: () => unknown): ActRefused | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof ApplicationRefusal) return actRefused(error.failure);
    throw error;
  }
}

/** What the database refuses of a profile is refused before an application is begun for it. */
export function profileFault(profile: Profile): ActRefused | null {
  const fault = faultOf(() => readInput(profileSchema, profile, 'profile'));
  if (fault !== null || profile.kind !== 'government' || profile.channels.length === 0) return fault;
  const rule = 'must be empty: a government body is an observer';
  return actRefused({ ok: false, code: 'NOT_ALLOWED', field: 'profile.channels', rule });
}

export function idFault(application: string): ActRefused | null {
  return faultOf(() => requireApplicationId(application));
}

export function noteFault(note: string | null, field = 'note'): ActRefused | null {
  return note === null ? null : faultOf(() => readInput(prose(MOST_NOTE), note, field));
}

export function codeFault(code: string, field: string): ActRefused | null {
  return CODE.test(code) ? null : badInput(field, 'must be a code of a-z and _');
}

/** Whether reasons are reasons of that state. */
export function reasonFault(state: keyof typeof REASONS, ...reasons: string[]): ActRefused | null {
  const known: readonly string[] = REASONS[state];
  if (reasons.every((reason) => known.includes(reason))) return null;
  return badInput('reason', `must be one of ${known.join(', ')}`);
}

/** A profile as the domain has it: what is left out is null. */
export function toProfile(profile: ApplicationProfile): Profile {
  const { registration, controlledBy, policyUrl, appealUrl, transparencyUrl } = profile;
  return {
    ...profile,
    kind: profile.kind as Profile['kind'],
    contacts: { ...profile.contacts },
    channels: profile.channels.map((channel) => ({ ...channel })),
    registration: registration ?? null,
    controlledBy: controlledBy ?? null,
    policyUrl: policyUrl ?? null,
    appealUrl: appealUrl ?? null,
    transparencyUrl: transparencyUrl ?? null,
  };
}

/** A standing as the domain has it: of what was given, null says nothing. */
export function toStanding({ principle, standing, ...said }: PrincipleStandingInput): object {
  const { because = null, plannedBy: by = null, evidence = null } = said;
  const extra = Object.entries({ because, by, evidence }).filter(([, value]) => value !== null);
  const nullable = { planned: { evidence }, not_yet: { because } }[standing] ?? {};
  return { principle, standing, ...nullable, ...Object.fromEntries(extra) };
}
