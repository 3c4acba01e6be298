/** An error as Parameter Store names it on the wire. */
export class SsmError extends Error {
  override readonly name = 'SsmError' as const;
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** One version of a parameter. */
export interface ParameterVersion {
  readonly Name: string;
  readonly Type: string;
  readonly Value: string;
  readonly Version: number;
  readonly Tier: string;
  readonly LastModifiedDate: Date;
  readonly labels: Set<string>;
}

/** The limits of Parameter Store (AWS Systems Manager quotas and API reference, 2026), which moto does not enforce. */
const STANDARD_BYTES_MAX = 4_096;
const ADVANCED_BYTES_MAX = 8_192;
const NAME_LEVELS_MAX = 15;
const NAME_CHARACTERS_MAX = 1_011;
const VERSIONS_MAX = 100;
const LABELS_PER_VERSION_MAX = 10;
export const PAGE_SIZE_MAX = 10;

/** Parameters in memory, with the checks that the real service makes. */
export class Parameters {
  readonly #versions = new Map<string, ParameterVersion[]>();

  put(name: string, value: string, type: string, tier: string, overwrite: boolean): number {
    this.#refuseName(name);
    if (value === '') throw new SsmError('ValidationException', 'Value must not be empty');
    if (value.includes('{{'))
      throw new SsmError('ValidationException', 'Parameter value can\'t nest another parameter ("{{}}")');
    const max = tier === 'Advanced' ? ADVANCED_BYTES_MAX : STANDARD_BYTES_MAX;
    if (Buffer.byteLength(value) > max) {
      throw new SsmError(
        'ValidationException',
        `${tier} tier parameters support a maximum parameter value of ${max} characters.`,
      );
    }
    const versions = this.#versions.get(name) ?? [];
    const last = versions.at(-1);
    if (last !== undefined && !overwrite) throw new SsmError('ParameterAlreadyExists', 'The parameter already exists.');
    if (last?.Tier === 'Advanced' && tier === 'Standard')
      throw new SsmError('ValidationException', 'An advanced parameter cannot become a standard one.');
    if (versions.length === VERSIONS_MAX) {
      if ((versions[0]?.labels.size ?? 0) > 0) {
        throw new SsmError(
          'ParameterMaxVersionLimitExceeded',
          `The oldest version, version ${versions[0]?.Version}, has a label.`,
        );
      }
      versions.shift();
    }
    const version = (last?.Version ?? 0) + 1;
    const LastModifiedDate = new Date();
    versions.push({
      Name: name,
      Type: type,
      Value: value,
      Version: version,
      Tier: tier,
      LastModifiedDate,
      labels: new Set(),
    });
    this.#versions.set(name, versions);
    return version;
  }

  label(name: string, version: number | undefined, labels: readonly string[]): void {
    const versions = this.history(name);
    const target = version === undefined ? versions.at(-1) : versions.find((v) => v.Version === version);
    if (target === undefined) throw new SsmError('ParameterVersionNotFound', 'The version was not found.');
    const invalid = labels.find((l) => !/^[A-Za-z_-][A-Za-z0-9._-]{0,99}$/.test(l) || /^(aws|ssm)/i.test(l));
    if (invalid !== undefined) throw new SsmError('ValidationException', `${invalid} is not a label`);
    if (new Set([...target.labels, ...labels]).size > LABELS_PER_VERSION_MAX) {
      throw new SsmError('ParameterVersionLabelLimitExceeded', 'A version takes at most 10 labels.');
    }
    for (const other of versions) for (const l of labels) other.labels.delete(l);
    for (const l of labels) target.labels.add(l);
  }

  unlabel(name: string, version: number, labels: readonly string[]): void {
    const target = this.history(name).find((v) => v.Version === version);
    if (target === undefined) throw new SsmError('ParameterVersionNotFound', 'The version was not found.');
    for (const l of labels) target.labels.delete(l);
  }

  has(name: string): boolean {
    return this.#versions.has(name);
  }

  /** One parameter by name, `name:version` or `name:label`. */
  get(reference: string): ParameterVersion {
    const [name = '', selector] = reference.split(':');
    const versions = this.history(name);
    const found =
      selector === undefined
        ? versions.at(-1)
        : versions.find((v) => String(v.Version) === selector || v.labels.has(selector));
    if (found === undefined) throw new SsmError('ParameterVersionNotFound', 'The version or label was not found.');
    return found;
  }

  /** Children of a path (with `recursive`, all below it), in name order; with a label, the version that carries it. */
  byPath(path: string, label: string | undefined, recursive: boolean): readonly ParameterVersion[] {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    const names = [...this.#versions.keys()].filter(
      (n) => n.startsWith(prefix) && (recursive || !n.slice(prefix.length).includes('/')),
    );
    return names.sort().flatMap((n) => {
      const versions = this.history(n);
      return (label === undefined ? versions.at(-1) : versions.find((v) => v.labels.has(label))) ?? [];
    });
  }

  delete(name: string): void {
    this.history(name);
    this.#versions.delete(name);
  }

  /** The kept versions of a parameter, oldest first. */
  history(name: string): ParameterVersion[] {
    const versions = this.#versions.get(name);
    if (versions === undefined) throw new SsmError('ParameterNotFound', '');
    return versions;
  }

  #refuseName(name: string): void {
    const levels = name.split('/').length - 1;
    const isGood = /^\/?[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/.test(name) && !/^\/?(aws|ssm)/i.test(name);
    if (!isGood || name.length > NAME_CHARACTERS_MAX)
      throw new SsmError(
        'ValidationException',
        'Parameter name: can\'t be prefixed with "aws" or "ssm", only a mix of letters, numbers and . - _ /',
      );
    if (levels > NAME_LEVELS_MAX)
      throw new SsmError('HierarchyLevelLimitExceededException', `A hierarchy has at most ${NAME_LEVELS_MAX} levels.`);
  }
}
