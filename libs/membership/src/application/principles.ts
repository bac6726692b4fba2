import { z } from 'zod';
import { pageUrl, prose } from './read-input.js';

/** A principle of the Voluntary Principles, in short, and its theme. */
export interface VoluntaryPrinciple {
  /** 1 to 11. */
  principle: number;
  theme: string;
  text: string;
}

/**
 * The Voluntary Principles to Counter Online Child Sexual Exploitation and Abuse of 5 March 2020, in short and in our words; the official
 * text is the governments' (gov.uk, justice.gov).
 */
export const VOLUNTARY_PRINCIPLES: readonly VoluntaryPrinciple[] = [
  ...theme(1, 'prevent child sexual abuse material', [
    'Known material: prevent it from being made available, act on it, report it',
    'New material: identify and combat its spread, act on it, report it',
  ]),
  ...theme(3, 'target grooming and preparatory behaviour', [
    'Grooming and preparation: identify, combat, act, report',
    'Advertising, recruiting, soliciting, procuring, organising: identify, combat, act, report',
  ]),
  ...theme(5, 'target livestreaming', ['Livestreaming for exploitation: identify, combat, act, report']),
  ...theme(6, 'prevent searches', ['Search results and automatic suggestions do not surface exploitation']),
  ...theme(7, 'a specialised approach for children', [
    'Enhanced safety measures for children, against peers and adults',
  ]),
  ...theme(8, 'victim and survivor consideration', [
    'Reporting routes and action, also for material that is not illegal on its face but connected to abuse',
  ]),
  ...theme(9, 'collaborate and respond to evolving threats', [
    'An informed, global approach; threats are considered in design and development',
    'Sharing of expertise, practices, data and tools',
    'Publishing meaningful data and insight',
  ]),
];

function theme(first: number, name: string, texts: readonly string[]): VoluntaryPrinciple[] {
  return texts.map((text, i) => ({ principle: first + i, theme: name, text }));
}

const principle = z
  .int('must be a principle from 1 to 11')
  .min(1)
  .max(11, 'must be a principle from 1 to 11');

/** Where an applicant says it stands on one principle. */
export const principleStanding = z.discriminatedUnion(
  'standing',
  [
    z.strictObject({
      principle,
      standing: z.literal('does_not_apply'),
      because: prose(4000),
    }),
    z.strictObject({ principle, standing: z.literal('in_place'), evidence: pageUrl }),
    z.strictObject({
      principle,
      standing: z.literal('planned'),
      by: z.iso.date('must be a day'),
      evidence: pageUrl.nullable(),
    }),
    z.strictObject({ principle, standing: z.literal('not_yet'), because: prose(4000).nullable() }),
  ],
  { error: 'must be does_not_apply, in_place, planned or not_yet' },
);
/** Where an applicant says it stands on one principle. */
export type PrincipleStanding = z.infer<typeof principleStanding>;

/** What staff found about what an applicant said. */
export const FINDINGS = ['confirmed', 'partly', 'not_confirmed'] as const;
/** One of {@link FINDINGS}. */
export type Finding = (typeof FINDINGS)[number];
