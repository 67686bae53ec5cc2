import { isIP } from "node:net";

/** As many as browsers follow, and fetch itself. */
const MOST = 20;

/**
 * `fetch`, with redirects followed under two rules: none leads from https to what anybody on the way can change, and
 * none leads from the internet to this machine or its private network, where a server that redirects could make us ask
 * for addresses that it cannot reach itself.
 */
export async function fetchFollowing(url: string, init: RequestInit = {}): Promise<Response> {
  let at = new URL(url);
  for (let followed = 0; ; followed++) {
    const reply = await fetch(at, { ...init, redirect: "manual" });
    const location = reply.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(reply.status) || location === null) return reply;
    await reply.body?.cancel();
    if (followed === MOST) throw new Error(`the server redirects more than ${MOST} times`);
    const next = new URL(location, at);
    const refused = whyNotFollowed(at, next);
    if (refused) throw new Error(`the server redirects to ${next.origin}, which ${refused}`);
    at = next;
  }
}

function whyNotFollowed(from: URL, to: URL): string | null {
  if (!["https:", "http:"].includes(to.protocol)) return "is no web address";
  if (from.protocol === "https:" && to.protocol !== "https:") return "is not encrypted";
  if (isPrivate(to.hostname) && !isPrivate(from.hostname)) return "lies in a private network";
  return null;
}

/** This machine, its link and the private networks (RFC 1918, 4193, 6598 and their kin), by address or by name. */
function isPrivate(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isIP(host) === 4) {
    const [a, b] = host.split(".").map(Number);
    return (
      [0, 10, 127].includes(a) ||
      (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      (a === 100 && b >= 64 && b < 128)
    );
  }
  // fc00::/7, fe80::/10, and IPv4 in IPv6's clothes
  if (isIP(host) === 6) return /^(::$|::1$|::ffff:|64:ff9b:|f[cd]|fe[89ab])/.test(host);
  return host === "localhost" || /\.(localhost|local|internal)$/.test(host) || !host.includes(".");
}
