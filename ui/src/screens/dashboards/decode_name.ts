/** A name out of a path; a stray percent sign in a typed address stays what it is. */
export function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
