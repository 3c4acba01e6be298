import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fault, isRecord } from '../../functions/json/faults.ts';
import { BUNDLE_DIR } from './bundle-checks.ts';
import type { Resources } from './deployment/cloudformation.ts';
import { completeResources } from './deployment/complete.ts';
import { checkGiven, readSettings, type Settings } from './deployment/settings.ts';

/** What is used of osls. */
interface Osls {
  readonly service: {
    readonly custom: Readonly<Record<string, unknown>>;
    readonly functions: Readonly<Record<string, { events: readonly object[]; url?: boolean }>>;
    readonly provider: { readonly compiledCloudFormationTemplate: { readonly Resources: Resources } };
  };
  readonly processedInput: { readonly options: { readonly param?: readonly string[] } };
  /** The error that osls shows by its message alone. */
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

/**
 * The osls plugin that fits the service to its parameters: it checks them before anything is made, takes the events of
 * the HTTP API away where a REST API stands in its place, and completes the compiled template.
 */
export default class OutriggerDeployment {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #osls: Osls;

  constructor(osls: Osls) {
    this.#osls = osls;
    const { custom } = osls.service;
    const known = Object.keys(isRecord(custom['outrigger']) ? custom['outrigger'] : {}).filter((n) => n !== 'stage');
    const faults = checkGiven(osls.processedInput.options.param ?? [], known);
    if (faults.length > 0) throw this.#refusal(faults);
    this.hooks = {
      initialize: async () => this.#fitFunctions(this.#settings()),
      'after:aws:package:finalize:mergeCustomProviderResources': () => this.#complete(),
    };
  }

  #settings(): Settings {
    const settings = readSettings(this.#osls.service.custom['outrigger']);
    if (settings.valid) return settings.value;
    throw this.#refusal(settings.faults);
  }

  #refusal(faults: readonly Fault[]): Error {
    const lines = faults.map(({ path, message }) => `  ${path} ${message}`);
    const where = 'given by --param name=value, or under params in serverless.yml';
    return new this.#osls.classes.Error(
      `The parameters (${where}) do not fit:\n${lines.join('\n')}`,
      'OUTRIGGER_PARAMS',
    );
  }

  #fitFunctions({ profile, discoveryUrl }: Settings): void {
    const { functions } = this.#osls.service;
    if (profile !== 'public') {
      for (const definition of Object.values(functions)) {
        definition.events = definition.events.filter((event) => !('httpApi' in event));
      }
    }
    const { discovery } = functions;
    if (discoveryUrl !== 'false' && discovery !== undefined) discovery.url = true;
  }

  async #complete(): Promise<void> {
    const settings = this.#settings();
    const { custom, provider } = this.#osls.service;
    const network = isRecord(custom['network']) ? custom['network'] : {};
    const hasUrl = settings.discoveryUrl !== 'false';
    const discoveryEndpoint = hasUrl
      ? { 'Fn::GetAtt': ['DiscoveryLambdaFunctionUrl', 'FunctionUrl'] }
      : network['discoveryEndpoint'];
    completeResources(provider.compiledCloudFormationTemplate.Resources, settings, {
      endpoint: network['endpoint'],
      discoveryEndpoint,
      ...(settings.discoveryUrl === 'new' ? { discoveryScope: 'NewClusters' } : {}),
      codeVersion: await versionOf(join(import.meta.dirname, '..', '..', BUNDLE_DIR, 'register.mjs')),
    });
  }
}

/** Changes with the bundle, whose bytes depend on its sources alone. */
async function versionOf(bundle: string): Promise<string> {
  const hash = createHash('sha256').update(await readFile(bundle));
  return hash.digest('hex').slice(0, 12);
}
