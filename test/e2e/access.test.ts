import { readFile } from 'node:fs/promises';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, describe, expect, inject, test, vi } from 'vitest';
import { OrdersClient } from '../../clients/orders-client.ts';
import { createOrdersFetch, trackOrder } from '../../examples/checkout/track-order.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { lost, orderOf } from './order-fixture.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack();
const { endpoint, region, outputs } = inject('localStack');

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

describe('access', () => {
  test('the order routes reject a call that is not signed', async () => {
    const { orderUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    const url = `${outputs.OrdersUrl}/${orderUuid}`;
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(url, { method: 'PUT' })).status).toBe(403);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(`${outputs.OrdersUrl}?state=open`)).status).toBe(403);
  });

  describe('the order routes accept callers who are allowed execute-api:Invoke', () => {
    const iam = new IAMClient(clientConfiguration(endpoint));
    const orderUuid = crypto.randomUUID();
    afterAll(() => iam.destroy());

    /** The credentials of a user who may invoke these resources and nothing else. */
    const callerAllowed = async (...resources: string[]): Promise<Credentials> => {
      const UserName = `caller-${crypto.randomUUID()}`;
      await iam.send(new CreateUserCommand({ UserName }));
      const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: resources.map((Resource) => ({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource })),
      });
      if (resources.length > 0) {
        await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'calls', PolicyDocument }));
      }
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    };

    const statuses = async (credentials: Credentials): Promise<readonly number[]> => {
      const orders = new OrdersClient(outputs.OrdersUrl, credentials, region);
      return [(await orders.read(orderUuid)).status, (await orders.track(orderUuid)).status];
    };

    test('a caller who is allowed both', async () => {
      const both = ['arn:aws:execute-api:*:*:*/*/GET/orders/*', 'arn:aws:execute-api:*:*:*/*/PUT/orders/*'];
      expect(await statuses(await callerAllowed(...both))).toEqual([404, 202]);
    });

    test('a caller with the policy that docs/api.md shows', async () => {
      const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
      const [, policy = ''] = /```json\n(\{\n {2}"Version"[^`]*)```/.exec(page) ?? [];
      const { Resource } = (JSON.parse(policy) as { Statement: [{ Resource: string[] }] }).Statement[0];
      const apiId = new URL(outputs.OrdersUrl).pathname.split('/')[3] ?? '';
      const filledIn = (id: string) =>
        Resource.map((arn) =>
          arn.replace('<region>', region).replace('<account>', '000000000000').replace('<apiId>', id),
        );
      expect(await statuses(await callerAllowed(...filledIn(apiId)))).toEqual([200, 202]);
      expect(await statuses(await callerAllowed(...filledIn('anotherone')))).toEqual([403, 403]);
    });

    test('a caller who signs as the example does', async () => {
      const credentials = await callerAllowed('arn:aws:execute-api:*:*:*/*/*/orders/*');
      const url = `${outputs.OrdersUrl}/${orderUuid}`;
      const ordersFetch = createOrdersFetch(region, { credentials });
      await trackOrder(ordersFetch, url, { reference: 'B-4711' });
      expect((await ordersFetch(url)).status).toBe(200);

      let signed = new Request(url);
      const sign = createOrdersFetch(region, {
        credentials,
        fetch: async (request) => {
          signed = new Request(request);
          return new Response();
        },
      });
      await sign(url);
      expect((await fetch(signed)).status).toBe(200);
      const other = `${outputs.OrdersUrl}/${crypto.randomUUID()}`;
      expect((await fetch(other, { headers: signed.headers })).status).toBe(403);

      vi.useFakeTimers({ toFake: ['Date'], now: new Date('2020-01-01') });
      await sign(url);
      vi.useRealTimers();
      expect((await fetch(signed)).status).toBe(403);
    });

    test('a caller who may only read', async () => {
      const credentials = await callerAllowed('arn:aws:execute-api:*:*:*/*/GET/orders/*');
      expect(await statuses(credentials)).toEqual([200, 403]);
    });

    test('a caller who may list orders, and nothing else', async () => {
      const credentials = await callerAllowed('arn:aws:execute-api:*:*:*/*/GET/orders');
      expect(await statuses(credentials)).toEqual([403, 403]);
      const orders = new OrdersClient(outputs.OrdersUrl, credentials, region);
      expect((await orders.list({ state: 'open', limit: '1' })).status).toBe(200);
      expect((await orders.untrack(orderUuid)).status).toBe(403);
    });

    test('a caller who may track and read, and not stop or list', async () => {
      const both = ['arn:aws:execute-api:*:*:*/*/GET/orders/*', 'arn:aws:execute-api:*:*:*/*/PUT/orders/*'];
      const orders = new OrdersClient(outputs.OrdersUrl, await callerAllowed(...both), region);
      expect((await orders.untrack(orderUuid)).status).toBe(403);
      expect((await orders.list({ state: 'open' })).status).toBe(403);
    });

    test('but no caller who is allowed nothing, or something else', async () => {
      expect(await statuses(await callerAllowed())).toEqual([403, 403]);
      expect(await statuses(await callerAllowed('arn:aws:execute-api:*:*:*/*/POST/webhooks'))).toEqual([
        403, 403,
      ]);
    });

    test('but no caller who signs with a wrong key, or does not exist', async () => {
      const credentials = await callerAllowed('arn:aws:execute-api:*:*:*/*/*/orders/*');
      expect(await statuses({ ...credentials, secretAccessKey: 'guess' })).toEqual([403, 403]);
      expect(await statuses({ ...credentials, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' })).toEqual([403, 403]);
    });
  });
});
