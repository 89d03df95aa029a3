import { timingSafeEqual } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import type { SecretReader, SecretVersion } from '../../lambdas/adapters/secrets.ts';
import { webhookCredentials } from '../../lambdas/adapters/webhook-credentials.ts';

vi.mock('node:crypto', async (load) => {
  const original = await load<typeof import('node:crypto')>();
  return { ...original, timingSafeEqual: vi.fn(original.timingSafeEqual) };
});

const HOUR = 3_600_000;
const CREATED = Date.parse('2026-03-01T00:00:00Z');

const basic = (text: string, encoding: BufferEncoding = 'utf8'): string =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`;

const version = (password: string, createdAt = CREATED): SecretVersion => ({
  value: { username: 'musement', password },
  createdAt: new Date(createdAt),
});

/** A secret that can be rotated, and a clock that can be set. */
const setUp = (password = 'secret', overlapInSeconds = 86_400) => {
  const state = {
    now: CREATED,
    reads: 0,
    current: version(password),
    previous: undefined as SecretVersion | undefined,
  };
  let isFailing = false;
  const secret: SecretReader = {
    read: async (stage) => {
      if (stage === 'AWSCURRENT') state.reads++;
      if (isFailing) throw new Error('The service is not available.');
      return stage === 'AWSCURRENT' ? state.current : state.previous;
    },
  };
  const credentials = webhookCredentials({ secret, overlapInSeconds, now: () => state.now });
  const fail = (failing = true) => {
    isFailing = failing;
  };
  return { state, fail, accept: credentials.accept };
};

describe('I1 Basic credentials', () => {
  test.for(['secret', 'with:colon', 'ünïcödé ✓', ' spaces '])(
    '%o is accepted as password',
    async (password) => {
      const { accept } = setUp(password);
      expect(await accept(basic(`musement:${password}`))).toBe(true);
    },
  );

  test.for([
    ['nothing', undefined],
    ['an empty header', ''],
    ['another scheme', 'Bearer abc'],
    ['no base64', 'Basic ???'],
    ['no credentials', 'Basic '],
    ['a wrong password', basic('musement:guess')],
    ['a wrong user', basic('other:secret')],
    ['a prefix', basic('musement:secre')],
    ['another encoding', basic('musement:sécret', 'latin1')],
  ] as const)('%s is refused', async ([, header]) => {
    const { accept } = setUp();
    expect(await accept(header)).toBe(false);
  });

  test.for(['musement:new', 'musement:secret', 'other:new', 'musement:guess', ':', 'x'.repeat(5000)])(
    '%s is compared in constant time with every accepted pair, as digests of one length',
    async (presented) => {
      const { state, accept } = setUp();
      state.previous = state.current;
      state.current = version('new', state.now);
      await accept(basic('musement:new'));
      vi.mocked(timingSafeEqual).mockClear();
      await accept(basic(presented));
      const lengths = vi
        .mocked(timingSafeEqual)
        .mock.calls.map((pair) => pair.map(({ byteLength }) => byteLength));
      expect(lengths).toEqual([
        [32, 32],
        [32, 32],
      ]);
    },
  );

  test('the scheme may be in any case', async () => {
    const { accept } = setUp();
    expect(await accept(basic('musement:secret').replace('Basic', 'basic'))).toBe(true);
  });

  test('a secret without user name or password accepts nobody', async () => {
    const { state, accept } = setUp();
    state.current = { value: { username: '', password: '' }, createdAt: new Date(CREATED) };
    expect(await accept(basic(':'))).toBe(false);
  });
});

describe('I2 a rotation', () => {
  const rotate = ({ state }: ReturnType<typeof setUp>) => {
    state.previous = state.current;
    state.now += 10 * HOUR;
    state.current = version('new', state.now);
  };

  test('both pairs are accepted until the overlap ends, counted from the creation of the new one', async () => {
    const stack = setUp();
    rotate(stack);
    expect(await stack.accept(basic('musement:new'))).toBe(true);
    stack.state.now += 24 * HOUR - 1;
    expect(await stack.accept(basic('musement:secret'))).toBe(true);
    stack.state.now += 1;
    expect(await stack.accept(basic('musement:secret'))).toBe(false);
    expect(await stack.accept(basic('musement:new'))).toBe(true);
  });

  test('new credentials are accepted at once: unknown ones make us read the secret again', async () => {
    const stack = setUp();
    expect(await stack.accept(basic('musement:secret'))).toBe(true);
    rotate(stack);
    stack.state.now = CREATED + 16_000;
    expect(await stack.accept(basic('musement:new'))).toBe(true);
  });

  test('guesses do not make us read the secret more than once in 15 seconds', async () => {
    const { state, accept } = setUp();
    await accept(basic('musement:secret'));
    for (let guess = 0; guess < 100; guess++) {
      state.now += 100;
      await accept(basic(`musement:${guess}`));
    }
    expect(state.reads).toBe(1);
    state.now += 5001;
    await accept(basic('musement:guess'));
    await accept(basic('musement:guess'));
    expect(state.reads).toBe(2);
  });

  test('the secret is read again every 5 minutes', async () => {
    const { state, accept } = setUp();
    await accept(basic('musement:secret'));
    state.now += 4 * 60_000;
    await accept(basic('musement:secret'));
    expect(state.reads).toBe(1);
    state.now += 2 * 60_000;
    await accept(basic('musement:secret'));
    expect(state.reads).toBe(2);
  });

  test('an overlap of seconds ends on time, also where the new credentials were never presented', async () => {
    const stack = setUp('secret', 20);
    expect(await stack.accept(basic('musement:secret'))).toBe(true);
    stack.state.previous = stack.state.current;
    stack.state.current = version('new', stack.state.now);
    stack.state.now += 19_999;
    expect(await stack.accept(basic('musement:secret'))).toBe(true);
    stack.state.now += 2;
    expect(await stack.accept(basic('musement:secret'))).toBe(false);
  });

  test('an unknown user and a wrong password cause the same answer and the same number of reads', async () => {
    const reads = await Promise.all(
      ['other:secret', 'musement:guess', 'other:guess'].map(async (credentials) => {
        const { state, accept } = setUp();
        await accept(basic('musement:secret'));
        state.now += 16_000;
        expect(await accept(basic(credentials))).toBe(false);
        return state.reads;
      }),
    );
    expect(reads).toEqual([2, 2, 2]);
  });

  test('a service that fails is not called more than once in 15 seconds either', async () => {
    const stack = setUp();
    await stack.accept(basic('musement:secret'));
    stack.fail();
    stack.state.now += 16_000;
    await expect(stack.accept(basic('musement:guess'))).rejects.toThrow();
    for (let guess = 0; guess < 100; guess++) {
      expect(await stack.accept(basic(`musement:${guess}`))).toBe(false);
    }
    expect(await stack.accept(basic('musement:secret'))).toBe(true);
    expect(stack.state.reads).toBe(2);
  });

  test.for([
    ['that has just started', 0],
    ['whose cached secret has expired', 6 * 60_000],
  ] as const)(
    'while the service fails, an environment %s calls it once in 15 seconds and throws instead of rejecting',
    async ([, pause]) => {
      const stack = setUp();
      if (pause > 0) await stack.accept(basic('musement:secret'));
      stack.state.reads = 0;
      stack.state.now += pause;
      stack.fail();
      for (let guess = 0; guess < 50; guess++) {
        await expect(stack.accept(basic(`musement:${guess}`))).rejects.toThrow();
        await expect(stack.accept(basic('musement:secret'))).rejects.toThrow();
        stack.state.now += 100;
      }
      expect(stack.state.reads).toBe(1);
      stack.fail(false);
      stack.state.now += 15_000;
      expect(await stack.accept(basic('musement:secret'))).toBe(true);
    },
  );

  test('a header without credentials does not make us read the secret', async () => {
    const { state, accept } = setUp();
    for (const header of [undefined, '', 'Basic ???', 'Bearer abc']) expect(await accept(header)).toBe(false);
    expect(state.reads).toBe(0);
  });

  test('a malformed version of the secret does not hide the version before or after it', async () => {
    const stack = setUp();
    rotate(stack);
    stack.state.current = { value: undefined, createdAt: new Date(stack.state.now) };
    expect(await stack.accept(basic('musement:secret'))).toBe(true);
    expect(await stack.accept(basic('undefined:undefined'))).toBe(false);
    rotate(stack);
    expect(await stack.accept(basic('musement:new'))).toBe(true);
  });
});
