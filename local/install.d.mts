/** Whether `node_modules` is what the lockfile asks for. */
export function isInstalled(root: string): boolean;

/** Installs what is missing. @returns the sentence that says what is wrong, or null when all is well */
export function install(
  root: string,
  options?: { run?: (root: string) => Promise<number>; say?: (line: string) => void; nodeVersion?: string },
): Promise<string | null>;
