/**
 * Builds the native addon in `folder` unless it is current; `without` says what the project goes on with where it does
 * not build, `say` gets what a person should read.
 */
export function buildAddon(root: string, folder: string, without: string, say: (text: string) => void): void;
