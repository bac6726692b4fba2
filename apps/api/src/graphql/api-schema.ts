import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { ApplicantResolver } from '../application/applicant.resolver.js';
import { DecisionResolver } from '../application/decision.resolver.js';
import { EndorserResolver } from '../application/endorser.resolver.js';
import { MachineCheckResolver } from '../application/machine-check.resolver.js';
import { ReviewResolver } from '../application/review.resolver.js';
import { AccessHistoryResolver } from '../access-history/access-history.resolver.js';
import { AuditEventResolver } from '../audit/audit-event.resolver.js';
import { ConformanceResolver } from '../conformance/conformance.resolver.js';
import { ExposureResolver } from '../exposure/exposure.resolver.js';
import { FeedDeltaResolver } from '../feed/feed-delta.resolver.js';
import { FeedResolver } from '../feed/feed.resolver.js';
import { ErasureResolver } from '../erasure/erasure.resolver.js';
import { HeadMismatchResolver } from '../head-mismatch/head-mismatch.resolver.js';
import { KeysResolver } from '../keys/keys.resolver.js';
import { MeResolver } from '../member/me.resolver.js';
import { AttestationResolver } from '../member-administration/attestation.resolver.js';
import { MemberAdministrationResolver } from '../member-administration/member-administration.resolver.js';
import { PeopleResolver } from '../people/people.resolver.js';
import { EntryProofResolver } from '../provenance/entry-proof.resolver.js';
import { ProvenanceResolver } from '../provenance/provenance.resolver.js';
import { ReplayResolver } from '../replay/replay.resolver.js';
import { SubmissionResolver } from '../submission/submission.resolver.js';

/** Every resolver of the API: what is not listed here is not in the schema. */
export const RESOLVERS = [
  MeResolver,
  FeedResolver,
  FeedDeltaResolver,
  SubmissionResolver,
  ConformanceResolver,
  PeopleResolver,
  KeysResolver,
  ApplicantResolver,
  EndorserResolver,
  ReviewResolver,
  DecisionResolver,
  MemberAdministrationResolver,
  MachineCheckResolver,
  AttestationResolver,
  EntryProofResolver,
  ProvenanceResolver,
  AuditEventResolver,
  ReplayResolver,
  AccessHistoryResolver,
  ExposureResolver,
  HeadMismatchResolver,
  ErasureResolver,
] as const;

/** The schema without anything behind it, for whoever wants to read it. */
export async function buildApiSchema(): Promise<GraphQLSchema> {
  const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: false });
  try {
    return describeRoots(await app.get(GraphQLSchemaFactory).create([...RESOLVERS]));
  } finally {
    await app.close();
  }
}

/** Describes the types that no class stands for. */
export function describeRoots(schema: GraphQLSchema): GraphQLSchema {
  schema.getQueryType()!.description = 'What can be asked.';
  schema.getMutationType()!.description = 'What can be done.';
  return schema;
}

/** The text of a schema as `schema.graphql` holds it, the same whatever the order of declaration. */
export function printApiSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
