/** Builds the native addon in `folder` unless it is current; `say` gets what a person should read. */
export function buildAddon(root: string, folder: string, say: (text: string) => void): void;
