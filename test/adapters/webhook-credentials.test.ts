import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { SecretReader, SecretVersion } from '../../lambdas/adapters/secrets.ts';
import { webhookCredentials } from '../../lambdas/adapters/webhook-credentials.ts';

/** Records the comparisons while `work` runs: what modules import from `node:crypto` is replaced too. */
const comparisonsDuring = async (work: () => Promise<unknown>) => {
  const timingSafeEqual = vi.spyOn(crypto, 'timingSafeEqual');
  syncBuiltinESMExports();
  try {
    await work();
    return timingSafeEqual.mock.calls;
  } finally {
    timingSafeEqual.mockRestore();
    syncBuiltinESMExports();
  }
};

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
    /** How long each read takes. */
    readMilliseconds: 0,
    current: version(password) as SecretVersion | undefined,
    previous: undefined as SecretVersion | undefined,
  };
  let isFailing = false;
  const secret: SecretReader = {
    read: async (stage) => {
      if (stage === 'AWSCURRENT') state.reads++;
      const found = stage === 'AWSCURRENT' ? state.current : state.previous;
      if (stage === 'AWSCURRENT') state.now += state.readMilliseconds;
      if (isFailing) throw new Error('The service is not available.');
      return found;
    },
  };
  const reported: unknown[] = [];
  const credentials = webhookCredentials({
    secret,
    overlapInSeconds,
    now: () => state.now,
    onFailedRead: (error) => reported.push(error),
  });
  const fail = (failing = true) => {
    isFailing = failing;
  };
  return { state, fail, reported, accept: credentials.accept };
};

const rotate = ({ state }: ReturnType<typeof setUp>) => {
  state.previous = state.current;
  state.now += 10 * HOUR;
  state.current = version('new', state.now);
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
  ] as const)('%s is rejected', async ([, header]) => {
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
      const comparisons = await comparisonsDuring(() => accept(basic(presented)));
      expect(comparisons.map((pair) => pair.map(({ byteLength }) => byteLength))).toEqual([
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

  test('guesses do not call a service that fails more than once in 15 seconds either', async () => {
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

describe('I2 while the secret cannot be read', () => {
  const SECOND = 1000;
  const MINUTE = 60 * SECOND;

  /** Presents credentials for so long, and returns at which seconds the secret was read. */
  const readsDuring = async (stack: ReturnType<typeof setUp>, seconds: number, step = 250) => {
    const began = stack.state.now;
    const reads: number[] = [];
    while (stack.state.now < began + seconds * SECOND) {
      const before = stack.state.reads;
      await stack.accept(basic('musement:secret')).catch(() => undefined);
      if (stack.state.reads > before) reads.push((stack.state.now - began) / SECOND);
      stack.state.now += step;
    }
    return reads;
  };

  test.for([
    ['just read', 0],
    ['read a minute ago', MINUTE],
    ['read 6 minutes ago', 6 * MINUTE],
    ['read 23 hours ago', 23 * HOUR],
    ['read almost as long ago as the overlap', 24 * HOUR - 1],
  ] as const)('credentials that were %s are accepted, however many reads fail', async ([, age]) => {
    const stack = setUp();
    await stack.accept(basic('musement:secret'));
    stack.fail();
    stack.state.now += age;
    for (let request = 0; request < 150; request++) {
      expect(await stack.accept(basic('musement:secret'))).toBe(true);
    }
    expect(stack.state.reads).toBeLessThanOrEqual(2);
  });

  test('unknown credentials are not rejected when the read that could know them has just failed', async () => {
    const stack = setUp('secret', 20);
    await stack.accept(basic('musement:secret'));
    rotate(stack);
    stack.state.now = CREATED + 17 * SECOND;
    stack.fail();
    await expect(stack.accept(basic('musement:new'))).rejects.toThrow('not available');
  });

  test('known credentials end with the overlap after they were read: a rotation may have ended them', async () => {
    const stack = setUp();
    await stack.accept(basic('musement:secret'));
    stack.fail();
    stack.state.now += 24 * HOUR;
    await expect(stack.accept(basic('musement:secret'))).rejects.toThrow('not available');
  });

  test('the overlap is counted from the begin of a read, because the rotation may come before its end', async () => {
    const stack = setUp();
    stack.state.readMilliseconds = 3000;
    await stack.accept(basic('musement:secret'));
    stack.fail();
    stack.state.readMilliseconds = 0;
    stack.state.now = CREATED + 24 * HOUR;
    await expect(stack.accept(basic('musement:secret'))).rejects.toThrow('not available');
  });

  test('a short overlap leaves time for more than one read', async () => {
    const stack = setUp('secret', 60);
    await stack.accept(basic('musement:secret'));
    stack.fail();
    expect(await readsDuring(stack, 50)).toEqual([30, 45]);
    stack.fail(false);
    stack.state.now = CREATED + 60 * SECOND;
    expect(await stack.accept(basic('musement:secret'))).toBe(true);
  });

  test('the gap to the next read is counted from the end of the one that failed', async () => {
    const stack = setUp();
    stack.state.readMilliseconds = 4000;
    stack.fail();
    await expect(stack.accept(basic('musement:secret'))).rejects.toThrow('not available');
    stack.state.now += 999;
    await expect(stack.accept(basic('musement:secret'))).rejects.toThrow('a moment ago');
  });

  test('the previous pair ends with its own overlap, not with that of the last read', async () => {
    const stack = setUp();
    rotate(stack);
    stack.state.now += HOUR;
    expect(await stack.accept(basic('musement:secret'))).toBe(true);
    stack.fail();
    stack.state.now += 23 * HOUR - 1;
    expect(await stack.accept(basic('musement:secret'))).toBe(true);
    stack.state.now += 1;
    expect(await stack.accept(basic('musement:secret'))).toBe(false);
    expect(await stack.accept(basic('musement:new'))).toBe(true);
  });

  test('an environment that knows nothing reads it again after 1 s, doubling to 15 s, and throws meanwhile', async () => {
    const stack = setUp();
    stack.fail();
    await expect(stack.accept(basic('musement:guess'))).rejects.toThrow('not available');
    await expect(stack.accept(basic('musement:secret'))).rejects.toThrow('could not be read a moment ago');
    stack.state.now += SECOND;
    expect(await readsDuring(stack, 60)).toEqual([0, 2, 6, 14, 29, 44, 59]);
  });

  test('an environment that knows nothing accepts again at most a second after the only read that failed', async () => {
    const stack = setUp();
    stack.fail();
    await expect(stack.accept(basic('musement:secret'))).rejects.toThrow();
    stack.fail(false);
    stack.state.now += SECOND;
    expect(await stack.accept(basic('musement:secret'))).toBe(true);
  });

  test('an environment that knows the credentials reads it again every 15 s, and as usual afterwards', async () => {
    const stack = setUp();
    await stack.accept(basic('musement:secret'));
    stack.fail();
    stack.state.now += 5 * MINUTE;
    expect(await readsDuring(stack, 60)).toEqual([0, 15, 30, 45]);
    stack.fail(false);
    expect(await readsDuring(stack, 600)).toEqual([0, 300]);
  });

  test('the retries begin with 1 s again after a read that succeeded', async () => {
    const stack = setUp('secret', 0);
    stack.fail();
    await readsDuring(stack, 60);
    stack.fail(false);
    await readsDuring(stack, 15);
    stack.fail();
    stack.state.now += MINUTE;
    expect(await readsDuring(stack, 5)).toEqual([0, 1, 3]);
  });

  test.for([
    ['deleted', undefined],
    ['not JSON', { value: undefined, createdAt: new Date(CREATED) }],
  ] as const)('a secret that is %s does not end the pair that was read before', async ([, current]) => {
    const stack = setUp();
    await stack.accept(basic('musement:secret'));
    stack.state.previous = current && stack.state.current;
    stack.state.current = current;
    stack.state.now += HOUR;
    expect(await stack.accept(basic('musement:secret'))).toBe(true);
  });

  test('a secret that does not exist rejects nobody: nothing is known of any credentials', async () => {
    const stack = setUp();
    stack.state.current = undefined;
    await expect(stack.accept(basic('musement:secret'))).rejects.toThrow('does not exist');
  });

  test('each read that failed is reported, also where its credentials are accepted', async () => {
    const stack = setUp();
    await stack.accept(basic('musement:secret'));
    stack.fail();
    stack.state.now += HOUR;
    await stack.accept(basic('musement:secret'));
    expect(stack.reported).toEqual([expect.objectContaining({ message: 'The service is not available.' })]);
  });

  /** What may happen. `age` selects a password: 0 is the current one, 1 the one before it, and so on. */
  type Step =
    | { readonly kind: 'wait'; readonly seconds: number }
    | { readonly kind: 'rotate' }
    | { readonly kind: 'fail'; readonly isFailing: boolean }
    | { readonly kind: 'present'; readonly age: 0 | 1 | 2 | 'guess' };

  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('wait'), seconds: fc.nat({ max: 40_000 }) }),
      fc.record({ kind: fc.constant('wait'), seconds: fc.nat({ max: 20 }) }),
      fc.record({ kind: fc.constant('rotate') }),
      fc.record({ kind: fc.constant('fail'), isFailing: fc.boolean() }),
      fc.record({
        kind: fc.constant('present'),
        age: fc.constantFrom<0 | 1 | 2 | 'guess'>(0, 1, 2, 'guess'),
      }),
    ),
    { maxLength: 80 },
  );

  /** Follows the steps, and compares each answer with who is entitled. */
  const follow = async (overlapInSeconds: number, all: readonly Step[]): Promise<void> => {
    const stack = setUp('0', overlapInSeconds);
    const { state } = stack;
    const overlap = overlapInSeconds * SECOND;
    /** An environment may take 15 s to notice a rotation. Rotations are an overlap apart, as docs/rotation.md asks for. */
    const slack = Math.max(overlap, 15 * SECOND);
    /** When each password began to be the current one. */
    const rotations = [CREATED];
    const endOf = (index: number): number => rotations[index + 1] ?? Number.POSITIVE_INFINITY;
    let isFailing = false;
    let failedAt = Number.NEGATIVE_INFINITY;
    let attemptedAt = Number.NEGATIVE_INFINITY;
    /** What the last read that succeeded showed as the current password. */
    let seen = { index: -1, at: Number.NEGATIVE_INFINITY };
    for (const step of all) {
      if (step.kind === 'wait') state.now += step.seconds * SECOND;
      if (step.kind === 'rotate' && state.now >= (rotations.at(-1) ?? 0) + slack) {
        state.previous = state.current;
        state.current = version(`${rotations.length}`, state.now);
        rotations.push(state.now);
      }
      if (step.kind === 'fail') {
        isFailing = step.isFailing;
        stack.fail(isFailing);
      }
      if (step.kind !== 'present') continue;
      const index = step.age === 'guess' ? -1 : rotations.length - 1 - step.age;
      const { now, reads } = state;
      const answer = await stack
        .accept(basic(`musement:${index < 0 ? 'guess' : index}`))
        .catch(() => 'unknown');
      const isTrusted = now < seen.at + slack;
      const isRead = state.reads > reads;

      if (answer === true) expect(index >= 0 && now < endOf(index) + slack).toBe(true);
      if (isTrusted && seen.index === index) expect(answer).toBe(true);
      if (answer === false && index >= 0 && now < endOf(index) + overlap) {
        expect(now).toBeLessThan(attemptedAt + 15 * SECOND);
      }
      if (answer === 'unknown' && !isFailing) expect(now).toBeLessThan(failedAt + 15 * SECOND);
      if (isTrusted && isRead) expect(now).toBeGreaterThanOrEqual(attemptedAt + 15 * SECOND);

      if (!isRead) continue;
      attemptedAt = now;
      if (isFailing) failedAt = now;
      else seen = { index: rotations.length - 1, at: now };
    }
  };

  test('in every sequence of events, only known pairs are accepted, and guesses cause few reads', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(0, 20, 600, 86_400), steps, follow), { numRuns: 3000 });
  });
});
