import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assertion, randomValue, TestHub, type TestMember } from './api-hub.js';

let hub: TestHub;
let alice: TestMember;
beforeAll(async () => {
  hub = await TestHub.start();
  await hub.createChannel('csam');
  alice = await hub.admit('alice');
  await hub.allow(alice, 'csam', { submit: true, receive: true });
  await hub.settle();
});
afterAll(() => hub?.close());

describe('submit', () => {
  it('works', async () => {
    const answer = await hub.submit(alice, 'csam', [assertion('sha256', randomValue())]);
    console.log(JSON.stringify(answer.body, null, 1));
    expect(answer.body.data.submit.__typename).toBe('SubmissionReceipt');
    const jti = answer.body.data.submit.jti;
    const q = `query($jti: ID!){ submission(jti:$jti){ __typename ... on Submission { state count accepted proof leaf content author logIndex entries(first:10){edges{cursor node{line outcome code effect}} pageInfo{hasNextPage endCursor}}}}}`;
    for (const step of ['decide', 'sequence', 'project', 'sign'] as const) {
      await hub[step]();
      console.log(step, JSON.stringify((await hub.graphql(alice, q, { jti })).body, null, 1));
    }
    console.log(
      JSON.stringify(
        (
          await hub.graphql(
            alice,
            `{ me{ member name kind status channels{channel submit receive policy{tlp types labels{code label}}} keys{thumbprint purpose active}} feeds(first:3){edges{cursor node{id origin size root checkpoint types{type records root} ticket{prefix cookie expiresAt}}}} feedDelta(feed:"csam",type:"sha256",after:0,first:10){__typename ... on FeedDeltaPage{from to page last cursor setRoot changes{op value status assurance supporters labels{label count} authors} jws}} }`,
          )
        ).body,
        null,
        1,
      ),
    );
  });
});
