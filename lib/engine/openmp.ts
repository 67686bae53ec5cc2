/**
 * How the native threads wait for each other. libgomp's threads spin for a while by default, which on a machine that
 * does anything else makes a training step 5-20 times slower; a short spin costs about 2 % on an idle one. libgomp
 * reads the variable when the first addon is loaded, so every loader calls this before; a value set by the user stays.
 */
export function waitWithoutSpinning(): void {
  process.env.GOMP_SPINCOUNT ??= "1000";
}
