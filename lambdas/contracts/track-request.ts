import * as z from 'zod/mini';

const MAX_REFERENCE_CHARACTERS = 128;

/** The partner's own reference of an order. */
export const referenceSchema = z.string().check(
  z.minLength(1),
  z.maxLength(MAX_REFERENCE_CHARACTERS),
  // DynamoDB rejects unpaired surrogates, and terminals execute control characters.
  z.refine(
    (text) => !/[\p{Cc}\p{Cs}]/u.test(text),
    'must not hold control characters or unpaired surrogates',
  ),
);

/** The body of a track request. A field that is not known is rejected, because its name may be mistyped. */
export const trackBodySchema = z.strictObject({
  paidAt: z.optional(z.string()),
  reference: z.optional(referenceSchema),
});
