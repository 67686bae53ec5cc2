// Run by the resume test as a process of its own, so that it can be killed.
import { preprocess } from "../../lib/preprocess/preprocess.js";
import { mockDataset } from "./mock-dataset.js";

const { stack } = await preprocess(mockDataset(Number(process.argv[2])), { size: 24, threads: 2 });
await stack.close();
