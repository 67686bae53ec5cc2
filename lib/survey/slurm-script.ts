import { resolve } from "node:path";
import { TRIES } from "./run-survey.js";
import { isSharded, type SurveyStage } from "./survey-stages.js";

/**
 * The script that sbatch is given for a stage. It is meant to be read, and to be changed by whoever knows their
 * cluster better. A task that ends badly is tried again where it is; what takes the whole job with it (a node that
 * dies, a preemption) is requeued by Slurm, and what was done is not done again.
 */
export function slurmScript(folder: string, program: string, stage: SurveyStage): string {
  const dir = resolve(folder);
  const sharded = isSharded(stage);
  const node = [
    quoted(process.execPath),
    ...(program.endsWith(".ts") ? ["--import tsx"] : []),
    quoted(program),
  ];
  return `#!/bin/bash
#SBATCH --job-name=sky-${stage}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=${dir}/logs/${stage}-${sharded ? "%A_%a" : "%A"}.log
# ${sharded ? `Shard OFFSET + SLURM_ARRAY_TASK_ID of the stage "${stage}"` : `The stage "${stage}", one task`}; what is done already ends at once.
export OMP_NUM_THREADS=\${SLURM_CPUS_PER_TASK:-1} LATENT_SKY_THREADS=\${SLURM_CPUS_PER_TASK:-1}
for try in ${Array.from({ length: TRIES }, (_, i) => i + 1).join(" ")}; do
  ${node.join(" ")} ${quoted(dir)} ${stage}${sharded ? " $((OFFSET + SLURM_ARRAY_TASK_ID))" : ""} && exit 0
done
exit 1
`;
}

const quoted = (text: string) => (/^[\w./=:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
