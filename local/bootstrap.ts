import { ACCOUNT, REGION } from './local-aws.ts';

/** The default qualifier in the names of the resources that `cdk bootstrap` creates. */
const QUALIFIER = 'hnb659fds';

/** The lowest version of the bootstrap resources with everything that a stack with the default synthesizer needs. */
const VERSION = '6';

/** A signature that the emulator does not verify before it enforces IAM. It takes region and service from it. */
const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=none`;

/**
 * Gives the emulator what `cdk deploy` expects of `cdk bootstrap`: the bucket for the functions' code and the parameter
 * with the version. `cdk bootstrap` itself takes seconds, and also makes roles, which the emulator does not check here.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
 */
export const bootstrapEmulator = async (endpoint: string): Promise<void> => {
  await call(`${endpoint}/cdk-${QUALIFIER}-assets-${ACCOUNT}-${REGION}`, {
    method: 'PUT',
    headers: { Authorization: authorization('s3') },
    body: `<CreateBucketConfiguration><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`,
  });
  await call(endpoint, {
    method: 'POST',
    headers: {
      Authorization: authorization('ssm'),
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'AmazonSSM.PutParameter',
    },
    body: JSON.stringify({ Name: `/cdk-bootstrap/${QUALIFIER}/version`, Value: VERSION, Type: 'String' }),
  });
};

const call = async (url: string, request: RequestInit): Promise<void> => {
  const response = await fetch(url, request);
  const answer = await response.text();
  if (!response.ok) {
    throw new Error(`The emulator answered ${request.method} ${url} with ${response.status}: ${answer}`);
  }
};
