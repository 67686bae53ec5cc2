import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { LabelSession } from "./label-session.js";
import { inlinePage } from "./pages/inline-page.js";

export interface LabelServer {
  /** With the token; valid until `close`. */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves the labelling page on 127.0.0.1 only. Every address starts with a random token, so that another program or
 * another user's page on this machine can neither read nor give labels; the Host header is checked too, against names
 * that a foreign site resolves to this machine.
 */
export async function serveLabels(
  session: LabelSession,
  jpeg: (index: number) => Promise<Buffer>,
  port = 0,
): Promise<LabelServer> {
  const token = randomBytes(24).toString("base64url");
  const page = await inlinePage("label");
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    handle({ request, response, session, jpeg, page, token, open }).catch((error: Error) => {
      if (!response.headersSent) send(response, 400, { error: error.message });
      else response.end();
    });
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
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}/${token}/`, close: () => shut(server, open) };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  session: LabelSession;
  jpeg: (index: number) => Promise<Buffer>;
  page: string;
  token: string;
  open: Set<ServerResponse>;
}

async function handle({ request, response, session, jpeg, page, token, open }: Exchange): Promise<void> {
  const [, given = "", route = "", argument = ""] = new URL(
    request.url ?? "/",
    "http://localhost",
  ).pathname.split("/");
  const host = (request.headers.host ?? "").replace(/:\d+$/, "");
  if (!same(given, token) || !["127.0.0.1", "localhost"].includes(host))
    return send(response, 403, {
      error: "This address is not valid. Run the label() cell again and use its link.",
    });
  // Digits and nothing else: an empty place would be object 0.
  const index = /^\d{1,15}$/.test(argument) ? Number(argument) : Number.NaN;
  switch (`${request.method} ${route}`) {
    case "GET ":
      response.writeHead(200, { ...headers, "content-type": "text/html; charset=utf-8", ...pagePolicy });
      response.end(page);
      return;
    case "GET state":
      return send(response, 200, session.state());
    case "GET events":
      response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
      open.add(response);
      response.write(`data: ${JSON.stringify(session.state())}\n\n`);
      response.once(
        "close",
        session.listen((state) => response.write(`data: ${JSON.stringify(state)}\n\n`)),
      );
      response.once("close", () => open.delete(response));
      return;
    case "GET image": {
      if (!session.shows(index))
        return send(response, 404, { error: `Image ${argument} is not being asked for.` });
      const bytes = await jpeg(index);
      response.writeHead(200, {
        ...headers,
        "content-type": "image/jpeg",
        "cache-control": "private, max-age=3600",
      });
      response.end(bytes);
      return;
    }
    case "POST votes":
      if (!session.shows(index))
        return send(response, 404, { error: `Image ${argument} is not being asked for.` });
      return send(response, 200, { score: session.peek(index) });
    case "POST score": {
      const { score } = JSON.parse(await body(request)) as { score: unknown };
      const valid = score === null || (Number.isInteger(score) && Number(score) >= 0 && Number(score) <= 5);
      if (Number.isNaN(index)) return send(response, 404, { error: "The address names no object." });
      if (!valid)
        throw new Error(`A score is a whole number from 0 to 5 or null, not ${JSON.stringify(score)}.`);
      await session.answer(index, score as number | null);
      return send(response, 200, session.state());
    }
    case "POST undo":
      await session.undo();
      return send(response, 200, session.state());
    default:
      return send(response, 404, { error: "There is nothing at this address." });
  }
}

const headers = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer", // the address holds the token
  "x-content-type-options": "nosniff",
};

const pagePolicy = {
  "content-security-policy":
    "default-src 'none'; img-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
};

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { ...headers, "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

async function body(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 1000) throw new Error("The message is too long for a score.");
  }
  return text;
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

async function shut(server: Server, open: Set<ServerResponse>): Promise<void> {
  for (const response of open) response.end();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 200).unref();
  });
}
