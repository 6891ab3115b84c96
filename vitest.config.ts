import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** Files that take longest, longest first: one that is started last would keep a single processor busy at the end. */
const longest = ["process/Faults", "process/Agent", "process/Canary", "agent/server/Lifecycle", "agent/server/AnswerCache"]

const rank = ({ moduleId }: TestSpecification) => {
  const index = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return index < 0 ? longest.length : index
}

class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

const processes = ["test/process/**/*.test.ts", "test/conformance/**/*.test.ts"]
const workers = availableParallelism()

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    poolOptions: {
      // Importing Effect takes a worker about a second, so unit tests share their workers.
      threads: { isolate: false, minThreads: 1, maxThreads: workers },
      forks: { minForks: 1, maxForks: workers }
    },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: processes,
          setupFiles: ["test/setup.ts"],
          pool: "threads",
          sequence: { groupOrder: 0 }
        }
      },
      {
        extends: true,
        test: { name: "process", include: processes, pool: "forks", sequence: { groupOrder: 1 } }
      }
    ]
  }
})
