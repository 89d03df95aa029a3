import { type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** Properties of {@link StoredSecret}. */
export interface StoredSecretProps {
  readonly description: string;
  /**
   * The fields that are not secret, with their first values. Together with `generatedField` and the id of the
   * construct it must never change: CloudFormation would generate a new value over the one in use.
   */
  readonly fields: Readonly<Record<string, string>>;
  /** The field that gets a random value of 40 letters and digits, which survives every way of quoting. */
  readonly generatedField: string;
  readonly removalPolicy: RemovalPolicy;
  /** @default - a key of Secrets Manager */
  readonly encryptionKey?: IKey | undefined;
}

/** A JSON secret whose value is in no template: CloudFormation generates it once, later deployments leave it. */
export class StoredSecret extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: StoredSecretProps) {
    super(scope, id);
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
        'The value is agreed with Musement, who must be told a new one: nothing can rotate it alone. docs/rotation.md says how.',
    });
    // `Id` is documented as the ARN. So is `Ref`, which emulators of CloudFormation take for the name.
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
    this.arn = (secret.node.defaultChild as CfnSecret).attrId;
  }

  /** Allows reading the value, with the time since when it is current. */
  grantRead(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [this.arn],
    });
  }
}
