import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What jupyter-server-proxy does: `PREFIX/PORT/...` of this server is `/...` of that port, the browser's Host header
 * is handed on, and a header says from where it was asked. `headers` changes what is sent on.
 */
export async function reverseProxy(
  prefix: string,
  headers: Record<string, string> = {},
): Promise<{ origin: string; close(): void }> {
  const server: Server = createServer((from, to) => {
    const [, port, path] = new RegExp(`^${prefix}/(\\d+)(/.*)$`).exec(from.url ?? "") ?? [];
    if (!port) return to.writeHead(404).end();
    const sent = { ...from.headers, "x-forwarded-context": `${prefix}/${port}`, ...headers };
    const on = request({ host: "127.0.0.1", port, path, method: from.method, headers: sent }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    });
    on.on("error", () => to.writeHead(502, { "content-type": "text/html" }).end("Bad gateway"));
    from.pipe(on);
    to.on("close", () => on.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
