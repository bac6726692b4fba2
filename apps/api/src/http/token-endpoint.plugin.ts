import {
  JWKS_PATH,
  METADATA_PATH,
  serverMetadata,
  TOKEN_PATH,
  type TokenEndpoint,
  type TokenProfile,
} from '#libs/access';
import { publicJwks, type PublicKeyRecord } from '#libs/keys';
import type { Server } from './fastify.types.js';

export interface TokenRoutes {
  readonly profile: TokenProfile;
  readonly tokenKey: PublicKeyRecord;
  readonly endpoint: TokenEndpoint;
}

/** The token endpoint and the two documents about it. */
export function registerTokenEndpoint(server: Server, { profile, tokenKey, endpoint }: TokenRoutes): void {
  const metadata = serverMetadata(profile);
  const jwks = publicJwks([tokenKey]);
  void server.register((scope, _options, done) => {
    // The endpoint reads the body itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, parsed) => parsed(null));
    scope.post(TOKEN_PATH, async (request, reply) => {
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value!);
      await endpoint(request.raw, reply.raw);
    });
    scope.get(METADATA_PATH, (_request, reply) =>
      reply.header('cache-control', 'public, max-age=300').send(metadata),
    );
    scope.get(JWKS_PATH, (_request, reply) =>
      reply.header('cache-control', 'public, max-age=300').send(jwks),
    );
    done();
  });
}
