/*
 * `\u2060` after the hyphen of a prefix keeps a name, an amount or a number on the line of its prefix.
 */

/** A prefix before a name: joined to a consonant (`kuMaya`), with a hyphen before anything else (`ku-Ayanda`). */
export function joined(prefix: string, name: string): string {
  return /^[b-df-hj-np-tv-z]/i.test(name) ? prefix + name : `${prefix}-\u2060${name}`;
}
