// Jest runs what tsc compiled, so it tests exactly what ships (docs/adr/0003-esm-and-jest.md).
const pure = { branches: 100, functions: 100, lines: 100, statements: 100 };

export default {
  testEnvironment: '<rootDir>/test/runner/spec-environment.js',
  testRunner: '<rootDir>/test/runner/spec-runner.js',
  rootDir: 'dist',
  roots: ['<rootDir>'],
  testMatch: ['**/*.spec.js'],
  transform: {},
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
  testTimeout: 120_000,
  maxWorkers: 2,
  // Past this a worker spends its time collecting garbage and is replaced.
  workerIdleMemoryLimit: '1GB',
  collectCoverageFrom: [
    'libs/{tlog,protocol,keys}/src/**/*.js',
    '!**/*.spec.js',
    '!**/index.js',
    '!**/*.arbitrary.js',
  ],
  coverageDirectory: '<rootDir>/../coverage',
  coverageReporters: ['text-summary', 'json', 'lcovonly'],
  coverageThreshold: {
    './dist/libs/tlog/': pure,
    './dist/libs/protocol/': pure,
    './dist/libs/keys/': pure,
  },
};
