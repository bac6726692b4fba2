import type { Provider } from '@nestjs/common';
import {
  AFTER_LOGOUT,
  BackchannelLogout,
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
    provide: IdentityProvider,
    inject: [CONFIG, DEMO_IDENTITY],
    useFactory: (config: Config, demo: DemoIdentityProvider | null) =>
      new IdentityProvider(demo?.settings ?? ownProvider(config)),
  },
  {
    provide: PeopleLogin,
    inject: [Database, CONFIG, IdentityProvider, Sessions],
    useFactory: (
      database: Database,
      { publicUrl, oidcAcr: acrs }: Config,
      provider: IdentityProvider,
      sessions: Sessions,
    ) => new PeopleLogin({ database, publicUrl, acrs, provider, sessions }),
  },
  {
    provide: BackchannelLogout,
    inject: [Database, IdentityProvider],
    useFactory: (database: Database, provider: IdentityProvider) => new BackchannelLogout(database, provider),
  },
  {
    provide: Sessions,
    inject: [Database, CONFIG],
    useFactory: (database: Database, { oidcAcr }: Config) => new Sessions(database, oidcAcr),
  },
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
  const { oidcIssuer, oidcClientId, oidcClientSecret, oidcAcr, publicUrl } = config;
  return {
    issuer: oidcIssuer!,
    clientId: oidcClientId!,
    clientSecret: oidcClientSecret,
    redirectUri: redirectUri(config),
    afterLogout: `${publicUrl}${AFTER_LOGOUT}`,
    acrs: oidcAcr,
    alwaysAsk: false,
  };
}

function redirectUri({ publicUrl }: Config): string {
  return `${publicUrl}${CALLBACK_PATH}`;
}
