/**
 * A text that is safe to print on a terminal. Texts from outside (a webhook's body, a title) can hold control sequences
 * that move the cursor, overwrite other lines or fill the clipboard: every control character but line break and tab
 * becomes its escape, such as `\u{001b}`.
 */
export const printable = (text: string): string =>
  text.replace(
    /[^\P{C}\n\t]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`,
  );
