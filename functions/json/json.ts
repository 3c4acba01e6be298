/** A JSON object as it was parsed: any field may be there, of any type. */
export type Json = Readonly<Record<string, unknown>>;
