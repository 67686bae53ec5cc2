/** Sends JSON to the server this page came from; fails with its sentence, or a TypeError where nobody answers. */
export async function post<T>(path: string, body: unknown): Promise<T> {
  return read<T>(await fetch(path, { method: "POST", body: JSON.stringify(body) }));
}

/** The answer's JSON; fails with its sentence. */
export async function read<T>(response: Response): Promise<T> {
  const isJson = response.headers.get("content-type")?.includes("json");
  if (!isJson) throw new TypeError(`The server answers ${response.status}.`); // a proxy, in the kernel's place
  const result = await response.json();
  if (!response.ok) throw new Error(result.error);
  return result as T;
}
