import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isOwnOrigin, type PublicAddress, publicAddress } from "./public-address.js";

export interface LocalServer {
  /** With the token; valid until `close`. Under a proxy it has no host: it belongs to the notebook's own. */
  url: string;
  close(): Promise<void>;
}

/** A request that has passed the guard, and the ways to answer it. */
export interface Exchange {
  /** What stands behind the route's name: "17" in `image/17`. */
  argument: string;
  query: URLSearchParams;
  json(value: unknown, status?: number): void;
  /** `keep`: the browser may keep it for an hour. */
  bytes(type: string, content: Uint8Array | string, options?: { keep?: boolean; fileName?: string }): void;
  /** A page whose style and script stand in it; it may load nothing but pictures and data from this server. */
  page(html: string): void;
  /** The request's JSON; `limit` in characters. */
  body(limit: number): Promise<unknown>;
  /** Keeps the answer open as a stream of events until the reader leaves: then `left` is called. */
  events(left: () => void): (value: unknown, name?: string) => void;
}

/** By method and first part of the path: "GET image". */
export type Routes = Readonly<Record<string, (exchange: Exchange) => void | Promise<void>>>;

/** A failure that is not the request's fault, or has a status of its own. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Serves pages to one person on 127.0.0.1 only. Every address starts with a random token of 192 bits, so that another
 * program or another user's page on this machine can neither read nor change anything; the Host header is checked
 * against names that a foreign site resolves to this machine, and the Origin of what changes something against other
 * pages in the same browser.
 */
export async function serveLocally(
  routes: Routes,
  { port = 0, address = publicAddress() }: { port?: number; address?: PublicAddress } = {},
): Promise<LocalServer> {
  const token = randomBytes(24).toString("base64url");
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const own = (server.address() as AddressInfo | null)?.port ?? port;
    handle({ request, response, routes, token, open, known: address.accepts(request, own) }).catch(
      (error: Error) => {
        if (!response.headersSent)
          send(response, error instanceof RequestError ? error.status : 400, { error: error.message });
        else response.end();
      },
    );
  });
  // A person thinks for longer than the usual five seconds: a click then must not meet a connection just being closed.
  server.keepAliveTimeout = 10 * 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${port} is taken; leave \`port\` out and a free one is chosen.`, { cause: error })
          : error,
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  server.unref(); // a forgotten panel must not keep a script alive
  const own = (server.address() as AddressInfo).port;
  return { url: address.url(own, token), close: () => shut(server, open) };
}

interface Arrival {
  request: IncomingMessage;
  response: ServerResponse;
  routes: Routes;
  token: string;
  open: Set<ServerResponse>;
  known: boolean;
}

async function handle({ request, response, routes, token, open, known }: Arrival): Promise<void> {
  // Put behind the host, not resolved against it: "//host/TOKEN/" and "http://host/TOKEN/" are no addresses of ours.
  const { pathname, searchParams } = new URL(`http://localhost${request.url}`);
  const [, given = "", route = "", argument = ""] = pathname.split("/");
  if (!same(given, token) || !known)
    throw new RequestError(403, "This address is not valid. Run the notebook's cell again and use its link.");
  if (request.method !== "GET" && !isOwnOrigin(request))
    throw new RequestError(403, "This request comes from another page; use the panel's own.");
  const act = routes[`${request.method} ${route}`];
  if (!act) throw new RequestError(404, "There is nothing at this address.");
  await act({
    argument: decodeURIComponent(argument),
    query: searchParams,
    json: (value, status = 200) => send(response, status, value),
    bytes(type, content, { keep = false, fileName } = {}) {
      const more: Record<string, string> = { "content-type": type };
      if (keep) more["cache-control"] = "private, max-age=3600";
      if (fileName) more["content-disposition"] = `attachment; filename="${fileName}"`;
      response.writeHead(200, { ...headers, ...more });
      response.end(content);
    },
    page(html) {
      response.writeHead(200, { ...headers, "content-type": "text/html; charset=utf-8", ...pagePolicy });
      response.end(html);
    },
    body: (limit) => body(request, limit),
    events(left) {
      response.writeHead(200, { ...headers, "content-type": "text/event-stream", "x-accel-buffering": "no" });
      open.add(response);
      response.once("close", () => {
        open.delete(response);
        left();
      });
      return (value, name) =>
        response.write(`${name ? `event: ${name}\n` : ""}data: ${JSON.stringify(value)}\n\n`);
    },
  });
}

const headers = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer", // the address holds the token
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
};

const pagePolicy = {
  "content-security-policy":
    "default-src 'none'; img-src 'self' data:; connect-src 'self'; style-src 'unsafe-inline'; " +
    "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
};

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { ...headers, "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

async function body(request: IncomingMessage, limit: number): Promise<unknown> {
  request.setEncoding("utf8");
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > limit) throw new RequestError(413, "The message is too long.");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, "The message is not JSON.");
  }
}

/** In a time that does not depend on where the two differ. */
function same(a: string, b: string): boolean {
  const [one, two] = [Buffer.from(a), Buffer.from(b)];
  return one.length === two.length && timingSafeEqual(one, two);
}

async function shut(server: Server, open: Set<ServerResponse>): Promise<void> {
  for (const response of open) response.end();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 200).unref();
  });
}
