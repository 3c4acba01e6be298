import { PARAMETER_PREFIX } from '../../../functions/injection/annotations.ts';
import type { ChannelChoice } from '../../../functions/injection/channel.ts';
import type { Outcome } from '../../../functions/injection/outcome.ts';
import { readParameters } from '../../../functions/injection/parameters.ts';
import { mapOf, type RawPod } from '../../../functions/kubernetes/pod.ts';
import type { ParameterValue } from '../../../functions/template/parameter/types.ts';
import type { FleetState } from '../../../functions/template-store/cache/fleet-state.ts';

/** A template that was applied or failed, and how it came to the Pod. */
export interface ExplainedTemplate {
  readonly name: string;
  readonly version: string;
  /** Absent for templates of a folder. */
  readonly channel?: string;
  /** For people: why this one. */
  readonly chosen: string;
  /** Empty also where a value does not fit: the reason says which. */
  readonly parameters: readonly { readonly name: string; readonly value: ParameterValue; readonly from: From }[];
}

/** Where a value came from. */
type From = 'annotation' | 'default';

/** What is to be said of the templates of an outcome. */
export function explainTemplates(
  pod: RawPod,
  { templates, choice }: Outcome,
  { record, nextTemplates }: FleetState,
  { channel, isAsked }: { readonly channel: ChannelChoice | undefined; readonly isAsked: boolean },
): readonly ExplainedTemplate[] {
  const annotations = mapOf(mapOf(pod, 'metadata'), 'annotations');
  const read = readParameters(templates, annotations);
  // Inside the share, a template that the next channel lacks is the current one's.
  const nextHas = (name: string, version: string): boolean => nextTemplates?.get(name)?.version === version;
  return templates.map((template) => {
    const { name, version } = template;
    const values = 'values' in read ? [...(read.values.get(template) ?? [])] : [];
    const isDefault = choice === 'default' && record.defaultTemplates.includes(name);
    const named = isAsked ? 'asked for by --template' : 'named by the annotation outrigger.dev/templates';
    const unnamed = isDefault ? 'a default template of the cluster' : 'its match fits';
    return {
      name,
      version,
      ...(channel && { channel: nextHas(name, version) ? channel.channel : record.channel }),
      chosen: choice === 'name' ? named : unnamed,
      parameters: values.map(([parameter, value]) => ({
        name: parameter,
        value,
        from: Object.hasOwn(annotations, PARAMETER_PREFIX + parameter) ? 'annotation' : 'default',
      })),
    };
  });
}
