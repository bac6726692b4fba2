import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationDesk, done, profileOf } from '#test/application-desk';
import type { TestMember } from '#test/member';
import { readApplicationDocument, versionDigest } from './application-document.js';
import { findApplicationByToken } from './applications.js';
import { canonicalJson } from './canonical-json.js';
import { DOCUMENT_LIMITS } from './documents.js';
import { VOLUNTARY_PRINCIPLES } from './principles.js';

const STRANGER = '00000000-0000-4000-8000-000000000000';

describe('what an applicant says', () => {
  let desk: ApplicationDesk;
  let endorsers: TestMember[];
  beforeAll(async () => {
    desk = await ApplicationDesk.create();
    endorsers = [await desk.hub.admit('north'), await desk.hub.admit('west')];
  });
  afterAll(() => desk.drop());

  const find = (token: string) =>
    desk.hub.databases.api.read('find', 'system:api', (tx) => findApplicationByToken(tx, token));
  const read = (application: string) =>
    desk.hub.databases.api.read('read', `person:${desk.people[0]!}`, (tx) =>
      readApplicationDocument(tx, application),
    );

  describe('when it comes back', () => {
    it('is found by its secret, of which the hub keeps a digest only', async () => {
      const { application, token } = await desk.applications.create();
      expect(await find(token)).toBe(application);
      expect(await find(`${token}x`)).toBeNull();
      const [row] = await desk.hub.worker.read('stored', 'system:test', (tx) =>
        tx.query<{ row: string }>('SELECT a::text AS row FROM cairn.application a WHERE id = $1', [
          application,
        ]),
      );
      expect(row!.row).not.toContain(token);
    });

    it('finds nothing under an id that is not its own, or is no id', async () => {
      for (const id of [STRANGER, 'x y', ''])
        expect(await desk.applications.submit(id)).toMatchObject({ ok: false, code: 'NOT_FOUND' });
    });
  });

  describe('when it says what it is', () => {
    it.each<[string, object]>([
      ['profile.handle', { handle: 'Ltd.' }],
      ['profile.kind', { kind: 'bank' }],
      ['profile.domain', { domain: 'localhost' }],
      ['profile.jurisdiction', { jurisdiction: 'nz' }],
      ['profile.contacts.abuse', { contacts: { ...profileOf('x').contacts, abuse: 'nobody' } }],
      ['profile.policyUrl', { policyUrl: 'http://example.org/' }],
      ['profile.policyUrl', { policyUrl: 'https://user:word@example.org/' }],
      ['profile.channels', { channels: [{ channel: 'spam', submit: false, receive: false }] }],
      ['profile.legalName', { legalName: 'a\u0000b' }],
      ['profile', { unknown: 1 }],
    ])('names %s when it is wrong, and stores nothing', async (field, change) => {
      const { application } = await desk.applications.create();
      const result = await desk.applications.setProfile(application, { ...profileOf('shop'), ...change });
      expect(result).toMatchObject({ ok: false, code: 'BAD_INPUT', field });
      expect((await read(application)).profile).toBeNull();
    });

    it('cannot be submitted before, or changed while it is reviewed', async () => {
      const { application } = await desk.applications.create();
      const early = await desk.applications.submit(application);
      expect(early).toMatchObject({ ok: false, code: 'NOT_READY', field: 'profile' });
      const late = await desk.applications.setProfile(
        await desk.inReview(profileOf('late')),
        profileOf('late'),
      );
      expect(late).toMatchObject({ ok: false, code: 'ILLEGAL_MOVE', field: 'state' });
    });
  });

  describe('when it asks for a channel of child safety', () => {
    const profile = profileOf('messenger', { channels: [{ channel: 'csam', submit: true, receive: true }] });
    const MEASURES = ['No direct messages for users under sixteen'];

    it('states its standing on each principle and names a measure, and staff find each before they recommend', async () => {
      const { application } = await desk.applications.create();
      done(await desk.applications.setProfile(application, profile));
      for (const { principle } of VOLUNTARY_PRINCIPLES) {
        expect(await desk.applications.submit(application)).toMatchObject({
          code: 'NOT_READY',
          field: 'principles',
        });
        done(
          await desk.applications.statePrinciple(application, {
            principle,
            standing: 'not_yet',
            because: null,
          }),
        );
      }
      expect(await desk.applications.submit(application)).toMatchObject({ field: 'profile.measures' });
      done(await desk.applications.setProfile(application, { ...profile, measures: MEASURES }));
      done(await desk.applications.submit(application));

      const [vetter] = desk.people as [number];
      done(await desk.review.takeUp(vetter, application));
      done(await desk.accept(application));
      for (const member of endorsers) {
        const token = await desk.sign(member, application, profile.legalName);
        done(await desk.endorsements.endorse(await desk.hub.idOf(member), token));
      }
      await desk.passChecks(application);
      done(await desk.review.confirmEndorsed(vetter, application));
      done(await desk.review.openObjectionWindow(vetter, application));
      const recommend = async () =>
        desk.decisions.recommend(vetter, application, await desk.digest(application), {
          direction: 'admit',
          rights: profile.channels,
          accredited: false,
        });
      const { principles } = await read(application);
      for (const said of principles) {
        expect(await recommend()).toMatchObject({ code: 'NOT_READY', field: 'principles' });
        const found = { principle: said['principle'] as number, statement: said['number'] as number };
        const finding = 'partly' as const;
        const wrong = { ...found, principle: (found.principle % 11) + 1, finding };
        expect(await desk.review.recordFinding(vetter, application, wrong)).toMatchObject({
          code: 'NOT_FOUND',
        });
        done(await desk.review.recordFinding(vetter, application, { ...found, finding }));
      }
      done(await recommend());
    });

    it.each([
      [{ principle: 12, standing: 'not_yet', because: null }, 'principle.principle'],
      [{ principle: 1, standing: 'does_not_apply' }, 'principle.because'],
      [{ principle: 1, standing: 'in_place' }, 'principle.evidence'],
      [{ principle: 1, standing: 'planned', by: 'soon', evidence: null }, 'principle.by'],
      [{ principle: 1, standing: 'done' }, 'principle.standing'],
    ])('refuses a standing that does not say enough', async (standing, field) => {
      const { application } = await desk.applications.create();
      expect(await desk.applications.statePrinciple(application, standing)).toMatchObject({
        code: 'BAD_INPUT',
        field,
      });
    });
  });

  describe('when it brings documents', () => {
    const pdf = Buffer.from('%PDF-1.7 evidence');

    it('stores the same bytes once for each application, and gives them back to that application only', async () => {
      const [one, two] = [await desk.applications.create(), await desk.applications.create()];
      const by = { applicant: one.application };
      const file = { name: 'extract.pdf', mediaType: 'application/pdf', content: pdf };
      const { digest } = done(await desk.documents.add(by, one.application, file));
      expect(await desk.documents.add(by, one.application, file)).toMatchObject({ code: 'TAKEN' });
      expect(await desk.documents.find(by, two.application, digest)).toMatchObject({ code: 'NOT_FOUND' });
      done(await desk.documents.add({ applicant: two.application }, two.application, file));
      const [stored] = await desk.hub.worker.read('count', 'system:test', (tx) =>
        tx.query<{ count: number }>('SELECT count(*)::integer AS count FROM cairn.document'),
      );
      expect(stored!.count).toBe(2);
      expect(done(await desk.documents.find(by, one.application, digest)).content).toEqual(pdf);
    });

    it.each([
      ['mediaType', { mediaType: 'text/html', content: pdf }],
      ['content', { mediaType: 'application/pdf', content: Buffer.from('<html>') }],
      ['content', { mediaType: 'text/plain', content: Buffer.from([0xff]) }],
      ['content', { mediaType: 'text/plain', content: Buffer.alloc(0) }],
      ['content', { mediaType: 'text/plain', content: Buffer.alloc(DOCUMENT_LIMITS.bytes + 1, 32) }],
    ])('refuses a wrong %s', async (field, file) => {
      const { application } = await desk.applications.create();
      const added = await desk.documents.add({ applicant: application }, application, { name: 'x', ...file });
      expect(added).toMatchObject({ ok: false, code: 'BAD_INPUT', field });
    });

    it('takes none into another applicant’s application', async () => {
      const [one, two] = [await desk.applications.create(), await desk.applications.create()];
      const file = { name: 'x', mediaType: 'text/plain', content: Buffer.from('x') };
      const added = await desk.documents.add({ applicant: one.application }, two.application, file);
      expect(added).toMatchObject({ ok: false, code: 'NOT_ALLOWED' });
    });
  });

  describe('the digest of a version', () => {
    it('does not depend on the order of members, and does on every value', async () => {
      const document = await read(await desk.inReview(profileOf('digested')));
      const turned = Object.fromEntries(Object.entries(document).reverse()) as typeof document;
      expect(versionDigest(turned)).toBe(versionDigest(document));
      expect(versionDigest({ ...document, founding: !document.founding })).not.toBe(versionDigest(document));
    });

    it('is over canonical JSON', () => {
      expect(canonicalJson({ b: [1, null, 'é"'], a: { d: true, c: undefined } })).toBe(
        '{"a":{"d":true},"b":[1,null,"é\\""]}',
      );
      expect(() => canonicalJson(0.5)).toThrow(TypeError);
    });
  });
});
