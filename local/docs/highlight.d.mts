/** Code as HTML. @throws when the language is unknown */
export function highlight(text: string, language: string): string;
