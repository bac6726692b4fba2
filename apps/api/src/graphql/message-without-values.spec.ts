import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildSchema, parse, specifiedRules, validate, type OperationDefinitionNode } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { messageWithoutValues } from './message-without-values.js';

const schema = buildSchema(`
  type Query { submission(jti: ID!, first: Int!, kind: Kind, input: In): String }
  enum Kind { SMALL }
  input In { manifest: String!, size: Int }
`);

/** Every message that a text at any place of a request can draw from the library. */
function messagesAbout(value: string): string[] {
  const quoted = JSON.stringify(value);
  const documents = [
    `{ submission(jti: ${quoted}`,
    `{ submission(jti: 1, first: ${quoted}) }`,
    `{ submission(jti: 1, first: 1, kind: ${quoted}) }`,
    `{ submission(jti: {a: ${quoted}}, first: 1) }`,
    `{ submission(jti: 1, first: 1, input: {manifest: 1, size: ${quoted}}) }`,
    `{ ${quoted} }`,
    `${quoted}`,
    `{ x${value} }`,
    `{ submission(x${value}: 1) }`,
    `query ($v: x${value}) { submission }`,
    `fragment x${value} on Query { submission } { submission }`,
    `{ submission @x${value} }`,
  ];
  const requests = documents.flatMap((text) => {
    try {
      return validate(schema, parse(text), specifiedRules).map(({ message }) => message);
    } catch (error) {
      return [(error as Error).message];
    }
  });
  return [...requests, ...variableMessages(value)];
}

function variableMessages(value: string): string[] {
  const [operation] = parse(
    'query ($jti: ID!, $first: Int!, $kind: Kind, $input: In) { submission }',
  ).definitions;
  const nodes = (operation as OperationDefinitionNode).variableDefinitions!;
  return [
    { jti: { [value]: value } },
    { first: value },
    { kind: value },
    { input: { manifest: value, size: value } },
    { input: { [value]: 1 } },
    { input: value },
  ].flatMap((variables) =>
    (getVariableValues(schema, nodes, variables).errors ?? []).map(({ message }) => message),
  );
}

describe('messages without values', () => {
  it('never hold a value of 32 hex digits or more, wherever it was put', () => {
    const hex = fc.stringMatching(/^[0-9a-f]{32,64}$/);
    fc.assert(
      fc.property(hex, (value) => {
        const shown = messagesAbout(value).map(messageWithoutValues);
        expect(shown.length).toBeGreaterThan(12);
        expect(shown.filter((message) => message.includes(value))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['Cannot query field "signals" on type "Query".', 'Cannot query field "signals" on type "Query".'],
    ['Variable "$input" of required type "SubmitInput!" was not provided.', undefined],
    ['Field "feed" argument "id" of type "ID!" is required, but it was not provided.', undefined],
    ['Variable "$a" of type "[Int!]" used in position expecting type "[[Int]!]!".', undefined],
    ['Unknown argument "x" on field "Query.feed".', undefined],
    ['Unknown directive "@stop".', undefined],
    [
      'Cannot query field "fed" on type "Query". Did you mean "feed" or "feeds"?',
      'Cannot query field "fed" on type "Query".',
    ],
    [
      'Variable "$first" got invalid value "secret"; Int cannot represent',
      'Variable "$first" got invalid value of another type.',
    ],
    ['Int cannot represent non-integer value: "secret"', 'Int cannot represent non-integer value: …'],
    ['Syntax Error: Expected Name, found String "secret".', 'Syntax Error: Expected Name, found …'],
  ])('show names of the schema: %s', (message, shown) => {
    expect(messageWithoutValues(message)).toBe(shown ?? message);
  });
});
