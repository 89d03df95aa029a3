import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let written: string;

beforeEach(() => {
  written = '';
  vi.resetModules();
  const write = (chunk: unknown): boolean => {
    written += String(chunk);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(write);
  vi.spyOn(process.stderr, 'write').mockImplementation(write);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test('of an error nothing is logged but what it says', async () => {
  const { telemetry } = await import('../../lambdas/adapters/telemetry.ts');
  const cause = Object.assign(new Error('the cause'), { request: { authorization: 'Basic c2VjcmV0' } });
  const error = Object.assign(new Error('the error', { cause }), { item: { email: 'a@b.example' } });
  telemetry.error('It failed.', error, { orderUuid: 'an order' });
  expect(JSON.parse(written)).toMatchObject({
    message: 'It failed.',
    orderUuid: 'an order',
    error: { name: 'Error', message: 'the error', cause: { message: 'the cause' } },
  });
  expect(written).not.toMatch(/Basic|a@b/);
});

test('something thrown that is no error is not logged at all', async () => {
  const { telemetry } = await import('../../lambdas/adapters/telemetry.ts');
  telemetry.error('It failed.', { authorization: 'Basic c2VjcmV0' });
  expect(written).toContain('It failed.');
  expect(written).not.toContain('Basic');
});

test('an event is not logged, even where the environment asks for it', async () => {
  vi.stubEnv('POWERTOOLS_LOGGER_LOG_EVENT', 'true');
  const { observed, telemetry } = await import('../../lambdas/adapters/telemetry.ts');
  const handler = middy()
    .use(observed)
    .handler(async () => telemetry.info('It was called.'));
  await handler({ headers: { authorization: 'Basic c2VjcmV0' } }, {} as Context);
  expect(written).toContain('It was called.');
  expect(written).not.toContain('Basic');
});
