import { type Fault, isRecord, type Parsed } from '../../json/faults.ts';

/** What CloudFormation asks of a custom resource. */
export interface ResourceRequest {
  readonly requestType: 'Create' | 'Update' | 'Delete';
  readonly resourceType: string;
  /** Where the response is put; a caller that knows it can respond in our place. */
  readonly responseUrl: string;
  readonly stackId: string;
  readonly requestId: string;
  readonly logicalResourceId: string;
  /** Absent for Create. For a Create that never answered, Delete brings one that CloudFormation made up. */
  readonly physicalResourceId: string | undefined;
  /** Everything in it is text, or lists and maps of texts. */
  readonly properties: Readonly<Record<string, unknown>>;
}

const TYPES = ['Create', 'Update', 'Delete'] as const;
/** CloudFormation's own bound is 1 KB for a physical id; an ARN has some 150 characters. */
const TEXT_CHARACTERS_MAX = 2_048;
/** A presigned URL with a session token has some 2 KB. */
const URL_CHARACTERS_MAX = 8_192;

/** Parses the event of a custom resource; every fault comes with its path, and no value is repeated. */
export function parseResourceRequest(event: unknown): Parsed<ResourceRequest> {
  const faults: Fault[] = [];
  if (!isRecord(event)) return { valid: false, faults: [{ path: '', message: 'the event is no object' }] };
  const text = (path: string, max = TEXT_CHARACTERS_MAX): string => {
    const value = Object.hasOwn(event, path) ? event[path] : undefined;
    if (typeof value === 'string' && value !== '' && value.length <= max) return value;
    faults.push({ path, message: `must be a text of 1 to ${max} characters` });
    return '';
  };
  const requestType = TYPES.find((type) => type === event['RequestType']);
  if (requestType === undefined) faults.push({ path: 'RequestType', message: `must be ${TYPES.join(', ')}` });
  const properties = event['ResourceProperties'] ?? {};
  if (!isRecord(properties)) faults.push({ path: 'ResourceProperties', message: 'must be a mapping' });
  const request = {
    requestType: requestType ?? 'Create',
    resourceType: text('ResourceType'),
    responseUrl: text('ResponseURL', URL_CHARACTERS_MAX),
    stackId: text('StackId'),
    requestId: text('RequestId'),
    logicalResourceId: text('LogicalResourceId'),
    physicalResourceId: event['RequestType'] === 'Create' ? undefined : text('PhysicalResourceId'),
    properties: isRecord(properties) ? properties : {},
  };
  return faults.length > 0 ? { valid: false, faults } : { valid: true, value: request };
}
