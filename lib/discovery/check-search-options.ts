/** Fails on numbers with which a search would end at once, or ask in the order of the catalogue, without a word. */
export function checkSearchOptions(options: {
  batch: number;
  budget: number;
  eta: number;
  ahead: number;
}): void {
  for (const [name, least] of [
    ["batch", 1],
    ["budget", 2],
    ["ahead", 0],
  ] as const)
    if (!(Number.isInteger(options[name]) && options[name] >= least))
      throw new Error(
        `activeLearning: ${name} is ${options[name]}; give a whole number of at least ${least}.`,
      );
  if (!Number.isFinite(options.eta))
    throw new Error(`activeLearning: eta is ${options.eta}; give a number of the score's unit, such as 0.5.`);
}
