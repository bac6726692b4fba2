import type { Provider } from '@nestjs/common';
import {
  CALLBACK_PATH,
  cookieProfile,
  createDemoIdentityProvider,
  IdentityProvider,
  PeopleLogin,
  Sessions,
  type DemoIdentityProvider,
} from '#libs/access';
import { Invitations, StaffAdministration } from '#libs/membership';
import { CONFIG, Database, requireIdentityProvider, type Config } from '#libs/platform';
import { PeopleRequests } from './http/people-requests.js';

/** The demo identity provider, or null when the hub has one of its own. */
export const DEMO_IDENTITY = Symbol('DemoIdentityProvider');

/** What logins, sessions and invitations of people are made of. */
export const PEOPLE_PARTS: Provider[] = [
  { provide: DEMO_IDENTITY, inject: [CONFIG], useFactory: demoIdentity },
  {
    provide: PeopleLogin,
    inject: [Database, CONFIG, DEMO_IDENTITY],
    useFactory: (database: Database, config: Config, demo: DemoIdentityProvider | null) =>
      new PeopleLogin({
        database,
        publicUrl: config.publicUrl,
        provider: new IdentityProvider(demo?.settings ?? ownProvider(config)),
      }),
  },
  { provide: Sessions, inject: [Database], useFactory: (database: Database) => new Sessions(database) },
  {
    provide: PeopleRequests,
    inject: [Sessions, CONFIG],
    useFactory: (sessions: Sessions, { publicUrl }: Config) =>
      new PeopleRequests(sessions, cookieProfile(publicUrl), publicUrl),
  },
  {
    provide: Invitations,
    inject: [Database],
    useFactory: (database: Database) => new Invitations(database),
  },
  {
    provide: StaffAdministration,
    inject: [Database],
    useFactory: (database: Database) => new StaffAdministration(database),
  },
];

function demoIdentity(config: Config): DemoIdentityProvider | null {
  requireIdentityProvider(config);
  if (config.oidcIssuer !== undefined) return null;
  return createDemoIdentityProvider(config, redirectUri(config));
}

function ownProvider(config: Config) {
  const { oidcIssuer, oidcClientId, oidcClientSecret } = config;
  return {
    issuer: oidcIssuer!,
    clientId: oidcClientId!,
    clientSecret: oidcClientSecret,
    redirectUri: redirectUri(config),
    alwaysAsk: false,
  };
}

function redirectUri({ publicUrl }: Config): string {
  return `${publicUrl}${CALLBACK_PATH}`;
}
