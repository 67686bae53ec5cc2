import { isCheckout } from "./package-root.js";

/** What to say in a shell for a command of ours: in a checkout of the project, or where it is installed as a package. */
export function howToRun(command: string): string {
  return isCheckout ? `npm run ${command} --` : `npx latent-sky ${command}`;
}

/** The same for what compiles the native parts. */
export const howToBuild = isCheckout ? "npm run build" : "npm rebuild latent-sky";
