const UNRESERVED = /[A-Za-z0-9\-_.]/;

/** PHP's `urlencode`: bytes of UTF-8, `+` for a space, `%XX` in capitals for all but letters, digits and `-_.` */
export function phpUrlencode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const character = String.fromCharCode(byte);
    if (character === " ") encoded += "+";
    else if (UNRESERVED.test(character)) encoded += character;
    else encoded += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
