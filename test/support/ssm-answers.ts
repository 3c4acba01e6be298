import { PAGE_SIZE_MAX, type Parameters, type ParameterVersion, SsmError } from './ssm-parameters.ts';

type Input = Readonly<Record<string, unknown>>;

/** The most that GetParameterHistory gives in one page (AWS API reference). */
const HISTORY_PAGE_SIZE_MAX = 50;

/** What Parameter Store answers to one operation; throws SsmError as it does. */
export function answerOperation(parameters: Parameters, operation: string, input: Input): unknown {
  const word = (key: string): string => String(input[key] ?? '');
  switch (operation) {
    case 'PutParameter': {
      const tier = word('Tier') === '' ? 'Standard' : word('Tier');
      const version = parameters.put(
        word('Name'),
        word('Value'),
        word('Type') || 'String',
        tier,
        input['Overwrite'] === true,
      );
      return { Version: version, Tier: tier };
    }
    case 'LabelParameterVersion': {
      const version = input['ParameterVersion'];
      parameters.label(word('Name'), typeof version === 'number' ? version : undefined, strings(input['Labels']));
      return { InvalidLabels: [] };
    }
    case 'GetParameter':
      return { Parameter: shown(parameters.get(word('Name'))) };
    case 'GetParameters':
      return named(parameters, strings(input['Names']));
    case 'GetParametersByPath':
      return page(parameters, input);
    case 'GetParameterHistory':
      return history(parameters, input);
    case 'UnlabelParameterVersion':
      parameters.unlabel(word('Name'), Number(input['ParameterVersion']), strings(input['Labels']));
      return { RemovedLabels: input['Labels'], InvalidLabels: [] };
    case 'DeleteParameters':
      return remove(parameters, strings(input['Names']));
    case 'DeleteParameter':
      parameters.delete(word('Name'));
      return {};
    default:
      throw new SsmError('UnknownOperationException', operation);
  }
}

function history(parameters: Parameters, input: Input): unknown {
  const size = Number(input['MaxResults'] ?? HISTORY_PAGE_SIZE_MAX);
  if (size > HISTORY_PAGE_SIZE_MAX)
    throw new SsmError('ValidationException', `maxResults must be at most ${HISTORY_PAGE_SIZE_MAX}`);
  const all = parameters.history(String(input['Name']));
  const from = Number(input['NextToken'] ?? 0);
  const next = from + size < all.length ? { NextToken: String(from + size) } : {};
  const LastModifiedUser = 'arn:aws:iam::000000000000:user/tester';
  const shownVersions = all
    .slice(from, from + size)
    .map((v) => ({ ...shown(v), LastModifiedUser, Labels: [...v.labels] }));
  return { Parameters: shownVersions, ...next };
}

function remove(parameters: Parameters, names: readonly string[]): unknown {
  if (names.length === 0 || names.length > PAGE_SIZE_MAX)
    throw new SsmError('ValidationException', `names must be 1 to ${PAGE_SIZE_MAX}`);
  const found = names.filter((name) => parameters.has(name));
  for (const name of found) parameters.delete(name);
  return { DeletedParameters: found, InvalidParameters: names.filter((name) => !found.includes(name)) };
}

function named(parameters: Parameters, names: readonly string[]): unknown {
  if (names.length === 0 || names.length > PAGE_SIZE_MAX)
    throw new SsmError('ValidationException', `names must be 1 to ${PAGE_SIZE_MAX}`);
  const found = names.filter((name) => parameters.has(name));
  return {
    Parameters: found.map((name) => shown(parameters.get(name))),
    InvalidParameters: names.filter((name) => !found.includes(name)),
  };
}

function page(parameters: Parameters, input: Input): unknown {
  const size = Number(input['MaxResults'] ?? PAGE_SIZE_MAX);
  if (size > PAGE_SIZE_MAX) throw new SsmError('ValidationException', `maxResults must be at most ${PAGE_SIZE_MAX}`);
  const filters = (input['ParameterFilters'] ?? []) as { Key: string; Values: string[] }[];
  const label = filters.find((f) => f.Key === 'Label')?.Values[0];
  const all = parameters.byPath(String(input['Path']), label, input['Recursive'] === true);
  const from = Number(input['NextToken'] ?? 0);
  const next = from + size < all.length ? { NextToken: String(from + size) } : {};
  return { Parameters: all.slice(from, from + size).map(shown), ...next };
}

function shown({ labels: _, Tier: __, LastModifiedDate, ...parameter }: ParameterVersion): Record<string, unknown> {
  // Times on the wire are seconds (AWS JSON 1.1).
  return {
    ...parameter,
    LastModifiedDate: LastModifiedDate.getTime() / 1_000,
    ARN: `arn:aws:ssm:eu-central-1:000000000000:parameter${parameter.Name}`,
    DataType: 'text',
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
