/** What the project uses beyond Node, and how to see whether it is there. */
export const tools: readonly { name: string; present(): boolean; addons?: RegExp; apt: readonly string[] }[];
