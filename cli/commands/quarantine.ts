import { type QuarantinedWebhook, quarantine } from '../../lambdas/adapters/quarantine-store.ts';
import { describeIssues } from '../../lambdas/application/http.ts';
import { webhookSchema } from '../../lambdas/contracts/webhook.ts';
import { INVALID_JSON, parseJson } from '../../lambdas/domain/json.ts';
import { omit } from '../../lambdas/domain/omit.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { columns, readInput, shortened } from '../text.ts';
import { invokeWebhook, postWebhook } from '../webhook-requests.ts';

/** Lists rejected webhooks with the reason. */
export const listQuarantine = async (
  { table }: Deployment,
  { all }: { readonly all?: boolean },
): Promise<Outcome> => {
  const kept = await quarantine(table).list(toInstant(Date.now()));
  const shown = all ? kept : kept.filter(isOpen);
  return {
    data: shown.map((webhook) => omit(webhook, 'body')),
    lines:
      shown.length === 0
        ? ['The quarantine is empty.']
        : columns(
            ['ID', 'REASON', 'REPLAYED', 'DISMISSED'],
            shown.map(({ id, reason, replayedAt, dismissedAt }) => [
              id,
              shortened(reason),
              replayedAt,
              dismissedAt,
            ]),
          ),
    exitCode: shown.some(isOpen) ? EXIT.attention : EXIT.success,
  };
};

/** The webhooks in quarantine that were neither replayed nor dismissed. */
export const readOpenQuarantine = async ({ table }: Deployment): Promise<readonly QuarantinedWebhook[]> => {
  const kept = await quarantine(table).list(toInstant(Date.now()));
  return kept.filter(isOpen);
};

const isOpen = ({ replayedAt, dismissedAt }: QuarantinedWebhook): boolean => !replayedAt && !dismissedAt;

/** Shows a body as received; `raw` is for a file that can be corrected and replayed. */
export const showQuarantine = async (
  deployment: Deployment,
  id: string,
  { raw }: { readonly raw?: boolean },
): Promise<Outcome> => {
  const webhook = await find(deployment, id);
  const { body, receivedAt, reason } = webhook;
  if (raw) return { data: webhook, ...rawBody(webhook) };
  const encoding = webhook.encoding === 'base64' ? ' The body is not text; it is shown in base64.' : '';
  return {
    data: webhook,
    lines: [`Received at ${receivedAt}. Reason: ${reason}.${encoding}`, '', body ?? describeMissing(webhook)],
  };
};

const rawBody = (webhook: QuarantinedWebhook): Pick<Outcome, 'lines' | 'raw'> => {
  const raw = bodyOf(webhook);
  if (!raw) throw new CommandError(describeMissing(webhook), EXIT.notFound);
  return { lines: [raw.toString()], raw };
};

/** The body as received; `undefined` when it was too long to be kept. */
const bodyOf = ({ body, encoding }: QuarantinedWebhook): Buffer<ArrayBuffer> | undefined =>
  body === undefined ? undefined : Buffer.from(body, encoding);

const describeMissing = ({ bodyBytes }: QuarantinedWebhook): string =>
  `The body was not kept, because it was too long: ${bodyBytes} bytes.`;

export interface ReplayQuarantineOptions {
  /** File with a corrected body. */
  readonly body?: string;
  /** Whether to invoke the function instead of sending the body to the webhook URL. */
  readonly invoke?: boolean;
}

/** Sends a body to the webhook URL again, as received or corrected. */
export const replayQuarantine = async (
  deployment: Deployment,
  id: string,
  { body: file, invoke }: ReplayQuarantineOptions,
): Promise<Outcome> => {
  const webhook = await find(deployment, id);
  const body = file ? Buffer.from(await readInput(file)) : bodyOf(webhook);
  const remedy = file ? 'Correct the file.' : 'Send a corrected body with --body <file>.';
  if (!body) throw new CommandError(`${describeMissing(webhook)} ${remedy}`, EXIT.rejected);
  const isText = file !== undefined || webhook.encoding === undefined;
  // A body that is sent and rejected would be in quarantine twice.
  const reason = isText ? rejectionOf(body.toString()) : undefined;
  if (reason) throw new CommandError(`It would be rejected again: ${reason}. ${remedy}`, EXIT.rejected);
  const send = invoke ? invokeWebhook : postWebhook;
  const answer = await send(deployment, { body, headers: { 'content-type': 'application/json' } });
  if (answer.status === 403) throw new CommandError(describeRejectedAddress(id, file), EXIT.rejected);
  if (answer.status !== 200) {
    throw new CommandError(
      `It was rejected again, with HTTP ${answer.status}: ${answer.body}. ${remedy}`,
      answer.status < 500 ? EXIT.rejected : EXIT.noAnswer,
    );
  }
  await quarantine(deployment.table).markReplayed(webhook.id, toInstant(Date.now()));
  return { data: { id, stored: true }, lines: ['The webhook is stored, and its order will be checked.'] };
};

const describeRejectedAddress = (id: string, file: string | undefined): string =>
  'Webhooks are not accepted from your address, because the setting webhookSourceAddresses does not list it. ' +
  'To invoke the function instead, for which your AWS credentials need lambda:InvokeFunction: ' +
  `order-tracker quarantine replay ${id}${file ? ` --body ${file}` : ''} --invoke`;

/** Why a body would be rejected; `undefined` when it is well-formed. */
const rejectionOf = (body: string): string | undefined => {
  const parsed = parseJson(body);
  if (parsed === undefined) return `body: ${INVALID_JSON}`;
  const { error } = webhookSchema.safeParse(parsed);
  return error && describeIssues(error.issues);
};

/** Stops listing bodies that cannot be repaired. They are deleted 14 days after they were received, like all others. */
export const dismissQuarantine = async (deployment: Deployment, ids: readonly string[]): Promise<Outcome> => {
  // All ids are checked before the first body is dismissed.
  const webhooks = await Promise.all(ids.map((id) => find(deployment, id)));
  const store = quarantine(deployment.table);
  for (const { id } of webhooks) await store.markDismissed(id, toInstant(Date.now()));
  return {
    data: { dismissed: ids },
    lines: [`${ids.length} dismissed. To list them anyway: order-tracker quarantine list --all`],
  };
};

const find = async ({ table }: Deployment, id: string): Promise<QuarantinedWebhook> => {
  const webhook = await quarantine(table).read(id);
  if (webhook) return webhook;
  throw new CommandError(
    `No body with the id ${id} is in quarantine; bodies are deleted after 14 days. ` +
      'To list the ids: order-tracker quarantine list',
    EXIT.notFound,
  );
};
