/** A prefix before a name: joined to a consonant (`kuMaya`), with a hyphen before anything else (`ku-Ayanda`). */
export function joined(prefix: string, name: string): string {
  return /^[b-df-hj-np-tv-z]/i.test(name) ? prefix + name : `${prefix}-${name}`;
}
