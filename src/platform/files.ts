/** The files of `public/`. */
export type Files = Readonly<{
  /** @param path begins with a slash @throws Error when there is no such file */
  read(path: string): Promise<Uint8Array>;
}>;

export function filesOf({ ASSETS }: Env): Files {
  return {
    read: async (path) => {
      // Assets know no host.
      const answer = await ASSETS.fetch(`https://files.invalid${path}`);
      if (!answer.ok) throw new Error(`no file ${path}: ${answer.status}`);
      return new Uint8Array(await answer.arrayBuffer());
    },
  };
}
