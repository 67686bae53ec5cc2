/** What a disk or a network says of itself, and not of a file: the same file may be read a minute later. */
const PASSING = new Set([
  ...["EIO", "ESTALE", "EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EBUSY", "EACCES", "EPERM"],
  ...["ETIMEDOUT", "ECONNRESET", "ENOTCONN", "EHOSTDOWN", "EHOSTUNREACH", "EREMOTEIO"],
]);

/**
 * Throws `error` again where it, or what caused it, says that a file could not be read now. Who leaves out what does not
 * decode, and remembers that, asks here first: such a file would be left out for good.
 */
export function throwIfPassing(error: unknown): void {
  const codes: (string | undefined)[] = [];
  for (let e = error as NodeJS.ErrnoException | undefined; e; e = e.cause as typeof e) codes.push(e.code);
  const code = codes.find((c) => c !== undefined && PASSING.has(c));
  if (code === undefined) return;
  const { message } = error as Error;
  const what = message.includes(code) ? message : `${message.replace(/\.$/, "")} (${code}).`;
  throw new Error(
    `${what} Its content may be good, so it is not left out: see to the disk or the rights, then run this again.`,
    { cause: error },
  );
}
