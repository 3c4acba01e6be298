/** Why what is shown may be old. */
export function Notice({ fault }: { readonly fault: string | undefined }) {
  return (
    <p class="notice" role="status" hidden={fault === undefined}>
      {fault}
    </p>
  );
}
