import type { IncomingMessage } from "node:http";

/** How a reader's browser reaches a port of this machine, and what such a request looks like when it arrives. */
export interface PublicAddress {
  /** The address of what is served under `/TOKEN/` on `port`: whole, or without a host under a proxy. */
  url(port: number, token: string): string;
  /** Whether a request came under a name that this machine is called by here. */
  accepts(request: IncomingMessage, port: number): boolean;
}

const loopback = ["127.0.0.1", "localhost"];

/**
 * Without a proxy: 127.0.0.1, and no other Host header. Behind jupyter-server-proxy (JupyterHub, Binder) the page is
 * asked for as `PREFIX/PORT/TOKEN/` from the hub's own host, and the proxy hands that Host on. The prefix comes from
 * `LATENT_SKY_PROXY` ("https://hub.example/user/me/proxy", or its path alone), else from JupyterHub's own variables. A
 * hub whose name is not told is known by the header in which the proxy says from where it was asked.
 */
export function publicAddress(env: NodeJS.ProcessEnv = process.env): PublicAddress {
  const proxy = proxyOf(env);
  return {
    url: (port, token) => (proxy ? `${proxy.path}/${port}/${token}/` : `http://127.0.0.1:${port}/${token}/`),
    accepts(request, port) {
      const host = hostName(request.headers.host ?? "");
      if (loopback.includes(host)) return true;
      if (!proxy) return false;
      if (proxy.host) return host === proxy.host;
      return request.headers["x-forwarded-context"] === `${proxy.path}/${port}`;
    },
  };
}

/**
 * Whether a request that changes something comes from a page of ours: a browser says which page asks. Another site
 * cannot send X-Forwarded-Host without being asked first, and nothing here answers that question.
 */
export function isOwnOrigin(request: IncomingMessage): boolean {
  const { origin, host, "x-forwarded-host": forwarded } = request.headers;
  if (origin === undefined) return true; // no browser
  const from = /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
  return from !== undefined && [host, forwarded].includes(from);
}

function proxyOf(env: NodeJS.ProcessEnv): { path: string; host: string | null } | null {
  const said = env.LATENT_SKY_PROXY;
  const prefix = env.JUPYTERHUB_SERVICE_PREFIX;
  if (!said && !prefix) return null;
  const base = new URL(said || `${prefix}/proxy`, env.JUPYTERHUB_PUBLIC_URL || "http://unknown.invalid");
  const path = base.pathname.replace(/\/+/g, "/").replace(/\/$/, "");
  if (!path.endsWith("/proxy"))
    throw new Error(
      `LATENT_SKY_PROXY is "${said}"; it ends in /proxy, as jupyter-server-proxy's addresses do.`,
    );
  return {
    path,
    host: base.hostname === "unknown.invalid" ? null : base.hostname,
  };
}

/** Without its port; an IPv6 address keeps its brackets. */
function hostName(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}
