/** Group, version and kind or resource, as in `request.kind` and `request.resource`. */
interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** The request half of an AdmissionReview, as far as Outrigger reads it; `object` stays raw. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: GroupVersion & { readonly kind: string };
  readonly resource: GroupVersion & { readonly resource: string };
  /** Empty for the main resource. */
  readonly subResource: string;
  /** Absent on create when the API server makes the name from generateName: so for every Pod of a Deployment. */
  readonly name: string | undefined;
  readonly namespace: string;
  readonly operation: string;
  readonly dryRun: boolean;
  /** The object as parsed from JSON; null on DELETE. */
  readonly object: unknown;
}
