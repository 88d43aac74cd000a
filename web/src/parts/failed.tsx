/** What went wrong, read out as it appears; nothing while nothing has. */
export function Failed({ error }: { readonly error: string | undefined }) {
  if (!error) return null;
  return (
    <p className="error" role="alert">
      {error}
    </p>
  );
}
