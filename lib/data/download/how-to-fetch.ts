import { isCheckout } from "../../package-root.js";

/** What to say in a shell for a named download: in a checkout of the project, or where it is installed as a package. */
export function howToFetch(name: string): string {
  return isCheckout ? `npm run data -- ${name}` : `npx latent-sky data ${name}`;
}
