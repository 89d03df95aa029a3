import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { StoredSecret } from './stored-secret.ts';

/** Properties of {@link ProviderAccess}. */
export interface ProviderAccessProps {
  readonly baseUrl: string;
  /** Value of the `X-Musement-Application` header. */
  readonly application: string;
  /** Our login. @default - a new secret */
  readonly providerSecret?: ISecret | undefined;
  /** The credentials of the webhook. @default - a new secret */
  readonly webhookSecret?: ISecret | undefined;
  readonly removalPolicy: RemovalPolicy;
  /** Key of new secrets. @default - a key of Secrets Manager */
  readonly encryptionKey?: IKey | undefined;
}

/** Address of the provider's API, our login there, and the provider's credentials at our webhook. */
export class ProviderAccess extends Construct {
  readonly baseUrl: string;
  readonly application: string;
  /** Our login, `{"client_id","client_secret"}`. It must be filled in after the first deployment. */
  readonly providerSecret: StoredSecret;
  /** The Basic credentials of the webhook, `{"username","password"}`. */
  readonly webhookSecret: StoredSecret;

  constructor(scope: Construct, id: string, props: ProviderAccessProps) {
    super(scope, id);
    this.baseUrl = props.baseUrl;
    this.application = props.application;
    this.providerSecret = new StoredSecret(this, 'ProviderSecret', {
      existing: props.providerSecret,
      description:
        'Login at the Musement API. Fill in client_id and client_secret after the first deployment.',
      // An empty client_id means that the secret is not filled in yet. The generated client_secret is a placeholder.
      fields: { client_id: '' },
      generatedField: 'client_secret',
      removalPolicy: props.removalPolicy,
      encryptionKey: props.encryptionKey,
    });
    this.webhookSecret = new StoredSecret(this, 'WebhookSecret', {
      existing: props.webhookSecret,
      description: 'Basic credentials of the webhook. Give both to Musement together with the URL.',
      fields: { username: 'musement' },
      generatedField: 'password',
      removalPolicy: props.removalPolicy,
      encryptionKey: props.encryptionKey,
    });
  }
}
