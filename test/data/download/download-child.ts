import { downloadFile } from "../../../lib/data/download/download-file.js";

/** `download-child.ts PATH MANIFEST-FILE`: a process that downloads one file. */
await downloadFile(JSON.parse(process.argv[3]), process.argv[2]);
