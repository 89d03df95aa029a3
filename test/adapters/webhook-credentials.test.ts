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
    isFailing: false,
    current: version(password),
    previous: undefined as SecretVersion | undefined,
  };
  const secret: SecretReader = {
    read: async (stage) => {
      if (stage === 'AWSCURRENT') state.reads++;
      if (state.isFailing) throw new Error('The service is not available.');
      return stage === 'AWSCURRENT' ? state.current : state.previous;
    },
  };
  const { accept } = webhookCredentials({ secret, overlapInSeconds, now: () => state.now });
  /** Whether the user `musement` is accepted with a password. */
  const acceptPassword = async (given: string) => await accept(basic(`musement:${given}`));
  const rotate = (afterMilliseconds = 10 * HOUR) => {
    state.previous = state.current;
    state.now += afterMilliseconds;
    state.current = version('new', state.now);
  };
  return { state, accept, acceptPassword, rotate };
};

describe('I1 Basic credentials', () => {
  test.for(['secret', 'with:colon', 'ünïcödé ✓', ' spaces '])('%o is accepted', async (password) => {
    for (const scheme of ['Basic', 'basic']) {
      const header = basic(`musement:${password}`).replace('Basic', scheme);
      expect(await setUp(password).accept(header)).toBe(true);
    }
  });

  test.for([
    ['nothing', undefined, 0],
    ['an empty header', '', 0],
    ['another scheme', 'Bearer abc', 0],
    ['no base64', 'Basic ???', 0],
    ['no credentials', 'Basic ', 0],
    ['a wrong password', basic('musement:guess'), 1],
    ['a wrong user', basic('other:secret'), 1],
    ['a prefix', basic('musement:secre'), 1],
    ['another encoding', basic('musement:sécret', 'latin1'), 1],
  ] as const)('%s is refused, and the secret read only for credentials', async ([, header, reads]) => {
    const { state, accept } = setUp();
    expect(await accept(header)).toBe(false);
    expect(state.reads).toBe(reads);
  });

  test.for(['musement:new', 'musement:secret', 'other:new', 'musement:guess', ':', 'x'.repeat(5000)])(
    '%s is compared in constant time with every accepted pair, as digests of one length',
    async (presented) => {
      const { accept, acceptPassword, rotate } = setUp();
      rotate();
      await acceptPassword('new');
      vi.mocked(timingSafeEqual).mockClear();
      await accept(basic(presented));
      const { calls } = vi.mocked(timingSafeEqual).mock;
      expect(calls.map((pair) => pair.map(({ byteLength }) => byteLength))).toEqual([
        [32, 32],
        [32, 32],
      ]);
    },
  );

  test('a secret without user name or password accepts nobody', async () => {
    const { state, accept } = setUp();
    state.current = { value: { username: '', password: '' }, createdAt: new Date(CREATED) };
    expect(await accept(basic(':'))).toBe(false);
  });
});

describe('I2 a rotation', () => {
  test('both pairs are accepted until the overlap ends, counted from the creation of the new one', async () => {
    const { state, acceptPassword, rotate } = setUp();
    rotate();
    expect(await acceptPassword('new')).toBe(true);
    state.now += 24 * HOUR - 1;
    expect(await acceptPassword('secret')).toBe(true);
    state.now += 1;
    expect(await acceptPassword('secret')).toBe(false);
    expect(await acceptPassword('new')).toBe(true);
  });

  test('new credentials are accepted at once: unknown ones make us read the secret again', async () => {
    const { acceptPassword, rotate } = setUp();
    expect(await acceptPassword('secret')).toBe(true);
    rotate(16_000);
    expect(await acceptPassword('new')).toBe(true);
  });

  test('an overlap of seconds ends on time, also where the new credentials were never presented', async () => {
    const { state, acceptPassword, rotate } = setUp('secret', 20);
    expect(await acceptPassword('secret')).toBe(true);
    rotate(0);
    state.now += 19_999;
    expect(await acceptPassword('secret')).toBe(true);
    state.now += 2;
    expect(await acceptPassword('secret')).toBe(false);
  });

  test('a malformed version of the secret does not hide the version before or after it', async () => {
    const { state, accept, acceptPassword, rotate } = setUp();
    rotate();
    state.current = { value: undefined, createdAt: new Date(state.now) };
    expect(await acceptPassword('secret')).toBe(true);
    expect(await accept(basic('undefined:undefined'))).toBe(false);
    rotate();
    expect(await acceptPassword('new')).toBe(true);
  });
});

describe('the secret', () => {
  test('is not read more than once in 15 seconds because of guesses, whether or not they name the user', async () => {
    const { state, accept, acceptPassword } = setUp();
    await acceptPassword('secret');
    for (let guess = 0; guess < 100; guess++) {
      state.now += 100;
      await acceptPassword(`${guess}`);
    }
    expect(state.reads).toBe(1);
    for (const [index, guess] of ['other:secret', 'musement:guess', 'other:guess'].entries()) {
      state.now += 15_001;
      for (let count = 0; count < 2; count++) expect(await accept(basic(guess))).toBe(false);
      expect(state.reads).toBe(index + 2);
    }
  });

  test('is read again every 5 minutes', async () => {
    const { state, acceptPassword } = setUp();
    for (const [minutes, reads] of [
      [0, 1],
      [4, 1],
      [2, 2],
    ] as const) {
      state.now += minutes * 60_000;
      await acceptPassword('secret');
      expect(state.reads).toBe(reads);
    }
  });

  test('that is cached is used while the service fails, which is called once in 15 seconds', async () => {
    const { state, acceptPassword } = setUp();
    await acceptPassword('secret');
    state.isFailing = true;
    state.now += 16_000;
    await expect(acceptPassword('guess')).rejects.toThrow();
    for (let guess = 0; guess < 100; guess++) expect(await acceptPassword(`${guess}`)).toBe(false);
    expect(await acceptPassword('secret')).toBe(true);
    expect(state.reads).toBe(2);
  });

  test.for([
    ['that was never read', 0],
    ['whose cached value has expired', 6 * 60_000],
  ] as const)(
    '%s is read once in 15 seconds while the service fails, and nobody is rejected',
    async ([, pause]) => {
      const { state, acceptPassword } = setUp();
      if (pause > 0) await acceptPassword('secret');
      state.reads = 0;
      state.now += pause;
      state.isFailing = true;
      for (let guess = 0; guess < 50; guess++) {
        await expect(acceptPassword(`${guess}`)).rejects.toThrow();
        await expect(acceptPassword('secret')).rejects.toThrow();
        state.now += 100;
      }
      expect(state.reads).toBe(1);
      state.isFailing = false;
      state.now += 15_000;
      expect(await acceptPassword('secret')).toBe(true);
    },
  );
});
