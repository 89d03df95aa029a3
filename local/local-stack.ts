import { join } from 'node:path';
import type { StackOutputs } from '../clients/stack-outputs.ts';
import type { PartialSettings } from '../lambdas/contracts/settings.ts';
import { bootstrapEmulator } from './bootstrap.ts';
import { cdkDeploy, cdkSynth } from './cdk.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { isLoopback, REGION } from './local-aws.ts';
import { SHORT_CONTEXT, SHORT_SETTINGS, settingsContext } from './local-settings.ts';
import { serveSimulator } from './provider-simulator/server.ts';
import { Simulator } from './provider-simulator/simulator.ts';
import { makeRunFolder, type RunFolder } from './run-folder.ts';
import {
  type ProviderCredentials,
  readWebhookSecret,
  type WebhookCredentials,
  writeProviderSecret,
} from './secrets.ts';
import { ENVIRONMENT, readOutputs, STACK_NAME } from './stack-outputs.ts';
import { ensureVirtualEnvironment, MINISTACK } from './virtual-environment.ts';

/** The provider that the stack calls: the simulator or a remote one. */
export interface Provider extends ProviderCredentials {
  readonly baseUrl: string;
  readonly application: string;
}

export interface LocalStackOptions {
  /** @default a provider simulator, started with the stack */
  readonly provider?: Provider;
  /** Merged over {@link SHORT_SETTINGS} or, with a remote provider, over the stack's defaults. */
  readonly settings?: PartialSettings;
  /** More context for the CDK app. */
  readonly context?: Readonly<Record<string, string>>;
  /** Stops the start at any stage. */
  readonly signal?: AbortSignal;
}

/** A deployed stack. Everything except `stop` is plain data and can be passed to another process. */
export interface LocalStack {
  readonly endpoint: string;
  readonly region: string;
  readonly outputs: StackOutputs;
  /** Basic credentials that the webhook URL requires. */
  readonly webhookCredentials: WebhookCredentials;
  /** URL for `SimulatorClient`; absent with a remote provider. */
  readonly simulatorControlUrl?: string;
  /** JSON lines: every API call whose permission was checked. */
  readonly callsFile: string;
  /** Folder of all logs. */
  readonly logsFolder: string;
  stop(): Promise<void>;
}

/**
 * The start of a local stack in steps, so that a caller can show the progress. The emulator and the synthesis can run at
 * the same time; `deploy` needs both. The caller must call `stop` in the end.
 */
export class LocalStackStart {
  readonly #options: LocalStackOptions;
  readonly #folder: RunFolder;
  readonly #provider: Provider;
  readonly #simulator: { readonly engine: Simulator; readonly controlUrl: string } | undefined;
  readonly #abort = new AbortController();
  readonly #cleanups: (() => Promise<void>)[];
  #python: string | undefined;
  #emulator: Emulator | undefined;
  #outputs: StackOutputs | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(
    options: LocalStackOptions,
    folder: RunFolder,
    provider: Provider,
    simulator: { engine: Simulator; controlUrl: string; close: () => Promise<void> } | undefined,
  ) {
    this.#options = options;
    this.#folder = folder;
    this.#provider = provider;
    this.#simulator = simulator;
    this.#cleanups = [() => folder.remove(), async () => simulator?.close()];
  }

  /** Creates the folder of this run and, without a remote provider, starts the simulator. */
  static async begin(options: LocalStackOptions = {}): Promise<LocalStackStart> {
    const folder = await makeRunFolder();
    if (options.provider) return new LocalStackStart(options, folder, options.provider, undefined);
    const engine = new Simulator();
    const server = await serveSimulator(engine);
    const provider = { baseUrl: server.baseUrl, ...engine.access };
    return new LocalStackStart(options, folder, provider, { ...server, engine });
  }

  get simulatorControlUrl(): string | undefined {
    return this.#simulator?.controlUrl;
  }

  async installEmulator(): Promise<void> {
    this.#python = await ensureVirtualEnvironment(MINISTACK, this.#signal);
  }

  /** Starts an emulator that `cdk deploy` can deploy to. */
  async startEmulator(): Promise<void> {
    this.#emulator = await startEmulator({
      python: required(this.#python, 'installEmulator'),
      folder: this.#folder.path,
      signal: this.#signal,
    });
    this.#cleanups.push(this.#emulator.stop);
    await bootstrapEmulator(this.#emulator.endpoint);
  }

  async synthesize(): Promise<void> {
    await cdkSynth(this.#context, this.#assembly, {
      logFile: join(this.#folder.logs, 'synth.log'),
      signal: this.#signal,
    });
  }

  async deploy(): Promise<void> {
    const outputsFile = join(this.#folder.path, 'outputs.json');
    await cdkDeploy(STACK_NAME, this.#assembly, outputsFile, this.#cdkOptions('deploy'));
    this.#outputs = await readOutputs(outputsFile, required(this.#emulator, 'startEmulator').endpoint);
  }

  /**
   * Gives the provider's credentials to the stack and the webhook's credentials to the simulator, then makes the
   * emulator enforce IAM.
   */
  async connect(): Promise<LocalStack> {
    const emulator = required(this.#emulator, 'startEmulator');
    const { endpoint, callsFile } = emulator;
    const outputs = required(this.#outputs, 'deploy');
    await writeProviderSecret(endpoint, outputs.ProviderSecretArn, this.#provider);
    const webhookCredentials = await readWebhookSecret(endpoint, outputs.WebhookSecretArn);
    this.#simulator?.engine.configure({ webhook: { url: outputs.WebhookUrl, ...webhookCredentials } });
    await emulator.enforceIam();
    return {
      endpoint,
      region: REGION,
      outputs,
      webhookCredentials,
      callsFile,
      logsFolder: this.#folder.logs,
      ...(this.#simulator && { simulatorControlUrl: this.#simulator.controlUrl }),
      stop: () => this.stop(),
    };
  }

  /** Stops everything that was started, in reverse order. Can be called at any stage and more than once. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#abort.abort(new Error('The local stack is being stopped.'));
    for (const cleanup of this.#cleanups.toReversed()) await cleanup();
  }

  get #signal(): AbortSignal {
    const { signal } = this.#options;
    return signal ? AbortSignal.any([signal, this.#abort.signal]) : this.#abort.signal;
  }

  get #assembly(): string {
    return join(this.#folder.path, 'cdk.out');
  }

  /**
   * Only a provider on this machine gets the short settings. A real one needs more time: with short settings an instant
   * item would be overdue before its vouchers can exist.
   */
  get #context(): Record<string, string> {
    const { settings, context } = this.#options;
    return {
      environment: ENVIRONMENT,
      // The emulator rejects the resource type of saved queries.
      savedQueries: 'false',
      providerBaseUrl: this.#provider.baseUrl,
      providerApplication: this.#provider.application,
      ...(isLoopback(this.#provider.baseUrl) && { ...SHORT_CONTEXT, ...settingsContext(SHORT_SETTINGS) }),
      ...settingsContext(settings ?? {}),
      ...context,
    };
  }

  #cdkOptions(name: string) {
    return {
      endpoint: required(this.#emulator, 'startEmulator').endpoint,
      logFile: join(this.#folder.logs, `${name}.log`),
      signal: this.#signal,
    };
  }
}

const required = <Value>(value: Value | undefined, step: string): Value => {
  if (value === undefined) throw new Error(`Call "${step}" before this step of the local stack's start.`);
  return value;
};

/** Starts the emulator and the simulator and deploys the stack. Stops everything when the start fails or is aborted. */
export const startLocalStack = async (options: LocalStackOptions = {}): Promise<LocalStack> => {
  const start = await LocalStackStart.begin(options);
  try {
    const emulator = start.installEmulator().then(() => start.startEmulator());
    await Promise.all([emulator, start.synthesize()]);
    await start.deploy();
    return await start.connect();
  } catch (error) {
    await start.stop();
    throw error;
  }
};
