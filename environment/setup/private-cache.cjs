/**
 * tsx keeps what it compiled in a folder of the machine's temporary one, by a name that anybody can make first
 * (tsx-UID), and runs what lies there: another user could put code of his own into it. Plain JavaScript, called before
 * tsx is loaded.
 */
const { chmodSync, lstatSync, mkdirSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

/** Makes the folder our own; where it is another user's, tells tsx to keep nothing and returns its path, else null. */
function privateCache() {
  if (!process.geteuid) return null; // Windows has a temporary folder for each user
  const folder = join(tmpdir(), `tsx-${process.geteuid()}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there, or cannot be made: what counts is whose it is.
  }
  try {
    const found = lstatSync(folder);
    if (found.isDirectory() && found.uid === process.geteuid()) {
      if (found.mode & 0o077) chmodSync(folder, 0o700);
      return null;
    }
  } catch {
    // no folder, nothing in it
  }
  process.env.TSX_DISABLE_CACHE = "1";
  return folder;
}

module.exports = { privateCache };
