import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { runDirectory } from '#test/run-directory';
import { armFaultPoints, faultPoint } from './fault-point.js';
import { parseFaultPoints } from './fault-spec.js';

const module = new URL('./fault-point.js', import.meta.url).href;

/** A process that reaches a point five times and writes a line each time it survives. */
function run(faultPoints: string | undefined) {
  const faultLog = join(mkdtempSync(join(runDirectory(), 'fault-')), 'log');
  const script = `
    import { writeSync } from 'node:fs';
    import { armFaultPoints, faultPoint } from '${module}';
    armFaultPoints(${JSON.stringify({ faultPoints, faultLog })});
    for (let i = 1; i <= 5; i++) { faultPoint('decide:after-commit'); writeSync(1, i + ' '); }`;
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  return { signal, stdout, faultLog };
}

describe('faultPoint', () => {
  describe('when it is not armed', () => {
    it('does nothing', () => {
      armFaultPoints({ faultPoints: undefined, faultLog: undefined });
      expect(() => faultPoint('decide:after-commit')).not.toThrow();
      expect(run(undefined)).toMatchObject({ signal: null, stdout: '1 2 3 4 5 ' });
    });
  });

  describe('when its count is reached', () => {
    it('writes its name down and kills the process, and nothing runs after it', () => {
      const { signal, stdout, faultLog } = run('other:point=1,decide:after-commit=3');
      expect({ signal, stdout }).toEqual({ signal: 'SIGKILL', stdout: '1 2 ' });
      expect(readFileSync(faultLog, 'utf8')).toBe('decide:after-commit\n');
    });
  });

  describe('when the specification is wrong', () => {
    it('refuses to be armed', () => {
      expect(() => armFaultPoints({ faultPoints: 'decide=3', faultLog: undefined })).toThrow(
        expect.objectContaining({ code: 'fault-points-invalid' }),
      );
    });
  });
});

describe('parseFaultPoints', () => {
  it('reads names and counts', () => {
    const parsed = parseFaultPoints('decide:after-commit=3,enqueue-decide-submission:before=1');
    expect(parsed).toEqual({
      ok: true,
      points: new Map([
        ['decide:after-commit', 3],
        ['enqueue-decide-submission:before', 1],
      ]),
    });
  });

  it.each([
    '',
    'a',
    'a:b',
    'a:b=',
    'a:b=0',
    'a:b=-1',
    'a:b=1,',
    'A:b=1',
    'a:b=1.5',
    'a:b=01',
    'a:b:c=1',
    ' a:b=1',
  ])('refuses %j', (text) => {
    expect(parseFaultPoints(text)).toMatchObject({ ok: false, code: 'syntax' });
  });

  it('refuses a point named twice', () => {
    expect(parseFaultPoints('a:b=1,a:b=2')).toMatchObject({ ok: false, code: 'duplicate' });
  });

  it('reads back whatever it can be written as', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    const points = fc.dictionary(
      fc.tuple(word, word).map((words) => words.join(':')),
      fc.integer({ min: 1, max: 999 }),
      {
        minKeys: 1,
      },
    );
    fc.assert(
      fc.property(points, (spec) => {
        const text = Object.entries(spec)
          .map(([name, count]) => `${name}=${count}`)
          .join(',');
        expect(parseFaultPoints(text)).toEqual({ ok: true, points: new Map(Object.entries(spec)) });
      }),
    );
  });
});
