import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import {
  Authenticator,
  BackchannelLogout,
  ChannelTickets,
  cookieProfile,
  createTokenEndpoint,
  IdentityProvider,
  PeopleLogin,
  SealedCursors,
  Sessions,
  tokenProfile,
  type DemoIdentityProvider,
  type TokenProfile,
} from '#libs/access';
import { FeedDeltaReader, FeedReader } from '#libs/feed';
import { SubmissionReceiver } from '#libs/intake';
import { ConformanceRuns, MailboxLinks } from '#libs/membership';
import { type Config, CONFIG, Database, LOGGER } from '#libs/platform';
import { Enqueuer, Metrics, PlatformModule, type PlatformOptions } from '#libs/platform/nest';
import { APPLICATION_PARTS } from './application/application.providers.js';
import { AccessHistoryService } from './access-history/access-history.service.js';
import { AuditEventService } from './audit/audit-event.service.js';
import { ConformanceService } from './conformance/conformance.service.js';
import { FeedEvidence } from './conformance/feed-evidence.js';
import { ExposureService } from './exposure/exposure.service.js';
import { FeedDeltaService } from './feed/feed-delta.service.js';
import { FeedService } from './feed/feed.service.js';
import { RESOLVERS } from './graphql/api-schema.js';
import { ErrorFormatter } from './graphql/error-formatter.js';
import { ApiGraphqlModule } from './graphql/graphql.module.js';
import { ERASURE_PARTS } from './erasure/erasure.providers.js';
import { HeadMismatchService } from './head-mismatch/head-mismatch.service.js';
import { DirectoryController } from './http/directory.controller.js';
import { FeedController } from './http/feed.controller.js';
import { ApplicantRequests } from './http/applicant-requests.js';
import { registerMailboxConfirmation } from './http/confirm-mailbox.plugin.js';
import { registerDemoIdentity } from './http/demo-identity.plugin.js';
import { registerGraphqlEndpoint } from './http/graphql-endpoint.plugin.js';
import { LogController } from './http/log.controller.js';
import { ReplayController } from './http/replay.controller.js';
import { registerLogin } from './http/login.plugin.js';
import { PeopleRequests } from './http/people-requests.js';
import { registerTokenEndpoint } from './http/token-endpoint.plugin.js';
import { HUB_KEYS, loadHubKeys, type HubKeys } from './hub-keys.js';
import { KEYS_PARTS } from './keys/keys.providers.js';
import { MeService } from './member/me.service.js';
import { MEMBER_ADMINISTRATION_PARTS } from './member-administration/member-administration.providers.js';
import { DEMO_IDENTITY, PEOPLE_PARTS } from './people-login.providers.js';
import { PeopleService } from './people/people.service.js';
import { PROVENANCE_PARTS } from './provenance/provenance.providers.js';
import { ProvenanceService } from './provenance/provenance.service.js';
import { REPLAY_PARTS } from './replay/replay.providers.js';
import { SubmissionService } from './submission/submission.service.js';
import { SubmitService } from './submission/submit.service.js';

const TOKEN_PROFILE = Symbol('TokenProfile');

/** What the process is made of besides Nest's own classes. */
const PARTS: Provider[] = [
  { provide: HUB_KEYS, inject: [CONFIG], useFactory: ({ dataDir }: Config) => loadHubKeys(dataDir) },
  {
    provide: TOKEN_PROFILE,
    inject: [CONFIG],
    useFactory: ({ publicUrl }: Config) => tokenProfile(publicUrl),
  },
  {
    provide: Authenticator,
    inject: [Database, TOKEN_PROFILE, HUB_KEYS],
    useFactory: (database: Database, profile: TokenProfile, { token }: HubKeys) =>
      new Authenticator(database, profile, token.publicKey),
  },
  {
    provide: ChannelTickets,
    inject: [HUB_KEYS],
    useFactory: ({ tickets }: HubKeys) => new ChannelTickets(tickets),
  },
  {
    provide: SealedCursors,
    inject: [HUB_KEYS],
    useFactory: ({ tickets }: HubKeys) => new SealedCursors(tickets),
  },
  { provide: FeedReader, inject: [CONFIG], useFactory: ({ origin }: Config) => new FeedReader(origin) },
  {
    provide: FeedDeltaReader,
    inject: [FeedReader],
    useFactory: (feeds: FeedReader) => new FeedDeltaReader(feeds),
  },
  {
    provide: ConformanceRuns,
    inject: [Database, FeedReader, FeedDeltaReader],
    useFactory: (database: Database, feeds: FeedReader, deltas: FeedDeltaReader) =>
      new ConformanceRuns(database, new FeedEvidence(feeds, deltas)),
  },
  {
    provide: SubmissionReceiver,
    inject: [Database, Enqueuer, CONFIG, HUB_KEYS, Metrics, LOGGER],
    useFactory: openReceiver,
  },
];

function openReceiver(
  database: Database,
  enqueuer: Enqueuer,
  { origin, mergeDeadlineSeconds }: Config,
  { promise }: HubKeys,
  metrics: Metrics,
  log: Logger,
): SubmissionReceiver {
  return new SubmissionReceiver(database, enqueuer, {
    ...{ origin, mergeDeadlineSeconds, promiseKey: promise },
    onHeadMismatch: ({ member, headSize, logSize, isFirst }) => {
      metrics.headMismatches.inc();
      // Once for each member and day, as its row: a client that tries again and again must not drown the log.
      if (isFirst)
        log.fatal(
          { member, headSize, logSize },
          'a member was shown another history: see docs/operations.md',
        );
    },
  });
}

/** What members, staff and auditors reach over HTTP. */
@Module({})
export class ApiModule {
  static forRoot(options: Omit<PlatformOptions, 'application'>): DynamicModule {
    return {
      module: ApiModule,
      imports: [PlatformModule.forRoot({ ...options, application: 'api' }), ApiGraphqlModule.forRoot()],
      controllers: [LogController, FeedController, DirectoryController, ReplayController],
      providers: [
        ...PARTS,
        ...PEOPLE_PARTS,
        ...APPLICATION_PARTS,
        ...KEYS_PARTS,
        ...MEMBER_ADMINISTRATION_PARTS,
        ...ERASURE_PARTS,
        ...PROVENANCE_PARTS,
        ...REPLAY_PARTS,
        ...RESOLVERS,
        ...[MeService, FeedService, FeedDeltaService, SubmissionService, SubmitService],
        ...[ConformanceService, PeopleService, ProvenanceService, AuditEventService, AccessHistoryService],
        ...[ExposureService, HeadMismatchService],
      ],
    };
  }
}

/** Adds the routes that are no controllers; before the application listens. */
export function configureApi(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  const log = app.get<Logger>(LOGGER);
  const profile = app.get<TokenProfile>(TOKEN_PROFILE);
  const tokenKey = app.get<HubKeys>(HUB_KEYS).token;
  const endpoint = createTokenEndpoint({
    profile,
    tokenKey,
    database: app.get(Database),
    observe: ({ error, cause }) =>
      error === 'server_error'
        ? log.error({ err: cause }, 'a token request failed')
        : log.debug({ code: error }, 'a token request was refused'),
  });
  registerTokenEndpoint(server, { profile, tokenKey: tokenKey.publicKey, endpoint });
  const formatter = new ErrorFormatter(log);
  const people = app.get(PeopleRequests);
  registerGraphqlEndpoint(server, {
    path: '/graphql',
    authenticator: app.get(Authenticator),
    people,
    applicants: app.get(ApplicantRequests),
    formatter,
  });
  registerPeopleRoutes(app, people);
  registerMailboxConfirmation(server, app.get(MailboxLinks));
}

function registerPeopleRoutes(app: NestFastifyApplication, people: PeopleRequests): void {
  const server = app.getHttpAdapter().getInstance();
  registerLogin(server, {
    login: app.get(PeopleLogin),
    provider: app.get(IdentityProvider),
    backchannel: app.get(BackchannelLogout),
    sessions: app.get(Sessions),
    people,
    cookies: cookieProfile(app.get<Config>(CONFIG).publicUrl),
    log: app.get<Logger>(LOGGER),
  });
  const demo = app.get<DemoIdentityProvider | null>(DEMO_IDENTITY);
  if (demo !== null) registerDemoIdentity(server, demo);
}
