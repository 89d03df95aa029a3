import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { StoredSecret } from './stored-secret.ts';

/** Properties of {@link ProviderAccess}. */
export interface ProviderAccessProps {
  readonly baseUrl: string;
  /** Value of the `X-Musement-Application` header. */
  readonly application: string;
  readonly removalPolicy: RemovalPolicy;
  /** Key of the secrets. @default - a key of Secrets Manager */
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
      description:
        'Login at the Musement API. Fill in client_id and client_secret after the first deployment.',
      // An empty client_id means that the secret is not filled in yet. The generated client_secret is a placeholder.
      fields: { client_id: '' },
      generatedField: 'client_secret',
      removalPolicy: props.removalPolicy,
      encryptionKey: props.encryptionKey,
    });
    this.webhookSecret = new StoredSecret(this, 'WebhookSecret', {
      description: 'Basic credentials of the webhook. Give both to Musement together with the URL.',
      fields: { username: 'musement' },
      generatedField: 'password',
      removalPolicy: props.removalPolicy,
      encryptionKey: props.encryptionKey,
    });
  }
}
