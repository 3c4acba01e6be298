import { type Reading, readCondition } from '../../functions/injection/decide/condition.ts';
import { REASONS } from '../../functions/injection/decide/reasons.ts';
import type { Choice } from '../../functions/injection/decide/rule.ts';
import { CHOICES, GUARDS, SUITS } from '../../functions/injection/decide/rules.ts';

const CHOSEN: Readonly<Record<Choice, string>> = {
  name: 'exactly those; an unknown or forbidden name is refused',
  default: 'default templates and those that match',
  match: 'those that match',
};

/** Conditions in words, for the table. */
const WORDS: Reading<string> = {
  all: (parts) => `all of ${parts.join(', ')}`,
  any: (parts) => {
    const [label = '', annotation = ''] = parts;
    const isBoth = parts.length === 2 && label.replace(/^label/, 'annotation') === annotation;
    return isBoth ? `label or ${annotation}` : parts.join(', or ');
  },
  not: (part) => `not: ${part}`,
  request: (field, value) => `\`request.${field}: "${value}"\``,
  hasObject: () => '`request.object`',
  label: (key, value) => `label \`${key}: "${value}"\``,
  annotation: (key, value) => `annotation \`${key}: "${value}"\``,
  hasAnnotation: (key) => `annotation \`${key}\``,
  spec: (path, value) => `\`spec.${path.join('.')}: ${value}\``,
  namespaceIn: (names) => `namespace ${names.map((name) => `\`${name}\``).join(' or ')}`,
  policy: (policy) => `\`policy: ${policy}\` in the record`,
  selectors: (list) => `one of the record's \`${list}\` matches`,
  templates: (how) => (how === 'named' ? 'annotation `outrigger.dev/templates: a,b`' : "a template's own `match` fits"),
};

/** The table of who gets what, in Markdown. */
export function rulesTable(): string {
  const skipped = (reason: string): string => `left alone (${reason})`;
  const rows = [
    ...GUARDS.map((rule) => row(0, rule, skipped(rule.outcome.skip))),
    ...CHOICES.map((rule, i) =>
      row(i + 1, rule, 'skip' in rule.outcome ? skipped(rule.outcome.skip) : CHOSEN[rule.outcome.choose]),
    ),
    `| | no row fits, or no template is chosen | ${skipped('NoTemplate')} |`,
    ...SUITS.map((rule, i) =>
      row(
        CHOICES.length + i + 1,
        rule,
        `only templates with \`spec.allow.${rule.outcome.unless}\`; without any, ${skipped(rule.outcome.skip)}`,
      ),
    ),
  ];
  return ['| row | fits a Pod with | outcome |', '|---|---|---|', ...rows].join('\n');
}

/** All reasons with their sentences, in Markdown. */
export function reasonTable(): string {
  const rows = Object.entries(REASONS).map(([code, sentence]) => `| \`${code}\` | ${sentence} |`);
  return ['| reason | why |', '|---|---|', ...rows].join('\n');
}

function row(number: number, rule: (typeof GUARDS | typeof CHOICES | typeof SUITS)[number], outcome: string): string {
  return `| ${number} | ${readCondition(rule.when, WORDS)} | ${outcome} |`;
}
