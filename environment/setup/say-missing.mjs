/** Names each tool that is missing, what is lost without it and how to install it on Debian, conda and Homebrew. */
export function sayMissing(lacking, again, say) {
  for (const tool of lacking) say(`Missing: ${tool.name}; without it ${tool.without}.`);
  if (!lacking.length) return;
  const all = (key) => lacking.flatMap((tool) => tool[key] ?? []).join(" ");
  say(`To install it, run one of these and then ${again}:`);
  if (all("apt")) say(`  Debian:   sudo apt-get install -y --no-install-recommends ${all("apt")}`);
  if (all("conda")) say(`  conda:    conda install -c conda-forge ${all("conda")}`);
  if (all("brew")) say(`  Homebrew: brew install ${all("brew")}`);
  if (all("brewCask")) say(`            brew install --cask ${all("brewCask")}`);
  if (lacking.some((tool) => tool.name === "Chromium")) {
    say("  (or install Google Chrome, or set LATENT_SKY_CHROMIUM to the path of a Chromium you have)");
  }
}
