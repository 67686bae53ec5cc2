/**
 * Milliseconds that a server asks to be left alone (`Retry-After`; RFC 9110, 10.2.3): a number of seconds or a date,
 * which is told by the server's own clock where it gives one. Null where it says nothing that can be read.
 */
export function retryAfter(headers: Headers, now = Date.now()): number | null {
  const said = headers.get("retry-after")?.trim();
  if (!said) return null;
  if (/^\d+(\.\d+)?$/.test(said)) return 1000 * Number(said);
  // A bare number that is no count of seconds, such as "-5", would be a date to Date.parse.
  const until = /[a-z]/i.test(said) ? Date.parse(said) : Number.NaN;
  if (Number.isNaN(until)) return null;
  const there = Date.parse(headers.get("date") ?? "");
  return Math.max(0, until - (Number.isNaN(there) ? now : there));
}
