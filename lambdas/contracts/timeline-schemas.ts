import * as z from 'zod/mini';
import {
  describeValues,
  field,
  instantSchema,
  keysOf,
  lowerCaseUuidSchema,
  named,
} from './contract-registry.ts';
import { CHECK_REASON_DESCRIPTIONS, foundBySchema } from './found-by.ts';

/** How a hint was resolved, in Markdown. */
export const OUTCOME_DESCRIPTIONS = {
  satisfied: 'Musement shows what the webhook says, or knows the tracked order',
  superseded: 'a newer webhook of the same item is satisfied',
  contradicted: 'Musement keeps showing another status, which is the one that counts',
  withdrawn: 'tracking was stopped before it was resolved',
  given_up:
    'Musement did not show the item or order in any answer for a week (setting `hintGiveUp`), or gave no usable answer for 180 days',
} as const;

const outcomeSchema = named(
  'HintOutcome',
  describeValues('How it was resolved; left out while it is unresolved.', OUTCOME_DESCRIPTIONS),
  z.enum(keysOf(OUTCOME_DESCRIPTIONS)),
);

const at = (description: string) => field(instantSchema, description);

/** What track requests and webhooks have in common. */
const hintFields = {
  firstAnswerAt: z.optional(at('When Musement first gave an answer that did not resolve it.')),
  outcome: z.optional(outcomeSchema),
};

const count = z.int().check(z.minimum(0));

const trackEntrySchema = named(
  'TrackEntry',
  'A track request.',
  z.object({
    at: at('When it was received.'),
    kind: z.literal('track'),
    requestedBy: z.optional(field(z.string(), 'ARN of the caller.')),
    paidAt: z.optional(at('When the order was paid.')),
    reference: z.optional(field(z.string(), 'Your own reference.')),
    ...hintFields,
  }),
);

const untrackEntrySchema = named(
  'UntrackEntry',
  'An untrack request.',
  z.object({
    at: at('When it was received.'),
    kind: z.literal('untrack'),
    requestedBy: z.optional(field(z.string(), 'ARN of the caller.')),
  }),
);

const webhookEntrySchema = named(
  'WebhookEntry',
  'A webhook.',
  z.object({
    at: at('When it was first received.'),
    kind: z.literal('webhook'),
    itemUuid: field(lowerCaseUuidSchema, "The item's UUID."),
    version: field(z.string(), "The item's version: digits."),
    status: field(z.string(), 'The status as received, up to 64 printable characters.'),
    deliveries: field(count, 'How often it was received.'),
    ...hintFields,
  }),
);

const checkEntrySchema = named(
  'CheckEntry',
  'A check of the order.',
  z.object({
    at: at('When the request to Musement was sent.'),
    kind: z.literal('check'),
    reason: field(z.enum(keysOf(CHECK_REASON_DESCRIPTIONS)), 'Why the order was checked.'),
    showed: field(
      z.union([z.record(z.string(), z.string()), z.string()]),
      'The status of each item by its UUID. It is the text `unknown` if Musement does not know the order, or the cause of a provider failure, such as `timeout`, `http_503` or `login_rejected`. A check that was postponed shows `retry_after` (Musement wants no requests for a while) or `login_rejected`.',
    ),
    tookInMilliseconds: field(count, 'How long the request took.'),
  }),
);

const eventEntrySchema = named(
  'EventEntry',
  'An event.',
  z.object({
    at: at("The event's `time`."),
    kind: z.literal('event'),
    id: field(z.string(), "The event's `id`."),
    type: field(z.string(), "The event's `type`."),
    status: field(z.string(), '`data.status`.'),
    foundBy: z.optional(foundBySchema),
    publishedAt: z.optional(
      at('When it was published. Temporary statuses are published only with the setting `temporaryEvents`.'),
    ),
  }),
);

const notificationEntrySchema = named(
  'NotificationEntry',
  'A request to Musement to send a webhook again.',
  z.object({
    at: at('When it was sent.'),
    kind: z.literal('notification'),
    itemUuid: field(lowerCaseUuidSchema, "The item's UUID."),
    outcome: field(
      z.enum(['accepted', 'no_webhook', 'unknown', 'failure']),
      'What Musement answered. `no_webhook`: none is configured for the item.',
    ),
  }),
);

/** The entries of a timeline by kind. Fields that an entry does not have are left out when it is parsed. */
export const TIMELINE_ENTRY_SCHEMAS = {
  track: trackEntrySchema,
  untrack: untrackEntrySchema,
  webhook: webhookEntrySchema,
  check: checkEntrySchema,
  event: eventEntrySchema,
  notification: notificationEntrySchema,
} as const;

/** The entries of one kind. */
export type EntryOf<Kind extends keyof typeof TIMELINE_ENTRY_SCHEMAS> = Readonly<
  z.infer<(typeof TIMELINE_ENTRY_SCHEMAS)[Kind]>
>;

/** Something that happened to an order. */
export type TimelineEntry = {
  [Kind in keyof typeof TIMELINE_ENTRY_SCHEMAS]: EntryOf<Kind>;
}[keyof typeof TIMELINE_ENTRY_SCHEMAS];
