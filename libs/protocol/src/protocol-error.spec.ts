import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from './protocol-error.js';

describe('ProtocolError', () => {
  const problem = { code: 'BAD_VALUE', field: 'value', rule: 'must be so' } as const;

  describe('when it is about a whole document', () => {
    it('says field and rule', () => {
      const error = new ProtocolError(problem);
      expect(error).toBeInstanceOf(Error);
      expect(error).toMatchObject({ ...problem, name: 'ProtocolError', line: undefined });
      expect(error.message).toBe('value: must be so');
    });
  });

  describe('when it is about an entry', () => {
    it('says the line, line 0 too', () => {
      const error = new ProtocolError(problem).atLine(0);
      expect(error).toMatchObject({ ...problem, line: 0 });
      expect(error.message).toBe('line 0: value: must be so');
    });
  });
});
