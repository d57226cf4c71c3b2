/** Letters that are written from right to left. */
const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Samaritan}]/u;
const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";
/** Marks with which a text changes the direction of what is around it. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A name for one line of plain text with other words in it: a subject, a title, a text to share. Two Arabic names with English words
 * between them would else be shown in the opposite order. Within HTML use `<bdi>`. (Unicode UAX 9, isolates)
 */
export function isolated(name: string): string {
  const plain = name.replace(DIRECTION_MARKS, "");
  return RIGHT_TO_LEFT.test(plain) ? FIRST_STRONG_ISOLATE + plain + POP_ISOLATE : plain;
}
