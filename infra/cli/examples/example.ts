/** One example: what it does, and the words behind `outrigger`. */
type Example = readonly [what: string, words: string];

/** Examples by command, as its words: `canary get`. */
export type Examples = Readonly<Record<string, readonly Example[]>>;
