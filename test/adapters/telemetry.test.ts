import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let written: string;

beforeEach(() => {
  written = '';
  vi.resetModules();
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      written += String(chunk);
      return true;
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test('an error is logged with its message, stack and cause, and with no other field', async () => {
  const { telemetry } = await import('../../lambdas/adapters/telemetry.ts');
  const cause = Object.assign(new Error('the cause'), { request: { authorization: 'Basic c2VjcmV0' } });
  const error = Object.assign(new Error('the error', { cause }), { item: { email: 'a@b.example' } });
  telemetry.error('Failed', error, { orderUuid: 'an order' });
  const described = { name: 'Error', message: 'the error', cause: { message: 'the cause' } };
  expect(JSON.parse(written)).toMatchObject({ message: 'Failed', orderUuid: 'an order', error: described });
  expect(written).not.toMatch(/Basic|a@b/);
});

test('a thrown value that is not an error is not logged', async () => {
  const { telemetry } = await import('../../lambdas/adapters/telemetry.ts');
  telemetry.error('Failed', { authorization: 'Basic c2VjcmV0' });
  expect(written).toContain('Failed');
  expect(written).not.toContain('Basic');
});

test('I1 an event is not logged, even if the environment asks for it', async () => {
  vi.stubEnv('POWERTOOLS_LOGGER_LOG_EVENT', 'true');
  const { observed, telemetry } = await import('../../lambdas/adapters/telemetry.ts');
  const handler = middy()
    .use(observed)
    .handler(async () => telemetry.info('Called'));
  await handler({ headers: { authorization: 'Basic c2VjcmV0' } }, {} as Context);
  expect(written).toContain('Called');
  expect(written).not.toContain('Basic');
});
