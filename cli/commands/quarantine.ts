import * as z from 'zod/mini';
import { type QuarantinedWebhook, quarantine } from '../../lambdas/adapters/quarantine-store.ts';
import { describeIssues } from '../../lambdas/application/http.ts';
import { webhookSchema } from '../../lambdas/contracts/webhook.ts';
import { INVALID_JSON, parseJson } from '../../lambdas/domain/json.ts';
import { omit } from '../../lambdas/domain/omit.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { columns, readInput, shortened } from '../text.ts';

/** Lists malformed webhooks with the reason. */
export const listQuarantine = async (
  { table }: Deployment,
  { all }: { readonly all?: boolean },
): Promise<Outcome> => {
  const kept = await quarantine(table).list(toInstant(Date.now()));
  const shown = kept.filter((webhook) => all || isOpen(webhook));
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

/** Whether a body was neither replayed nor dismissed. */
const isOpen = ({ replayedAt, dismissedAt }: QuarantinedWebhook): boolean => !replayedAt && !dismissedAt;

/** Shows a body as received. */
export const showQuarantine = async (deployment: Deployment, id: string): Promise<Outcome> => {
  const webhook = await find(deployment, id);
  const encoding = webhook.encoding === 'base64' ? ' The body is not text; it is shown in base64.' : '';
  return {
    data: webhook,
    lines: [`Received at ${webhook.receivedAt}. Reason: ${webhook.reason}.${encoding}`, '', webhook.body],
  };
};

/** Sends a body to the webhook URL again, as received or corrected. */
export const replayQuarantine = async (
  deployment: Deployment,
  id: string,
  { body: file }: { readonly body?: string },
): Promise<Outcome> => {
  const webhook = await find(deployment, id);
  const body = file ? Buffer.from(await readInput(file)) : Buffer.from(webhook.body, webhook.encoding);
  const remedy = file ? 'Correct the file.' : 'Send a corrected body with --body <file>.';
  const isText = file !== undefined || webhook.encoding === undefined;
  // A body that is sent and rejected would be in quarantine twice.
  const reason = isText ? rejectionOf(body.toString()) : undefined;
  if (reason) throw new CommandError(`It would be rejected again: ${reason}. ${remedy}`, EXIT.rejected);
  const response = await postWebhook(deployment, body, 'application/json');
  if (response.status !== 200) {
    throw new CommandError(
      `It was rejected again, with HTTP ${response.status}: ${await response.text()}. ${remedy}`,
      response.status < 500 ? EXIT.rejected : EXIT.noAnswer,
    );
  }
  await quarantine(deployment.table).markReplayed(webhook.id, toInstant(Date.now()));
  return { data: { id, stored: true }, lines: ['The webhook is stored, and its order will be checked.'] };
};

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

const credentialsSchema = z.object({ username: z.string(), password: z.string() });

/**
 * Posts to the webhook URL with the current credentials of the secret.
 * @throws {CommandError} when the secret holds no credentials
 */
export const postWebhook = async (
  deployment: Deployment,
  body: string | Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<Response> => {
  const secret = await deployment.secret('WebhookSecretArn').read('AWSCURRENT');
  const credentials = credentialsSchema.safeParse(secret?.value);
  if (!credentials.success) {
    throw new CommandError(
      `The secret ${deployment.outputs.WebhookSecretArn} does not contain a username and a password.`,
    );
  }
  const { username, password } = credentials.data;
  return await fetch(deployment.outputs.WebhookUrl, {
    method: 'POST',
    headers: {
      'Content-Type': contentType,
      Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    },
    body,
  });
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
