/** What a CloudFormation template holds, as far as it is completed here. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
}

/** The resources of a template by their logical ids; osls writes the object to the deployment package. */
export type Resources = Record<string, Resource>;

/** The logical ids of the resources of these types, in the order of the template. */
export function idsOfType(resources: Resources, ...types: readonly string[]): string[] {
  return Object.entries(resources).flatMap(([id, { Type }]) => (types.includes(Type) ? [id] : []));
}

/** A name as part of a logical id, which takes only letters and digits: `eu-prod_1` is `EuProd1`. */
export function logicalName(name: string): string {
  return name
    .split(/[^A-Za-z0-9]/)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('');
}
