import type { DemoIdentityProvider } from '#libs/access';
import { DEMO_IDENTITY_PATH } from '#libs/platform';
import type { Server } from './fastify.types.js';

/** The demo identity provider, below a path of its own. */
export function registerDemoIdentity(server: Server, provider: DemoIdentityProvider): void {
  void server.register((scope, _options, done) => {
    // The provider reads bodies itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, parsed) => parsed(null));
    scope.all(`${DEMO_IDENTITY_PATH}/*`, async (request, reply) => {
      reply.hijack();
      await provider.handle(request.raw, reply.raw);
    });
    done();
  });
}
