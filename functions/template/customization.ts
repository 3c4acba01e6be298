import { type Check, own } from '../json/check.ts';

/**
 * The fields of `v1.Container` that a template may leave to the Pod. Not among them: what grants something
 * (securityContext, volumeMounts, volumeDevices) or decides how the container lives (restartPolicy).
 */
const CUSTOMIZABLE = [
  ...['resources', 'env', 'envFrom', 'image', 'imagePullPolicy', 'command', 'args', 'workingDir', 'ports'],
  ...['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'],
  ...['terminationMessagePath', 'terminationMessagePolicy'],
];

/** Reads `spec.customization`: the fields that a container of the Pod with the template's name may set. */
export function parseCustomization(check: Check, spec: Readonly<Record<string, unknown>>): readonly string[] {
  const path = 'spec.customization';
  const customization = check.object(spec, 'customization', path, ['fields']) ?? {};
  const fields = own(customization, 'fields') ?? [];
  if (!Array.isArray(fields)) {
    check.fault(`${path}.fields`, 'must be a list');
    return [];
  }
  return fields.filter((field: unknown, i): field is string => {
    const isGood = typeof field === 'string' && CUSTOMIZABLE.includes(field);
    if (!isGood) check.fault(`${path}.fields[${i}]`, `must be one of ${CUSTOMIZABLE.join(', ')}`);
    return isGood;
  });
}
