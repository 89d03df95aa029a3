import { relative } from 'node:path';
import { EMULATOR_CREDENTIALS } from '../clients/local-stack.ts';
import type { LocalStack } from './local-stack.ts';
import { PATHS } from './paths.ts';

/** Where everything is, and what one can do with it now. */
export const describeAddresses = (stack: LocalStack): string[] => {
  const { endpoint, outputs, region, simulatorControlUrl } = stack;
  const user = `${EMULATOR_CREDENTIALS.accessKeyId}:${EMULATOR_CREDENTIALS.secretAccessKey}`;
  const signed = `curl --aws-sigv4 aws:amz:${region}:execute-api --user ${user}`;
  return [
    `AWS endpoint   ${endpoint}   (region ${region}, credentials ${user})`,
    `Webhook        ${outputs.WebhookUrl}`,
    `Orders         ${outputs.OrdersUrl}/<order UUID>`,
    `Topic          ${outputs.TopicArn}`,
    `All of it      ${relative(PATHS.root, PATHS.stackFile)}`,
    '',
    'Track an order, then ask what is known of it:',
    `  ${signed} -X PUT ${outputs.OrdersUrl}/<order UUID>`,
    `  ${signed} ${outputs.OrdersUrl}/<order UUID>`,
    ...(simulatorControlUrl === undefined
      ? [
          '',
          `Webhooks carry the credentials of the secret ${outputs.WebhookSecretArn}.`,
          'A provider elsewhere cannot reach this machine: its orders are followed by schedule alone, from the',
          'moment they are tracked, and at the rhythm that they would have on AWS.',
        ]
      : [
          '',
          'Invent an order at the simulated provider:',
          `  curl -d '{"items":[{"timeline":[{"afterSeconds":5,"status":"OK"}]}]}' ${simulatorControlUrl}/orders`,
          'Make it fail (docs/practice.md has more):',
          `  curl -d '{"fault":{"kind":"status","status":503},"times":"always"}' ${simulatorControlUrl}/faults`,
          `  curl -X DELETE ${simulatorControlUrl}/faults`,
        ]),
  ];
};
