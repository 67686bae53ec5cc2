import { type NotebookHost, setNotebookHost } from "../../lib/notebook/host.js";

/** Makes this process a notebook, as the kernel does: `parts` are what a test looks at, the rest does nothing. */
export function fakeHost(parts: Partial<NotebookHost>): void {
  const none: NotebookHost = {
    display: () => {},
    signal: new AbortController().signal,
    beforeExit: () => () => {},
    opened: () => () => {},
    closeEarlier: async () => {},
    serve: () => {},
  };
  setNotebookHost(Object.defineProperties(none, Object.getOwnPropertyDescriptors(parts)));
}
