import { LabelParameterVersionCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { PublishError } from '../../errors.ts';
import type { DecodedDocument } from '../codec.ts';
import type { TemplatePublisher } from '../publisher.ts';
import { LABELS_MAX, refuseLabel } from './parameter-rules.ts';
import { isPreviousLabel, previousLabel, type StoredVersion } from './versions.ts';

/** What moving channels needs of the publisher round it. */
export interface ChannelTools {
  readonly client: SSMClient;
  /** The full parameter name of a template. */
  readonly parameter: (name: string) => string;
  /** The versions of a template, oldest first; throws PublishError when there is none. */
  readonly versionsOf: (name: string) => Promise<readonly StoredVersion[]>;
  readonly decode: (version: StoredVersion) => Promise<DecodedDocument>;
}

/**
 * Channels as parameter labels. The version that a channel leaves gets the label `{channel}.previous`, which is where a
 * rollback leads: Parameter Store itself keeps no memory of where a label has been.
 */
export function createChannels(tools: ChannelTools): Pick<TemplatePublisher, 'promote' | 'rollback'> {
  const { versionsOf } = tools;
  return {
    async promote(name, channel, version) {
      refuseChannel(channel);
      const versions = await versionsOf(name);
      const target = versions.findLast((v) => version === undefined || v.version === version);
      if (target === undefined) throw noVersion(name, version);
      const from = await refuseMove(name, channel, versions, target);
      if (from?.version === target.version) return { from: target.version, to: target.version };
      // In this order a failure between the two calls costs the memory of the move, never leads a rollback astray.
      if (from !== undefined) await label(name, from.version, previousLabel(channel));
      await label(name, target.version, channel);
      return { from: from?.version, to: target.version };
    },

    async rollback(name, channel, version) {
      refuseChannel(channel);
      const versions = await versionsOf(name);
      const target = versions.find((v) =>
        version === undefined ? v.previousOf.includes(channel) : v.version === version,
      );
      if (target === undefined && version !== undefined) throw noVersion(name, version);
      if (target === undefined || (version === undefined && target.channels.includes(channel))) {
        throw new PublishError(
          `template ${name}: channel ${channel} has not moved yet, or the version before is gone; name one with --to`,
        );
      }
      const from = await refuseMove(name, channel, versions, target);
      if (from?.version === target.version) return { from: target.version, to: target.version };
      // What is served comes first: a rollback is urgent.
      await label(name, target.version, channel);
      if (from !== undefined) await label(name, from.version, previousLabel(channel));
      return { from: from?.version, to: target.version };
    },
  };

  /** Refuses a move that could not be made, or that would serve half a template; answers where the channel is. */
  async function refuseMove(
    name: string,
    channel: string,
    versions: readonly StoredVersion[],
    target: StoredVersion,
  ): Promise<StoredVersion | undefined> {
    const decoded = await tools.decode(target);
    if ('unreadable' in decoded) {
      throw new PublishError(
        `version ${target.version} of ${name} cannot be served: ${decoded.unreadable}; publish it again`,
      );
    }
    const from = versions.find((v) => v.channels.includes(channel));
    const full = [target, from].find((v) => (v?.channels.length ?? 0) + (v?.previousOf.length ?? 0) >= LABELS_MAX);
    if (full !== undefined && from !== target) {
      throw new PublishError(`version ${full.version} of ${name} carries ${LABELS_MAX} labels, the most there can be`);
    }
    return from;
  }

  async function label(name: string, version: number, word: string): Promise<void> {
    await labelVersion(tools.client, tools.parameter(name), version, word);
  }
}

/** Moves a label to a version. Throws PublishError when Parameter Store does not take the label. */
export async function labelVersion(client: SSMClient, parameter: string, version: number, word: string): Promise<void> {
  const command = new LabelParameterVersionCommand({ Name: parameter, ParameterVersion: version, Labels: [word] });
  const { InvalidLabels: invalid = [] } = await client.send(command);
  if (invalid.length > 0) throw new PublishError(`Parameter Store does not take the label ${invalid.join(', ')}`);
}

function refuseChannel(channel: string): void {
  refuseLabel(channel);
  refuseLabel(previousLabel(channel));
  if (isPreviousLabel(channel)) throw new PublishError(`${channel} is no channel: the ending is kept for rollbacks`);
}

function noVersion(name: string, version: number | undefined): PublishError {
  return new PublishError(`template ${name} has no version ${version}; see its history`);
}
