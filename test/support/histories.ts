/** Where the committed histories are. */
export const HISTORIES = new URL('../replay/histories/', import.meta.url);
