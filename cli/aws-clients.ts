import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { emulatorConfiguration } from '../clients/local-stack.ts';

/** Configuration of the clients: the emulator's, or nothing, so that they use the region and credentials of the shell. */
type Configuration = ReturnType<typeof emulatorConfiguration> | Record<string, never>;

/** The AWS clients of one run. Each is made once, and makes no call until it is used. */
export class AwsClients {
  readonly cloudWatch: CloudWatchClient;
  readonly dynamoDb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly scheduler: SchedulerClient;
  readonly secretsManager: SecretsManagerClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
  readonly stepFunctions: SFNClient;

  /** @param configuration by default, the clients use the region and credentials of the shell */
  constructor(configuration: Configuration = {}) {
    this.cloudWatch = new CloudWatchClient(configuration);
    this.dynamoDb = new DynamoDBClient(configuration);
    this.lambda = new LambdaClient(configuration);
    this.scheduler = new SchedulerClient(configuration);
    this.secretsManager = new SecretsManagerClient(configuration);
    this.sns = new SNSClient(configuration);
    this.sqs = new SQSClient(configuration);
    this.ssm = new SSMClient(configuration);
    this.stepFunctions = new SFNClient(configuration);
  }
}
