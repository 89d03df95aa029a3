import * as z from 'zod/mini';

/**
 * The part of the Amazon States Language that watch-order uses. The schemas are strict: a definition that uses more is
 * rejected, not misunderstood.
 * @see https://states-language.net/spec.html
 */
const retrySchema = z.strictObject({
  ErrorEquals: z.array(z.string()),
  IntervalSeconds: z.number(),
  MaxAttempts: z.number(),
  BackoffRate: z.number(),
  MaxDelaySeconds: z.number(),
  JitterStrategy: z.literal('FULL'),
});

const stateSchema = z.discriminatedUnion('Type', [
  z.strictObject({ Type: z.literal('Wait'), TimestampPath: z.string(), Next: z.string() }),
  z.strictObject({
    Type: z.literal('Task'),
    Resource: z.string().check(z.regex(/:states:::lambda:invoke$/)),
    Parameters: z.strictObject({ FunctionName: z.string(), 'Payload.$': z.literal('$') }),
    OutputPath: z.literal('$.Payload'),
    Retry: z.array(retrySchema),
    Next: z.string(),
  }),
  z.strictObject({
    Type: z.literal('Choice'),
    Choices: z.array(z.strictObject({ Variable: z.string(), StringEquals: z.string(), Next: z.string() })),
    Default: z.string(),
  }),
  z.strictObject({ Type: z.literal('Succeed') }),
]);

const definitionSchema = z.strictObject({
  Comment: z.optional(z.string()),
  StartAt: z.string(),
  States: z.record(z.string(), stateSchema),
});

export type Definition = z.infer<typeof definitionSchema>;
export type Retry = z.infer<typeof retrySchema>;

export const parseDefinition = (json: string): Definition => definitionSchema.parse(JSON.parse(json));

/** Reads a path such as `$.nextCheckAt` in a state's input. */
export const readPath = (path: string, input: unknown): unknown => {
  const field = /^\$\.(\w+)$/.exec(path)?.[1];
  if (!field) throw new Error(`The workflow engine does not know paths such as ${path}; add them here.`);
  return (input as Record<string, unknown>)[field];
};
