import type { DecodedDocument } from './codec.ts';

/** One version of a template, without its document. */
export interface TemplateVersion {
  /** Parameter Store counts versions from 1; the last 100 are kept. */
  readonly version: number;
  /** The channels that serve this version. */
  readonly channels: readonly string[];
  /** The channels whose rollback leads here. */
  readonly previousOf: readonly string[];
  /** When it was written, and by which identity, where the store records it. */
  readonly modified?: Date;
  readonly user?: string;
}

/** A template as `list` shows it. */
export interface TemplateSummary {
  readonly name: string;
  readonly latest: TemplateVersion;
  /** Version by channel. */
  readonly channels: ReadonlyMap<string, number>;
}

/** What `publish` did. */
export interface Published {
  readonly version: number;
  /** False when the newest version holds this very document already: nothing is written then. */
  readonly isNew: boolean;
  /** The channels that serve the version now: `stable` for the very first, else none until `promote`. */
  readonly channels: readonly string[];
}

/** What `promote` and `rollback` did: the version that the channel served before, if any, and the one it serves now. */
export interface Moved {
  readonly from: number | undefined;
  readonly to: number;
}

/**
 * The write side of the template store: versions, and channels that point at them. Every call throws PublishError, with
 * a sentence, for what the store would refuse and for what is not there; it is thrown before anything is written.
 */
export interface TemplatePublisher {
  /** Writes a document as the next version; parts first, head last, so that no reader sees half of it. */
  publish(name: string, document: unknown): Promise<Published>;
  list(): Promise<readonly TemplateSummary[]>;
  /** The versions that are kept, newest first. */
  history(name: string): Promise<readonly TemplateVersion[]>;
  /** @param reference a version number or a channel; absent: the newest version */
  get(name: string, reference?: string): Promise<TemplateVersion & DecodedDocument>;
  /** Makes a channel serve a version (absent: the newest), which must be whole. */
  promote(name: string, channel: string, version?: number): Promise<Moved>;
  /** Makes a channel serve what it served before its last move, or the version given. Twice leads back. */
  rollback(name: string, channel: string, version?: number): Promise<Moved>;
  /**
   * Removes parts that no kept version of any template names.
   *
   * @returns the names of the parts, also when `dryRun` leaves them
   */
  prune(dryRun: boolean): Promise<readonly string[]>;
  /** Every cluster record that can be read, by name. */
  records(): Promise<ReadonlyMap<string, unknown>>;
}
