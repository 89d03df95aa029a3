import { type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** Properties of {@link StoredSecret}. */
export interface StoredSecretProps {
  /** The secret to use. @default - a new one, made from the other properties */
  readonly existing?: ISecret | undefined;
  readonly description: string;
  /**
   * The fields that are not secret, with their first values. This, `generatedField` and the id of the construct must
   * never change: CloudFormation would overwrite the secret in use with a new value.
   */
  readonly fields: Readonly<Record<string, string>>;
  /** The field that gets a random value of 40 letters and digits, which needs no escaping anywhere. */
  readonly generatedField: string;
  readonly removalPolicy: RemovalPolicy;
  /** @default - a key of Secrets Manager */
  readonly encryptionKey?: IKey | undefined;
}

/** A JSON secret: a given one, or a new one. The value of a new one is in no template: CloudFormation generates it once. */
export class StoredSecret extends Construct {
  readonly secret: ISecret;
  readonly arn: string;
  /** Grants reading the value. */
  readonly grantRead: (grantee: IGrantable) => Grant;

  constructor(scope: Construct, id: string, props: StoredSecretProps) {
    super(scope, id);
    if (props.existing) {
      const { existing } = props;
      this.secret = existing;
      this.arn = existing.secretArn;
      // A given secret may be imported by a partial ARN, and be encrypted with a key of its own.
      this.grantRead = (grantee) => existing.grantRead(grantee);
      return;
    }
    const secret = new Secret(this, 'Secret', {
      description: props.description,
      generateSecretString: {
        secretStringTemplate: JSON.stringify(props.fields),
        generateStringKey: props.generatedField,
        passwordLength: 40,
        excludePunctuation: true,
      },
      removalPolicy: props.removalPolicy,
      encryptionKey: props.encryptionKey,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Musement must be given every new value, so an automatic rotation is not possible. docs/rotation.md describes the manual one.',
    });
    this.secret = secret;
    // `Id` and `Ref` are both documented as the ARN, but emulators of CloudFormation resolve `Ref` to the name.
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
    this.arn = (secret.node.defaultChild as CfnSecret).attrId;
    // `grantRead` of CDK would also grant `DescribeSecret`.
    this.grantRead = (grantee) =>
      Grant.addToPrincipal({
        grantee,
        actions: ['secretsmanager:GetSecretValue'],
        resourceArns: [this.arn],
      });
  }
}
