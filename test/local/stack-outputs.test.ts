import { expect, it } from 'vitest';
import { localApiUrl } from '../../local/stack-outputs.ts';

const endpoint = 'http://127.0.0.1:4711';

it.each([
  ['https://a1b2.execute-api.eu-west-1.amazonaws.com/webhook', '/_aws/execute-api/a1b2/webhook'],
  ['https://a1b2.execute-api.cn-north-1.amazonaws.com.cn/orders', '/_aws/execute-api/a1b2/orders'],
  ['https://a1b2.execute-api.eu-west-1.amazonaws.com/', '/_aws/execute-api/a1b2'],
])('the URL of a local HTTP API contains the id of %s in its path', (url, path) => {
  expect(localApiUrl(url, endpoint)).toBe(`${endpoint}${path}`);
});

it('the URL of a local HTTP API is unchanged for any other host', () => {
  expect(localApiUrl('https://hooks.example.com/webhook', endpoint)).toBe(
    'https://hooks.example.com/webhook',
  );
});
