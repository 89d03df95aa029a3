import { Aws, Fn, Names, type RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Properties of {@link VendedLogGroup}. */
export interface VendedLogGroupProps {
  /** The service that writes the logs. */
  readonly service: 'states' | 'apigateway';
  readonly retention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
  /** @default - a key of CloudWatch Logs */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * Logs that a service of AWS delivers by itself. CloudWatch Logs must allow that in a resource policy of the account, which
 * may have 5,120 characters and gets longer with each log group, unless its name begins with `/aws/vendedlogs/`.
 *
 * The name ends with the unique part of the stack's id. A stack that is created again would otherwise collide with the log
 * group that the one before has left.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
 */
export class VendedLogGroup extends LogGroup {
  constructor(scope: Construct, id: string, { service, ...props }: VendedLogGroupProps) {
    const name = Names.uniqueResourceName(scope, { maxLength: 128, allowedSpecialCharacters: '-' });
    // The id of a stack is arn:…:stack/<name>/<UUID>.
    const stackUuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
    super(scope, id, { ...props, logGroupName: `/aws/vendedlogs/${service}/${name}-${stackUuid}` });
  }
}
