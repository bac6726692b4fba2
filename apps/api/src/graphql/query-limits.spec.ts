import { describe, expect, it } from '@jest/globals';
import { buildSchema, getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import { queryLimitsRule } from './query-limits.js';

const schema = buildSchema(`
  type Query { node: Node!, leaf: String }
  type Node { node: Node!, leaf: String }
`);

function errors(query: string): string[] {
  return validate(schema, parse(query), [...specifiedRules, queryLimitsRule]).map(({ message }) => message);
}

function nested(depth: number, wrap = (text: string): string => text): string {
  return depth === 1 ? 'leaf' : `node { ${wrap(nested(depth - 1, wrap))} }`;
}

describe('query limits', () => {
  it('take eight levels and no more', () => {
    expect(errors(`{ ${nested(8)} }`)).toEqual([]);
    expect(errors(`{ ${nested(9)} }`)).toEqual([expect.stringContaining('depth must be at most 8')]);
  });

  it('count levels through fragments, whatever their names', () => {
    for (const name of ['x', '__schema', '__type']) {
      const deep = `fragment ${name} on Node { ${nested(8)} } { node { ...${name} } }`;
      expect(errors(deep)).toEqual([expect.stringContaining('depth must be at most 8')]);
      const well = `fragment ${name} on Node { ${nested(7)} } { node { ...${name} } }`;
      expect(errors(well)).toEqual([]);
    }
    expect(errors(`{ ${nested(9, (text) => `... { ${text} }`)} }`)).toEqual([
      expect.stringContaining('depth must be at most 8'),
    ]);
    expect(errors(`{ ${nested(8, (text) => `... on Node { ${text} }`)} }`)).toEqual([]);
  });

  it('take fifteen aliases and no more, counting fragments each time they are spread', () => {
    const aliases = (count: number): string =>
      Array.from({ length: count }, (_, i) => `a${i}: leaf`).join(' ');
    expect(errors(`{ node { ${aliases(15)} } }`)).toEqual([]);
    expect(errors(`{ node { ${aliases(16)} } }`)).toEqual([expect.stringContaining('aliases')]);
    const twice = `fragment f on Node { ${aliases(8)} } { node { ...f node { ...f } } }`;
    expect(errors(twice)).toEqual([expect.stringContaining('aliases')]);
  });

  it('take five root fields and no more, also when they are the same and in fragments', () => {
    expect(errors('{ leaf leaf leaf leaf leaf }')).toEqual([]);
    expect(errors('{ leaf leaf leaf leaf leaf leaf }')).toEqual([expect.stringContaining('root fields')]);
    expect(errors('fragment f on Query { leaf leaf leaf } { ...f ... { leaf leaf leaf } }')).toEqual([
      expect.stringContaining('root fields'),
    ]);
  });

  it('take ten directives and no more', () => {
    const directives = (count: number): string => '@include(if: true)'.repeat(count);
    expect(errors(`{ ${'leaf @skip(if: false) '.repeat(5)} }`)).toEqual([]);
    const spread = Array.from({ length: 11 }, () => 'leaf @include(if: true)').join(' ');
    expect(errors(`{ node { ${spread} } }`)).toEqual([expect.stringContaining('directives')]);
    expect(errors(`{ leaf ${directives(11)} }`)).toContainEqual(expect.stringContaining('directives'));
  });

  it('take one operation in a document', () => {
    expect(errors('query a { leaf } query b { leaf }')).toEqual([
      expect.stringContaining('exactly one operation'),
    ]);
  });

  it('come to an end with fragments that hold each other', () => {
    const cycle =
      'fragment a on Node { node { ...b } } fragment b on Node { node { ...a } } { node { ...a } }';
    expect(errors(cycle)).toEqual([expect.stringContaining('Cannot spread fragment')]);
  });

  it('let tools ask for the schema, and not for it many levels deep', () => {
    expect(errors(getIntrospectionQuery())).toEqual([]);
    const deep = (levels: number): string => (levels === 0 ? 'name' : `ofType { ${deep(levels - 1)} }`);
    expect(errors(`{ __schema { types { ${deep(20)} } } }`)).toContainEqual(
      expect.stringContaining('depth of introspection'),
    );
    const lists =
      '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }';
    expect(errors(lists)).not.toEqual([]);
  });
});
