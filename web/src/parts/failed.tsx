/** An error message, read out as it appears; empty without an error. */
export function Failed({ error }: { readonly error: string | undefined }) {
  if (!error) return null;
  return (
    <p className="error" role="alert">
      {error}
    </p>
  );
}
