import * as z from 'zod/mini';

/** Thrown when the body of a control request is invalid. The message names the fields. */
export class BadControlBodyError extends Error {
  override readonly name = 'BadControlBodyError';
}

const amount = z.number().check(z.minimum(0));

const step = z.looseObject({ afterSeconds: amount, status: z.string() });

const fault = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('status'), status: z.int().check(z.minimum(200), z.maximum(599)) }),
  z.looseObject({ kind: z.literal('slow'), seconds: amount }),
  z.looseObject({ kind: z.literal('truncated') }),
  z.looseObject({ kind: z.literal('reset') }),
  z.looseObject({ kind: z.literal('html') }),
  z.looseObject({ kind: z.literal('stale'), secondsBack: amount }),
]);

/** The parts of each body that the simulator cannot run without. Other fields are not checked. */
const BODIES = {
  order: z.looseObject({ items: z.array(z.looseObject({ timeline: z.array(step) })) }),
  step,
  fault: z.looseObject({
    fault,
    endpoint: z.optional(z.enum(['login', 'order', 'notification'])),
    orderUuid: z.optional(z.string()),
    times: z.optional(z.union([z.int().check(z.minimum(1)), z.literal('always')])),
  }),
  object: z.looseObject({}),
} as const;

/**
 * Reads the body of a control request.
 * @throws {BadControlBodyError}
 */
export const readControlBody = async <Body>(
  kind: keyof typeof BODIES,
  request: { text(): Promise<string> },
) => {
  const result = BODIES[kind].safeParse(parseJson(await request.text()));
  if (result.success) return result.data as Body;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new BadControlBodyError(`The simulator cannot use this body. ${issues.join('; ')}`);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadControlBodyError(`The simulator cannot read this body: ${(error as Error).message}`);
  }
};
