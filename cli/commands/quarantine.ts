import { describeIssues, NO_JSON, parseJson } from '../../lambdas/adapters/http.ts';
import { type QuarantinedWebhook, quarantine } from '../../lambdas/adapters/quarantine-store.ts';
import { webhookSchema } from '../../lambdas/contracts/webhook.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { columns, readInput, shortened } from '../text.ts';

/** Shows which webhooks could not be read, and why. */
export const listQuarantine = async (
  { table }: Deployment,
  { all }: { readonly all?: boolean },
): Promise<Outcome> => {
  const kept = await quarantine(table).list(toInstant(Date.now()));
  const shown = kept.filter((webhook) => all || isOpen(webhook));
  return {
    data: shown.map(({ body: _, ...webhook }) => webhook),
    lines:
      shown.length === 0
        ? ['Nothing is in quarantine.']
        : columns(
            ['ID', 'REASON', 'REPLAYED', 'DISMISSED'],
            shown.map(({ id, reason, replayedAt, dismissedAt }) => [
              id,
              shortened(reason),
              replayedAt,
              dismissedAt,
            ]),
          ),
    exitCode: shown.some(isOpen) ? EXIT.attention : EXIT.done,
  };
};

/** Whether somebody has still to look after it. */
const isOpen = ({ replayedAt, dismissedAt }: QuarantinedWebhook): boolean => !replayedAt && !dismissedAt;

/** Shows a body as it came. */
export const showQuarantine = async (deployment: Deployment, id: string): Promise<Outcome> => {
  const webhook = await find(deployment, id);
  const form = webhook.encoding === 'base64' ? ' In base64, for it is no text:' : '';
  return { data: webhook, lines: [`Came ${webhook.receivedAt}. ${webhook.reason}${form}`, '', webhook.body] };
};

/** Sends a webhook once more to the stack's own address, as it came or corrected. */
export const replayQuarantine = async (
  deployment: Deployment,
  id: string,
  { body: file }: { readonly body?: string },
): Promise<Outcome> => {
  const webhook = await find(deployment, id);
  const body = file ? Buffer.from(await readInput(file)) : Buffer.from(webhook.body, webhook.encoding);
  const remedy = file ? 'Correct the file.' : 'Send a corrected body with --body <file>.';
  const isText = file !== undefined || webhook.encoding === undefined;
  const reason = isText ? whyRefused(body.toString()) : undefined;
  if (reason) throw new CommandError(`It would be refused again: ${reason}. ${remedy}`, EXIT.refused);
  const response = await postWebhook(deployment, body, 'application/json');
  if (response.status !== 200) {
    throw new CommandError(
      `It was refused again, with HTTP ${response.status}: ${await response.text()}. ${remedy}`,
      response.status < 500 ? EXIT.refused : EXIT.noAnswer,
    );
  }
  await quarantine(deployment.table).markReplayed(webhook.id, toInstant(Date.now()));
  return { data: { id, stored: true }, lines: ['It is stored, and followed up like any other webhook.'] };
};

/** What was refused stays in quarantine; sent and refused again, it would be there twice. */
const whyRefused = (body: string): string | undefined => {
  const parsed = parseJson(body);
  if (!parsed) return `body: ${NO_JSON}`;
  const { error } = webhookSchema.safeParse(parsed.value);
  return error && describeIssues(error.issues);
};

/** Puts webhooks aside that nobody can use; their bodies stay until their 14 days are over. */
export const dismissQuarantine = async (deployment: Deployment, ids: readonly string[]): Promise<Outcome> => {
  // All are there before the first is touched.
  const webhooks = await Promise.all(ids.map((id) => find(deployment, id)));
  const store = quarantine(deployment.table);
  for (const { id } of webhooks) await store.markDismissed(id, toInstant(Date.now()));
  return {
    data: { dismissed: ids },
    lines: [`${ids.length} dismissed: not listed any more, except with --all.`],
  };
};

/** Posts to the webhook's address with the credentials that Musement has. */
export const postWebhook = async (
  deployment: Deployment,
  body: string | Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<Response> => {
  const { username, password } = ((await deployment.secret('WebhookSecretArn').read('AWSCURRENT'))?.value ??
    {}) as { readonly username?: string; readonly password?: string };
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
    `Nothing with the id ${id} is in quarantine; "order-tracker quarantine list" has the ids. ` +
      'Bodies are kept for 14 days.',
    EXIT.notFound,
  );
};
