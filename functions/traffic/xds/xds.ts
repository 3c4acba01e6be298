/** JSON as it goes to Envoy: field names in snake_case, as its own documentation has them. */
export type XdsValue = string | number | boolean | readonly XdsValue[] | { readonly [field: string]: XdsValue };

/** A message, e.g. a Listener, a filter's configuration. */
export interface XdsMessage {
  readonly [field: string]: XdsValue;
}

/** The kinds of answers, by the last part of the path that asks for them, with the message that they hold. */
export const RESOURCE_TYPES = {
  listeners: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  clusters: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  routes: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
} as const;

/** What a proxy asks for. */
export type ResourceKind = keyof typeof RESOURCE_TYPES;

/** A message that says its own type (`google.protobuf.Any`). */
export function typed(type: string, fields: XdsMessage = {}): XdsMessage {
  return { '@type': `type.googleapis.com/${type}`, ...fields };
}

/** An extension: its name, and its configuration. */
export function extension(name: string, type: string, fields: XdsMessage = {}): XdsMessage {
  return { name, typed_config: typed(type, fields) };
}

/** Envoy's largest: an application's headers are its server's business. Nothing is set aside for them. */
export const HEADERS_KB_MAX = 8_192;
/** Envoy's own bound is 100, Node's 2,000. Whatever fits into the size above at 800 bytes each. */
export const HEADERS_COUNT_MAX = 10_000;

/** HTTP/1 as it came, on both sides: Envoy alone writes names in lower case, drops trailers, and has its own reason phrases. */
export const HTTP1_OPTIONS: XdsMessage = http1Options({ forward_reason_phrase: true });

/** The same as an older version of the functions wrote it: for what both versions serve under one name. */
export const FIRST_HTTP1_OPTIONS: XdsMessage = http1Options({});

function http1Options(preserveCase: XdsMessage): XdsMessage {
  return {
    enable_trailers: true,
    header_key_format: {
      stateful_formatter: extension(
        'preserve_case',
        'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
        preserveCase,
      ),
    },
  };
}
