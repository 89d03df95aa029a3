/**
 * Text as a terminal may show it: what others sent (a webhook's body, a title) could hold sequences that move the
 * cursor, rewrite what stands there or fill the clipboard. They are shown, not obeyed; line breaks and tabs stay.
 */
export const printable = (text: string): string =>
  text.replace(
    /[^\P{C}\n\t]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`,
  );
