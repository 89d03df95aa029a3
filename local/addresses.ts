import { relative } from 'node:path';
import { EMULATOR_CREDENTIALS } from '../clients/local-stack.ts';
import type { LocalStack } from './local-stack.ts';
import { PATHS } from './paths.ts';

/** Describes a running stack: its addresses, and commands to try. */
export const describeAddresses = (stack: LocalStack): string[] => {
  const { endpoint, outputs, region, simulatorControlUrl } = stack;
  const user = `${EMULATOR_CREDENTIALS.accessKeyId}:${EMULATOR_CREDENTIALS.secretAccessKey}`;
  const signed = `curl --aws-sigv4 aws:amz:${region}:execute-api --user ${user}`;
  return [
    `AWS endpoint   ${endpoint}   (region ${region}, credentials ${user})`,
    `Webhook        ${outputs.WebhookUrl}`,
    `Orders         ${outputs.OrdersUrl}/<order UUID>`,
    `Topic          ${outputs.TopicArn}`,
    `All addresses  ${relative(PATHS.root, PATHS.stackFile)}`,
    '',
    'Track an order, then read its status and timeline:',
    `  ${signed} -X PUT ${outputs.OrdersUrl}/<order UUID>`,
    `  ${signed} ${outputs.OrdersUrl}/<order UUID>`,
    ...(simulatorControlUrl === undefined
      ? [
          '',
          `A webhook needs the credentials in the secret ${outputs.WebhookSecretArn}.`,
          'A remote provider cannot send webhooks to this machine. Orders are checked by schedule only, as soon as',
          'they are tracked, and at the same intervals as on AWS.',
        ]
      : [
          '',
          'Create an order at the simulated provider:',
          `  curl -d '{"items":[{"timeline":[{"afterSeconds":5,"status":"OK"}]}]}' ${simulatorControlUrl}/orders`,
          'Make the provider fail, and end the failure (docs/practice.md has more):',
          `  curl -d '{"fault":{"kind":"status","status":503},"times":"always"}' ${simulatorControlUrl}/faults`,
          `  curl -X DELETE ${simulatorControlUrl}/faults`,
        ]),
  ];
};
